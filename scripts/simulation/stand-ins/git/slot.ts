/** Slots: a worktree each, which holds what it was prepared with and what a tool makes of it. */
import type * as real from '../../../../src/git/slot.ts'
import { GitError } from '../../../../src/git/git.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/slot.ts'

export const prepareSlot: typeof real.prepareSlot = async (_, slot, { base, branch, signal }) => {
  signal?.throwIfAborted()
  return await world().doing(`prepare ${slot.name}`, () => {
    const { commits, worktrees, watcher } = world()
    watcher.touched(slot.worktree, 'prepared')
    if (branch !== null && world().failsNow('git fails to prepare a slot')) {
      throw new GitError(['read-tree'], 128, 'fatal: unable to read tree')
    }
    const created = !worktrees.has(slot.worktree)
    worktrees.set(slot.worktree, { start: base, files: new Map(commits.tree(base)) })
    if (branch !== null) world().setRef(`refs/sluice/base/${slot.name}`, base)
    return { created }
  })
}

export const removeSlot: typeof real.removeSlot = (_, slot) =>
  world().doing(`remove ${slot.name}`, () => {
    world().watcher.touched(slot.worktree, 'removed')
    world().worktrees.delete(slot.worktree)
    world().setRef(`refs/sluice/base/${slot.name}`, null)
  })

export const hasFiles: typeof real.hasFiles = ({ worktree }) =>
  world().looking(() => (world().worktrees.get(worktree)?.files.size ?? 0) > 0)
