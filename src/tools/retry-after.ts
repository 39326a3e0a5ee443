/**
 * How long a service asks to be left alone, from the last words of whatever spoke to it: `retry-after: 20`, `Please try
 * again in 6m0s`, `"retryDelay": "31s"`. Dates are not read. What a tool says of its own tries (`retrying in 2s`) is not
 * the service's word.
 */
import { lastLines } from './signatures.ts'

/** Longer than any limit that ends by itself; a larger number is a mistake, or not a number of seconds. */
export const RETRY_AFTER_MS_MAX = 24 * 60 * 60_000

const UNIT_MS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|milli)/i, 1],
  [/^s/i, 1000],
  [/^m/i, 60_000],
  [/^h/i, 3_600_000],
  [/^d/i, 86_400_000],
]

const UNIT = '(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)'
const PART = `\\d+(?:\\.\\d+)?\\s*${UNIT}(?![a-z])`

/** In words: `try again in 1h 12m`, `wait 30 seconds`, `resets in 2 hours and 5 minutes`. */
const IN_WORDS = new RegExp(
  `\\b(?:try again (?:in|after)|retry (?:in|after)|(?:please )?wait(?: for)?|resets? in|available (?:again )?in|retry[_-]?delay["']?\\s*[:=])[\\s"']*(${PART}(?:(?:\\s*,)?(?:\\s*and)?\\s*${PART})*)`,
  'gi',
)

/** As a header or a field: seconds, unless its name or its value says otherwise. */
const AS_FIELD = new RegExp(
  `\\bretry[-_]after(?:[-_](ms|milliseconds|s|secs|seconds))?["']?\\s*[:=]?\\s*["']?(\\d+(?:\\.\\d+)?)(?![\\d.]|[-:/]\\d)\\s*(${UNIT}(?![a-z]))?`,
  'gi',
)

/** In ms, at most a day; null when nobody says it. The last word counts. */
export function retryAfterIn(tail: string): number | null {
  for (const line of lastLines(tail).toReversed()) {
    const ms = fieldMs(line) ?? wordsMs(line)
    if (ms !== null && ms > 0) return Math.min(Math.ceil(ms), RETRY_AFTER_MS_MAX)
  }
  return null
}

function fieldMs(line: string): number | null {
  const [, named, value, unit] = [...line.matchAll(AS_FIELD)].at(-1) ?? []
  return value === undefined ? null : Number(value) * unitMs(unit ?? named ?? 's')
}

function wordsMs(line: string): number | null {
  const said = [...line.matchAll(IN_WORDS)].at(-1)?.[1]
  if (said === undefined) return null
  const parts = said.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)
  return [...parts].reduce((sum, [, value, unit]) => sum + Number(value) * unitMs(unit!), 0)
}

function unitMs(unit: string): number {
  return UNIT_MS.find(([pattern]) => pattern.test(unit))![1]
}
