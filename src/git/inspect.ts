/**
 * Looks at what a piece of work would put into the target, before any check is run on it: things that git stores
 * without a word and that then break the checkout of everybody who pulls them. Reads trees and objects, changes nothing.
 *
 * Only what the work brings counts. What was so in the base is not its doing.
 */
import { posix } from 'node:path'
import { attributesAt } from './attributes.ts'
import { blobSizes, readBlobs, readWhole } from './blob.ts'
import { git, records } from './git.ts'
import { POINTER_BYTES_MAX, type Pointer, readPointer, withoutContent } from './lfs.ts'
import { type LineEnd, turnedFrom } from './line-endings.ts'
import { linkProblem } from './links.ts'
import { collidingNames } from './names.ts'
import type { Repository } from './repository.ts'
import { type Change, SYMLINK } from './tree-changes.ts'

type Place = Pick<Repository, 'gitDir'>

/** A text whose line ends could be turned by mistake is not longer than this; both sides are held in memory. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024
/** Longest way that a file system follows. */
const LINK_BYTES_MAX = 4096
const MB = 1024 * 1024

export interface Inspection {
  base: string
  tip: string
  /** From the one to the other. */
  changes: readonly Change[]
  /** Of one file; hosts refuse more than 100 MB. */
  fileBytesMax: number
  /** A path for a scratch index; made when it is needed and removed. */
  indexFile: string
}

/** Why it cannot land. */
export interface Finding {
  kind: 'names' | 'size' | 'link' | 'lfs' | 'line endings'
  paths: string[]
  /** One line, with the paths. */
  message: string
  fix: string
}

/** A file whose line ends were turned, and how they have to be to be as they were, or as was declared. */
export interface Turned {
  path: string
  mode: string
  content: Buffer
  to: LineEnd
  /** `.gitattributes` of the base declare it a text: then the repository holds it with LF, whoever writes it. */
  isDeclared: boolean
}

export interface Inspected {
  findings: Finding[]
  turned: Turned[]
}

export async function inspect(repo: Place, inspection: Inspection): Promise<Inspected> {
  const { base, tip, changes } = inspection
  const files = changes.filter(({ after }) => after !== null && after.mode.startsWith('100'))
  const [endings, listed, sizes] = await Promise.all([
    files.some(({ before }) => before !== null) ? pathsWithTurnedLines(repo, base, tip) : new Set<string>(),
    changes.some(({ before, after }) => before === null || after?.mode === SYMLINK) ? listTree(repo, base) : [],
    blobSizes(repo, [...new Set(changes.flatMap(({ after }) => after?.object ?? []))]),
  ])
  const size = (change: Change): number => sizes.get(change.after!.object) ?? 0
  const findings = [
    ...nameFindings(changes, listed),
    ...sizeFindings(files, size, inspection.fileBytesMax),
    ...(await linkFindings(repo, changes, listed, size)),
    ...(mayHaveFilters(changes, listed) ? await pointerFindings(repo, inspection, files, listed, size) : []),
  ]
  const suspects = files.filter((file) => endings.has(file.path) && size(file) <= TEXT_BYTES_MAX)
  return { findings, turned: await turnedFiles(repo, inspection, suspects) }
}

interface Listed {
  path: string
  mode: string
  object: string
}

/** The last tree that was listed: attempts that began together have one base. Larger ones are not held. */
let lastListed: { commit: string; listed: readonly Listed[] } | null = null
const HELD_MAX = 20_000

async function listTree(repo: Place, commit: string): Promise<readonly Listed[]> {
  if (lastListed?.commit === commit) return lastListed.listed
  const listed = await readTree(repo, commit)
  if (listed.length <= HELD_MAX) lastListed = { commit, listed }
  return listed
}

async function readTree(repo: Place, commit: string): Promise<Listed[]> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', commit], { gitDir: repo.gitDir })
  return records(stdout).map((record) => {
    const tab = record.indexOf('\t')
    const [mode, , object] = record.slice(0, tab).split(' ')
    return { path: record.slice(tab + 1), mode: mode!, object: object! }
  })
}

function nameFindings(changes: readonly Change[], listed: readonly Listed[]): Finding[] {
  const added = changes.filter(({ before }) => before === null).map(({ path }) => path)
  const gone = new Set(changes.filter(({ after }) => after === null).map(({ path }) => path))
  const all = [...listed.map(({ path }) => path).filter((path) => !gone.has(path)), ...added]
  return collidingNames(all, added).map((paths) => ({
    kind: 'names',
    paths,
    message: `${paths.join(' and ')} are one file where upper and lower case, or spellings of a letter, are the same`,
    fix: 'rename one of them',
  }))
}

function sizeFindings(files: readonly Change[], size: (change: Change) => number, bytesMax: number): Finding[] {
  return files
    .filter((file) => size(file) > bytesMax)
    .map((file) => ({
      kind: 'size',
      paths: [file.path],
      message: `${file.path} has ${Math.ceil(size(file) / MB)} MB, more than ${Math.floor(bytesMax / MB)} MB`,
      fix: 'leave it out (.gitignore), keep it in git-lfs, or raise limits.file_mb',
    }))
}

