/**
 * The commits of a conflict that is being settled. One to start from: the merge with markers in what is left. And one
 * that settles it: a merge commit of the work and what it met, which is then the work, and is merged, gated and landed
 * like any other.
 */
import { checkedOutAt } from '../git/checkout.ts'
import { commitTree, mergeInMemory } from '../git/merge.ts'
import { deleteRef, listRefs, setRef } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import { settleMessage } from '../landing/message.ts'
import type { Conflict, Ladder } from '../model/landing.ts'
import type { SettledBy } from '../model/rung.ts'
import type { Context } from './context.ts'
import type { Ledger } from './ledger.ts'

/** Pins of what tools start from. */
const STARTS = 'refs/sluice/conflict'

const SLUICE = { name: 'Sluice', email: 'sluice@localhost' }

type Start = NonNullable<Ladder['start']>

/** Pins `tree`, in which `paths` are left in conflict, as something that a tool can start from. */
export async function pinStart(
  repo: Repository,
  { workstream, work, onto, at }: Conflict,
  left: { tree: string; paths: string[] },
): Promise<Start> {
  const parents = [work, onto]
  const message = `A merge of ${workstream} that is not settled\n`
  // Of the conflict's own time: made again after a kill it is the same commit.
  const dateSeconds = Math.floor(at / 1000)
  const commit = await commitTree(repo, {
    tree: left.tree,
    parents,
    message,
    author: SLUICE,
    committer: SLUICE,
    dateSeconds,
  })
  await setRef(repo, `${STARTS}/${workstream}`, commit, 'sluice: a conflict to settle')
  return { commit, paths: left.paths }
}

/** What a tool starts from: as far as it is settled, else as git merges it. */
export async function startOf(repo: Repository, conflict: Conflict): Promise<Start> {
  const { ladder, onto, work } = conflict
  if (ladder?.start) return ladder.start
  const merge = await mergeInMemory(repo, onto, work)
  const paths = merge.kind === 'clean' ? [] : merge.files.map(({ path }) => path)
  return await pinStart(repo, conflict, { tree: merge.tree, paths })
}

/** Starts of conflicts that are none any more. */
export async function unpinStarts(repo: Repository, ledger: Ledger): Promise<void> {
  for (const { ref } of await listRefs(repo, STARTS)) {
    if (!ledger.conflicts.has(ref.slice(STARTS.length + 1))) await deleteRef(repo, ref)
  }
}

/** Makes the commit that settles a conflict, not yet anybody's work. `reasons`: what was dropped, and why. */
export async function commitResolution(
  { repo, target, identity, ledger }: Context,
  { workstream, work, onto }: Pick<Conflict, 'workstream' | 'work' | 'onto'>,
  resolved: { tree: string; by: readonly SettledBy[]; reasons: readonly string[] },
): Promise<string> {
  return await commitTree(repo, {
    tree: resolved.tree,
    parents: [work, onto],
    message: settleMessage({ workstream, target }, resolved.by, resolved.reasons),
    author: identity,
    committer: identity,
    dateSeconds: Math.floor(ledger.now() / 1000),
  })
}

/** The work of an attempt is another one now: pinned first, then the branch follows unless somebody works on it. */
export async function pinWork(repo: Repository, workstream: string, attempt: number, work: string): Promise<void> {
  await setRef(repo, `refs/sluice/wip/${workstream}/${attempt}`, work, 'sluice: settled')
  await moveBranch(repo, workstream, work)
}

/** A branch that is checked out somewhere is not moved under its owner. */
export async function moveBranch(repo: Repository, workstream: string, to: string): Promise<void> {
  const branch = `ws/${workstream}`
  if ((await checkedOutAt(repo, branch)) === null) await setRef(repo, `refs/heads/${branch}`, to, 'sluice: follows')
}
