/**
 * Three clocks, told apart. *Wall* is what people read; it can be set, so nothing is ended by it. *Monotonic* only ever
 * goes on and stands still while the machine sleeps: time-outs go by it. *Boot* goes on through sleep; what it gains on the
 * monotonic one is how long the machine has slept, whatever was done to the wall clock meanwhile.
 */
import { readFileSync } from 'node:fs'

export interface ClockReading {
  /** Since the epoch. */
  wallMs: number
  /** Since the boot, the same for all processes of this boot. */
  monotonicMs: number
  /** Since the boot, sleep included; null where it is not told. */
  bootMs: number | null
}

/** When something began, in a way that a later process of the same boot can go on from. */
export interface Begun {
  bootId: string
  monotonicMs: number
}

/** Shorter than this is the rounding of /proc/uptime, and a machine that was busy between two readings. */
export const SLEPT_MS_MIN = 5_000

export function readClock(): ClockReading {
  return { wallMs: Date.now(), monotonicMs: Number(process.hrtime.bigint()) / 1e6, bootMs: uptimeMs() }
}

/** How long the machine slept between two readings; 0 when that is too short to be sure. */
export function sleptMs(before: ClockReading, after: ClockReading): number {
  const awakeMs = after.monotonicMs - before.monotonicMs
  const isTold = before.bootMs !== null && after.bootMs !== null
  // Without that clock a wall clock that was set forward looks the same: it is reported, and kills nobody either.
  const allMs = isTold ? after.bootMs! - before.bootMs! : after.wallMs - before.wallMs
  const asleepMs = allMs - awakeMs
  return asleepMs < SLEPT_MS_MIN ? 0 : Math.round(asleepMs)
}

/**
 * Time that something has had since it began, without the sleep of the machine. `begun` is missing of what an older
 * version began: then the wall clock has to do.
 */
export function spentMs(
  what: { begun?: Begun | undefined; startedAt: number },
  now: ClockReading,
  bootId: string,
): number {
  const { begun, startedAt } = what
  const ms = begun?.bootId === bootId ? now.monotonicMs - begun.monotonicMs : now.wallMs - startedAt
  return Math.max(0, ms)
}

function uptimeMs(): number | null {
  try {
    const seconds = Number.parseFloat(readFileSync('/proc/uptime', 'utf8'))
    return Number.isNaN(seconds) ? null : seconds * 1000
  } catch {
    return null
  }
}
