import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideLandings, type Queued } from '../../src/landing/decide.ts'

const queued = (workstream: string, fields: Partial<Queued> = {}): Queued => ({
  workstream,
  queuedAt: 0,
  priority: 0,
  tail: 0,
  ...fields,
})

describe('the landing queue', () => {
  it('takes priority first, then the longest chain behind it, then the first come, then the id', () => {
    const waiting = [
      queued('e', { queuedAt: 2 }),
      queued('d', { queuedAt: 1 }),
      queued('c', { queuedAt: 1 }),
      queued('b', { queuedAt: 9, tail: 5 }),
      queued('a', { queuedAt: 9, priority: 1 }),
    ]
    const all = decideLandings({ waiting, landing: [], window: 9 }).map(({ workstream }) => workstream)
    expect(all).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('never has more under way than its window, leaves no place empty, and does not depend on the order given', () => {
    const entry = fc.record({ queuedAt: fc.nat({ max: 3 }), priority: fc.nat({ max: 2 }), tail: fc.nat({ max: 3 }) })
    fc.assert(
      fc.property(
        fc.array(entry, { maxLength: 6 }),
        fc.nat({ max: 3 }),
        fc.nat({ max: 4 }),
        (entries, under, window) => {
          const waiting = entries.map((fields, i) => queued(`w${i}`, fields))
          const landing = Array.from({ length: under }, (_, i) => `l${i}`)
          const actions = decideLandings({ waiting, landing, window })
          expect(actions).toHaveLength(Math.min(waiting.length, Math.max(0, window - under)))
          expect(decideLandings({ waiting: waiting.toReversed(), landing, window })).toEqual(actions)
          expect(new Set(actions.map(({ workstream }) => workstream))).toHaveProperty('size', actions.length)
        },
      ),
    )
  })
})
