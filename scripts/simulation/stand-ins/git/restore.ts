/** An attempt starts from an earlier one's work, by the same three ways as the real one. */
import type * as real from '../../../../src/git/restore.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/restore.ts'

export const restoreWork: typeof real.restoreWork = (_, slot, order) =>
  world().doing(`restore ${slot.name}`, () => {
    const { checkpoint, base, committer, dateSeconds } = order
    const { commits, worktrees, watcher } = world()
    watcher.touched(slot.worktree, 'restored')
    const place = (start: string): void => {
      worktrees.set(slot.worktree, { start, files: new Map(commits.tree(start)) })
    }
    if (commits.isAncestor(base, checkpoint)) {
      place(checkpoint)
      return { kind: 'continued', start: checkpoint, base }
    }
    const merge = commits.merge(base, checkpoint)
    if (merge.kind === 'clean') {
      const parents = [checkpoint, base]
      const message = 'Bring earlier work to the current base\n'
      const start = commits.write({ tree: merge.tree, parents, message, author: committer.name, dateSeconds })
      place(start)
      return { kind: 'merged', start, base }
    }
    place(checkpoint)
    return { kind: 'behind', start: checkpoint, base: commits.mergeBases(base, checkpoint)[0]! }
  })
