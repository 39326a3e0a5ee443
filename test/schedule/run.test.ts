/** Whole runs on a fake clock: whatever attempts end with, whatever the world is short of. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSpent, type OutcomeKind } from '../../src/model/attempt.ts'
import { viewsOf } from '../../src/model/state.ts'
import { isInFlight, MANUAL } from '../../src/schedule/decide.ts'
import { UNSPENT_MAX } from '../../src/schedule/fallback.ts'
import { plans } from './plans.ts'
import { item, runWorld } from './world.ts'

const KINDS: OutcomeKind[] = [
  'ok',
  'ok',
  'ok',
  'red',
  'conflict',
  'crash',
  'timeout',
  'rate',
  'network',
  'lost',
  'auth',
  'no-change',
]

describe('a run with a fake clock', () => {
  const worlds = fc.record({
    items: plans([{ state: 'open' }]),
    seats: fc.integer({ min: 1, max: 4 }),
    fates: fc.array(fc.record({ kind: fc.constantFrom(...KINDS), ms: fc.integer({ min: 1, max: 600_000 }) }), {
      minLength: 1,
      maxLength: 20,
    }),
    estimates: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 12, maxLength: 12 }),
  })

  it('always ends, with nothing ready or in flight, and no workstream exceeds its attempts', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { items, attempts } = runWorld({ ...world, drainAt: null })
        const views = viewsOf(items, (id) => items.find((one) => one.id === id)!.state)
        for (const one of items) {
          expect(isInFlight(one.state)).toBe(false)
          // What was not selected stays as it was, and what waits for it waits on.
          if (one.selected) expect(views.get(one.id)!.name).not.toBe('ready')
          else expect(one.state.state).toBe('open')
          const spent = one.tries.filter(({ outcome }) => isSpent(outcome.kind)).length
          expect(spent).toBeLessThanOrEqual(one.attemptsMax)
          // What is thrown back costs nothing, and a network that is gone for all is waited for.
          const free = one.tries.filter(({ outcome: { kind } }) => kind === 'thrown-back' || kind === 'network').length
          expect((attempts.get(one.id) ?? 0) - free).toBeLessThanOrEqual(one.attemptsMax * UNSPENT_MAX)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('lands everything when every tool does its work', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const items = world.items.map((one) => ({ ...one, selected: true, tools: ['aider'] }))
        const fates = world.fates.map(({ ms }) => ({ kind: 'ok' as const, ms }))
        const { items: end, attempts } = runWorld({ ...world, items, fates, drainAt: null })
        expect(end.map(({ state }) => state.state)).toEqual(end.map(() => 'landed'))
        expect([...attempts.values()]).toEqual(end.map(() => 1))
      }),
    )
  })

  it('lands everything though the machine has no room for a while, again and again', () => {
    const moment = fc.integer({ min: 0, max: 2_000_000 })
    const shortages = fc.array(fc.tuple(moment, fc.integer({ min: 1, max: 200_000 })), { maxLength: 5 })
    fc.assert(
      fc.property(worlds, shortages, (world, spans) => {
        const items = world.items.map((one) => ({ ...one, selected: true, tools: ['aider'] }))
        const fates = world.fates.map(({ ms }) => ({ kind: 'ok' as const, ms }))
        const all = spans.map(([from, ms]) => ({ from, to: from + ms }))
        const { items: end } = runWorld({ ...world, items, fates, drainAt: null, shortages: all })
        expect(end.map(({ state }) => state.state)).toEqual(end.map(() => 'landed'))
      }),
    )
  })

  it('lands everything though the network is gone for hours, and asks for it with one attempt at a time', () => {
    const hour = 3_600_000
    const outage = fc.record({ from: fc.nat(hour), ms: fc.integer({ min: 1, max: 12 * hour }) })
    fc.assert(
      fc.property(worlds, outage, (world, { from, ms }) => {
        const items = world.items.map((one) => ({ ...one, selected: true, tools: ['aider', MANUAL], attemptsMax: 1 }))
        const fates = world.fates.map((one) => ({ kind: 'ok' as const, ms: one.ms }))
        const { items: end } = runWorld({ ...world, items, fates, drainAt: null, outages: [{ from, to: from + ms }] })
        expect(end.map(({ state }) => state.state)).toEqual(end.map(() => 'landed'))
        const lost = end.flatMap(({ tries }) => tries.filter(({ outcome }) => outcome.kind === 'network'))
        // As many as work at once meet it first, and come back to nothing some six times until a quarter of an hour lies between.
        expect(lost.length).toBeLessThanOrEqual(2 * world.seats + 8 + ms / (15 * 60_000))
      }),
    )
  })

  it('throws back what began on top of work that does not land, and lands it all the same when that lands later', () => {
    const ended = { kind: 'ok', ms: 10 } as const
    const items = [item('n0'), item('n1', { dependsOn: ['n0'], speculates: true })]
    const fates = [{ kind: 'red', ms: 10 } as const, { kind: 'ok', ms: 100 } as const, ended, ended]
    const world = runWorld({ items, seats: 2, fates, estimates: [], drainAt: null })
    expect(world.items.map(({ state }) => state.state)).toEqual(['landed', 'landed'])
    expect(world.items[1]!.tries.map(({ outcome }) => outcome.kind)).toEqual(['thrown-back', 'ok'])
    expect(world.speculations).toBe(2)
  })

  it('that drains somewhere on the way ends too, and begins nothing from there on', () => {
    fc.assert(
      fc.property(worlds, fc.nat({ max: 20 }), (world, drainAt) => {
        const { items } = runWorld({ ...world, drainAt })
        expect(items.some((one) => isInFlight(one.state))).toBe(false)
      }),
    )
  })
})
