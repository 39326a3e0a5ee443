/**
 * When a person who was asked for work is reminded of it, pure. First after half an hour: who was at lunch is not pestered.
 * Then after twice as long each time, and at least once a day: often enough not to be forgotten, seldom enough to be read.
 * At the time-out it escalates, once: from then on it is an error and comes first. Nothing is taken from the person, for
 * there is nobody behind them who could do it.
 */
const MINUTE_MS = 60_000
const FIRST_MS = 30 * MINUTE_MS
const MOST_MS = 24 * 60 * MINUTE_MS

/** A working day: who was asked in the evening has an answer due in the morning. `tools.manual.timeout_minutes` says it better. */
export const MANUAL_TIMEOUT_MINUTES = 8 * 60

export interface Asked {
  /** Since when the person is asked (ms since the epoch). */
  since: number
  /** Reminders that have been told so far. */
  reminded: number
  /** It has escalated already. */
  isOverdue: boolean
}

export interface Due {
  /** How many reminders there have been by now, told or not; null: none more than `reminded`. */
  reminder: number | null
  escalates: boolean
  /** When there is something to tell next. */
  nextAt: number
}

/** What is to be told of one who is asked. Several that are due at once, after a night without us, are one. */
export function due({ since, reminded, isOverdue }: Asked, timeoutMs: number, now: number): Due {
  let nth = 0
  let at = since + FIRST_MS
  for (let gapMs = FIRST_MS * 2; at <= now; gapMs = Math.min(gapMs * 2, MOST_MS)) {
    nth += 1
    at += gapMs
  }
  const overdueAt = since + timeoutMs
  const escalates = !isOverdue && overdueAt <= now
  const nextAt = isOverdue || escalates ? at : Math.min(at, overdueAt)
  return { reminder: nth > reminded ? nth : null, escalates, nextAt }
}
