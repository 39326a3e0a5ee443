import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WorkstreamState } from '../../src/model/state.ts'
import { viewsOf } from '../../src/model/state.ts'
import { type Action, decide, isInFlight, type Item, MANUAL, type Wait } from '../../src/schedule/decide.ts'
import { plans } from './plans.ts'
import { COMMIT, decideSoundly, item, LANDED, seats } from './world.ts'

const starts = (actions: readonly Action[]): string[] =>
  actions.flatMap((action) => (action.do === 'start' ? [`${action.workstream}@${action.agent}`] : []))

describe('decide', () => {
  it('starts the most urgent first: priority, then the longer chain, then the id', () => {
    const items = [item('a', { tail: 1 }), item('b', { tail: 9 }), item('c', { tail: 9 }), item('d', { priority: 1 })]
    expect(starts(decide({ mode: 'run', items, seats: seats(null, null, null) }, 0))).toEqual(['d@1', 'b@2', 'c@3'])
  })

  it('keeps a seat on its track among equals, and does not leave it empty for that', () => {
    const items = [item('a', { track: 'web' }), item('b', { track: 'core' }), item('c')]
    expect(starts(decide({ mode: 'run', items, seats: seats('core', 'web') }, 0))).toEqual(['b@1', 'a@2'])
    expect(starts(decide({ mode: 'run', items: [item('a', { track: 'web' })], seats: seats('core') }, 0))).toEqual([
      'a@1',
    ])
    const urgent = [item('a', { track: 'web', tail: 9 }), item('b', { track: 'core' })]
    expect(starts(decide({ mode: 'run', items: urgent, seats: seats('core') }, 0))).toEqual(['a@1'])
  })

  it('gives the number and the tool of the next try', () => {
    const crash = {
      number: 4,
      tool: 'aider',
      outcome: { kind: 'crash', code: 'E201', message: '' },
      endedAt: 0,
    } as const
    const items = [item('a', { tools: ['aider', 'claude'], tries: [crash], nextAttempt: 5 })]
    expect(decide({ mode: 'run', items, seats: seats(null) }, 0)).toEqual([
      { do: 'start', workstream: 'a', agent: 1, tool: 'claude', attempt: 5, speculatesOn: [] },
    ])
  })

  it('asks a person without taking a seat, and fails what has no tool', () => {
    const busy = [{ agent: 1, workstream: 'x', track: null }]
    const items = [item('a', { tools: [MANUAL] }), item('b', { tools: [] })]
    expect(decide({ mode: 'run', items, seats: busy }, 0)).toEqual([
      { do: 'ask', workstream: 'a', attempt: 1 },
      {
        do: 'fail',
        workstream: 'b',
        failure: { code: 'E106', message: expect.any(String), fix: expect.stringContaining('`sluice retry b`') },
      },
    ])
  })

  it('fails what has used up its attempts', () => {
    const crash = {
      number: 1,
      tool: 'aider',
      outcome: { kind: 'crash', code: 'E201', message: '' },
      endedAt: 0,
    } as const
    const items = [item('a', { tries: [crash], attemptsMax: 1 })]
    expect(decide({ mode: 'run', items, seats: seats(null) }, 0)).toEqual([
      { do: 'fail', workstream: 'a', failure: expect.objectContaining({ code: 'E602' }) },
    ])
  })

  it('lets what yields go last while the other is ready or at work, but leaves no seat empty for it', () => {
    const a = item('a', { tail: 1 })
    const b = item('b', { tail: 9, yieldsTo: ['a'] })
    const c = item('c')
    const started = (items: Item[], ...tracks: null[]): string[] =>
      starts(decide({ mode: 'run', items, seats: seats(...tracks) }, 0))
    expect(started([a, b, c], null)).toEqual(['a@1'])
    expect(started([a, b, c], null, null)).toEqual(['a@1', 'c@2'])
    expect(started([a, b], null, null)).toEqual(['a@1', 'b@2'])
    const states: WorkstreamState[] = [
      { state: 'running', attempt: 1, agent: 7, startedAt: 0 },
      { state: 'queued', attempt: 1, work: COMMIT, queuedAt: 0 },
    ]
    for (const state of states) {
      expect(started([{ ...a, state }, b, c], null)).toEqual(['c@1'])
      expect(started([{ ...a, state }, b], null)).toEqual(['b@1'])
    }
    // What cannot go on by itself, and what this run does not start, is not waited for.
    const stuck: WorkstreamState[] = [
      LANDED,
      { state: 'held' },
      { state: 'waiting', for: 'manual', attempt: 1, since: 0 },
    ]
    for (const state of stuck) expect(started([{ ...a, state }, b, c], null)).toEqual(['b@1'])
    expect(started([{ ...a, selected: false }, b, c], null)).toEqual(['b@1'])
    expect(started([item('a', { dependsOn: ['c'] }), b, c], null)).toEqual(['b@1'])
  })

  describe('of one whose dependencies are in the landing queue', () => {
    const QUEUED: WorkstreamState = { state: 'queued', attempt: 1, work: COMMIT, queuedAt: 0 }
    const LANDING: WorkstreamState = { state: 'landing', attempt: 1, work: COMMIT, queuedAt: 0, landing: 'r-1' }
    const a = item('a', { state: QUEUED })
    const b = item('b', { dependsOn: ['a'], speculates: true })
    const started = (items: Item[], ...tracks: (string | null)[]): string[] =>
      starts(decide({ mode: 'run', items, seats: seats(...tracks) }, 0))

    it('begins on top of them, and names those that have not landed', () => {
      const items = [
        a,
        item('l', { state: LANDING }),
        item('d', { state: LANDED }),
        { ...b, dependsOn: ['a', 'd', 'l'] },
      ]
      expect(decide({ mode: 'run', items, seats: seats(null) }, 0)).toEqual([
        { do: 'start', workstream: 'b', agent: 1, tool: 'aider', attempt: 1, speculatesOn: ['a', 'l'] },
      ])
    })

    it('waits until they have been in the queue for a while, where that is asked, and looks again then', () => {
      const state = { mode: 'run', items: [a, b], seats: seats(null), speculateAfterMs: 100 } as const
      expect(decide(state, 99)).toEqual([{ do: 'sleep', until: 100, waits: [] }])
      expect(starts(decide(state, 100))).toEqual(['b@1'])
    })

    it('takes no seat that a ready one takes, or will take when its wait is over', () => {
      const urgent = { ...b, priority: 9, tail: 9, track: 'core' }
      const rate = {
        number: 1,
        tool: 'copilot',
        outcome: { kind: 'rate', code: 'E208', message: '' },
        endedAt: 0,
      } as const
      const sleeps = item('s', { tools: ['copilot'], tries: [rate] })
      expect(started([a, urgent, item('c')], 'core')).toEqual(['c@1'])
      expect(started([a, urgent, item('c')], 'core', null)).toEqual(['c@1', 'b@2'])
      expect(started([a, urgent, item('c', { yieldsTo: ['a'] })], null)).toEqual(['c@1'])
      expect(started([a, b, sleeps], null)).toEqual([])
      expect(started([a, b, sleeps], null, null)).toEqual(['b@1'])
    })

    it('does not begin when one of them may still fail, or has', () => {
      const failure = { code: 'E402', message: '' } as const
      const others: WorkstreamState[] = [
        { state: 'open' },
        { state: 'running', attempt: 1, agent: 7, startedAt: 0 },
        { state: 'checking', attempt: 1, work: COMMIT },
        { state: 'conflict', attempt: 1, work: COMMIT, failure, since: 0 },
        { state: 'waiting', for: 'approval', attempt: 1, work: COMMIT, rule: 'x', since: 0 },
        { state: 'cancelled' },
        { state: 'reverted', landing: 'r-1' },
      ]
      for (const state of others) {
        const x = item('x', { state, selected: state.state !== 'open' })
        expect(started([a, x, { ...b, dependsOn: ['a', 'x'] }], null)).toEqual([])
      }
    })

    it('is not begun by a person, nor against the wish, nor when the run drains, and is not given up early', () => {
      const crash = {
        number: 1,
        tool: 'aider',
        outcome: { kind: 'crash', code: 'E201', message: '' },
        endedAt: 0,
      } as const
      const never = [
        { ...b, tools: [MANUAL] },
        { ...b, tools: [] },
        { ...b, tries: [crash], attemptsMax: 1 },
        { ...b, speculates: false },
        { ...b, selected: false },
      ]
      for (const one of never) expect(decide({ mode: 'run', items: [a, one], seats: seats(null) }, 0)).toEqual([])
      expect(decide({ mode: 'drain', items: [a, b], seats: seats(null) }, 0)).toEqual([])
    })
  })

  it('sleeps until the first wait is over, also beside what it starts', () => {
    const rate = (tool: string, endedAt: number): Partial<Item> => ({
      tools: [tool],
      tries: [{ number: 1, tool, outcome: { kind: 'rate', code: 'E208', message: '' }, endedAt }],
    })
    const items = [item('a', rate('aider', 5_000)), item('b', rate('codex', 1_000))]
    const wait = (workstream: string, tool: string, until: number): Wait => {
      return { workstream, attempt: 1, tool, until, why: 'rate' }
    }
    const sleep = { do: 'sleep', until: 31_000, waits: [wait('a', 'aider', 35_000), wait('b', 'codex', 31_000)] }
    expect(decide({ mode: 'run', items, seats: seats(null) }, 0)).toEqual([sleep])
    expect(decide({ mode: 'run', items: [...items, item('c', { tools: ['claude'] })], seats: seats(null) }, 0)).toEqual(
      [{ do: 'start', workstream: 'c', agent: 1, tool: 'claude', attempt: 1, speculatesOn: [] }, sleep],
    )
    expect(starts(decide({ mode: 'run', items, seats: seats(null) }, 30_999))).toEqual([])
    expect(starts(decide({ mode: 'run', items, seats: seats(null) }, 31_000))).toEqual(['b@1'])
  })

  it('ends when nothing can happen any more', () => {
    const failure = { code: 'E602', message: '' } as const
    const end = [{ do: 'end' }]
    const at = (...items: Item[]): Action[] => decide({ mode: 'run', items, seats: seats(null) }, 0)
    expect(at()).toEqual(end)
    expect(at(item('a', { state: LANDED }))).toEqual(end)
    expect(at(item('a', { state: { state: 'failed', failure } }), item('b', { dependsOn: ['a'] }))).toEqual(end)
    expect(at(item('a', { state: { state: 'held' } }))).toEqual(end)
    expect(at(item('a', { selected: false }))).toEqual(end)
    expect(at(item('a', { state: { state: 'waiting', for: 'manual', attempt: 1, since: 0 } }))).toEqual(end)
  })

  it('waits for what is in flight, drained or not', () => {
    const states: WorkstreamState[] = [
      { state: 'running', attempt: 1, agent: 1, startedAt: 0 },
      { state: 'checking', attempt: 1, work: COMMIT },
      { state: 'queued', attempt: 1, work: COMMIT, queuedAt: 0 },
      { state: 'landing', attempt: 1, work: COMMIT, queuedAt: 0, landing: 'r-1' },
    ]
    for (const state of states) {
      expect(isInFlight(state)).toBe(true)
      for (const mode of ['run', 'drain'] as const)
        expect(decide({ mode, items: [item('a', { state })], seats: seats(null) }, 0)).toEqual([])
    }
  })

  it('drains: starts, asks and fails nothing, and ends when nothing is in flight', () => {
    const items = [item('a'), item('b', { tools: [MANUAL] }), item('c', { tools: [] })]
    expect(decide({ mode: 'drain', items, seats: seats(null) }, 0)).toEqual([{ do: 'end' }])
  })
})

