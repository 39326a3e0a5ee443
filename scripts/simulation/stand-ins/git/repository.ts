/** The one question about the repository that is asked while a run goes on. */
import type * as real from '../../../../src/git/repository.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/repository.ts'

export const isAncestor: typeof real.isAncestor = (_, ancestor, commit) =>
  world().looking(() => world().commits.isAncestor(ancestor, commit))
