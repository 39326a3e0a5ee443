/**
 * A change as people read it: every file with its lines added and deleted, and the text of the difference as far as a
 * screen holds it. The numbers come first and choose what of the text is asked for, so that a change of a million lines
 * is not read to show two hundred.
 */
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'

export interface FileChange {
  path: string
  /** The path that it had before, when it was renamed. */
  from: string | null
  /** null: not text. */
  added: number | null
  deleted: number | null
}

export interface ChangeText {
  /** All of them, in the order of their paths. */
  files: FileChange[]
  /** As git writes a patch, of the first files. */
  lines: string[]
  /** Changed lines that are not in `lines`, but for those of files that are not text. */
  linesCut: number
}

/** Changed lines of one file; above it nobody reads it line by line, and it was not written so. */
const FILE_LINES_MAX = 10_000

/** Longer lines are cut: generated code has lines of a megabyte. */
const LINE_LENGTH_MAX = 300

const DIFF = ['diff-tree', '-r', '-M', '--no-ext-diff', '--no-textconv']

/** What `after` changes of `before`; at most `linesMax` lines of text. Two processes. */
export async function readChange(
  repo: Pick<Repository, 'gitDir'>,
  { before, after, linesMax }: { before: string; after: string; linesMax: number },
): Promise<ChangeText> {
  const files = await readFiles(repo, before, after)
  const sizeOf = ({ added, deleted }: FileChange): number => (added ?? 0) + (deleted ?? 0)
  const total = files.reduce((sum, file) => sum + sizeOf(file), 0)
  const chosen: FileChange[] = []
  let size = 0
  for (const file of files) {
    if (file.added === null || sizeOf(file) > FILE_LINES_MAX) continue
    if (chosen.length > 0 && size + sizeOf(file) > linesMax) break
    chosen.push(file)
    size += sizeOf(file)
  }
  if (chosen.length === 0) return { files, lines: [], linesCut: total }
  const paths = chosen.flatMap(({ path, from }) => (from === null ? [path] : [from, path]))
  const env = { GIT_LITERAL_PATHSPECS: '1' }
  const args = [...DIFF, '-p', '--no-color', '--no-indent-heuristic', before, after, '--', ...paths]
  const { stdout } = await git(args, { gitDir: repo.gitDir, env })
  const all = stdout.replace(/\n$/, '').split('\n')
  const lines = all.slice(0, linesMax)
  return { files, lines: lines.map(shortened), linesCut: total - changedLines(lines) }
}

/** How many of the lines of a patch are added or deleted ones: inside a hunk, where nothing is a heading. */
function changedLines(lines: readonly string[]): number {
  let isInside = false
  let found = 0
  for (const line of lines) {
    if (line.startsWith('diff --git ')) isInside = false
    else if (line.startsWith('@@ ')) isInside = true
    else if (isInside && /^[+-]/.test(line)) found += 1
  }
  return found
}

async function readFiles(repo: Pick<Repository, 'gitDir'>, before: string, after: string): Promise<FileChange[]> {
  const { stdout } = await git([...DIFF, '--numstat', '-z', before, after], { gitDir: repo.gitDir })
  const fields = records(stdout)
  const files: FileChange[] = []
  for (let at = 0; at < fields.length; at++) {
    const [, added, deleted, path] = /^(\d+|-)\t(\d+|-)\t([^]*)$/.exec(fields[at]!)!
    const number = (text: string): number | null => (text === '-' ? null : Number(text))
    const change = { added: number(added!), deleted: number(deleted!) }
    // Of a rename the path is empty, and both names follow as records of their own.
    if (path !== '') files.push({ path: path!, from: null, ...change })
    else files.push({ from: fields[++at]!, path: fields[++at]!, ...change })
  }
  return files
}

function shortened(line: string): string {
  return line.length <= LINE_LENGTH_MAX ? line : `${line.slice(0, LINE_LENGTH_MAX - 3)}...`
}
