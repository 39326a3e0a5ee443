/**
 * The brief: all that a tool (or a person) is told about one attempt. The same text for everybody, short enough to be
 * read, complete enough that nothing has to be asked.
 */
import type { Stray } from '../model/attempt.ts'
import type { Workstream } from '../model/workstream.ts'
import { type BriefConflict, conflictSection } from './brief-conflict.ts'
import { bullets, code, fenced, indent, pathList } from './brief-markdown.ts'

export interface BriefDependency {
  id: string
  title: string
  /** What its landing changed, or will change. */
  paths: readonly string[]
  /** The landing commit; null when the dependency was skipped, or is only about to land. */
  commit: string | null
  /** Its work is merged in, though it is still in the landing queue. */
  isAboutToLand?: boolean
}

export interface EarlierAttempt {
  attempt: number
  tool: string
  /** How it ended, in one line. */
  ending: string
  /** The end of a log, or the failed checks; null when there is nothing to show. */
  evidence: string | null
  changed: readonly string[]
  /** What it left that is not on the way to what the worktree holds now. */
  strays: readonly Stray[]
  /** Paths outside the scope that were taken out of its work. */
  parked: readonly string[]
}

/** Another workstream whose work, as it is now, conflicts with what was done here so far. */
export interface BriefRival {
  id: string
  title: string
  /** Where both changed the same lines. */
  paths: readonly string[]
}

export interface BriefInput {
  workstream: Workstream
  attempt: number
  /** What the worktree holds to begin with, when that is not simply the target. */
  baseNote: string | null
  /** A person's words for this attempt (`retry --note`). */
  note: string | null
  dependencies: readonly BriefDependency[]
  rivals: readonly BriefRival[]
  /** Oldest first. */
  earlier: readonly EarlierAttempt[]
  /** Commands of the gate. */
  checks: readonly string[]
  /** Whether the commands among the acceptance tests are run, or only shown to people. */
  acceptance: 'run' | 'show'
  /** What this attempt has to settle, when it is there to settle a merge conflict. */
  conflict?: BriefConflict | undefined
}

/** Attempts shown with their evidence; of older ones only the line. */
const EVIDENCE_ATTEMPTS_MAX = 2
const EVIDENCE_CHARACTERS_MAX = 2_000
/** Lines of work that an attempt left aside; they are usually one. */
const STRAYS_MAX = 5

