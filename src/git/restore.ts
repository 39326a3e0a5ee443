/**
 * Starting an attempt from where an earlier one ended: its commits as history, and what it had not committed as changes
 * in the worktree again, so that the next tool sees the same that the last one left.
 */
import { git } from './git.ts'
import { commitTree, mergeInMemory, type Person } from './merge.ts'
import { type Repository, isAncestor } from './repository.ts'
import { type Slot, checkOut, giveIndex, linkWorktree } from './slot.ts'
import { belowSnapshot } from './uncommitted.ts'

export interface Restored {
  /**
   * `continued`: the base is the same or an ancestor. `merged`: the base had moved on, both are in. `behind`: they
   * conflict, so the work stands on its old base and the landing will have to deal with it.
   */
  kind: 'continued' | 'merged' | 'behind'
  /** Where the branch stands. */
  start: string
  /** What the attempt is to be compared with when it is taken over. */
  base: string
}

/** Puts a pinned checkpoint into a slot that was just prepared at `base`. May be repeated together with that. */
export async function restoreWork(
  repo: Repository,
  slot: Slot,
  order: { checkpoint: string; base: string; branch: string; committer: Person; dateSeconds: number },
): Promise<Restored> {
  const { checkpoint, base, branch, committer, dateSeconds } = order
  if (await isAncestor(repo, base, checkpoint)) {
    const start = await belowSnapshot(repo, checkpoint)
    await place(slot, branch, checkpoint, start)
    return { kind: 'continued', start, base }
  }
  // In the hub, not in the user's repository: what is made here is pinned by nothing but this attempt.
  const hub = { gitDir: slot.hub }
  const merge = await mergeInMemory(hub, base, checkpoint)
  if (merge.kind === 'clean') {
    const message = 'Bring earlier work to the current base\n'
    const parents = [checkpoint, base]
    const commit = { tree: merge.tree, parents, message, author: committer, committer, dateSeconds }
    const start = await commitTree(hub, commit)
    await place(slot, branch, start, start)
    return { kind: 'merged', start, base }
  }
  const common = (await git(['merge-base', base, checkpoint], { gitDir: repo.gitDir })).stdout.trim()
  const start = await belowSnapshot(repo, checkpoint)
  await place(slot, branch, checkpoint, start)
  return { kind: 'behind', start, base: common }
}

/** Files as in `content`, the branch at `start`, and the agent's index at `start` too: the difference is uncommitted. */
async function place(slot: Slot, branch: string, content: string, start: string): Promise<void> {
  await checkOut(slot, content)
  await git(['update-ref', `refs/heads/${branch}`, start], { gitDir: slot.hub })
  await linkWorktree(slot, `ref: refs/heads/${branch}`)
  await giveIndex(slot)
  if (start === content) return
  const agent = { gitDir: slot.hub, workTree: slot.worktree, indexFile: `${slot.admin}/index` }
  await git(['read-tree', '-m', start], agent)
}
