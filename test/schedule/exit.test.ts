import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../../src/model/failure.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import { exitOf, needsHuman, type Standing } from '../../src/schedule/exit.ts'
import { COMMIT, LANDED } from './world.ts'

const failure = { code: 'E402', message: '' } as const
const UNPUBLISHED: WorkstreamState = { ...LANDED, published: false } as WorkstreamState

const of = (state: WorkstreamState, view: Standing['view'] = state.state): Standing => ({
  state,
  view,
})
const landed = of(LANDED)
const failed = of({ state: 'failed', failure })
const blocked = of({ state: 'open' }, 'blocked')
const skipped = of({ state: 'discarded', satisfied: false })
const cancelled = of({ state: 'cancelled' })
const PEOPLE = [
  of({ state: 'conflict', attempt: 1, work: COMMIT, failure, since: 0 }),
  of({ state: 'waiting', for: 'manual', attempt: 1, since: 0 }),
  of({ state: 'waiting', for: 'approval', attempt: 1, work: COMMIT, rule: 'gate>=3', since: 0 }),
  of({ state: 'held' }),
  of({ state: 'reverted', landing: 'r-1' }),
  of(UNPUBLISHED),
]

describe('the exit code of a run', () => {
  it.each([
    ['nothing to do', [], EXIT.ok],
    ['all landed', [landed, landed], EXIT.ok],
    ['landed, given up or cancelled', [landed, skipped, cancelled], EXIT.ok],
    ['some landed, some failed', [landed, failed], EXIT.partial],
    ['some landed, some blocked by what was given up', [landed, skipped, blocked], EXIT.partial],
    ['all failed', [failed], EXIT.failed],
    ['failed and blocked', [failed, blocked], EXIT.failed],
  ] as const)('%s', (_name, standings, exit) => {
    expect(exitOf(standings)).toBe(exit)
  })

  it.each(PEOPLE.map((one) => [one.state.state, one] as const))(
    '%s needs a human: 3 before 4 before 1',
    (_name, one) => {
      expect(needsHuman(one)).toBe(true)
      for (const others of [[], [landed], [landed, failed], [failed, blocked]])
        expect(exitOf([...others, one])).toBe(EXIT.needsHuman)
    },
  )

  it('does not depend on the order', () => {
    const any = fc.constantFrom(landed, failed, blocked, skipped, cancelled, ...PEOPLE)
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), (standings) => {
        expect(exitOf(standings.toReversed())).toBe(exitOf(standings))
        expect(exitOf(standings) === EXIT.needsHuman).toBe(standings.some(needsHuman))
      }),
    )
  })
})
