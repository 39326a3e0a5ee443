/** Merging and committing in the simulated repository. */
import type * as real from '../../../../src/git/merge.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/merge.ts'

export const mergeInMemory: typeof real.mergeInMemory = (_, onto, work) =>
  world().looking(() => {
    const { commits } = world()
    const merged = commits.merge(onto, work)
    if (merged.kind === 'clean') return merged
    const files = merged.paths.map((path) => {
      const sides = [commits.mergeBases(onto, work)[0] ?? null, onto, work]
      const stages = Object.fromEntries(
        sides.flatMap((side, at) => {
          const text = side === null ? undefined : commits.tree(side).get(path)
          return text === undefined ? [] : [[at + 1, { mode: '100644', object: text }]]
        }),
      )
      return { path, stages, kind: 'content', message: `conflict in ${path}` }
    })
    return { kind: 'conflict', tree: merged.tree, files }
  })

export const commitTree: typeof real.commitTree = (_, commit) =>
  world().doing('commit-tree', () => {
    const { tree, parents, message, author, dateSeconds } = commit
    return world().commits.write({ tree, parents, message, author: author.name, dateSeconds })
  })

export const changedPaths: typeof real.changedPaths = (_, before, after) =>
  world().looking(() => world().commits.changed(before, after))
