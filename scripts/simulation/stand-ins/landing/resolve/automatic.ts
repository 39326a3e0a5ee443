/** No rung that needs nobody settles anything here: each has tests of its own. */
import type * as real from '../../../../../src/landing/resolve/automatic.ts'
import { world } from '../../../world/world.ts'

export * from '../../../../../src/landing/resolve/automatic.ts'

export const resolveAutomatically: typeof real.resolveAutomatically = ({ conflict, rungs }) =>
  world().looking(() => ({
    kind: 'left',
    tree: conflict.tree,
    by: [],
    files: [...conflict.files],
    tried: rungs.map((rung) => ({ rung, how: 'nothing to go by' })),
  }))
