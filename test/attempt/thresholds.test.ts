/** The thresholds of S14, at their boundaries: readings every five seconds, as the watch takes them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advanceGauges, type Gauges, NO_GAUGES, type Reading } from '../../src/attempt/thresholds.ts'
import type { Crossing } from '../../src/model/vitals.ts'
import { withDefaults } from '../../src/plan/config-defaults.ts'

const STEP_MS = 5_000
const MINUTE_MS = 60_000
const { watch } = withDefaults({})

const reading = (at: number, fields: Partial<Reading>): Reading => {
  return { at, cpuPercent: null, memoryPercent: null, diskMbPerSecond: null, fullDisk: null, changes: null, ...fields }
}

/** Crossings as `seconds metric level`, of readings every five seconds that `fieldsAt` gives by the second. */
function run(seconds: number, fieldsAt: (second: number) => Partial<Reading>, settings = watch): string[] {
  return crossings(seconds, fieldsAt, settings).map(({ second, metric, to }) => `${second} ${metric} ${to}`)
}

function crossings(
  seconds: number,
  fieldsAt: (second: number) => Partial<Reading>,
  settings = watch,
): (Crossing & { second: number })[] {
  const told: (Crossing & { second: number })[] = []
  let gauges: Gauges = NO_GAUGES
  for (let second = 0; second <= seconds; second += STEP_MS / 1000) {
    const step = advanceGauges(gauges, reading(second * 1000, fieldsAt(second)), settings)
    gauges = step.gauges
    told.push(...step.crossings.map((one) => ({ second, ...one })))
  }
  return told
}

describe('S14: agent CPU, warning "> 80 % for > 5 min", critical "100 % for > 10 min (possible hang)"', () => {
  it('warns above 80 % for 5 minutes, once, and not at 80 %', () => {
    expect(run(3600, () => ({ cpuPercent: 80 }))).toEqual([])
    expect(run(295, () => ({ cpuPercent: 80.1 }))).toEqual([])
    expect(run(3600, () => ({ cpuPercent: 80.1 }))).toEqual(['300 cpu warning'])
  })

  it('counts the five minutes anew after a break', () => {
    expect(run(3600, (second) => ({ cpuPercent: second % 300 === 295 ? 80 : 95 }))).toEqual([])
  })

  it('is critical at 100 %, which is 99 or more, for 10 minutes; before that the warning says "possible hang"', () => {
    expect(run(3600, () => ({ cpuPercent: 98.9 }))).toEqual(['300 cpu warning'])
    const told = crossings(3600, () => ({ cpuPercent: 99 }))
    expect(told.map(({ second, to, code, message }) => [second, to, code, message])).toEqual([
      [300, 'warning', 'W201', 'CPU at 99 % of a core for 5 min: possible hang'],
      [600, 'critical', 'W201', 'CPU at 99 % of a core for 10 min: possible hang'],
    ])
    expect(crossings(3600, () => ({ cpuPercent: 90 }))[0]!.message).toBe('CPU at 90 % of a core for 5 min')
  })

  it('counts several cores as more than 100 %', () => {
    expect(run(3600, () => ({ cpuPercent: 640 }))).toEqual(['300 cpu warning', '600 cpu critical'])
  })

  it('lets go 5 points below, and tells the next crossing again', () => {
    const at = (second: number): number => (second < 400 ? 90 : second < 800 ? 76 : second < 900 ? 75 : 90)
    const told = run(3600, (second) => ({ cpuPercent: at(second) }))
    expect(told).toEqual(['300 cpu warning', '800 cpu normal', '1200 cpu warning'])
  })

  it('comes down from critical by way of the warning', () => {
    const at = (second: number): number => (second < 700 ? 100 : second < 900 ? 97 : second < 1000 ? 90 : 20)
    expect(run(3600, (second) => ({ cpuPercent: at(second) }))).toEqual([
      '300 cpu warning',
      '600 cpu critical',
      '900 cpu warning',
      '1000 cpu normal',
    ])
  })
})

describe('S14: memory, warning "> 70 %", critical "> 90 %" of the system', () => {
  it.each([
    [70, []],
    [70.1, ['0 memory warning']],
    [90, ['0 memory warning']],
    [90.1, ['0 memory critical']],
  ])('at %d %%', (memoryPercent, told) => {
    expect(run(600, () => ({ memoryPercent }))).toEqual(told)
  })

  it('tells once what flutters around the threshold', () => {
    expect(run(3600, (second) => ({ memoryPercent: second % 10 === 0 ? 71 : 66 }))).toEqual(['0 memory warning'])
  })
})

describe('S14: disk I/O, warning "> 100 MB/s sustained", critical "disk full"', () => {
  it('warns above 100 MB/s for 60 seconds', () => {
    expect(run(3600, () => ({ diskMbPerSecond: 100 }))).toEqual([])
    expect(run(55, () => ({ diskMbPerSecond: 101 }))).toEqual([])
    expect(run(3600, () => ({ diskMbPerSecond: 101 }))).toEqual(['60 disk_io warning'])
  })

  it('is critical as soon as a disk is full', () => {
    const full = '12 MB free for the slots'
    expect(run(600, (second) => ({ fullDisk: second >= 100 && second < 200 ? full : '' }))).toEqual([
      '100 disk critical',
      '200 disk normal',
    ])
    expect(crossings(0, () => ({ fullDisk: full }))).toMatchObject([{ code: 'E302', message: full }])
  })
})

