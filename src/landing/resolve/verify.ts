/**
 * Judges a resolution that a tool has made, before any gate sees it: a gate says whether the code works, not whether what
 * somebody wrote is still in it. A person's resolution is never judged.
 *
 * It counts lines (`lines.ts`), so it is strict where both sides changed one line and the tool made a third of it: then
 * the message of the resolution has to say so, in a line `Dropped: <path>: <why>`. What both sides agreed on, tests, and
 * files that were not in conflict have no such way out: a refusal costs one rung of the ladder, and nothing is lost.
 */
import { isBinary, readBlobs } from '../../git/blob.ts'
import { type Entry, entriesAt } from '../../git/edit-tree.ts'
import type { ConflictFile } from '../../git/conflict.ts'
import type { Repository } from '../../git/repository.ts'
import { type Change, GITLINK, treeChanges } from '../../git/tree-changes.ts'
import { hasReason } from './dropped.ts'
import { isTestFile, lostLines, lostTests, markersIn, type Versions } from './lines.ts'

export type Finding = {
  path: string
  /** For a person, and for the brief of the next tool. */
  message: string
} & (
  | { kind: 'markers' }
  /** Lines that one side added, or that both kept, trimmed. At most `LINES_MAX`. */
  | { kind: 'lost' | 'vanished'; lines: string[] }
  | { kind: 'tests' }
  | { kind: 'elsewhere' }
  /** Not text, or too large: nobody can say what was lost of it. */
  | { kind: 'unreadable' }
)

const LINES_MAX = 20
/** A file above this was not resolved by reading it. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024

export interface Resolution {
  /** The merge that was given to the tool: its tree with markers, and the files that were in conflict. */
  merge: { tree: string; files: readonly ConflictFile[] }
  /** The tree that the tool made of it. */
  resolved: string
  /** Of the commits in which it did. */
  message: string
}

/** What speaks against a resolution; an empty list: nothing does, and the gate may see it. */
export async function verifyResolution(
  repo: Pick<Repository, 'gitDir'>,
  { merge, resolved, message }: Resolution,
): Promise<Finding[]> {
  const paths = merge.files.map(({ path }) => path)
  const inConflict = new Set(paths)
  const [changes, entries] = await Promise.all([
    treeChanges(repo.gitDir, merge.tree, resolved),
    entriesAt(repo, resolved, paths),
  ])
  const findings = changes.flatMap((change) => (inConflict.has(change.path) ? [] : [elsewhere(change)]))
  const contents = await readContents(repo, merge.files, entries)
  const texts = new Map<string, Versions>()
  for (const file of merge.files) {
    // About a folder: nothing lies there that could be compared.
    if (Object.keys(file.stages).length === 0) continue
    const entry = entries.get(file.path)
    const versions = versionsOf(file, entry, contents)
    const excused = hasReason(message, file.path)
    if (versions === null) {
      if (!excused) findings.push({ kind: 'unreadable', path: file.path, message: UNREADABLE })
    } else texts.set(file.path, versions)
    if (entry !== undefined && ![1, 2, 3].some((stage) => file.stages[stage]?.mode === entry.mode)) {
      findings.push({ kind: 'elsewhere', path: file.path, message: `its mode became ${entry.mode}, which no side has` })
    }
  }
  const all = [...texts.values()]
  for (const [path, versions] of texts) {
    findings.push(...textFindings(path, versions, all, hasReason(message, path)))
  }
  return findings
}

const UNREADABLE = 'it is no text that could be compared: say in a line `Dropped: path: why` what became of both sides'

function elsewhere({ path, before, after }: Change): Finding {
  if (after === null && isTestFile(path)) return { kind: 'tests', path, message: 'a test file was deleted' }
  const what = before === null ? 'added' : after === null ? 'deleted' : 'changed'
  return { kind: 'elsewhere', path, message: `it was ${what}, and had no conflict` }
}

function textFindings(path: string, versions: Versions, all: readonly Versions[], isExcused: boolean): Finding[] {
  const findings: Finding[] = []
  const markers = markersIn(versions)
  if (markers > 0) findings.push({ kind: 'markers', path, message: `${markers} lines are conflict markers` })
  const { added, kept } = lostLines(versions, all)
  if (added.length > 0 && !isExcused) {
    const lost = `${added.length} lines that one side added are gone, without a line \`Dropped: ${path}: why\``
    findings.push({ kind: 'lost', path, lines: added.slice(0, LINES_MAX), message: lost })
  }
  if (kept.length > 0) {
    const vanished = `${kept.length} lines that both sides kept are gone`
    findings.push({ kind: 'vanished', path, lines: kept.slice(0, LINES_MAX), message: vanished })
  }
  const isEmptied = isTestFile(path) && versions.result.trim() === '' && (versions.ours + versions.theirs).trim() !== ''
  const tests = isEmptied ? 0 : lostTests(versions, all)
  if (isEmptied) findings.push({ kind: 'tests', path, message: 'a test file was deleted or emptied' })
  if (tests > 0) findings.push({ kind: 'tests', path, message: `${tests} tests fewer than both sides have together` })
  return findings
}

async function readContents(
  repo: Pick<Repository, 'gitDir'>,
  files: readonly ConflictFile[],
  entries: ReadonlyMap<string, Entry>,
): Promise<Map<string, Buffer>> {
  const sides = files.flatMap(({ stages }) => [1, 2, 3].flatMap((stage) => stages[stage]?.object ?? []))
  return readBlobs(repo, [...sides, ...[...entries.values()].map(({ object }) => object)], TEXT_BYTES_MAX)
}

/** The texts of a file, empty where it is absent; null when one of them is no text. */
function versionsOf(
  { stages }: ConflictFile,
  result: Entry | undefined,
  contents: ReadonlyMap<string, Buffer>,
): Versions | null {
  const texts: string[] = []
  for (const entry of [stages[1], stages[2], stages[3], result]) {
    const content = entry === undefined ? Buffer.alloc(0) : contents.get(entry.object)
    if (content === undefined || isBinary(content) || entry?.mode === GITLINK) return null
    texts.push(content.toString('utf8'))
  }
  const [base, ours, theirs, text] = texts
  return { base: base!, ours: ours!, theirs: theirs!, result: text! }
}
