/**
 * The part of a brief that asks to settle a merge conflict: what both sides wanted, where they meet in three versions,
 * what each has changed, and the rules that the result is judged by (`landing/resolve/verify.ts`).
 */
import { bullets, code, fenced, indent, pathList } from './brief-markdown.ts'

export interface BriefConflict {
  /** The other side: workstreams that have landed on the target since. Empty: somebody else's commits. */
  others: readonly { id: string; title: string; tasks: readonly string[] }[]
  files: readonly BriefConflictFile[]
  /** Unified diffs of the files in conflict, from the common base to the target and to this work. */
  diffs: { target: string; own: string }
}

export interface BriefConflictFile {
  path: string
  /** git's word, as `content` or `modify/delete`. */
  kind: string
  /** Of the markers in the worktree, 1-based. */
  lines: readonly { start: number; end: number }[]
  /** The places where the sides meet; none for a conflict that has no text. */
  hunks: readonly { target: string; base: string; own: string }[]
}

/** In all: a tool reads the rest in the files themselves. */
const HUNKS_CHARACTERS_MAX = 12_000
/** Of each of the two. */
const DIFF_CHARACTERS_MAX = 8_000
/** Files with a heading of their own. */
const FILES_MAX = 20
const TASKS_MAX = 20

const RULES = [
  'Keep what both sides added: every line, or one that does what both did.',
  'Leave no conflict marker behind.',
  'Change nothing but the files in conflict.',
  'Do not delete, empty or skip a test.',
  'When a line has to go, commit, and say so in the message, one line for each file: `Dropped: path: why`.',
]

export function conflictSection(conflict: BriefConflict): string {
  const parts = [
    '## Settle a merge conflict',
    'The tasks below are done. What is left: this work and the target have changed the same places. Bring both together.',
    bullets(RULES),
    '### The other side',
    othersOf(conflict.others),
    ...filesOf(conflict.files),
  ]
  const { target, own } = conflict.diffs
  if (target !== '') parts.push('### What the target has changed in these files', fenced(firstPart(target)))
  if (own !== '') parts.push('### What this work has changed in them', fenced(firstPart(own)))
  return parts.join('\n\n')
}

function othersOf(others: BriefConflict['others']): string {
  if (others.length === 0) return 'Commits on the target that are not of this plan.'
  return bullets(
    others.map(({ id, title, tasks }) => {
      const name = title === '' || title === id ? id : `${id} (${title})`
      const shown = tasks.slice(0, TASKS_MAX).map((task) => `- ${indent(task.trim(), 2)}`)
      return [`${name} has landed:`, ...shown].join('\n')
    }),
  )
}

function filesOf(files: readonly BriefConflictFile[]): string[] {
  let room = HUNKS_CHARACTERS_MAX
  const parts: string[] = []
  for (const { path, kind, lines, hunks } of files.slice(0, FILES_MAX)) {
    const where = lines.map(({ start, end }) => `${start}-${end}`).join(', ')
    parts.push(`### ${code(path)}`, where === '' ? `Conflict: ${kind}.` : `Conflict: ${kind}, in lines ${where}.`)
    for (const [index, hunk] of hunks.entries()) {
      const text = hunkText(hunk)
      if (text.length > room) {
        parts.push(`${hunks.length - index} more places: see the markers in the file.`)
        break
      }
      room -= text.length
      parts.push(fenced(text))
    }
  }
  const rest = files.slice(FILES_MAX).map(({ path }) => path)
  return rest.length === 0 ? parts : [...parts, `In conflict too: ${pathList(rest)}.`]
}

function hunkText({ target, base, own }: BriefConflictFile['hunks'][number]): string {
  const part = (name: string, text: string): string =>
    `--- ${name}\n${text === '' ? '' : `${text.replace(/\n$/, '')}\n`}`
  return `${part('target', target)}${part('common base', base)}${part('this work', own)}`.trimEnd()
}

/** The beginning of a text, up to the end of a line. */
function firstPart(text: string): string {
  if (text.length <= DIFF_CHARACTERS_MAX) return text.trimEnd()
  const start = text.slice(0, DIFF_CHARACTERS_MAX)
  return `${start.slice(0, start.lastIndexOf('\n') + 1)}... and more`
}
