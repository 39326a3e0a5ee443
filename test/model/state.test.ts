import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isStuck, satisfies, STATE_NAMES, viewsOf, type WorkstreamState } from '../../src/model/state.ts'
import { acyclicGraph, chain, reaches } from './graphs.ts'

const failure = { code: 'E602', message: 'used up' } as const
const COMMIT = 'c'.repeat(40)

/** Every stored state, once. */
const STATES: readonly WorkstreamState[] = [
  { state: 'open' },
  { state: 'running', attempt: 1, agent: 1, startedAt: 0 },
  { state: 'checking', attempt: 1, work: COMMIT },
  { state: 'queued', attempt: 1, work: COMMIT, queuedAt: 0 },
  { state: 'landing', attempt: 1, work: COMMIT, queuedAt: 0, landing: 'r-1' },
  { state: 'landed', attempt: 1, landing: 'r-1', commit: COMMIT, at: 0, published: true },
  { state: 'landed', attempt: 1, landing: 'r-1', commit: COMMIT, at: 0, published: false },
  { state: 'waiting', for: 'manual', attempt: 1, since: 0 },
  { state: 'waiting', for: 'approval', attempt: 1, work: COMMIT, rule: 'gate>=3', since: 0 },
  { state: 'conflict', attempt: 1, work: COMMIT, failure, since: 0 },
  { state: 'failed', failure },
  { state: 'discarded', satisfied: true },
  { state: 'discarded', satisfied: false },
  { state: 'cancelled' },
  { state: 'held' },
  { state: 'reverted', landing: 'r-1' },
]

const by =
  (states: Record<string, WorkstreamState>) =>
  (id: string): WorkstreamState =>
    states[id] ?? { state: 'open' }

describe('the view of an open workstream', () => {
  it.each(STATES.map((state) => [JSON.stringify(state), state] as const))('that depends on %s', (_text, state) => {
    const nodes = [
      { id: 'b', dependsOn: ['a'] },
      { id: 'a', dependsOn: [] },
    ]
    const view = viewsOf(nodes, by({ a: state })).get('b')
    if (satisfies(state)) expect(view).toEqual({ name: 'ready', blockedBy: [] })
    else expect(view).toEqual({ name: isStuck(state) ? 'blocked' : 'pending', blockedBy: ['a'] })
  })

  it('names only those that block it, and passes the block on', () => {
    const nodes = [
      { id: 'd', dependsOn: ['c'] },
      { id: 'c', dependsOn: ['a', 'b'] },
      { id: 'a', dependsOn: [] },
      { id: 'b', dependsOn: [] },
    ]
    const views = viewsOf(nodes, by({ a: { state: 'failed', failure } }))
    expect(views.get('c')).toEqual({ name: 'blocked', blockedBy: ['a'] })
    expect(views.get('d')).toEqual({ name: 'blocked', blockedBy: ['c'] })
    expect(views.get('b')).toEqual({ name: 'ready', blockedBy: [] })
  })

  it('counts a dependency that is not in the plan as done', () => {
    expect(viewsOf([{ id: 'a', dependsOn: ['earlier'] }], by({})).get('a')?.name).toBe('ready')
  })
})

describe('views', () => {
  it('are in plan order, of every workstream, and agree with brute force', () => {
    fc.assert(
      fc.property(
        acyclicGraph(9),
        fc.array(fc.constantFrom(...STATES), { minLength: 9, maxLength: 9 }),
        (nodes, states) => {
          const stateOf = (id: string): WorkstreamState => states[Number(id.slice(1))]!
          const leadsTo = reaches(nodes)
          const views = viewsOf(nodes, stateOf)
          expect([...views.keys()]).toHaveLength(nodes.length)
          for (const { id, dependsOn } of nodes) {
            const { name, blockedBy } = views.get(id)!
            expect(STATE_NAMES).toContain(name)
            if (stateOf(id).state !== 'open') {
              expect({ name, blockedBy }).toEqual({ name: stateOf(id).state, blockedBy: [] })
              continue
            }
            const missing = dependsOn.filter((other) => !satisfies(stateOf(other)))
            // Stuck ones count however far away, as long as the way there is one of open workstreams.
            const isLost = (other: string): boolean =>
              isStuck(stateOf(other)) ||
              (stateOf(other).state === 'open' && nodes.find((one) => one.id === other)!.dependsOn.some(isLost))
            expect(name).toBe(missing.length === 0 ? 'ready' : missing.some(isLost) ? 'blocked' : 'pending')
            for (const other of blockedBy) expect(leadsTo(id, other)).toBe(true)
          }
        },
      ),
    )
  })

  it('of a chain of 10,000 do not grow the stack', () => {
    const nodes = chain(10_000)
    const views = viewsOf(nodes, by({ n0: { state: 'cancelled' } }))
    expect(views.get('n9999')).toEqual({ name: 'blocked', blockedBy: ['n9998'] })
    expect(viewsOf(nodes, by({})).get('n9999')?.name).toBe('pending')
  })
})