const STATES: WorkstreamState[] = [
  { state: 'open' },
  { state: 'open' },
  LANDED,
  { state: 'held' },
  { state: 'cancelled' },
  { state: 'discarded', satisfied: true },
  { state: 'discarded', satisfied: false },
  { state: 'queued', attempt: 1, work: COMMIT, queuedAt: 0 },
]

describe('every decision', () => {
  it('keeps the rules: one workstream a seat, dependencies first, only what was selected, the same again', () => {
    fc.assert(
      fc.property(
        plans(STATES),
        fc.array(fc.constantFrom(null, 'core', 'web', 'x'), { maxLength: 5 }),
        (items, tracks) => {
          const places = seats(...tracks).map((seat) => (seat.track === 'x' ? { ...seat, workstream: 'other' } : seat))
          const actions = decideSoundly({ mode: 'run', items, seats: places }, 0)
          decideSoundly({ mode: 'drain', items, seats: places }, 0)
          // No free seat stays empty, whoever yields, and nobody who is left behind is more urgent than one who was started.
          const views = viewsOf(items, (id) => items.find((one) => one.id === id)!.state)
          const could = items.filter(
            (one) =>
              one.selected && views.get(one.id)!.name === 'ready' && one.tools.length > 0 && one.tools[0] !== MANUAL,
          )
          const started = actions.flatMap((action) =>
            action.do === 'start' && action.speculatesOn.length === 0 ? [action.workstream] : [],
          )
          const free = places.filter(({ workstream }) => workstream === null).length
          expect(started).toHaveLength(Math.min(could.length, free))
          const yields = ({ yieldsTo }: Item): boolean =>
            items.some((one) => {
              const isReady = one.selected && views.get(one.id)!.name === 'ready'
              return yieldsTo.includes(one.id) && (isReady || isInFlight(one.state))
            })
          const rank = (one: Item): number => one.priority * 1000 + one.tail - (yields(one) ? 1_000_000 : 0)
          const left = could.filter(({ id }) => !started.includes(id)).map(rank)
          const worst = Math.min(...could.filter(({ id }) => started.includes(id)).map(rank))
          expect(Math.max(...left, Number.NEGATIVE_INFINITY)).toBeLessThanOrEqual(
            started.length === 0 ? Number.POSITIVE_INFINITY : worst,
          )
        },
      ),
      { numRuns: 300 },
    )
  })
})
