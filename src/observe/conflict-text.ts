/**
 * A conflict as something that a person can act on: which lines of which file, who else changed them, where the work
 * is safe, what it holds up, and the commands that settle it, ready to be pasted.
 */
import type { Conflict, ConflictFile } from '../model/landing.ts'
import type { SettledBy, Tried } from '../model/rung.ts'
import { hunkText } from './hunk-text.ts'
import { neutralise, oneLine } from './neutralise.ts'
import { clockText, count, listed, shortCommit } from './units.ts'

const KIND_MAX = 80
const SUBJECT_MAX = 60
const HOW_MAX = 120

/** Files named in the one-line form; the report names all. */
const FILES_IN_LINE = 3
const FILES_IN_LOG = 20

/** What a screen holds of the texts; the report has more. */
const SCREEN = { files: 5, hunks: 3, lines: 8 }

/** `E402 conflict in src/api/user.ts:41-45 (also changed by ws-16); work kept at REF`. */
export function conflictLine(conflict: Conflict): string {
  const places = listed(
    conflict.files.map(
      (file) => `${placeOf(file)}${file.other === null ? '' : ` (also changed by ${file.other.workstream})`}`,
    ),
    FILES_IN_LINE,
  )
  return `E402 conflict in ${places}; work kept at ${conflict.ref}`
}

/** For `conflicts.log`: one line of `key=value`, paths last because they may hold blanks. */
export function conflictLog(conflict: Conflict): string {
  const { attempt, onto, work, ref, tried = [] } = conflict
  const others = [...new Set(conflict.files.flatMap(({ other }) => (other === null ? [] : [other.workstream])))]
  const fields = {
    attempt,
    onto,
    work,
    ref,
    with: others.join(',') || '-',
    tried: tried.map(({ rung }) => rung).join(',') || '-',
    files: conflict.files.length,
    paths: listed(conflict.files.map(placeOf), FILES_IN_LOG),
  }
  const texts = Object.entries(fields).map(([key, value]) => `${key}=${value}`)
  return `E402 conflict ${texts.join(' ')}`
}

/**
 * Commands that settle it, in order: a worktree in the middle of the merge, which says where it is and how the merge is
 * ended there; then the result is handed in. Nothing of it touches the target or the user's checkout.
 */
export function conflictCommands({ workstream }: Pick<Conflict, 'workstream'>): [open: string, handIn: string] {
  return [`sluice open ${workstream}`, `sluice resolve ${workstream}`]
}

/** The report for a terminal, without a heading of colour: lines of text. `blocked`: what cannot go on until it is settled. */
export function conflictText(conflict: Conflict, blocked: readonly string[]): string[] {
  const { workstream: id, tried = [] } = conflict
  const [open, handIn] = conflictCommands(conflict)
  return [
    `E402 merge conflict in ${id} (attempt ${conflict.attempt})`,
    ...conflict.files.map((file) => `  ${placeOf(file)}  ${fileText(file)}`),
    ...(tried.length === 0 ? [] : [`  tried   ${triedText(tried)}`]),
    `  safe    work kept at ${conflict.ref} (${shortCommit(conflict.work)}); the queue goes on without it`,
    ...(blocked.length === 0 ? [] : [`  blocks  ${listed(blocked, 8)}`]),
    `  next    ${open}   (begins the merge in a worktree: settle it there, commit)`,
    `          ${handIn}   (hands in what you made there: it is gated and lands)`,
    `  or      sluice resolve ${id} --tool TOOL   (a tool of tools.order settles it)`,
    `          sluice resolve ${id} --discard   (give this work up)`,
    `  more    sluice explain ${id}   (what each side has there), sluice explain E402`,
  ]
}

/** What each side has at the places in question, file by file, as much as a screen holds. */
export function conflictTexts({ files }: Conflict): string[] {
  const withText = files.filter(({ hunks = [] }) => hunks.length > 0)
  const lines = withText.slice(0, SCREEN.files).flatMap((file) => {
    const { path, hunks = [], hunksCut = 0 } = file
    const shown = hunks.slice(0, SCREEN.hunks)
    const hidden = hunks.length - shown.length + hunksCut
    return [
      neutralise(path),
      ...shown.flatMap((hunk, index) => [...(index === 0 ? [] : ['']), ...indented(hunkText(hunk, SCREEN.lines))]),
      ...(hidden === 0 ? [] : [`  and ${count(hidden, 'place')} more: sluice report`]),
    ]
  })
  const hidden = withText.length - SCREEN.files
  return [...lines, ...(hidden > 0 ? [`and ${count(hidden, 'file')} more: sluice report`] : [])]
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** `rerere (no match), claude (tests failed 2/31)`. */
export function triedText(tried: readonly Tried[]): string {
  return tried.map((one) => `${triedName(one)} (${oneLine(one.how, HOW_MAX)})`).join(', ')
}

/** The tool where one was asked, else the rung. */
export function triedName(one: Tried): string {
  return oneLine('tool' in one ? one.tool : one.rung, KIND_MAX)
}

/** `union CHANGELOG.md, claude a.txt`. */
export function settledText(by: readonly SettledBy[]): string {
  return listed(
    by.map((one) => `${oneLine(settledName(one), KIND_MAX)} ${neutralise(one.path)}`),
    FILES_IN_LINE,
  )
}

function settledName(one: SettledBy): string {
  return 'tool' in one ? one.tool : one.rung === 'drivers' ? one.driver : one.rung
}

function fileText(file: ConflictFile): string {
  const by = `also changed ${byText(file)}`
  return file.kind === 'content' ? by : `${oneLine(file.kind, KIND_MAX)}, ${by}`
}

/** By one of ours, else by the newest commit of the target that is known to have touched it. */
function byText({ other, commits }: ConflictFile): string {
  if (other !== null) return `by ${other.workstream}, landed ${clockText(other.at)}`
  const newest = commits?.target[0]
  if (newest === undefined) return 'on the target'
  return `on the target (${shortCommit(newest.commit)} ${oneLine(newest.subject, SUBJECT_MAX)})`
}

function placeOf(file: ConflictFile): string {
  const ranges = rangesOf(file)
  return `${neutralise(file.path)}${ranges === '' ? '' : `:${ranges}`}`
}

/** `3,8-12`; empty when there are none. */
export function rangesOf(file: ConflictFile): string {
  return file.lines.map(({ start, end }) => (start === end ? `${start}` : `${start}-${end}`)).join(',')
}
