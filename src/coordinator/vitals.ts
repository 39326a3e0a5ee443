/**
 * Follows what the tools at work and the machine use: measures, holds against the thresholds, tells each crossing once,
 * and keeps a bounded series of each for charts. It only reports; it ends nothing.
 *
 * It is driven by the looks of `process/sampling.ts`, so it does nothing while no tool is at work. Crossings are recorded
 * at once, the series once a minute: what a crash loses is a minute of a chart.
 */
import { advanceGauges, type Changes, type Gauges, NO_GAUGES, rateOf, type Reading } from '../attempt/thresholds.ts'
import { LogErrors } from '../attempt/log-errors.ts'
import type { Attempt } from '../model/attempt.ts'
import type { NewEvent } from '../model/event.ts'
import { DISK_BYTES_MIN, fullestDisk, type MachineFacts, memoryPercent } from '../model/machine.ts'
import { addPoint, newSeries, type Point, type Series } from '../model/series.ts'
import type { Alert, Crossing, Vitals } from '../model/vitals.ts'
import { attemptFolder } from '../process/attempt-folder.ts'
import { type ClockReading, sleptMs } from '../process/clock.ts'
import { cores } from '../process/machine.ts'
import { redactorOf } from '../process/secrets.ts'
import type { TreeUse } from '../process/sampler.ts'
import type { Look } from '../process/sampling.ts'
import type { Context } from './context.ts'
import { attemptDir } from './paths.ts'

const SAVE_MS = 60_000

/** What the figure of a chart is a mean of. */
const CHANGES_MS = 5 * 60_000

const MIB = 1024 ** 2
const HOUR_MS = 3_600_000

interface Followed {
  workstream: string | null
  attempt: number | null
  /** The look before, which rates are measured from. */
  last: { at: number; use: TreeUse } | null
  gauges: Gauges
  series: Series
  alerts: Alert[]
  /** null: the machine has none, or nobody wants to hear of errors. */
  log: LogErrors | null
  /** It no longer runs, and has only to be saved. */
  isOver: boolean
}

/** What has changed in the worktrees: see `changes.ts`. */
export interface ChangesSource {
  advance(attempts: readonly Attempt[]): void
  of(attempt: Attempt): Changes | null
  restart(): void
}

export class VitalsWatch {
  readonly #context: Context
  readonly #changes: ChangesSource
  /** By nonce. */
  readonly #attempts = new Map<string, Followed>()
  readonly #machine: Followed
  #facts: MachineFacts | null = null
  #clock: ClockReading | null = null
  #savedAt: number
  #pending: NewEvent[] = []

  constructor(context: Context, changes: ChangesSource) {
    this.#context = context
    this.#changes = changes
    this.#savedAt = context.now()
    this.#machine = follow(null, null, context.now())
    context.sampling.onLook((look) => this.look(look))
  }

