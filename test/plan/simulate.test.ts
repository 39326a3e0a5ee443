import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { byUrgency } from '../../src/model/graph.ts'
import { boundOf } from '../../src/plan/analysis.ts'
import { shapeOf } from '../../src/plan/shape.ts'
import { forecast, type Schedule, type Simulated, simulate, type SoftEdge } from '../../src/plan/simulate.ts'
import { workstream } from '../kit/workstream.ts'

const shown = ({ order }: Schedule): string[] =>
  order.map(({ workstream: id, agent, startMinute, endMinute }) => `${id}@${agent} ${startMinute}-${endMinute}`)

describe('who works on what', () => {
  it('priority first, then the longest way to the end, then the id', () => {
    const plan = [
      workstream('b'),
      workstream('a'),
      workstream('long'),
      workstream('end', { dependsOn: ['long'] }),
      workstream('high', { priority: 10 }),
    ]
    expect(shown(simulate(plan, 1))).toEqual([
      'high@1 0-30',
      'long@1 30-60',
      'a@1 60-90',
      'b@1 90-120',
      'end@1 120-150',
    ])
  })

  it('an agent stays on its track among equals', () => {
    const plan = ['a1', 'b1', 'b2', 'a2'].map((id) => workstream(id, { track: id[0]! }))
    expect(shown(simulate(plan, 2))).toEqual(['a1@1 0-30', 'a2@2 0-30', 'b1@1 30-60', 'b2@2 30-60'])
    const started = [
      workstream('x1', { track: 'x', priority: 1 }),
      workstream('y1', { track: 'y', priority: 1 }),
      workstream('p', { track: 'y' }),
      workstream('q', { track: 'x' }),
    ]
    expect(shown(simulate(started, 2)).slice(2)).toEqual(['q@1 30-60', 'p@2 30-60'])
  })

  it('but not past something more urgent', () => {
    const plan = [
      workstream('x1', { track: 'x', priority: 2 }),
      workstream('x2', { track: 'x' }),
      workstream('z', { priority: 1 }),
    ]
    expect(shown(simulate(plan, 1)).map((line) => line.split('@')[0])).toEqual(['x1', 'z', 'x2'])
  })

  it('all that end at the same time are known before anything is given out', () => {
    const plan = [
      workstream('a'),
      workstream('b'),
      workstream('low', { priority: -1 }),
      workstream('next', { dependsOn: ['b'] }),
    ]
    expect(shown(simulate(plan, 2)).slice(2)).toEqual(['next@1 30-60', 'low@2 30-60'])
  })

  it('along a soft edge the second lets others go first, but keeps no agent idle', () => {
    const plan = [workstream('a'), workstream('b', { estimateMinutes: 60 }), workstream('c'), workstream('d')]
    const softly = [{ before: 'a', after: 'b' }]
    expect(shown(simulate(plan, 2))).toEqual(['b@1 0-60', 'a@2 0-30', 'c@2 30-60', 'd@1 60-90'])
    expect(shown(simulate(plan, 2, softly))).toEqual(['a@1 0-30', 'c@2 0-30', 'b@1 30-90', 'd@2 30-60'])
    expect(shown(simulate(plan.slice(0, 2), 2, softly))).toEqual(['a@1 0-30', 'b@2 0-60'])
    const circle = [...softly, { before: 'b', after: 'a' }, { before: 'gone', after: 'a' }]
    expect(shown(simulate(plan.slice(0, 2), 1, circle))).toEqual(['b@1 0-60', 'a@1 60-90'])
  })

  it('what is on a cycle or behind one never starts, and an empty plan takes no time', () => {
    const plan = [
      workstream('a', { dependsOn: ['b'] }),
      workstream('b', { dependsOn: ['a'] }),
      workstream('c', { dependsOn: ['a'] }),
      workstream('d'),
    ]
    expect(shown(simulate(plan, 2))).toEqual(['d@1 0-30'])
    expect(forecast([], 3)).toEqual({ schedule: { agents: 3, makespanMinutes: 0, order: [] }, eta: { p50: 0, p80: 0 } })
  })
})

const plans = fc
  .array(
    fc.record({
      on: fc.array(fc.nat(), { maxLength: 3 }),
      minutes: fc.integer({ min: 1, max: 5 }),
      priority: fc.integer({ min: 0, max: 1 }),
      track: fc.constantFrom('x', 'y', null),
    }),
    { minLength: 1, maxLength: 15 },
  )
  .map((rows) =>
    rows.map(({ on, minutes, priority, track }, i) =>
      workstream(`w${i}`, {
        dependsOn: i === 0 ? [] : [...new Set(on.map((n) => `w${n % i}`))],
        estimateMinutes: minutes,
        priority,
        track,
      }),
    ),
  )
