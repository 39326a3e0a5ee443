/** Ends a tool of the simulated world. */
import type * as real from '../../../../src/process/kill.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/process/kill.ts'

/** A simulated tool dies at once. */
export const GRACE_MS = 0

export const killTree: typeof real.killTree = ({ nonce }) =>
  world().doing('kill', () => ({ found: world().tools.kill(nonce), survivors: 0 }))
