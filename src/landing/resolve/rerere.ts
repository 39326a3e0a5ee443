/**
 * A resolution that passed a gate is remembered, and given again when the same conflict comes back: after a rollback, on a
 * second attempt, in another branch.
 *
 * The same conflict: the same three texts in all of its hunks, wherever in the file they lie and whichever side is whose.
 * (git's own rerere leaves the base out; then two deletions and two additions look alike, and the wrong one loses lines.)
 *
 * Each is a commit under `refs/sluice/rerere/<id>`, so no gc takes it and no table has to agree with it. It holds the
 * conflicted text and the resolved one; giving it again is a three-way merge, which fails when the surroundings differ.
 * Learning looks at the merge commits of what has landed, so it may be repeated, or left out after a crash.
 */
import { createHash } from 'node:crypto'
import { readBlobs, writeBlob } from '../../git/blob.ts'
import { editTree, entriesAt } from '../../git/edit-tree.ts'
import { git, GitError } from '../../git/git.ts'
import { MARKERS, mergeTexts } from '../../git/merge-file.ts'
import { commitTree, type Merge, mergeInMemory } from '../../git/merge.ts'
import { deleteRef, setRef } from '../../git/refs.ts'
import type { Repository } from '../../git/repository.ts'
import { conflictParts, hasMarkers, type Hunk, latin1, type Part } from './hunks.ts'
import { type PlainConflict, sortConflicts } from './plain.ts'

const REMEMBERED = 'refs/sluice/rerere'

/** Per call of `learnFrom`; work with more merges in it is not a resolution of anything. */
const MERGES_MAX = 50
/** A text that is longer is made by a program. */
const TEXT_BYTES_MAX = 1024 * 1024
/** The oldest are forgotten: each is a ref, and refs are listed by every git command of the user's. */
const REMEMBERED_MAX = 500

const SLUICE = { name: 'Sluice', email: 'sluice@localhost' }

export interface Learned {
  id: string
  path: string
  /** The merge commit whose file is the resolution. */
  commit: string
}

/**
 * Is there a merge commit on the way from `base` (excluded) to any of `tips`, so that there may be something to learn? One
 * process for all; most work has none.
 */
export async function haveMerges(repo: Repository, tips: readonly string[], base: string): Promise<boolean> {
  const args = ['rev-list', '--min-parents=2', '--max-count=1', ...tips, `^${base}`, '--']
  return (await git(args, { gitDir: repo.gitDir })).stdout !== ''
}

/** Remembers the resolutions in the merge commits from `base` (excluded) to `tip`, which has passed a gate. */
export async function learnFrom(repo: Repository, { tip, base }: { tip: string; base: string }): Promise<Learned[]> {
  const range = ['--min-parents=2', '--max-parents=2', `--max-count=${MERGES_MAX}`, tip, `^${base}`]
  const args = ['rev-list', '--no-commit-header', '--format=%H %P %ct', ...range, '--']
  const merges = (await git(args, { gitDir: repo.gitDir })).stdout.split('\n').filter((line) => line !== '')
  const learned: Learned[] = []
  for (const line of merges.toReversed()) {
    const [commit, onto, work, seconds] = line.split(' ')
    const merge = { commit: commit!, onto: onto!, work: work! }
    learned.push(...(await learnFromMerge(repo, merge, tip, Number(seconds))))
  }
  if (learned.length > 0) await forgetOldest(repo)
  return learned
}

/** Only what is at the tip as the merge left it has passed the gate: what was mended afterwards was wrong. */
async function learnFromMerge(
  repo: Repository,
  { commit, ...sides }: { commit: string; onto: string; work: string },
  tip: string,
  dateSeconds: number,
): Promise<Learned[]> {
  const merge = await mergeOrNull(repo, sides)
  if (merge?.kind !== 'conflict') return []
  const { plain } = await sortConflicts(repo, sides, merge.files)
  const paths = plain.map(({ path }) => path)
  const [entries, landed] = await Promise.all([entriesAt(repo, commit, paths), entriesAt(repo, tip, paths)])
  const objects = [...entries.values()].map(({ object }) => object)
  const contents = await readBlobs(repo, objects, TEXT_BYTES_MAX)
  const learned: Learned[] = []
  for (const conflict of plain) {
    const known = await recognise(repo, conflict)
    const entry = entries.get(conflict.path)
    if (entry?.object !== landed.get(conflict.path)?.object) continue
    const resolved = contents.get(entry?.object ?? '')
    if (known === null || resolved === undefined || leavesMarkers(latin1(resolved))) continue
    await remember(repo, known, { path: conflict.path, resolved, dateSeconds })
    learned.push({ id: known.id, path: conflict.path, commit })
  }
  return learned
}

