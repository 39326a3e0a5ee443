/** Would these merge? Answered by merging them; sometimes git cannot say. */
import type * as real from '../../../../src/git/predict.ts'
import { GitError } from '../../../../src/git/git.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/predict.ts'

export const predictMerges: typeof real.predictMerges = (_, pairs) =>
  world().doing('predict', () => {
    if (world().failsNow('git fails to predict')) throw new GitError(['merge-tree'], 128, 'fatal: bad object')
    return pairs.map(([a, b]) => {
      const merged = world().commits.merge(a, b)
      if (merged.kind === 'clean') return merged
      return { kind: 'conflict', files: merged.paths.map((path) => ({ path, kind: 'content' })) }
    })
  })
