/** Reminders of a person: how far apart, what is told after a pause, and when it escalates. The clock is a number. */
import { describe, expect, it } from 'vitest'
import { type Asked, due, MANUAL_TIMEOUT_MINUTES } from '../../src/schedule/reminders.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const TIMEOUT = MANUAL_TIMEOUT_MINUTES * MINUTE
const SINCE = Date.UTC(2026, 10, 24, 18)

/** Hours after the question at which something is told, for so long, by a clock that jumps to each next moment. */
function told(hours: number, timeoutMs = TIMEOUT): { reminders: number[]; escalated: number[] } {
  const asked: Asked = { since: SINCE, reminded: 0, isOverdue: false }
  const [reminders, escalated]: [number[], number[]] = [[], []]
  for (let now = SINCE; now <= SINCE + hours * HOUR;) {
    const { reminder, escalates, nextAt } = due(asked, timeoutMs, now)
    if (reminder !== null) reminders.push((now - SINCE) / HOUR)
    if (escalates) escalated.push((now - SINCE) / HOUR)
    asked.reminded = reminder ?? asked.reminded
    asked.isOverdue ||= escalates
    expect(nextAt).toBeGreaterThan(now)
    now = nextAt
  }
  return { reminders, escalated }
}

describe('a person who is asked', () => {
  it('is reminded after half an hour, then twice as far apart each time, at most a day', () => {
    expect(told(100).reminders).toEqual([0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 55.5, 79.5])
  })

  it('has a working day; then it escalates, once, and the reminders go on', () => {
    expect(told(100).escalated).toEqual([8])
    expect(told(3, HOUR / 4)).toEqual({ reminders: [0.5, 1.5], escalated: [0.25] })
  })

  it('is told once of what was due while nobody was at work', () => {
    const asked = { since: SINCE, reminded: 1, isOverdue: false }
    expect(due(asked, TIMEOUT, SINCE + 16 * HOUR)).toEqual({
      reminder: 5,
      escalates: true,
      nextAt: SINCE + 31.5 * HOUR,
    })
    expect(due({ ...asked, reminded: 5, isOverdue: true }, TIMEOUT, SINCE + 16 * HOUR)).toMatchObject({
      reminder: null,
      escalates: false,
    })
  })

  it('is not reminded when the clock was set back', () => {
    expect(due({ since: SINCE, reminded: 0, isOverdue: false }, TIMEOUT, SINCE - HOUR)).toEqual({
      reminder: null,
      escalates: false,
      nextAt: SINCE + HOUR / 2,
    })
  })
})