/** null for histories that have nothing in common: somebody imported another project. */
async function mergeOrNull(repo: Repository, { onto, work }: { onto: string; work: string }): Promise<Merge | null> {
  try {
    return await mergeInMemory(repo, onto, work)
  } catch (error) {
    if (error instanceof GitError && error.exit !== null) return null
    throw error
  }
}

/** Markers of ours, or the ones that git writes into a checkout. */
function leavesMarkers(text: string): boolean {
  return hasMarkers(text) || /^(?:<{7}|>{7})(?: |\r?$)/m.test(text)
}

interface Recognised {
  id: string
  /** The conflicted text without labels, sides in a fixed order. */
  preimage: string
}

async function remember(
  repo: Repository,
  { id, preimage }: Recognised,
  { path, resolved, dateSeconds }: { path: string; resolved: Buffer; dateSeconds: number },
): Promise<void> {
  const [before, after] = await Promise.all([
    writeBlob(repo, Buffer.from(preimage, 'latin1')),
    writeBlob(repo, resolved),
  ])
  const tree = await editTree(repo, null, [
    { path: 'preimage', entry: { mode: '100644', object: before } },
    { path: 'postimage', entry: { mode: '100644', object: after } },
  ])
  const message = `Remember a resolution of ${JSON.stringify(path)}\n`
  const commit = await commitTree(repo, { tree, parents: [], message, author: SLUICE, committer: SLUICE, dateSeconds })
  await setRef(repo, `${REMEMBERED}/${id}`, commit, 'resolution that passed its gate')
}

/** The blob of a remembered resolution, and its id; null when there is none or its surroundings differ. */
export async function replay(
  repo: Repository,
  conflict: PlainConflict,
): Promise<{ id: string; object: string } | null> {
  const known = await recognise(repo, conflict)
  if (known === null) return null
  const ref = `${REMEMBERED}/${known.id}`
  const images = await readBlobs(repo, [`${ref}:preimage`, `${ref}:postimage`])
  const [base, theirs] = [images.get(`${ref}:preimage`), images.get(`${ref}:postimage`)]
  if (base === undefined || theirs === undefined) return null
  const ours = Buffer.from(known.preimage, 'latin1')
  const merged = await mergeTexts(repo, { ours, base, theirs }, 'markers')
  if (merged.kind !== 'clean' || hasMarkers(latin1(merged.text))) return null
  return { id: known.id, object: await writeBlob(repo, merged.text) }
}

/** Takes a resolution back that turned out to be wrong. */
export async function forget(repo: Repository, id: string): Promise<void> {
  await deleteRef(repo, `${REMEMBERED}/${id}`)
}

async function forgetOldest(repo: Repository): Promise<void> {
  const args = ['for-each-ref', '--sort=-committerdate', '--format=%(refname)', REMEMBERED]
  const refs = (await git(args, { gitDir: repo.gitDir })).stdout.split('\n').filter((line) => line !== '')
  for (const ref of refs.slice(REMEMBERED_MAX)) await deleteRef(repo, ref)
}

async function recognise(repo: Repository, conflict: PlainConflict): Promise<Recognised | null> {
  const { ours, base, theirs } = conflict
  if ([ours, base, theirs].some(({ length }) => length > TEXT_BYTES_MAX)) return null
  const parts = (await conflictParts(repo, conflict))?.map((part) => (typeof part === 'string' ? part : inOrder(part)))
  const hunks = parts?.filter((part) => typeof part !== 'string') ?? []
  if (parts === undefined || hunks.length === 0) return null
  const hash = createHash('sha256')
  for (const hunk of hunks) hash.update(JSON.stringify([hunk.ours, hunk.base, hunk.theirs]))
  return { id: hash.digest('hex'), preimage: parts.map(textOf).join('') }
}

function inOrder(hunk: Hunk): Hunk {
  return hunk.ours <= hunk.theirs ? hunk : { ...hunk, ours: hunk.theirs, theirs: hunk.ours }
}

function textOf(part: Part): string {
  if (typeof part === 'string') return part
  const { ours, base, theirs } = part
  return `${MARKERS.ours}\n${ours}${MARKERS.base}\n${base}${MARKERS.middle}\n${theirs}${MARKERS.theirs}\n`
}
