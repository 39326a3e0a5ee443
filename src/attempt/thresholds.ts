/**
 * Which thresholds are crossed, purely: from the levels so far and one more reading to the levels now and what was
 * crossed. A threshold only reports: what ends a tool is in `watch.ts`.
 *
 * ```
 * normal ─▶ warning ─▶ critical     when the value has been beyond the threshold for its time without a break
 *        ◀─         ◀─              when it is back on the good side by a margin: one that flutters is told once
 * ```
 * | metric | beyond when | for (default) |
 * | --- | --- | --- |
 * | cpu, of the tree in percent of a core | above; 100 means 99 or more, because ticks are whole | 80: 5 min, 100: 10 min |
 * | memory, of the system or of `memory_limit_mb` | above | 70, 90: at once |
 * | disk_io, MB/s read and written | above | 100: 60 s |
 * | disk, space left | full | at once, critical |
 * | file_changes, distinct paths a minute | below, as the mean of the time itself; 0 means none at all | 2: 5 min, 0: 10 min |
 */
import type { Threshold, Watch } from '../model/config.ts'
import type { Code } from '../model/failure.ts'
import type { Crossing, Level, Metric } from '../model/vitals.ts'

/** One reading; what is null is not known, or does not concern whom it is about. */
export interface Reading {
  /** Monotonic milliseconds. */
  at: number
  cpuPercent: number | null
  memoryPercent: number | null
  diskMbPerSecond: number | null
  /** The message that says which disk is full; '' while none is. */
  fullDisk: string | null
  changes: Changes | null
}

export interface Changes {
  /** For how long changes have been looked for. */
  observedMs: number
  /** For each path that changed, how long ago it did last. */
  agesMs: readonly number[]
}

/** What must be remembered from one reading to the next. */
export interface Gauge {
  level: Level
  /** Since when the value has been beyond the threshold without a break, monotonic; null: it is not. */
  warnSince: number | null
  criticalSince: number | null
}

export interface Gauges {
  /** When the last reading was taken. */
  at: number | null
  of: Readonly<Partial<Record<Metric, Gauge>>>
}

export const NO_GAUGES: Gauges = { at: null, of: {} }

/** Percent points below its threshold at which CPU and memory are let go. */
const MARGIN_PERCENT = 5
/** Share of a rate by which it has to come back. */
const MARGIN_SHARE = 0.1

/** A reading after a longer pause (the machine slept, we were stopped) does not go on with what was before. */
const PAUSE_MS_MAX = 30_000

/** A whole core, as far as whole clock ticks and the moment of a look can tell. */
const WHOLE_CORE_PERCENT = 99

export const CODE_OF: Record<Metric, Code> = {
  cpu: 'W201',
  memory: 'W202',
  disk_io: 'W203',
  disk: 'E302',
  file_changes: 'W204',
}

/** One of the two thresholds, asked of one reading. */
interface Side {
  isBeyond: boolean
  /** Back on the good side, by the margin. */
  isBack: boolean
  forMs: number
}

interface Question {
  metric: Metric
  warn: Side
  critical: Side
  /** The value in words, with how long it has been so. */
  told: (to: Level, gauge: Gauge) => string
}

const NEVER: Side = { isBeyond: false, isBack: true, forMs: 0 }

const NORMAL: Gauge = { level: 'normal', warnSince: null, criticalSince: null }

export function advanceGauges(
  before: Gauges,
  reading: Reading,
  watch: Watch,
): { gauges: Gauges; crossings: Crossing[] } {
  const of: Partial<Record<Metric, Gauge>> = { ...before.of }
  const crossings: Crossing[] = []
  const isGap = before.at !== null && reading.at - before.at > PAUSE_MS_MAX
  for (const question of questionsOf(reading, watch)) {
    const { metric } = question
    const { level } = of[metric] ?? NORMAL
    const known = isGap ? { ...NORMAL, level } : (of[metric] ?? NORMAL)
    const warnSince = question.warn.isBeyond ? (known.warnSince ?? reading.at) : null
    const criticalSince = question.critical.isBeyond ? (known.criticalSince ?? reading.at) : null
    const gauge: Gauge = { level, warnSince, criticalSince }
    const to = levelOf(gauge, question, reading.at)
    of[metric] = { ...gauge, level: to }
    if (to !== level)
      crossings.push({ metric, from: level, to, code: CODE_OF[metric], message: question.told(to, gauge) })
  }
  return { gauges: { at: reading.at, of }, crossings }
}