  /** Takes what a look has seen. */
  look(look: Look): void {
    this.#noticeSleep()
    // All figures at one rhythm; the looks between are for processes that live shorter.
    if (!look.withDisk) return
    const { config, machine, now } = this.#context
    this.#markOver()
    const told: NewEvent[] = []
    const running = this.#running()
    this.#changes.advance(running)
    for (const attempt of running) {
      const use = look.uses.get(attempt.nonce)
      if (use === undefined) continue
      const followed = this.#attempts.get(attempt.nonce) ?? this.#begin(attempt)
      this.#attempts.set(attempt.nonce, followed)
      const measured = measure(followed, look.at, use, config.limits.memoryLimitMb, this.#changes.of(attempt))
      told.push(...this.#advance(followed, measured), ...newErrors(followed))
    }
    this.#facts = machine()
    told.push(...this.#advance(this.#machine, measureMachine(look.at, this.#facts)))
    this.#pending.push(...told)
    if (told.length > 0 || now() - this.#savedAt >= SAVE_MS) this.#save()
  }

  #begin({ run, workstream, number }: Attempt): Followed {
    const { config, paths, now } = this.#context
    const log = config.watch.errors ? attemptFolder(attemptDir(paths, run, workstream, number)).out : null
    return { ...follow(workstream, number, now()), log: log === null ? null : new LogErrors(log, redactorOf(config)) }
  }

  /** What has not been saved yet, as a change that also tells it. */
  unsaved(): { vitals: Vitals[]; events: NewEvent[] } {
    this.#savedAt = this.#context.now()
    this.#markOver()
    const events = this.#pending.splice(0)
    if (this.#facts === null) return { vitals: [], events }
    const of = ({ workstream, attempt, series, alerts }: Followed): Vitals => ({ workstream, attempt, series, alerts })
    const followed = [...this.#attempts]
    for (const [nonce, { isOver }] of followed) if (isOver) this.#attempts.delete(nonce)
    return { vitals: [{ ...of(this.#machine), machine: this.#facts }, ...followed.map(([, one]) => of(one))], events }
  }

  #save(): void {
    const { ledger, tasks } = this.#context
    // One that is still being written takes what came meanwhile with the next.
    if (tasks.has('vitals')) return
    tasks.start('vitals', () => ledger.record(this.unsaved()))
  }

  #advance(followed: Followed, { reading, point }: { reading: Reading; point: Point }): NewEvent[] {
    const { config, now } = this.#context
    const { gauges, crossings } = advanceGauges(followed.gauges, reading, config.watch)
    followed.gauges = gauges
    followed.series = addPoint(followed.series, now(), point)
    const { workstream, attempt } = followed
    for (const crossing of crossings) followed.alerts = alertsAfter(followed.alerts, crossing, now())
    return crossings.map(({ metric, from, to, code, message }): NewEvent => {
      return { type: 'threshold.crossed', metric, from, to, code, message, workstream, attempt }
    })
  }

  /** Of what no longer runs nothing holds any more. */
  #markOver(): void {
    const live = new Set(this.#running().map(({ nonce }) => nonce))
    for (const [nonce, followed] of this.#attempts) {
      if (!live.has(nonce)) Object.assign(followed, { isOver: true, alerts: [] })
    }
  }

  /** Attempts that have a tool at work. */
  #running(): Attempt[] {
    const { ledger } = this.#context
    const attempts = [...ledger.rows.values()].flatMap(({ id, state }) =>
      state.state === 'running' ? [ledger.attempt(id, state.attempt)] : [],
    )
    return attempts.filter(({ phase }) => phase === 'running')
  }

  #noticeSleep(): void {
    const { clock } = this.#context
    const before = this.#clock
    this.#clock = clock()
    const ms = before === null ? 0 : sleptMs(before, this.#clock)
    if (ms === 0) return
    // Rates over a sleep are of no time at all.
    for (const followed of this.#attempts.values()) followed.last = null
    this.#changes.restart()
    const message = `the machine slept for ${lengthText(ms)} while tools were at work; no time-out counts it`
    this.#pending.push({ type: 'warning', failure: { code: 'E304', message, details: { ms } } })
    this.#save()
  }
}

function follow(workstream: string | null, attempt: number | null, at: number): Followed {
  return {
    workstream,
    attempt,
    last: null,
    gauges: NO_GAUGES,
    series: newSeries(at),
    alerts: [],
    log: null,
    isOver: false,
  }
}

function newErrors({ log, workstream, attempt }: Followed): NewEvent[] {
  return (log?.next() ?? []).map((signature): NewEvent => {
    const failure = { code: 'W210', message: `a new error in its log: ${signature}`, details: { signature } } as const
    return { type: 'warning', failure, workstream, attempt }
  })
}

interface Measured {
  reading: Reading
  point: Point
}

function measure(
  followed: Followed,
  at: number,
  use: TreeUse,
  limitMb: number | null,
  changes: Changes | null,
): Measured {
  const { last } = followed
  followed.last = { at, use }
  const perSecond = (of: (one: TreeUse) => number): number | null =>
    last === null || at <= last.at ? null : ((of(use) - of(last.use)) * 1000) / (at - last.at)
  const cpu = perSecond(({ cpuMs }) => cpuMs / 10)
  const disk = perSecond(({ diskBytes }) => diskBytes / 1e6)
  const memory = use.residentBytes / MIB
  return {
    reading: {
      at,
      cpuPercent: cpu,
      memoryPercent: limitMb === null ? null : (memory * 100) / limitMb,
      diskMbPerSecond: disk,
      fullDisk: null,
      changes,
    },
    point: { cpu, memory, disk, changes: changes === null ? null : rateOf(changes, CHANGES_MS) },
  }
}

function measureMachine(at: number, facts: MachineFacts): Measured {
  const { memory, load } = facts
  const disk = fullestDisk(facts)
  const isFull = disk !== null && disk.freeBytes < DISK_BYTES_MIN
  return {
    reading: {
      at,
      cpuPercent: null,
      memoryPercent: memoryPercent(facts),
      diskMbPerSecond: null,
      fullDisk: isFull ? `${Math.floor(disk.freeBytes / MIB)} MB left for ${disk.what} (${disk.path})` : '',
      changes: null,
    },
    point: {
      cpu: (load * 100) / cores(),
      memory: (memory.totalBytes - memory.availableBytes) / MIB,
      disk: null,
      changes: null,
    },
  }
}

function alertsAfter(alerts: readonly Alert[], { metric, to, code, message }: Crossing, at: number): Alert[] {
  const others = alerts.filter((alert) => alert.metric !== metric)
  return to === 'normal' ? others : [...others, { metric, level: to, code, message, since: at }]
}

function lengthText(ms: number): string {
  return ms < HOUR_MS ? `${Math.round(ms / 6_000) / 10} min` : `${Math.round(ms / (HOUR_MS / 10)) / 10} h`
}
