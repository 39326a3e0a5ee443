/**
 * What a person sees before saying yes or no: what would land, who made it, what its tests said, what it may collide
 * with, and the difference itself. For a terminal, and for programs as the `approvals` of a document.
 */
import type { ChangeText, FileChange } from '../git/diff-text.ts'
import type { Outcome } from '../model/attempt.ts'
import type { CheckResult } from '../model/landing.ts'
import { neutralise, oneLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'
import { exitText, tellOutcome } from './tell-attempt.ts'
import { count, durationText, listed, shortCommit } from './units.ts'

export interface ApprovalEvidence {
  workstream: string
  title: string
  /** The entry of `landing.approve` that asks. */
  rule: string
  since: number
  attempt: number
  tool: string
  outcome: Outcome | null
  /** How long the attempt took; null when nothing says so. */
  ms: number | null
  base: string
  work: string
  /** Its acceptance tests on that commit: empty when it has none to be run, null when they were not run on this work. */
  acceptance: CheckResult[] | null
  /** Points of its acceptance that only a person can check. */
  checklist: string[]
  /** What somebody should look at in it: it edits what it is judged by. */
  warnings: { code: string; message: string }[]
  /** Other work in flight that would conflict with it, as the radar saw it last. */
  conflicts: { with: string; paths: string[] }[]
  /** What cannot go on before it has landed. */
  blocks: string[]
  change: ChangeText
}

const TEXT_MAX = 200
const FILES_MAX = 40
const NAMES_MAX = 8
const PATHS_MAX = 3

/** Lines; `--json` has the same as data. */
export function approvalText(evidence: ApprovalEvidence, style: Style): string[] {
  const { workstream: id, title, rule, blocks, change } = evidence
  return [
    paint(style, 'bold', `E603 ${id} waits for approval${title === '' ? '' : `: ${oneLine(title, TEXT_MAX)}`}`),
    ...row('asked by', [`landing.approve: ${oneLine(rule, TEXT_MAX)}`]),
    ...row('made by', [madeBy(evidence)]),
    ...row('work', [`${shortCommit(evidence.work)} on ${shortCommit(evidence.base)}, branch ws/${id}`]),
    ...row('tests', testsText(evidence.acceptance)),
    ...row(
      'to check',
      evidence.checklist.map((point) => `[ ] ${oneLine(point, TEXT_MAX)}`),
    ),
    ...row(
      'look',
      evidence.warnings.map(({ code, message }) => `${code} ${oneLine(message, TEXT_MAX)}`),
    ),
    ...row('conflict', evidence.conflicts.map(conflictText)),
    ...row('blocks', blocks.length === 0 ? [] : [listed(blocks, NAMES_MAX)]),
    ...row('files', filesText(change.files)),
    ...(change.lines.length === 0 ? [] : ['', ...change.lines.map((line) => patchLine(line, style))]),
    ...(change.linesCut === 0 ? [] : [`... ${cutText(evidence)}`]),
  ]
}

const LABEL_WIDTH = 10

function row(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`)
}

function madeBy({ attempt, tool, outcome, ms }: ApprovalEvidence): string {
  const time = ms === null ? '' : ` after ${durationText(ms)}`
  const end = outcome === null ? '' : ` ${tellOutcome(outcome.kind)}${time}`
  return `${tool}: attempt ${attempt}${end}`
}

function testsText(results: readonly CheckResult[] | null): string[] {
  if (results === null) return ['its own were not run on this work; the gate runs when it is approved']
  if (results.length === 0) return ['none of its own; the gate runs when it is approved']
  return results.map(
    (result) => `${exitText(result)} in ${durationText(result.ms)}  ${oneLine(result.command, TEXT_MAX)}`,
  )
}

function conflictText(conflict: ApprovalEvidence['conflicts'][number]): string {
  return `predicted with ${conflict.with} in ${listed(conflict.paths.map(neutralise), PATHS_MAX)}`
}

function filesText(files: readonly FileChange[]): string[] {
  if (files.length === 0) return ['nothing is changed']
  const sum = (of: 'added' | 'deleted'): number => files.reduce((total, file) => total + (file[of] ?? 0), 0)
  const shown = files.slice(0, FILES_MAX)
  return [
    `${count(files.length, 'file')}, +${sum('added')} -${sum('deleted')}`,
    ...shown.map(({ path, from, added, deleted }) => {
      const size = added === null ? 'binary' : `+${added} -${deleted}`
      return `${size.padEnd(12)}${from === null ? '' : `${neutralise(from)} -> `}${neutralise(path)}`
    }),
    ...(files.length > shown.length ? [`and ${files.length - shown.length} more`] : []),
  ]
}

function patchLine(line: string, style: Style): string {
  const text = neutralise(line.replaceAll('\t', '    ').replace(/\r$/, ''))
  if (line.startsWith('@@')) return paint(style, 'cyan', text)
  if (line.startsWith('diff --git ')) return paint(style, 'bold', text)
  return line.startsWith('+') ? paint(style, 'green', text) : line.startsWith('-') ? paint(style, 'red', text) : text
}

function cutText({ change, base, work }: ApprovalEvidence): string {
  return `${count(change.linesCut, 'changed line')} more: git diff ${shortCommit(base)} ${shortCommit(work)}`
}
