/** The watch over numbers: a look every five seconds of a clock that the test turns, on a real ledger. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Changes } from '../../src/attempt/thresholds.ts'
import { attemptDir } from '../../src/coordinator/paths.ts'
import { VitalsWatch } from '../../src/coordinator/vitals.ts'
import type { MachineFacts } from '../../src/model/machine.ts'
import { withDefaults } from '../../src/plan/config-defaults.ts'
import { createTeller } from '../../src/observe/tell.ts'
import { attemptFolder } from '../../src/process/attempt-folder.ts'
import type { TreeUse } from '../../src/process/sampler.ts'
import { Sampling } from '../../src/process/sampling.ts'
import { sampleAttempt } from '../store/sample.ts'
import { type Begun, type Desk, desk, ROOMY, stream } from './room.ts'

const STEP_MS = 5_000
const START = 1_800_000_000_000

interface Turns {
  /** So many looks, at each of which the tool has used so much more. */
  look(times: number, more: Partial<TreeUse>): Promise<void>
  sleep(ms: number): void
  end(): Promise<void>
  watch: VitalsWatch
  machine: MachineFacts
  changes: Changes | null
  restarts(): number
}

/** Attempt 1 of `a` runs, and nothing looks at it but the test. */
async function turns(d: Desk, begun: Begun, errors = true): Promise<Turns> {
  const { ledger } = begun
  const attempt = sampleAttempt('a', 1, { run: ledger.run.id, phase: 'running', nonce: 'nonce-of-the-attempt' })
  const startedAt = Date.now()
  await ledger.move('a', { state: 'running', attempt: 1, agent: 1, startedAt }, null, { attempts: [attempt] })
  let restarts = 0
  let awake = 0
  let asleep = 0
  const context = {
    ...begun.context,
    config: {
      ...d.config,
      watch: withDefaults({ watch: { errors } }).watch,
      limits: { ...d.config.limits, memoryLimitMb: 1000 },
    },
    sampling: new Sampling(),
    machine: () => self.machine,
    now: () => START + awake + asleep,
    clock: () => ({ wallMs: START + awake + asleep, monotonicMs: awake, bootMs: awake + asleep }),
  }
  let use: TreeUse = { cpuMs: 0, residentBytes: 200 * 1024 ** 2, diskBytes: 0, processes: 3 }
  const self: Turns = {
    machine: ROOMY,
    changes: null,
    restarts: () => restarts,
    watch: new VitalsWatch(context, { advance: () => {}, of: () => self.changes, restart: () => restarts++ }),
    async look(times, more) {
      for (let i = 0; i < times; i++) {
        awake += STEP_MS
        const [cpuMs, diskBytes] = [use.cpuMs + (more.cpuMs ?? 0), use.diskBytes + (more.diskBytes ?? 0)]
        use = { ...use, ...more, cpuMs, diskBytes }
        self.watch.look({ at: awake, withDisk: true, uses: new Map([['nonce-of-the-attempt', use]]) })
        await context.tasks.settled()
      }
    },
    sleep(ms) {
      asleep += ms
    },
    async end() {
      await ledger.move('a', { state: 'open' }, null)
    },
  }
  return self
}

/** What was told, as in the logs. */
function told({ heard }: Begun): string[] {
  const tell = createTeller()
  return heard.flatMap((event) => {
    const { level, subject, text } = tell(event)
    return event.type === 'threshold.crossed' || event.type === 'warning' ? [`${level} ${subject} ${text}`] : []
  })
}

const A_CORE = { cpuMs: STEP_MS }