/** The tree's other links are needed too: a way may lead through them. */
async function linkFindings(
  repo: Place,
  changes: readonly Change[],
  listed: readonly Listed[],
  size: (change: Change) => number,
): Promise<Finding[]> {
  const links = changes.filter(({ after }) => after?.mode === SYMLINK)
  if (links.length === 0) return []
  const changed = new Set(changes.map(({ path }) => path))
  const others = listed.filter(({ path, mode }) => mode === SYMLINK && !changed.has(path))
  const short = links.filter((link) => size(link) <= LINK_BYTES_MAX)
  const ids = [...others.map(({ object }) => object), ...short.map(({ after }) => after!.object)]
  const contents = await readBlobs(repo, [...new Set(ids)])
  const targets = new Map<string, string>()
  for (const { path, object } of others) targets.set(path, contents.get(object)?.toString('utf8') ?? '')
  for (const { path, after } of short) targets.set(path, contents.get(after!.object)?.toString('utf8') ?? '')
  return links.flatMap(({ path }): Finding[] => {
    const problem = targets.has(path) ? linkProblem(path, targets) : 'escaping'
    if (problem === null) return []
    const where = problem === 'absolute' ? 'is absolute' : 'leads out of the repository'
    const message = `the link ${path} ${where}: ${JSON.stringify(targets.get(path) ?? 'too long for any system')}`
    return [{ kind: 'link', paths: [path], message, fix: 'link to a path inside the repository, relative to the link' }]
  })
}

/** A file goes through git-lfs only where `.gitattributes` say so. Of a tree that was not listed nothing is known. */
function mayHaveFilters(changes: readonly Change[], listed: readonly Listed[]): boolean {
  const isAttributes = ({ path }: { path: string }): boolean => posix.basename(path) === '.gitattributes'
  return listed.length === 0 || listed.some(isAttributes) || changes.some(isAttributes)
}

async function pointerFindings(
  repo: Place,
  { base, tip, indexFile }: Inspection,
  files: readonly Change[],
  listed: readonly Listed[],
  size: (change: Change) => number,
): Promise<Finding[]> {
  const small = files.filter((file) => size(file) < POINTER_BYTES_MAX && size(file) > 0)
  const contents = await readWhole(
    repo,
    small.map(({ after }) => after!.object),
  )
  const pointers = new Map<string, Pointer>()
  for (const [id, content] of contents) {
    const pointer = readPointer(content)
    if (pointer !== null) pointers.set(id, pointer)
  }
  if (pointers.size === 0) return []
  // A pointer that the base has somewhere was only moved or copied: its content is as much there as before.
  const known = new Set((listed.length > 0 ? listed : await listTree(repo, base)).map(({ object }) => object))
  const fresh = small.filter(({ after }) => pointers.has(after!.object) && !known.has(after!.object))
  const missing = await withoutContent(repo, [...pointers.values()])
  const hollow = fresh.filter(({ after }) => missing.has(pointers.get(after!.object)!.oid)).map(({ path }) => path)
  // Without the filter it is a text like any other, of a test for instance.
  const attributes = await attributesAt(repo, tip, hollow, ['filter'], indexFile)
  const paths = hollow.filter((path) => attributes.get(path)?.['filter'] === 'lfs')
  if (paths.length === 0) return []
  const message = `${paths.join(', ')}: a git-lfs pointer whose content is not in the repository`
  return [{ kind: 'lfs', paths, message, fix: 'git lfs fetch --all, or add the file itself again with git-lfs' }]
}

/**
 * Paths in which lines differ by nothing but their end: git counts fewer changed lines when it overlooks that. Cheaper
 * than reading every file that was changed.
 */
async function pathsWithTurnedLines(repo: Place, base: string, tip: string): Promise<Set<string>> {
  const count = async (...more: string[]): Promise<string[]> => {
    const args = ['diff-tree', '-r', '-z', '--numstat', '--no-renames', '--diff-filter=M', ...more, base, tip]
    return records((await git(args, { gitDir: repo.gitDir })).stdout)
  }
  const [all, without] = await Promise.all([count(), count('--ignore-cr-at-eol')])
  const same = new Set(without)
  return new Set(all.filter((record) => !same.has(record)).map((record) => record.split('\t').slice(2).join('\t')))
}

async function turnedFiles(
  repo: Place,
  { base, indexFile }: Inspection,
  suspects: readonly Change[],
): Promise<Turned[]> {
  if (suspects.length === 0) return []
  const ids = suspects.flatMap(({ before, after }) => [before!.object, after!.object])
  const contents = await readBlobs(repo, [...new Set(ids)])
  const turned = suspects.flatMap(({ path, before, after }) => {
    const [old, now] = [contents.get(before!.object), contents.get(after!.object)]
    const from = old === undefined || now === undefined ? null : turnedFrom(old, now)
    return from === null ? [] : [{ path, mode: after!.mode, content: now!, to: from }]
  })
  const paths = turned.map(({ path }) => path)
  const attributes = await attributesAt(repo, base, paths, ['text', 'eol'], indexFile)
  return turned.flatMap((file): Turned[] => {
    const { text, eol } = attributes.get(file.path)!
    const isDeclared = text === 'set' || text === 'auto' || (text !== 'unset' && (eol === 'lf' || eol === 'crlf'))
    // From CR LF to what was declared: that is putting it right.
    return isDeclared && file.to === 'crlf' ? [] : [{ ...file, isDeclared }]
  })
}
