/** Overlaps that are worked on one after the other, because it costs nothing. */
import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import type { Workstream } from '../../src/model/workstream.ts'
import { overlapsOf } from '../../src/plan/overlap.ts'
import { simulate } from '../../src/plan/simulate.ts'
import { softEdgesOf } from '../../src/plan/soft-edges.ts'
import { workstream } from '../kit/workstream.ts'

const scoped = (id: string, folder: string, given: Partial<Workstream> = {}): Workstream =>
  workstream(id, { filesScope: [folder], ...given })

const edges = (plan: readonly Workstream[], agents: number): string[] =>
  softEdgesOf(plan, agents).map(({ before, after }) => `${before} ${after}`)

describe('softEdgesOf', () => {
  it('puts two that overlap in turn when other work fills the seat', () => {
    const plan = [scoped('a', 'src'), scoped('b', 'src'), scoped('c', 'docs'), scoped('d', 'test')]
    expect(edges(plan, 2)).toEqual(['a b'])
    const { order } = simulate(plan, 2, softEdgesOf(plan, 2))
    expect(order.map(({ workstream: id, startMinute }) => [id, startMinute])).toEqual([
      ['a', 0],
      ['c', 0],
      ['b', 30],
      ['d', 30],
    ])
  })

  it('leaves them when it would take longer, or when nothing else could be done meanwhile', () => {
    expect(edges([scoped('a', 'src'), scoped('b', 'src')], 2)).toEqual([])
    const long = scoped('b', 'src', { estimateMinutes: 90 })
    expect(edges([scoped('a', 'src'), long, scoped('c', 'docs'), scoped('d', 'test')], 2)).toEqual([])
  })

  it('writes down what the schedule does in turn anyway, and what depends needs no edge', () => {
    expect(edges([scoped('a', 'src'), scoped('b', 'src')], 1)).toEqual(['a b'])
    expect(edges([scoped('a', 'src'), scoped('b', 'src', { dependsOn: ['a'] })], 1)).toEqual([])
    const late = scoped('late', 'src', { dependsOn: ['first'] })
    expect(edges([late, scoped('first', 'docs'), scoped('a', 'src')], 2)).toEqual(['a late'])
  })

  it('gives up one pair for the sake of the others', () => {
    // Three of one folder on two seats: somebody has to overlap, but not with both.
    const plan = [scoped('a', 'src'), scoped('b', 'src'), scoped('c', 'src'), scoped('d', 'docs')]
    const found = edges(plan, 2)
    expect(found.length).toBe(2)
    expect(overlapsOf(plan)).toHaveLength(3)
  })

  it('is nothing for a plan with a circle', () => {
    const plan = [
      scoped('a', 'src', { dependsOn: ['b'] }),
      scoped('b', 'docs', { dependsOn: ['a'] }),
      scoped('c', 'src'),
    ]
    expect(edges(plan, 1)).toEqual([])
  })

  const plans = fc
    .array(
      fc.record({
        on: fc.array(fc.nat(), { maxLength: 2 }),
        minutes: fc.integer({ min: 1, max: 5 }),
        priority: fc.constantFrom(0, 0, 1),
        track: fc.constantFrom('x', null),
        folder: fc.constantFrom('src', 'src/a', 'docs', 'test'),
      }),
      { minLength: 1, maxLength: 15 },
    )
    .map((rows) =>
      rows.map(({ on, minutes, priority, track, folder }, i) => {
        const dependsOn = i === 0 ? [] : [...new Set(on.map((n) => `w${n % i}`))]
        return scoped(`w${i}`, folder, { dependsOn, estimateMinutes: minutes, priority, track })
      }),
    )

  it('never makes the schedule longer, and every edge is kept in it', () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 1, max: 4 }), (plan, agents) => {
        const softEdges = softEdgesOf(plan, agents)
        const { order, makespanMinutes } = simulate(plan, agents, softEdges)
        expect(makespanMinutes).toBeLessThanOrEqual(simulate(plan, agents).makespanMinutes)
        const slices = new Map(order.map((slice) => [slice.workstream, slice]))
        const overlaps = new Set(overlapsOf(plan).flatMap(({ a, b }) => [`${a} ${b}`, `${b} ${a}`]))
        for (const { before, after } of softEdges) {
          expect(slices.get(before)!.endMinute).toBeLessThanOrEqual(slices.get(after)!.startMinute)
          expect(overlaps.has(`${before} ${after}`)).toBe(true)
        }
        expect(softEdgesOf(plan, agents)).toEqual(softEdges)
      }),
    )
  })
})
