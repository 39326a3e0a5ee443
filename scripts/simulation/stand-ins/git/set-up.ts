/** A workspace needs nothing in a simulation. */
import type * as real from '../../../../src/git/set-up.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/git/set-up.ts'

export const setUpSlot: typeof real.setUpSlot = () => world().looking(() => ({ kind: 'done', ran: false, ms: 0 }))
