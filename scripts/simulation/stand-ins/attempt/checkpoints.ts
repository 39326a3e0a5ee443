/** The real keeper of checkpoints, which looks less often: each look is an event, and most find nothing. */
import { keepCheckpoints as keep } from '../../../../src/attempt/checkpoints.ts'
import type * as real from '../../../../src/attempt/checkpoints.ts'

export * from '../../../../src/attempt/checkpoints.ts'

const EVERY_MS = 20 * 60_000

export const keepCheckpoints: typeof real.keepCheckpoints = (job) => keep(job, { everyMs: EVERY_MS, lookMs: EVERY_MS })
