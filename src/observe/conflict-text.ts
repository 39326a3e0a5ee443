/**
 * A conflict as something that a person can act on: which lines of which file, who else changed them, where the work
 * is safe, what it holds up, and the commands that settle it, ready to be pasted.
 */
import type { Conflict, ConflictFile } from '../model/landing.ts'
import { codeSpan, markdownText } from './markdown.ts'
import { neutralise, oneLine } from './neutralise.ts'
import { clockText, listed, shortCommit } from './units.ts'

const KIND_MAX = 80

/** Files named in the one-line form; the report names all. */
const FILES_IN_LINE = 3

/** What a conflict is told with besides itself. */
export interface ConflictContext {
  /** The target branch, for the commands. */
  target: string
  /** Workstreams that cannot go on until it is settled. */
  blocked: readonly string[]
}

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

/**
 * Commands that settle it, in order: the work is checked out beside the branch, the target merged into it, the marked
 * lines edited, and the result handed in. Nothing of it touches the target.
 */
export function conflictCommands(conflict: Conflict, target: string): string[] {
  return [
    `git switch --detach ${conflict.ref}`,
    `git merge ${target}`,
    'git commit --all --no-edit',
    `sluice resolve ${conflict.workstream} --ref HEAD`,
    `git switch ${target}`,
  ]
}

/** The report for a terminal, without a heading of colour: lines of text. */
export function conflictText(conflict: Conflict, context: ConflictContext): string[] {
  const id = conflict.workstream
  const [switchTo, merge, commit, resolve, back] = conflictCommands(conflict, context.target)
  return [
    `E402 merge conflict in ${id} (attempt ${conflict.attempt})`,
    ...conflict.files.map((file) => `  ${placeOf(file)}  ${fileText(file)}`),
    `  safe    work kept at ${conflict.ref} (${shortCommit(conflict.work)}); the queue goes on without it`,
    ...(context.blocked.length === 0 ? [] : [`  blocks  ${listed(context.blocked, 8)}`]),
    `  next    ${switchTo}`,
    `          ${merge}            (edit the marked lines)`,
    `          ${commit}`,
    `          ${resolve}`,
    `          ${back}`,
    `  or      sluice resolve ${id} --discard   (give this work up)`,
    `  more    sluice explain E402`,
  ]
}

/** The same for a report. */
export function conflictMarkdown(conflict: Conflict, context: ConflictContext): string[] {
  const id = conflict.workstream
  return [
    `### ${markdownText(id)} (attempt ${conflict.attempt})`,
    '',
    '| file | lines | kind | also changed by |',
    '| --- | --- | --- | --- |',
    ...conflict.files.map((file) => {
      const other =
        file.other === null
          ? 'a commit that is not ours'
          : `${file.other.workstream} (${shortCommit(file.other.commit)})`
      return `| ${codeSpan(file.path)} | ${rangesOf(file) || 'whole file'} | ${markdownText(file.kind)} | ${markdownText(other)} |`
    }),
    '',
    `Work kept at ${codeSpan(conflict.ref)} (${codeSpan(conflict.work)}).` +
      (context.blocked.length === 0 ? '' : ` It blocks ${markdownText(listed(context.blocked, 20))}.`),
    '',
    '```sh',
    ...conflictCommands(conflict, context.target),
    `# or give this work up: sluice resolve ${id} --discard`,
    '```',
    '',
  ]
}

function fileText(file: ConflictFile): string {
  const by =
    file.other === null
      ? 'also changed on the target'
      : `also changed by ${file.other.workstream}, landed ${clockText(file.other.at)}`
  return file.kind === 'content' ? by : `${oneLine(file.kind, KIND_MAX)}, ${by}`
}

function placeOf(file: ConflictFile): string {
  const ranges = rangesOf(file)
  return `${neutralise(file.path)}${ranges === '' ? '' : `:${ranges}`}`
}

function rangesOf(file: ConflictFile): string {
  return file.lines.map(({ start, end }) => (start === end ? `${start}` : `${start}-${end}`)).join(',')
}
