/**
 * Landing work again that was taken back: git would say that it is there already. What is merged then is a replay of it.
 * Work that knows of the revert (somebody merged the target into it since) is landed as it is: there, what it has is
 * what its author wants.
 */
import type { Landed } from '../git/history.ts'
import type { Person } from '../git/merge.ts'
import { brought, replay } from '../git/replay.ts'
import { isAncestor, type Repository } from '../git/repository.ts'
import { RollbackTarget } from './rollback-target.ts'

export interface RelandOrder {
  /** The target's first-parent history, newest first, back to where the workstream's work began. */
  history: readonly Landed[]
  workstream: string
  work: string
  identity: Person
  dateSeconds: number
}

/**
 * The commit to merge for `work`: itself, or a replay when an undone landing of the same workstream brought it, or a part
 * of it. The replay is not pinned. Two git processes for each landing of the workstream that was taken back.
 */
export async function landable(repo: Repository, order: RelandOrder): Promise<string> {
  const { history, workstream, work, identity, dateSeconds } = order
  const target = new RollbackTarget(history, [])
  const undone = target.standing.filter((entry) => entry.workstream === workstream && entry.undoneBy !== null)
  // Oldest first: the first one that brought some of it is the one before which none of it was there.
  for (const entry of undone.toReversed()) {
    const { commit, parents, landing } = entry
    if (!(await brought(repo, commit, work)) || (await isAncestor(repo, target.newestOf(entry).commit, work))) continue
    // The newest revert is newer than any replay that has landed so far, so naming it makes another commit than those.
    const message =
      `Replay ${workstream}\n\nIts work ${work} landed as ${landing} and was taken back, ` +
      `last by ${target.newestOf(undone[0]!).commit}.\n`
    return await replay(repo, {
      work,
      before: parents[0]!,
      message,
      author: identity,
      committer: identity,
      dateSeconds,
    })
  }
  return work
}
