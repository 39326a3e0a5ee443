/** What services say about when to come back, in the words that they and their tools use. */
import { describe, expect, it } from 'vitest'
import { RETRY_AFTER_MS_MAX, retryAfterIn } from '../../src/tools/retry-after.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

describe('how long a service asks to be left alone', () => {
  it.each<[string, number]>([
    ['retry-after: 20', 20 * SECOND],
    ['< Retry-After: 120', 120 * SECOND],
    ['"retry_after": 7.5,', 7.5 * SECOND],
    ['retry-after-ms: 1500', 1500],
    ['{"error":{"code":429,"retryDelay": "31s"}}', 31 * SECOND],
    ['Rate limit reached for gpt-5. Please try again in 6m0s. Visit the page', 6 * MINUTE],
    ['Please try again in 1.242s.', 1242],
    ['Please try again in 86ms.', 86],
    ['rate limit: retry in 20s', 20 * SECOND],
    ['Please retry in 31.37s.', 31_370],
    ['Too many requests, try again in 2m', 2 * MINUTE],
    ['try again in 1h 12m', 72 * MINUTE],
    ['Please try again after 1 hour and 5 minutes', 65 * MINUTE],
    ['Retry after 30 seconds', 30 * SECOND],
    ['Please wait 45 seconds before you go on', 45 * SECOND],
    ['your limit resets in 2 hours, 3 minutes', 2 * HOUR + 3 * MINUTE],
    ['\u001b[31mretry-after: 5\u001b[0m', 5 * SECOND],
    ['retry-after: 99999999', RETRY_AFTER_MS_MAX],
    ['retry-after: 60\nretry-after: 20', 20 * SECOND],
  ])('%s', (tail, ms) => {
    expect(retryAfterIn(tail)).toBe(ms)
  })

  it.each([
    '',
    'rate limit exceeded',
    'Retry-After: Wed, 21 Oct 2026 07:28:00 GMT',
    'retry-after: 2026-10-21T07:28:00Z',
    'retry-after: 0',
    'Attempt 2 failed, retrying in 4s',
    'try again in a while',
    'try again in 5 steps',
    `retry-after: 20\n${'line\n'.repeat(30)}`,
  ])('is not said by: %s', (tail) => {
    expect(retryAfterIn(tail)).toBe(null)
  })
})