function levelOf({ level, warnSince, criticalSince }: Gauge, { warn, critical }: Question, at: number): Level {
  const has = (since: number | null, side: Side): boolean => since !== null && at - since >= side.forMs
  if (has(criticalSince, critical)) return 'critical'
  if (level === 'critical' && !critical.isBack) return 'critical'
  if (has(warnSince, warn)) return 'warning'
  // Also what comes down from critical: it is not back until it is below the warning.
  return level !== 'normal' && !warn.isBack ? 'warning' : 'normal'
}

function questionsOf(reading: Reading, watch: Watch): Question[] {
  const { at, cpuPercent, memoryPercent, diskMbPerSecond, fullDisk, changes } = reading
  const questions: Question[] = []
  if (cpuPercent !== null) {
    const { warn, critical } = watch.cpu
    const told = (to: Level, { criticalSince }: Gauge): string => {
      const isHang = to === 'critical' || (criticalSince !== null && at - criticalSince >= warn.forMs)
      const hang = to !== 'normal' && isHang ? ': possible hang' : ''
      const limit = to === 'critical' ? critical : warn
      return `CPU at ${whole(cpuPercent)} % of a core${lasting(to, limit)}${hang}`
    }
    questions.push({ metric: 'cpu', warn: cpuSide(cpuPercent, warn), critical: cpuSide(cpuPercent, critical), told })
  }
  if (memoryPercent !== null) {
    const side = (limit: Threshold): Side => above(memoryPercent, limit, limit.value - MARGIN_PERCENT)
    const { warn, critical } = watch.memory
    const told = (to: Level): string => {
      const limit = to === 'critical' ? critical : warn
      return `memory at ${whole(memoryPercent)} %${to === 'normal' ? '' : ` (${to} above ${limit.value} %)`}`
    }
    questions.push({ metric: 'memory', warn: side(warn), critical: side(critical), told })
  }
  if (diskMbPerSecond !== null) {
    const { warn } = watch.diskIo
    const told = (to: Level): string => `disk I/O at ${whole(diskMbPerSecond)} MB/s${lasting(to, warn)}`
    const side = above(diskMbPerSecond, warn, warn.value * (1 - MARGIN_SHARE))
    questions.push({ metric: 'disk_io', warn: side, critical: NEVER, told })
  }
  if (fullDisk !== null) {
    const side: Side = { isBeyond: fullDisk !== '', isBack: fullDisk === '', forMs: 0 }
    const told = (to: Level): string => (to === 'normal' ? 'there is room on the disks again' : fullDisk)
    questions.push({ metric: 'disk', warn: NEVER, critical: side, told })
  }
  if (changes !== null) {
    const { warn, critical } = watch.fileChanges
    const told = (to: Level): string => changesText(changes, to, to === 'critical' ? critical : warn)
    questions.push({
      metric: 'file_changes',
      warn: tooFew(changes, warn),
      critical: tooFew(changes, critical),
      told,
    })
  }
  return questions
}

function above(value: number, { value: limit, forMs }: Threshold, backBelow: number): Side {
  return { isBeyond: value > limit, isBack: value <= backBelow, forMs }
}

function cpuSide(value: number, limit: Threshold): Side {
  const side = above(value, limit, limit.value - MARGIN_PERCENT)
  return limit.value === 100 ? { ...side, isBeyond: value >= WHOLE_CORE_PERCENT } : side
}

/** The time of the threshold is the window of the mean, so it is not waited for a second time. */
function tooFew(changes: Changes, { value, forMs }: Threshold): Side {
  const perMinute = rateOf(changes, forMs)
  const isBeyond = changes.observedMs >= forMs && (value === 0 ? perMinute === 0 : perMinute < value)
  return { isBeyond, isBack: perMinute >= value * (1 + MARGIN_SHARE) && perMinute > 0, forMs: 0 }
}

const MINUTE_MS = 60_000

/** Distinct paths a minute, as the mean of the last `windowMs`. */
export function rateOf({ agesMs }: Changes, windowMs: number): number {
  if (windowMs === 0) return Number.POSITIVE_INFINITY
  return (agesMs.filter((age) => age < windowMs).length * MINUTE_MS) / windowMs
}

function changesText(changes: Changes, to: Level, limit: Threshold): string {
  if (to === 'critical' && limit.value === 0) return `no file changed for ${timeText(limit.forMs)}: possible deadlock`
  const rate = Math.round(rateOf(changes, limit.forMs) * 10) / 10
  return `${rate} file changes a minute${to === 'normal' ? '' : ` (${to} below ${limit.value})`}`
}

function lasting(to: Level, { forMs }: Threshold): string {
  return to === 'normal' || forMs === 0 ? '' : ` for ${timeText(forMs)}`
}

function timeText(ms: number): string {
  return ms < MINUTE_MS ? `${whole(ms / 1000)} s` : `${Math.round(ms / 6_000) / 10} min`
}

function whole(value: number): number {
  return Math.round(value)
}
