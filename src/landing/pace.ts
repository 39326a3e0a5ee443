/**
 * How far the queue speculates, pure.
 *
 * One by one: a candidate more after each landing, half as many after each refusal. What has gone well for a while is
 * gated ahead of its turn; where much is red, little is wasted on what stands behind the next red one.
 *
 * Groups: always the same. Simulated with four slots, landings against serial at 0, 5 and 20 % red: one by one 4.0, 3.7,
 * 3.0; groups of four 15.4, 6.7, 2.6. Larger groups gain only where nothing is red, and groups that shrink after a red one
 * gain nothing (`bench/throughput.ts`).
 */
import type { Config } from '../model/config.ts'

export interface Pace {
  /** Candidates that are thought to land, at most. */
  window: number
  windowMax: number
  /** Landings in one candidate, at most; 1: one by one. */
  group: number
}

const GROUP = 4

export function firstPace(mode: Config['landing']['mode'], windowMax: number): Pace {
  return { window: windowMax, windowMax, group: mode === 'groups' ? GROUP : 1 }
}

export function afterLanding(pace: Pace): Pace {
  return { ...pace, window: Math.min(pace.windowMax, pace.window + 1) }
}

export function afterRefusal(pace: Pace): Pace {
  return pace.group > 1 ? pace : { ...pace, window: Math.max(1, Math.floor(pace.window / 2)) }
}

/** Size of the parts of a red group: as many parts as there are slots (two at least), for all of them are gated at once. */
export function partOf(size: number, slots: number): number {
  return Math.ceil(size / Math.max(2, slots))
}
