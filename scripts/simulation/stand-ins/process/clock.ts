/** All clocks of the machine are the simulated one. */
import type * as real from '../../../../src/process/clock.ts'
import { world } from '../../world/world.ts'

export * from '../../../../src/process/clock.ts'

export const readClock: typeof real.readClock = () => {
  const { now } = world().clock
  return { wallMs: now, monotonicMs: now, bootMs: now }
}
