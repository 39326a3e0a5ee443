import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MachineFacts } from '../../src/model/machine.ts'
import { withDefaults } from '../../src/plan/config-defaults.ts'
import { type Admission, admit, OPEN } from '../../src/schedule/admission.ts'
import { decide, MANUAL } from '../../src/schedule/decide.ts'
import { item, LANDED, seats } from './world.ts'

const MIB = 1024 ** 2
const { watch } = withDefaults({})

function machine(usedPercent: number, freeMib = 100_000): MachineFacts {
  return {
    memory: { totalBytes: 1000, availableBytes: 1000 - usedPercent * 10 },
    memoryPressure: null,
    load: 0,
    disks: [
      { what: 'the repository', path: '/repo', freeBytes: 100_000 * MIB, totalBytes: 1e12 },
      { what: 'the slots', path: '/slots', freeBytes: freeMib * MIB, totalBytes: 1e12 },
    ],
  }
}

/** The answers to one machine after the other. */
function answers(machines: readonly MachineFacts[], settings = watch): Admission[] {
  const all: Admission[] = []
  for (const [now, one] of machines.entries()) all.push(admit(all.at(-1) ?? OPEN, one, settings, now))
  return all
}

const said = (one: Admission): string[] => (one.kind === 'open' ? [] : one.reasons.map(({ message }) => message))

const kinds = (all: readonly Admission[]): string[] => all.map(({ kind }) => kind)

describe('admission', () => {
  it('above the warning for memory one works alone, until it is 5 points below', () => {
    const all = answers([70, 70.1, 78, 70, 65.1, 65, 70].map((percent) => machine(percent)))
    expect(kinds(all)).toEqual(['open', 'lone', 'lone', 'lone', 'lone', 'open', 'open'])
    expect(all[1]).toMatchObject({ since: 1, reasons: [{ code: 'W202' }] })
    expect(all[4]).toMatchObject({ since: 1 })
    expect(said(all[1]!)).toEqual(['memory at 70.1 % (one works alone above 70 %)'])
    expect(said(all[2]!)).toEqual(['memory at 78 % (one works alone, as before again at 65 %)'])
  })

  it('nobody begins above the critical threshold, until it is 5 points below', () => {
    const all = answers([90, 90.1, 86, 85, 91, 65].map((percent) => machine(percent)))
    expect(kinds(all)).toEqual(['lone', 'closed', 'closed', 'lone', 'closed', 'open'])
    expect(said(answers([machine(91)])[0]!)).toEqual(['memory at 91 % (none begins above 90 %)'])
    expect(all[4]).toMatchObject({ since: 0 })
  })

  it('goes by the configured thresholds, however low', () => {
    const low = withDefaults({ watch: { memory: { warn: [1, '0s'], critical: [2, '0s'] } } }).watch
    const percents = [3, 1.5, 1, 0.5]
    expect(
      kinds(
        answers(
          percents.map((percent) => machine(percent)),
          low,
        ),
      ),
    ).toEqual(['closed', 'closed', 'lone', 'open'])
  })

  it('nobody begins with a full disk, until there is twice the room', () => {
    const all = answers([256, 255, 511, 512].map((mib) => machine(10, mib)))
    expect(kinds(all)).toEqual(['open', 'closed', 'closed', 'open'])
    expect(all[1]).toMatchObject({
      reasons: [{ code: 'E302', message: '255 MB left for the slots (none begins below 256 MB)' }],
    })
  })

  it('names all reasons, and lets each go by itself', () => {
    const all = answers([machine(95, 10), machine(95), machine(10)])
    expect(all.map((one) => (one.kind === 'closed' ? one.reasons.map(({ code }) => code) : []))).toEqual([
      ['W202', 'E302'],
      ['W202'],
      [],
    ])
  })

  it('never closes below a threshold, never opens above it', () => {
    const percents = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1 })
    fc.assert(
      fc.property(percents, (all) => {
        for (const [index, { kind }] of answers(all.map((percent) => machine(percent))).entries()) {
          if (all[index]! > 70) expect(kind).not.toBe('open')
          if (all[index]! > 90) expect(kind).toBe('closed')
          if (all[index]! <= 85) expect(kind).not.toBe('closed')
          if (all[index]! <= 65) expect(kind).toBe('open')
        }
      }),
    )
  })
})

describe('a decision without room', () => {
  it('starts nobody while the machine has no room, names who would, and looks again soon', () => {
    const reasons = [{ code: 'W202', message: 'memory at 91 % (none begins above 70 %)' } as const]
    const admission: Admission = { kind: 'closed', since: 0, reasons: [...reasons] }
    const items = [item('a'), item('b'), item('c'), item('d', { tools: [MANUAL] }), item('e', { tools: [] })]
    const held = decide({ mode: 'run', items, seats: seats(null, null), admission }, 1000)
    expect(held).toEqual([
      // What takes no seat goes on.
      { do: 'ask', workstream: 'd', attempt: 1 },
      { do: 'fail', workstream: 'e', failure: expect.objectContaining({ code: 'E106' }) },
      { do: 'hold', workstreams: ['a', 'b'], reasons },
      { do: 'sleep', until: 6000, waits: [] },
    ])
    // Where nobody would begin, there is nothing to wait for.
    expect(decide({ mode: 'run', items: [item('a', { state: LANDED })], seats: seats(null), admission }, 0)).toEqual([
      { do: 'end' },
    ])
    expect(decide({ mode: 'drain', items: [item('a')], seats: seats(null), admission }, 0)).toEqual([{ do: 'end' }])
  })

  it('with little room starts the most urgent when nobody is at work, and nobody beside one who is', () => {
    const reasons = [{ code: 'W202', message: 'memory at 78 % (one works alone above 70 %)' } as const]
    const admission: Admission = { kind: 'lone', since: 0, reasons: [...reasons] }
    const items = [item('a'), item('b', { priority: 1 })]
    const start = { do: 'start', workstream: 'b', agent: 1, tool: 'aider', attempt: 1, speculatesOn: [] }
    const sleep = { do: 'sleep', until: 6000, waits: [] }
    expect(decide({ mode: 'run', items, seats: seats(null, null), admission }, 1000)).toEqual([
      { do: 'hold', workstreams: ['a'], reasons },
      start,
      sleep,
    ])
    const busy = [{ agent: 1, workstream: 'b', track: null }, ...seats(null, null).slice(1)]
    expect(decide({ mode: 'run', items: items.slice(0, 1), seats: busy, admission }, 1000)).toEqual([
      { do: 'hold', workstreams: ['a'], reasons },
      sleep,
    ])
    expect(decide({ mode: 'run', items: items.slice(1), seats: seats(null, null), admission }, 1000)).toEqual([start])
  })
})
