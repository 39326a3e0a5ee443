/**
 * Bringing work onto a commit anew, in memory, where merging it as it is does not go.
 *
 * Commit by commit it goes when the target has a part of the work already (picked, or landed under another id): that part
 * then changes nothing. From the work's own base it goes when the target's history was rewritten, so that what the two
 * have in common lies before what the work began with. Nothing is forced: what does not merge is a conflict.
 */
import { mergeBase, treeOf } from './ancestry.ts'
import { git } from './git.ts'
import { commitTree, type ConflictMerge, type Merge, mergeInMemory, type Person } from './merge.ts'
import { isAncestor, type Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir'>

/** Four processes each; longer work is brought over as a whole. */
const COMMITS_MAX = 200

/** Nobody sees the commits that a merge is asked with; see `revert.ts` for the date. */
const NOBODY = { name: 'Sluice', email: 'sluice@localhost' }
const NEWEST_S = 4_000_000_000

export interface Rebase {
  work: string
  /** What the work began with: an ancestor of it. */
  base: string
  onto: string
  committer: Person
  /** Of a commit that is new as a whole; one that is brought over keeps its author's date. */
  dateSeconds: number
  /** Of the one commit that work becomes which cannot be brought over commit by commit. */
  message: string
}

export type Rebased =
  /** `as-it-is`: the work itself merges, and is the commit. Else the commit is on top of `onto`. */
  { kind: 'clean'; how: 'as-it-is' | 'commits' | 'whole'; commit: string } | ConflictMerge

/** Tries the ways in that order. Writes only unreferenced objects. */
export async function rebaseWork(repo: Place, rebase: Rebase): Promise<Rebased> {
  const { work, base, onto, committer, message, dateSeconds } = rebase
  // Where the target no longer has what the work began with, merging would bring that back.
  const merge = (await isAncestor(repo, base, onto)) ? await mergeInMemory(repo, onto, work) : null
  if (merge?.kind === 'clean') return { kind: 'clean', how: 'as-it-is', commit: work }
  const replayed = await replayCommits(repo, rebase)
  if (replayed !== null) return { kind: 'clean', how: 'commits', commit: replayed }
  const whole = await pick(repo, onto, base, work)
  if (whole.kind === 'conflict') return merge ?? whole
  const commit = { tree: whole.tree, parents: [onto], message, author: committer, committer, dateSeconds }
  return { kind: 'clean', how: 'whole', commit: await commitTree(repo, commit) }
}

/** The tip of the work's own commits on top of `onto`; null when one of them conflicts, or they are no simple line. */
async function replayCommits(repo: Place, { work, base, onto, committer }: Rebase): Promise<string | null> {
  const common = await mergeBase(repo, onto, work)
  const range = [work, `^${base}`, ...(common === null ? [] : [`^${common}`])]
  const args = ['rev-list', '--reverse', '--topo-order', '--parents', `--max-count=${COMMITS_MAX + 1}`, ...range]
  const lines = (await git(args, { gitDir: repo.gitDir })).stdout.split('\n').filter((line) => line !== '')
  if (lines.length > COMMITS_MAX) return null
  let [tip, tree] = [onto, await treeOf(repo, onto)]
  for (const line of lines) {
    const [commit, before, ...more] = line.split(' ')
    if (before === undefined || more.length > 0) return null
    const merge = await pick(repo, tip, before, commit!)
    if (merge.kind === 'conflict') return null
    // It is there already.
    if (merge.tree === tree) continue
    tree = merge.tree
    tip = await commitTree(repo, { tree, parents: [tip], committer, ...(await authored(repo, commit!)) })
  }
  return tip
}

/** What `after` did to its ancestor `before`, done to `onto`. In a conflict, side 2 is `onto` and side 3 is `after`. */
async function pick(repo: Place, onto: string, before: string, after: string): Promise<Merge> {
  // As a child of `before`, `onto` has that one commit in common with `after`.
  const ours = await commitTree(repo, {
    tree: await treeOf(repo, onto),
    parents: [before],
    message: 'As it is now\n',
    author: NOBODY,
    committer: NOBODY,
    dateSeconds: NEWEST_S,
  })
  return await mergeInMemory(repo, ours, after)
}

async function authored(
  repo: Place,
  commit: string,
): Promise<{ author: Person; dateSeconds: number; message: string }> {
  const { stdout } = await git(['cat-file', 'commit', commit], { gitDir: repo.gitDir })
  const end = stdout.indexOf('\n\n')
  const [, name, email, seconds] = /^author (.*?) ?<(.*)> (\d+) [-+]\d+$/m.exec(stdout.slice(0, end)) ?? []
  const author = { name: name || NOBODY.name, email: email || NOBODY.email }
  return { author, dateSeconds: Number(seconds ?? 0), message: stdout.slice(end + 2) }
}
