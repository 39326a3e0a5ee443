/** How commits descend from each other, in the simulated repository. */
import type * as real from '../../../../src/git/ancestry.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/ancestry.ts'

export const mergeBase: typeof real.mergeBase = (_, a, b) =>
  world().looking(() => world().commits.mergeBases(a, b)[0] ?? null)

export const areReachable: typeof real.areReachable = (_, commits, tip) =>
  world().looking(() => commits.every((commit) => world().commits.isAncestor(commit, tip)))

export const treeOf: typeof real.treeOf = (_, commit) => world().looking(() => world().commits.treeId(commit))
