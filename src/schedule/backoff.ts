/**
 * How long to wait after a failure that passes by itself: twice as long each time in a row, and a little more that differs
 * from one who waits to the next, so that not all come back in the same moment. Pure: who waits, and for which attempt, is
 * what the difference is made of, so deciding again gives the same moment.
 */

export interface Backoff {
  firstMs: number
  mostMs: number
}

/** After a rate limit, an overload or a network failure. */
export const PASSING: Backoff = { firstMs: 30_000, mostMs: 15 * 60_000 }

/** Of a wait, at most. */
const JITTER_SHARE = 0.25
const JITTER_MS_MAX = 30_000

/** A service that asks for more than a day of silence is not believed: no limit that ends by itself is longer. */
const TOLD_MS_MAX = 24 * 60 * 60_000

export interface Waiter {
  /** Of the run; missing: no jitter, for those who ask what is usual. */
  seed?: string | undefined
  workstream: string
  attempt: number
}

/**
 * Ms to wait after the `nth` failure in a row (from 1). `toldMs`: what the service asked for. It is never cut short, and
 * believed alone the first time; after that it is at least what we would wait ourselves.
 */
export function waitMs(nth: number, backoff: Backoff, waiter: Waiter, toldMs?: number): number {
  const own = Math.min(backoff.mostMs, backoff.firstMs * 2 ** (nth - 1))
  const told = Math.min(toldMs ?? 0, TOLD_MS_MAX)
  const base = told > 0 && nth === 1 ? told : Math.max(own, told)
  return base + Math.round(Math.min(base * JITTER_SHARE, JITTER_MS_MAX) * fraction(waiter))
}

/** From 0 up to 1, the same for the same waiter. */
function fraction({ seed, workstream, attempt }: Waiter): number {
  if (seed === undefined) return 0
  // FNV-1a with a last stir: neighbouring numbers have to give fractions that are far apart.
  let hash = 0x811c9dc5
  for (const letter of `${seed} ${workstream} ${attempt}`) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}
