/** Paths outside a scope are put back to what the base has. */
import type * as real from '../../../../src/git/park.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/park.ts'

export const parkPaths: typeof real.parkPaths = (_, { base, tip, paths, author, dateSeconds }) =>
  world().doing('park', () => {
    const { commits } = world()
    const files = new Map(commits.tree(tip))
    for (const path of paths) {
      const before = commits.tree(base).get(path)
      if (before === undefined) files.delete(path)
      else files.set(path, before)
    }
    const message = `Put back ${paths.length} paths outside the scope\n`
    return commits.write({ tree: commits.writeTree(files), parents: [tip], message, author: author.name, dateSeconds })
  })
