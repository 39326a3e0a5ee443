/** Nobody has a branch of ours checked out. */
import type * as real from '../../../../src/git/checkout.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/checkout.ts'

export const checkedOutAt: typeof real.checkedOutAt = () => world().looking(() => null)
