/** A conflict for a report: the same facts as on a terminal, and the texts of all places. */
import type { Conflict, ConflictFile, TouchingCommit } from '../model/landing.ts'
import { conflictCommands, rangesOf, triedText } from './conflict-text.ts'
import { hunkText } from './hunk-text.ts'
import { codeSpan, markdownText } from './markdown.ts'
import { oneLine } from './neutralise.ts'
import { count, listed, shortCommit } from './units.ts'

const TEXT_MAX = 160
/** Lines of each side; the JSON document has all that was kept. */
const LINES_MAX = 20

/** `blocked`: what cannot go on until it is settled. */
export function conflictMarkdown(conflict: Conflict, blocked: readonly string[]): string[] {
  const id = conflict.workstream
  const { base, tried = [] } = conflict
  const [open, handIn] = conflictCommands(conflict)
  const blocks = blocked.length === 0 ? '' : ` It blocks ${markdownText(listed(blocked, 20))}.`
  const between = base === undefined ? '' : ` Both sides began at ${codeSpan(shortCommit(base))}.`
  return [
    `### ${markdownText(id)} (attempt ${conflict.attempt})`,
    '',
    '| file | lines | kind | also changed by |',
    '| --- | --- | --- | --- |',
    ...conflict.files.map((file) => {
      const cells = [codeSpan(file.path), rangesOf(file) || 'whole file', markdownText(file.kind), otherText(file)]
      return `| ${cells.join(' | ')} |`
    }),
    '',
    `Work kept at ${codeSpan(conflict.ref)} (${codeSpan(conflict.work)}).${between}${blocks}`,
    '',
    ...(tried.length === 0 ? [] : [`Tried: ${markdownText(triedText(tried))}.`, '']),
    '```sh',
    `${open}   # begins the merge in a worktree: settle it there, commit`,
    `${handIn}   # hands in what you made there`,
    `# or give this work up: sluice resolve ${id} --discard`,
    '```',
    '',
    ...conflict.files.flatMap(fileMarkdown),
  ]
}

function otherText({ other }: ConflictFile): string {
  return markdownText(
    other === null ? 'a commit that is not ours' : `${other.workstream} (${shortCommit(other.commit)})`,
  )
}

function fileMarkdown({ path, commits, hunks = [], hunksCut = 0 }: ConflictFile): string[] {
  const sides =
    commits === undefined ? [] : [...commitLines('target', commits.target), ...commitLines('work', commits.work)]
  const texts = hunks.flatMap((hunk) => [...hunkText(hunk, LINES_MAX), ''])
  if (sides.length === 0 && texts.length === 0) return []
  return [
    `#### ${codeSpan(path)}`,
    '',
    ...(sides.length === 0 ? [] : [...sides, '']),
    ...fenced(texts.slice(0, -1)),
    ...(hunksCut === 0 ? [] : [`And ${count(hunksCut, 'place')} more.`, '']),
  ]
}

function commitLines(side: string, commits: readonly TouchingCommit[]): string[] {
  return commits.map(({ commit, subject, author }) => {
    const [what, who] = [subject, author].map((text) => markdownText(oneLine(text, TEXT_MAX)))
    return `- ${side}: ${codeSpan(shortCommit(commit))} ${what} (${who})`
  })
}

/** The fence is longer than any that the text holds. */
function fenced(lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const longest = Math.max(2, ...lines.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, ...lines, fence, '']
}