/** Markdown, ending in a line end. */
export function renderBrief(input: BriefInput): string {
  const sections = [
    heading(input),
    input.conflict === undefined ? '' : conflictSection(input.conflict),
    taskSection(input.workstream),
    input.note === null ? '' : `## A word from the person in charge\n\n${input.note.trim()}`,
    // A resolution is held to the files in conflict, which may well be wider.
    input.conflict === undefined ? scopeSection(input.workstream) : '',
    rivalSection(input.rivals),
    doneSection(input),
    dependencySection(input.dependencies),
    earlierSection(input.earlier),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function heading({ workstream, attempt, baseNote }: BriefInput): string {
  const title = workstream.title === '' || workstream.title === workstream.id ? '' : `: ${workstream.title}`
  const place =
    'The current directory is a git worktree of your own. What differs from its base when you end is your work, ' +
    'committed or not. Stay on this branch, do not push, and do not ask questions: nobody is there to answer.'
  const lines = [`# ${workstream.id}${title}`, place]
  if (attempt > 1) lines.push(`This is attempt ${attempt}. What was tried before is at the end.`)
  if (baseNote !== null) lines.push(baseNote.trim())
  return lines.join('\n\n')
}

function taskSection({ tasks, description, title }: Workstream): string {
  const parts = ['## Tasks']
  if (tasks.length > 0) parts.push(tasks.map((task, index) => `${index + 1}. ${indent(task.trim(), 3)}`).join('\n'))
  if (description.trim() !== '') parts.push(description.trim())
  if (parts.length === 1) parts.push(title)
  return parts.join('\n\n')
}

function scopeSection({ filesScope, filesCreate }: Workstream): string {
  if (filesScope.length + filesCreate.length === 0) return ''
  const parts = ['## Scope', 'Change nothing outside of this; what is changed elsewhere does not land.']
  if (filesScope.length > 0) parts.push(bullets(filesScope.map(code)))
  if (filesCreate.length > 0) parts.push(`To be created:\n\n${bullets(filesCreate.map(code))}`)
  return parts.join('\n\n')
}

function rivalSection(rivals: readonly BriefRival[]): string {
  if (rivals.length === 0) return ''
  const lines = rivals.map(({ id, title, paths }) => `${pathList(paths)}, by ${nameOf(id, title)}`)
  const advice =
    'Others are changing the same lines of these files at this moment, and whoever lands second has the conflict. Do ' +
    'what your tasks need there and no more: no reformatting, no reordering, no renaming, new code in a place of its own.'
  return `## Also being changed\n\n${advice}\n\n${bullets(lines)}`
}

function nameOf(id: string, title: string): string {
  return title === '' || title === id ? id : `${id} (${title})`
}

function doneSection({ workstream, checks, acceptance }: BriefInput): string {
  const isRun = (run: string | null): run is string => run !== null && acceptance === 'run'
  const commands = [...workstream.acceptance.flatMap(({ run }) => (isRun(run) ? [run] : [])), ...checks]
  const points = workstream.acceptance.flatMap(({ name, run }) => {
    if (isRun(run)) return []
    return [`[ ] ${run === null || run === name ? name : `${name}: ${code(run)}`}`]
  })
  if (commands.length + points.length === 0) return ''
  const parts = ['## Done when']
  if (points.length > 0) parts.push(bullets(points))
  if (commands.length > 0) {
    parts.push(`These commands pass, on a clean checkout of your work merged with everybody else's:`)
    parts.push(bullets([...new Set(commands)].map(code)))
  }
  return parts.join('\n\n')
}

function dependencySection(dependencies: readonly BriefDependency[]): string {
  if (dependencies.length === 0) return ''
  const lines = dependencies.map(({ id, title, paths, commit, isAboutToLand = false }) => {
    const name = nameOf(id, title)
    const files = paths.length === 0 ? 'nothing' : pathList(paths)
    if (isAboutToLand) return `${name}, which is about to land: its work is in your worktree. It changed ${files}`
    if (commit === null) return `${name} was skipped: do without it.`
    return `${name}, commit ${commit.slice(0, 12)}, changed ${files}`
  })
  return `## What this builds on\n\nAll of it is in your worktree.\n\n${bullets(lines)}`
}

function earlierSection(earlier: readonly EarlierAttempt[]): string {
  if (earlier.length === 0) return ''
  const parts = ['## What was tried', 'Do not repeat it; find out what went wrong and do better.']
  for (const [index, { attempt, tool, ending, evidence, ...left }] of earlier.entries()) {
    parts.push([`**Attempt ${attempt} by ${tool}**: ${ending}.`, ...leftBehind(left)].join(' '))
    const isRecent = index >= earlier.length - EVIDENCE_ATTEMPTS_MAX
    if (isRecent && evidence !== null && evidence.trim() !== '') parts.push(fenced(lastPart(evidence.trim())))
  }
  return parts.join('\n\n')
}

function leftBehind({ changed, strays, parked }: Pick<EarlierAttempt, 'changed' | 'strays' | 'parked'>): string[] {
  const sentences: string[] = []
  if (changed.length > 0) sentences.push(`It changed ${pathList(changed)}.`)
  if (parked.length > 0) sentences.push(`What it changed outside the scope was taken out: ${pathList(parked)}.`)
  if (strays.length > 0) {
    const what = changed.length > 0 ? 'What it left besides' : 'What it left'
    const shown = strays.slice(0, STRAYS_MAX).map(({ ref, commit }) => {
      return `${code(ref)} (${code(`git show ${commit.slice(0, 12)}`)} shows it)`
    })
    const more = strays.length > STRAYS_MAX ? ` and ${strays.length - STRAYS_MAX} more` : ''
    sentences.push(`${what} is not in your worktree but kept: ${shown.join(', ')}${more}.`)
  }
  return sentences.length === 0 ? ['It changed nothing.'] : sentences
}

/** The end of a text, from the start of a line where there is one. */
function lastPart(text: string): string {
  if (text.length <= EVIDENCE_CHARACTERS_MAX) return text
  const end = text.slice(-EVIDENCE_CHARACTERS_MAX)
  return `...\n${end.slice(end.indexOf('\n') + 1)}`
}
