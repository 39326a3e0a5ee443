/** What a tool has left becomes a commit, pinned before anybody hears of it. */
import type * as real from '../../../../src/git/take-over.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/take-over.ts'

export const takeOver: typeof real.takeOver = (_, slot, order) =>
  world().doing(`take over ${slot.name}`, () => {
    const { commits, worktrees, watcher } = world()
    watcher.touched(slot.worktree, 'taken over')
    const { base, ref, branch, message, author, dateSeconds } = order
    const notes = { reports: [], repairs: [], strays: [] }
    const worktree = worktrees.get(slot.worktree)
    if (worktree === undefined) return { kind: 'empty', tip: base, ...notes }
    const tree = commits.writeTree(worktree.files)
    const { start } = worktree
    const tip =
      tree === commits.treeId(start)
        ? start
        : commits.write({ tree, parents: [start], message, author: author.name, dateSeconds })
    if (tip === base) return { kind: 'empty', tip: base, ...notes }
    world().setRef(ref, tip)
    world().setRef(`refs/heads/${branch}`, tip)
    const changed = commits.changed(base, tip)
    const entry = (id: string, path: string): { mode: string; object: string } | null => {
      const text = commits.tree(id).get(path)
      return text === undefined ? null : { mode: '100644', object: text }
    }
    const changes = changed.map((path) => ({ path, before: entry(base, path), after: entry(tip, path) }))
    return { kind: 'work', tip, changed, changes, ...notes }
  })
