/** Conflict statistics from history: what counts as a try, and what the rates are of. */
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/model/failure.ts'
import type { Landing } from '../../src/model/landing.ts'
import { conflictStatistics } from '../../src/observe/conflict-statistics.ts'
import { sampleAttempt, sampleLanding } from '../store/sample.ts'

const inConflict = (...paths: string[]): Failure => ({ code: 'E402', message: 'conflict', details: { paths } })
const red: Failure = { code: 'E501', message: 'red' }

function landing(workstream: string, attempt: number, fields: Partial<Landing> = {}): Landing {
  return sampleLanding(workstream, { id: `${workstream}.${attempt}`, attempt, ...fields })
}

const history = {
  landings: [
    landing('a', 1),
    landing('b', 1, { stage: 'refused', failure: inConflict('x', 'y') }),
    landing('b', 2, { stage: 'refused', failure: red }),
    landing('b', 3),
    landing('c', 1, { conflicted: ['x'] }),
    landing('d', 1, { stage: 'refused', failure: null }),
    landing('e', 1, { stage: 'gated' }),
  ],
  attempts: [
    sampleAttempt('a', 1, { changed: ['x', 'z'] }),
    sampleAttempt('b', 1, { changed: ['x', 'y'] }),
    sampleAttempt('b', 3, { changed: ['x', 'y'] }),
    sampleAttempt('c', 1, { changed: ['x', 'z'] }),
  ],
}

describe('conflict statistics', () => {
  it('count tries that came to an end, by workstream, the worst first', () => {
    expect(conflictStatistics(history).workstreams).toEqual([
      { id: 'c', attempts: 1, conflicts: 1, rate: 1 },
      { id: 'b', attempts: 3, conflicts: 1, rate: 1 / 3 },
      { id: 'a', attempts: 1, conflicts: 0, rate: 0 },
    ])
  })

  it('name the paths that conflicted, also where the conflict was settled on the way', () => {
    expect(conflictStatistics(history).paths).toEqual([
      { path: 'x', landings: 3, conflicts: 2, rate: 2 / 4 },
      { path: 'y', landings: 1, conflicts: 1, rate: 1 / 2 },
    ])
  })

  it('of nothing are nothing', () => {
    expect(conflictStatistics({ landings: [], attempts: [] })).toEqual({ workstreams: [], paths: [] })
  })
})
