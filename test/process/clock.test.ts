import { describe, expect, it } from 'vitest'
import { type ClockReading, readClock, sleptMs, spentMs } from '../../src/process/clock.ts'

const HOUR_MS = 3_600_000
const START: ClockReading = { wallMs: 1e12, monotonicMs: 5000, bootMs: 5000 }

/** The clocks after so long awake, asleep, and with the wall clock set by so much. */
function after(awakeMs: number, asleepMs = 0, setMs = 0): ClockReading {
  return {
    wallMs: START.wallMs + awakeMs + asleepMs + setMs,
    monotonicMs: START.monotonicMs + awakeMs,
    bootMs: START.bootMs! + awakeMs + asleepMs,
  }
}

const blind = (reading: ClockReading): ClockReading => ({ ...reading, bootMs: null })

describe('sleep', () => {
  it('is what the boot clock gains on the monotonic one', () => {
    expect(sleptMs(START, after(1000))).toBe(0)
    expect(sleptMs(START, after(1000, 8 * HOUR_MS))).toBe(8 * HOUR_MS)
    expect(sleptMs(START, after(1000, 4_999))).toBe(0)
    expect(sleptMs(START, after(1000, 5_000))).toBe(5_000)
  })

  it('is not a wall clock that was set, in either direction', () => {
    expect(sleptMs(START, after(1000, 0, 9 * HOUR_MS))).toBe(0)
    expect(sleptMs(START, after(1000, HOUR_MS, -9 * HOUR_MS))).toBe(HOUR_MS)
  })

  it('is guessed from the wall clock where there is no boot clock, and never negative', () => {
    expect(sleptMs(blind(START), blind(after(1000, HOUR_MS)))).toBe(HOUR_MS)
    expect(sleptMs(blind(START), after(1000, 0, -HOUR_MS))).toBe(0)
  })
})

describe('the time that something has had', () => {
  const begun = { bootId: 'boot', monotonicMs: 5000 }

  it('does not count sleep, nor what was done to the wall clock', () => {
    const now = after(60_000, 8 * HOUR_MS, 9 * HOUR_MS)
    expect(spentMs({ begun, startedAt: START.wallMs }, now, 'boot')).toBe(60_000)
    expect(spentMs({ begun, startedAt: START.wallMs }, after(60_000, 0, -HOUR_MS), 'boot')).toBe(60_000)
  })

  it('goes by the wall clock after another boot, or when the beginning is not known, and is never negative', () => {
    expect(spentMs({ begun, startedAt: START.wallMs }, after(60_000), 'another')).toBe(60_000)
    expect(spentMs({ startedAt: START.wallMs }, after(60_000), 'boot')).toBe(60_000)
    expect(spentMs({ startedAt: START.wallMs }, after(0, 0, -HOUR_MS), 'boot')).toBe(0)
  })
})

describe('the clocks of this machine', () => {
  it('agree between two readings', () => {
    const [one, two] = [readClock(), readClock()]
    expect(two.monotonicMs).toBeGreaterThanOrEqual(one.monotonicMs)
    expect(sleptMs(one, two)).toBe(0)
  })
})