const agents = fc.integer({ min: 1, max: 4 })

/** Soft edges of any kind: along the dependencies, against them, in circles. */
const softly = fc
  .array(fc.tuple(fc.nat({ max: 14 }), fc.nat({ max: 14 })), { maxLength: 12 })
  .map((pairs) => pairs.map(([before, after]): SoftEdge => ({ before: `w${before}`, after: `w${after}` })))

describe('every schedule', () => {
  it('starts each workstream once, after its dependencies, on a free agent, and is not shorter than the bound', () => {
    fc.assert(
      fc.property(plans, agents, softly, (plan, seats, softEdges) => {
        const { order, makespanMinutes } = simulate(plan, seats, softEdges)
        const slice = new Map(order.map((each) => [each.workstream, each]))
        expect(slice.size).toBe(plan.length)
        for (const { id, dependsOn } of plan) {
          for (const on of dependsOn) expect(slice.get(on)!.endMinute).toBeLessThanOrEqual(slice.get(id)!.startMinute)
        }
        for (const seat of Map.groupBy(order, ({ agent }) => agent).values()) {
          for (const [i, each] of seat.slice(1).entries())
            expect(seat[i]!.endMinute).toBeLessThanOrEqual(each.startMinute)
        }
        const bound = boundOf(plan, seats).makespanMinutes
        expect(makespanMinutes).toBeGreaterThanOrEqual(bound)
        // Graham: list scheduling is never worse than twice the best.
        expect(makespanMinutes).toBeLessThan(2 * bound + 1)
      }),
    )
  })

  it('is what the rule says, done the slow way', () => {
    fc.assert(
      fc.property(plans, agents, softly, (plan, seats, softEdges) => {
        expect(simulate(plan, seats, softEdges).order).toEqual(slowly(plan, seats, softEdges))
      }),
    )
  })

  /** The rule without heaps and ranks: at every end, look at everything. */
  function slowly(plan: readonly Simulated[], seats: number, softEdges: readonly SoftEdge[]): Schedule['order'] {
    const tails = shapeOf(plan).tails
    const urgency = (each: Simulated) => ({ ...each, tail: tails.get(each.id)! })
    const order: Schedule['order'] = []
    for (let now = 0; order.length < plan.length; now++) {
      const done = new Set(order.filter(({ endMinute }) => endMinute <= now).map(({ workstream: id }) => id))
      for (let agent = 1; agent <= seats; agent++) {
        const past = order.filter((each) => each.agent === agent)
        if (past.some(({ endMinute }) => endMinute > now)) continue
        const started = new Set(order.map(({ workstream: id }) => id))
        const isReady = ({ dependsOn }: Simulated): boolean => dependsOn.every((on) => done.has(on))
        const ready = plan.filter((one) => !started.has(one.id) && isReady(one))
        const isAhead = (id: string): boolean =>
          !done.has(id) && (started.has(id) || plan.some((one) => one.id === id && isReady(one)))
        const yields = (id: string): boolean => softEdges.some(({ before, after }) => after === id && isAhead(before))
        const others = ready.filter(({ id }) => !yields(id))
        const tier = others.length > 0 ? others : ready
        const [best] = tier.map(urgency).sort(byUrgency)
        if (!best) break
        const last = plan.find(({ id }) => id === past.at(-1)?.workstream)?.track ?? null
        const equals = tier
          .map(urgency)
          .filter(({ priority, tail }) => priority === best.priority && tail === best.tail)
        const chosen = equals.sort(byUrgency).find(({ track }) => last !== null && track === last) ?? best
        order.push({ workstream: chosen.id, agent, startMinute: now, endMinute: now + chosen.estimateMinutes! })
      }
    }
    return order
  }
})

describe('the ETA', () => {
  it('is a range, the same each time, and grows with the work', () => {
    const plan = Array.from({ length: 20 }, (_, i) => workstream(`w${i}`))
    const { schedule, eta } = forecast(plan, 4)
    expect(forecast(plan, 4).eta).toEqual(eta)
    expect(eta.p50).toBeGreaterThan(schedule.makespanMinutes * 0.8)
    expect(eta.p80).toBeGreaterThan(eta.p50)
    expect(forecast(plan, 2).eta.p50).toBeGreaterThan(eta.p50)
  })
})