describe('S14: file changes a minute, warning "< 2", critical "0 for > 10 min (possible deadlock)"', () => {
  /** A new path each `everyMs`, from the beginning until `lastMs`. */
  const every =
    (everyMs: number, lastMs = Number.POSITIVE_INFINITY) =>
    (second: number) => {
      const now = second * 1000
      const agesMs: number[] = []
      for (let at = 0; at <= Math.min(now, lastMs); at += everyMs) agesMs.push(now - at)
      return { changes: { observedMs: now, agesMs } }
    }

  it('warns below 2 a minute, as the mean of five minutes, which it first waits for', () => {
    expect(run(3600, every(30_000))).toEqual([])
    expect(run(3600, every(31_000))).toEqual(['300 file_changes warning'])
    expect(crossings(300, every(60_000))[0]).toMatchObject({
      code: 'W204',
      message: '1 file changes a minute (warning below 2)',
    })
  })

  it('is critical when nothing has changed for ten minutes, and not a moment before', () => {
    expect(run(3600, every(MINUTE_MS, -1))).toEqual(['300 file_changes warning', '600 file_changes critical'])
    // The last one at 20 minutes.
    expect(run(1795, every(10_000, 20 * MINUTE_MS))).toEqual(['1410 file_changes warning'])
    expect(run(1800, every(10_000, 20 * MINUTE_MS)).at(-1)).toBe('1800 file_changes critical')
  })

  it('lets go of critical with the first change, and of the warning when there are enough again', () => {
    const at = (second: number) => {
      const now = second * 1000
      const agesMs = Array.from({ length: 200 }, (_, i) => now - 900_000 - i * 20_000).filter((age) => age >= 0)
      return { changes: { observedMs: now, agesMs } }
    }
    const told = run(1500, at)
    expect(told.slice(0, 3)).toEqual([
      '300 file_changes warning',
      '600 file_changes critical',
      '900 file_changes warning',
    ])
    expect(told.slice(3)).toEqual(['1100 file_changes normal'])
  })
})

describe('thresholds', () => {
  it('are all configurable', () => {
    const own = withDefaults({
      watch: {
        cpu: { warn: [20, '10s'], critical: [50, '20s'] },
        memory: { warn: [1, '0s'] },
        disk_io: { warn: [5, '5s'] },
      },
    }).watch
    const fields = { cpuPercent: 60, memoryPercent: 2, diskMbPerSecond: 6 }
    expect(run(100, () => fields, own)).toEqual([
      '0 memory warning',
      '5 disk_io warning',
      '10 cpu warning',
      '20 cpu critical',
    ])
  })

  it('do not go on with what was before a sleep', () => {
    let gauges = NO_GAUGES
    const levels: string[] = []
    for (const at of [0, 5_000, 10_000, 9 * MINUTE_MS, 9 * MINUTE_MS + 5_000]) {
      const step = advanceGauges(gauges, reading(at, { cpuPercent: 100 }), watch)
      gauges = step.gauges
      levels.push(...step.crossings.map(({ to }) => to))
    }
    expect(levels).toEqual([])
  })

  it('leave a level as it is while the value is not known', () => {
    const fields = (second: number): Partial<Reading> => (second === 50 ? {} : { memoryPercent: 80 })
    expect(run(100, fields)).toEqual(['0 memory warning'])
  })

  const values = fc.array(fc.integer({ min: 50, max: 110 }), { minLength: 1, maxLength: 400 })

  it('are told once per crossing: a metric never goes from a level to the same, nor from one that it was not on', () => {
    fc.assert(
      fc.property(values, values, (cpu, memory) => {
        const level: Record<string, string> = {}
        const told = crossings(
          cpu.length * 5,
          (second) => ({ cpuPercent: cpu[second / 5] ?? 50, memoryPercent: memory[second / 5] ?? 50 }),
          withDefaults({ watch: { cpu: { warn: [80, '10s'], critical: [100, '20s'] } } }).watch,
        )
        for (const { metric, from, to } of told) {
          expect(from).toBe(level[metric] ?? 'normal')
          expect(to).not.toBe(from)
          level[metric] = to
        }
      }),
    )
  })

  it('warn exactly when the value was above for the whole time, at the first reading where that is so', () => {
    fc.assert(
      fc.property(values, (cpu) => {
        const critical: [number, string] = [1000, '1h']
        const own = withDefaults({ watch: { cpu: { warn: [80, '30s'], critical } } }).watch
        const first = crossings((cpu.length - 1) * 5, (second) => ({ cpuPercent: cpu[second / 5]! }), own)[0]
        const oracle = cpu.findIndex((_, i) => i >= 6 && cpu.slice(i - 6, i + 1).every((value) => value > 80))
        expect(first?.second ?? -1).toBe(oracle === -1 ? -1 : oracle * 5)
      }),
    )
  })

  it('tell nothing more of a value that stays within the margin', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 66, max: 90 }), { maxLength: 200 }), (memory) => {
        const told = run(memory.length * 5, (second) => ({
          memoryPercent: second === 0 ? 71 : (memory[second / 5] ?? 70),
        }))
        expect(told).toEqual(['0 memory warning'])
      }),
    )
  })
})
