import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ancestorsOf,
  byUrgency,
  dependentsOf,
  descendantsOf,
  levelsOf,
  type Node,
  tailsOf,
  topology,
} from '../../src/model/graph.ts'
import { acyclicGraph, anyGraph, chain, reaches } from './graphs.ts'

const node = (id: string, ...dependsOn: string[]): Node => ({ id, dependsOn })
const DIAMOND = [node('d', 'b', 'c'), node('b', 'a'), node('c', 'a'), node('a')]

describe('topology', () => {
  it('puts dependencies first and keeps the plan order among equals', () => {
    expect(topology(DIAMOND)).toMatchObject({ order: ['a', 'b', 'c', 'd'], cycle: null })
    expect(topology([node('z'), node('m'), node('a')]).order).toEqual(['z', 'm', 'a'])
    expect(topology([])).toMatchObject({ order: [], cycle: null })
  })

  it('ignores what it does not know', () => {
    expect(topology([node('a', 'ghost')])).toMatchObject({ order: ['a'], cycle: null })
    expect(dependentsOf([node('a', 'ghost')])).toEqual(new Map([['a', []]]))
  })

  it('shows a cycle as a closed path, and sorts what is neither on it nor behind it', () => {
    const { order, cycle } = topology([node('x', 'c'), node('a', 'b'), node('b', 'c'), node('c', 'a'), node('free')])
    expect(order).toEqual(['free'])
    expect(cycle![0]).toBe(cycle!.at(-1))
    expect(new Set(cycle)).toEqual(new Set(['a', 'b', 'c']))
    expect(topology([node('a', 'a')]).cycle).toEqual(['a', 'a'])
  })

  it('agrees with brute force on any graph', () => {
    fc.assert(
      fc.property(anyGraph, (nodes) => {
        const { order, cycle } = topology(nodes)
        const leadsTo = reaches(nodes)
        const byId = new Map(nodes.map((one) => [one.id, one]))
        const hasCycleBelow = (id: string): boolean =>
          nodes.some((one) => leadsTo(one.id, one.id) && (one.id === id || leadsTo(id, one.id)))
        expect(new Set(order)).toEqual(new Set(nodes.map(({ id }) => id).filter((id) => !hasCycleBelow(id))))
        expect(order).toHaveLength(new Set(order).size)
        for (const [place, id] of order.entries()) {
          for (const other of byId.get(id)!.dependsOn)
            if (byId.has(other)) expect(order.indexOf(other)).toBeLessThan(place)
        }
        expect(cycle === null).toBe(nodes.every(({ id }) => !leadsTo(id, id)))
        if (cycle === null) return
        expect(cycle.length).toBeGreaterThan(1)
        expect(cycle[0]).toBe(cycle.at(-1))
        expect(new Set(cycle)).toHaveProperty('size', cycle.length - 1)
        for (const [i, id] of cycle.slice(0, -1).entries()) expect(byId.get(id)!.dependsOn).toContain(cycle[i + 1])
      }),
    )
  })
})

describe('levels and tails', () => {
  it('of a diamond', () => {
    expect(levelsOf(DIAMOND)).toEqual(
      new Map([
        ['a', 0],
        ['b', 1],
        ['c', 1],
        ['d', 2],
      ]),
    )
    const minutes: Record<string, number> = { a: 1, b: 10, c: 20, d: 5 }
    expect(tailsOf(DIAMOND, (id) => minutes[id]!)).toEqual(
      new Map([
        ['d', 5],
        ['c', 25],
        ['b', 15],
        ['a', 26],
      ]),
    )
  })

  it('agree with the longest walks of brute force', () => {
    fc.assert(
      fc.property(acyclicGraph(8), fc.array(fc.nat({ max: 100 }), { minLength: 8, maxLength: 8 }), (nodes, weights) => {
        const byId = new Map(nodes.map((one) => [one.id, one]))
        const weightOf = (id: string): number => weights[Number(id.slice(1))]!
        const depth = (id: string): number => Math.max(-1, ...byId.get(id)!.dependsOn.map(depth)) + 1
        const heaviest = (id: string): number => {
          const dependents = nodes.filter(({ dependsOn }) => dependsOn.includes(id))
          return weightOf(id) + Math.max(0, ...dependents.map((one) => heaviest(one.id)))
        }
        expect(levelsOf(nodes)).toEqual(new Map(nodes.map(({ id }) => [id, depth(id)])))
        expect(tailsOf(nodes, weightOf)).toEqual(new Map(nodes.map(({ id }) => [id, heaviest(id)])))
      }),
    )
  })

  it('do not grow the stack with a chain of 10,000', () => {
    const nodes = chain(10_000)
    expect(levelsOf(nodes).get('n9999')).toBe(9999)
    expect(tailsOf(nodes, () => 1).get('n0')).toBe(10_000)
    expect(descendantsOf(nodes, ['n0'])).toHaveProperty('size', 9999)
  })
})

describe('descendants and ancestors', () => {
  it('agree with brute force, and leave out who was asked for', () => {
    fc.assert(
      fc.property(anyGraph, fc.array(fc.nat({ max: 9 }), { maxLength: 3 }), (nodes, asked) => {
        const ids = asked.map((i) => `n${i}`)
        const leadsTo = reaches(nodes)
        // A walk that passes through another one of those asked for is found from that one.
        const expected = (walk: (id: string, from: string) => boolean): Set<string> =>
          new Set(nodes.map(({ id }) => id).filter((id) => !ids.includes(id) && ids.some((from) => walk(id, from))))
        const known = (id: string): boolean => nodes.some((one) => one.id === id)
        expect(descendantsOf(nodes, ids)).toEqual(expected((id, from) => known(from) && leadsTo(id, from)))
        expect(ancestorsOf(nodes, ids)).toEqual(expected((id, from) => leadsTo(from, id)))
      }),
    )
  })
})

describe('urgency', () => {
  it('is priority, then the longer tail, then the id', () => {
    const of = (id: string, priority: number, tail: number): { id: string; priority: number; tail: number } => ({
      id,
      priority,
      tail,
    })
    const sorted = [of('c', 0, 5), of('b', 0, 5), of('a', 0, 1), of('z', 1, 0)].sort(byUrgency)
    expect(sorted.map(({ id }) => id)).toEqual(['z', 'b', 'c', 'a'])
    expect(byUrgency(of('a', 0, 0), of('a', 0, 0))).toBe(0)
  })
})