describe('the watch over agents and the machine', () => {
  it('tells of a spinning tool once as a warning, once as critical, and when it is over', async () => {
    await using d = await desk({ script: 'true' })
    await using begun = await d.begin([stream('a')])
    const t = await turns(d, begun)
    await t.look(500, A_CORE)
    expect(told(begun)).toEqual([
      'warning a W201 warning: CPU at 100 % of a core for 5 min: possible hang',
      'error a W201 critical: CPU at 100 % of a core for 10 min: possible hang',
    ])
    const [, vitals] = await begun.store.vitals(begun.ledger.run.id)
    expect(vitals).toMatchObject({ workstream: 'a', attempt: 1, alerts: [{ metric: 'cpu', level: 'critical' }] })
    await t.look(1, { cpuMs: 100 })
    expect(told(begun).at(-1)).toBe('info a W201 is over: CPU at 2 % of a core')
    expect((await begun.store.vitals(begun.ledger.run.id))[1]!.alerts).toEqual([])
  })

  it('fault 14: tells of files that do not change', async () => {
    await using d = await desk({ script: 'true' })
    await using begun = await d.begin([stream('a')])
    const t = await turns(d, begun)
    t.changes = { observedMs: 600_000, agesMs: [] }
    await t.look(3, {})
    expect(told(begun)).toEqual(['error a W204 critical: no file changed for 10 min: possible deadlock'])
  })

  it('holds an agent against its own limit of memory, and the system against all of it', async () => {
    await using d = await desk({ script: 'true' })
    await using begun = await d.begin([stream('a')])
    const t = await turns(d, begun)
    t.machine = { ...ROOMY, memory: { totalBytes: 16e9, availableBytes: 1e9 } }
    await t.look(2, { residentBytes: 800 * 1024 ** 2 })
    expect(told(begun)).toEqual([
      'warning a W202 warning: memory at 80 % (warning above 70 %)',
      'error run W202 critical: memory at 94 % (critical above 90 %)',
    ])
    expect((await begun.store.vitals(begun.ledger.run.id))[0]).toMatchObject({
      workstream: null,
      machine: { memory: { availableBytes: 1e9 } },
      alerts: [{ metric: 'memory', level: 'critical', since: START + STEP_MS }],
    })
  })

  it('W210: tells of a new kind of error in the log of a tool, once, unless nobody wants to hear of it', async () => {
    for (const errors of [true, false]) {
      await using d = await desk({ script: 'true' })
      await using begun = await d.begin([stream('a')])
      const t = await turns(d, begun, errors)
      const dir = attemptDir(d.paths, begun.ledger.run.id, 'a', 1)
      mkdirSync(dir, { recursive: true })
      appendFileSync(attemptFolder(dir).out, 'fatal: no room 12\nfatal: no room 13\n')
      await t.look(2, {})
      expect(told(begun)).toEqual(errors ? ['warning a W210 a new error in its log: fatal: no room #'] : [])
    }
  })

  it('keeps a series of each, once a minute, and the last of it at the end', async () => {
    await using d = await desk({ script: 'true' })
    await using begun = await d.begin([stream('a')])
    const t = await turns(d, begun)
    t.changes = { observedMs: 400_000, agesMs: [...Array.from({ length: 11 }, (_, i) => i), 299_999, 300_000] }
    const vitals = async () => (await begun.store.vitals(begun.ledger.run.id)).find((one) => one.workstream === 'a')
    await t.look(11, { cpuMs: 2_500, diskBytes: 10_000_000 })
    expect(await vitals()).toBeUndefined()
    await t.look(1, { cpuMs: 2_500, diskBytes: 10_000_000 })
    const { series } = (await vitals())!
    expect(series.points.filter(([cpu]) => cpu !== null)).toHaveLength(11)
    expect(series.points.at(-1)).toEqual([50, 200, 2, 2.4])
    await t.look(2, A_CORE)
    await t.end()
    await begun.ledger.record(t.watch.unsaved())
    expect((await vitals())!.series.points.at(-1)).toEqual([100, 200, 0, 2.4])
    // Nothing is known of it any more, so nothing is saved again.
    expect(t.watch.unsaved().vitals.map(({ workstream }) => workstream)).toEqual([null])
  })

  it('E304: notices that the machine slept, says so, and takes no rate over the sleep', async () => {
    await using d = await desk({ script: 'true' })
    await using begun = await d.begin([stream('a')])
    const t = await turns(d, begun)
    await t.look(2, A_CORE)
    t.sleep(8 * 3_600_000)
    await t.look(1, A_CORE)
    await t.look(2, A_CORE)
    expect(told(begun)).toEqual([
      'warning run E304 the machine slept for 8 h while tools were at work; no time-out counts it',
    ])
    const { vitals } = t.watch.unsaved()
    const known = vitals[1]!.series.points.flatMap(([cpu]) => (cpu === null ? [] : [cpu]))
    expect(t.restarts()).toBe(1)
    expect(new Set(known)).toEqual(new Set([100]))
  })
})
