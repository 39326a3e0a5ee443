/** How times, durations and commits are written, the same on every screen and in every report. */

/** Letters of a commit that people see; the whole id is in every JSON document. */
const SHORT_COMMIT = 9

const MINUTE_MS = 60_000
const MINUTE_S = 60
const HOUR_S = 3600

/** `850 ms`, `3.2 s`, `4m10`, `30m`, `1h50`, `2h`: as many figures as somebody would say aloud. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms))
  if (whole < 1000) return `${whole} ms`
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)} s`
  const seconds = Math.round(whole / 1000)
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)}m${rest(seconds % MINUTE_S)}`
  const minutes = Math.round(seconds / MINUTE_S)
  return `${Math.floor(minutes / 60)}h${rest(minutes % 60)}`
}

/** Time of day on the reader's clock, `02:14:07`. */
export function clockText(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}

/** `14:02`: the first full minute that is not before `minutes` after `at`, so never one that has passed. */
export function clockIn(at: number, minutes: number): string {
  return clockText(Math.ceil(at / MINUTE_MS + minutes) * MINUTE_MS).slice(0, 5)
}

export function shortCommit(commit: string): string {
  return commit.slice(0, SHORT_COMMIT)
}

/** The same text, with every whole id of a commit in it shortened. */
export function withShortCommits(text: string): string {
  return text.replaceAll(/\b([0-9a-f]{64}|[0-9a-f]{40})\b/g, shortCommit)
}

/** `1 file`, `3 files`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}

/** `a, b, c and 4 more`: at most `most` names. */
export function listed(names: readonly string[], most: number): string {
  if (names.length <= most) return names.join(', ')
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`
}

function rest(n: number): string {
  return n === 0 ? '' : two(n)
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}
