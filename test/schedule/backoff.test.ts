/** Waits: twice as long each time, what a service asked for kept to, and jitter that deciding again gives again. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PASSING, waitMs } from '../../src/schedule/backoff.ts'

const SECOND = 1000
const nobody = { workstream: 'a', attempt: 1 }
const waits = (nths: readonly number[], toldMs?: number): number[] =>
  nths.map((nth) => waitMs(nth, PASSING, nobody, toldMs) / SECOND)

describe('a wait', () => {
  it('is half a minute, doubled each time, at most a quarter of an hour', () => {
    expect(waits([1, 2, 3, 4, 5, 6, 7])).toEqual([30, 60, 120, 240, 480, 900, 900])
  })

  it('is what the service asked for; after that at least our own', () => {
    expect(waits([1, 2, 3], 5 * SECOND)).toEqual([5, 60, 120])
    expect(waits([1, 2, 3], 3600 * SECOND)).toEqual([3600, 3600, 3600])
    expect(waits([1], 0)).toEqual([30])
  })

  it('of more than a day is not believed', () => {
    expect(waits([1], 1e12)).toEqual([24 * 3600])
  })

  const waiter = fc.record({ seed: fc.string(), workstream: fc.string(), attempt: fc.nat() })

  it('is a little longer by a share that only run, workstream and attempt decide, never shorter', () => {
    fc.assert(
      fc.property(waiter, fc.integer({ min: 1, max: 99 }), fc.option(fc.nat(10_000_000)), (who, nth, told) => {
        const toldMs = told ?? undefined
        const usual = waitMs(nth, PASSING, { ...who, seed: undefined }, toldMs)
        const wait = waitMs(nth, PASSING, who, toldMs)
        expect(wait).toBe(waitMs(nth, PASSING, { ...who }, toldMs))
        expect(wait).toBeGreaterThanOrEqual(usual)
        expect(wait).toBeLessThanOrEqual(usual + Math.min(usual / 4, 30 * SECOND))
      }),
    )
  })

  it('spreads those who wait over the whole share', () => {
    const shares = Array.from({ length: 200 }, (_, i) => {
      return waitMs(1, PASSING, { seed: '7f3a', workstream: `ws-${i % 20}`, attempt: 1 + Math.floor(i / 20) }) - 30_000
    })
    const quarters = [0, 1, 2, 3].map((q) => shares.filter((ms) => Math.floor(ms / 1875) === q).length)
    expect(Math.min(...quarters)).toBeGreaterThan(30)
  })
})
