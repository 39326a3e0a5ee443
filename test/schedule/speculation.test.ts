/** What stands on work in the landing queue, or landed: as long as that very work can land or has, and no longer. */
import { describe, expect, it } from 'vitest'
import type { Attempt, Foundation } from '../../src/model/attempt.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import { lostFoundation, notYetLanded, thrownBack } from '../../src/schedule/speculation.ts'
import { landedAs as landed } from './world.ts'

const WORK = 'b'.repeat(40)
const OTHER = 'd'.repeat(40)
const failure = { code: 'E402', message: '' } as const

const on = (workstream: string): Foundation => ({ workstream, attempt: 2, work: WORK })
const queued = (work: string, attempt = 2): WorkstreamState => ({ state: 'queued', attempt, work, queuedAt: 0 })
const running = (attempt: number): WorkstreamState => ({ state: 'running', attempt, agent: 1, startedAt: 0 })

const HOLDS: WorkstreamState[] = [
  queued(WORK),
  { state: 'landing', attempt: 2, work: WORK, queuedAt: 0, landing: 'r-1' },
  landed(2),
]

const LOST: (WorkstreamState | undefined)[] = [
  undefined,
  { state: 'open' },
  running(3),
  { state: 'checking', attempt: 2, work: WORK },
  queued(OTHER, 3),
  { state: 'landing', attempt: 3, work: OTHER, queuedAt: 0, landing: 'r-1' },
  landed(3),
  { state: 'waiting', for: 'approval', attempt: 2, work: WORK, rule: 'x', since: 0 },
  { state: 'conflict', attempt: 2, work: WORK, failure, since: 0 },
  { state: 'failed', failure },
  { state: 'discarded', satisfied: true },
  { state: 'cancelled' },
  { state: 'held' },
  { state: 'reverted', landing: 'r-1' },
]

describe('a foundation', () => {
  it('holds while that very work waits to land, and once it has landed', () => {
    for (const state of HOLDS) expect(lostFoundation({ speculation: [on('a')] }, () => state)).toBe(null)
    expect(lostFoundation({}, () => undefined)).toBe(null)
  })

  it('is lost by anything else', () => {
    for (const state of LOST) expect(lostFoundation({ speculation: [on('a')] }, () => state)).toEqual(on('a'))
    const states: Record<string, WorkstreamState> = { a: landed(2), b: { state: 'open' } }
    expect(lostFoundation({ speculation: [on('a'), on('b')] }, (id) => states[id])).toEqual(on('b'))
  })

  it('is the same when it had landed at the start: it is lost when it is taken back, and has to be first when it lands again', () => {
    for (const state of HOLDS) expect(lostFoundation({ standsOn: [on('a')] }, () => state)).toBe(null)
    for (const state of LOST) expect(lostFoundation({ standsOn: [on('a')] }, () => state)).toEqual(on('a'))
    expect(notYetLanded({ standsOn: [on('a')] }, () => queued(WORK))).toEqual(['a'])
    expect(notYetLanded({ standsOn: [on('a')] }, () => landed(2))).toEqual([])
  })

  it('has to land first, until it has', () => {
    const states: Record<string, WorkstreamState> = { a: landed(2), b: queued(WORK) }
    expect(notYetLanded({ speculation: [on('a'), on('b')] }, (id) => states[id])).toEqual(['b'])
    expect(notYetLanded({}, () => undefined)).toEqual([])
  })
})

describe('what is thrown back', () => {
  const attemptOf = (id: string): Pick<Attempt, 'speculation'> | undefined =>
    ({ b: { speculation: [on('a')] }, c: {} })[id]
  const namesOf = (b: WorkstreamState, a: WorkstreamState): string[] =>
    thrownBack(
      [
        { id: 'a', state: a },
        { id: 'b', state: b },
        { id: 'c', state: running(1) },
        { id: 'x', state: queued(OTHER, 7) },
      ],
      attemptOf,
    ).map(({ workstream }) => workstream)

  it('is on its way, and has lost what it stands on', () => {
    const onItsWay: WorkstreamState[] = [
      running(1),
      { state: 'checking', attempt: 1, work: OTHER },
      queued(OTHER, 1),
      { state: 'waiting', for: 'approval', attempt: 1, work: OTHER, rule: 'x', since: 0 },
    ]
    for (const state of onItsWay) {
      expect(namesOf(state, { state: 'open' })).toEqual(['b'])
      for (const holds of HOLDS) expect(namesOf(state, holds)).toEqual([])
    }
  })

  it('is not what has come to an end, nor a landing, which is taken apart first', () => {
    const others: WorkstreamState[] = [
      { state: 'open' },
      { state: 'landing', attempt: 1, work: OTHER, queuedAt: 0, landing: 'r-2' },
      landed(1),
      { state: 'conflict', attempt: 1, work: OTHER, failure, since: 0 },
      { state: 'cancelled' },
    ]
    for (const state of others) expect(namesOf(state, { state: 'open' })).toEqual([])
  })
})
