import { describe, expect, it } from 'vitest'
import { isSpent, newestWork, type OutcomeKind } from '../../src/model/attempt.ts'
import { commitId, sampleAttempt } from '../store/sample.ts'

const SPENT =
  'no-change crash timeout hang waiting-for-input refusal out-of-scope rejected acceptance red declined'.split(' ')
const UNSPENT =
  'ok empty conflict missing auth quota rate overloaded network out-of-memory disk cancelled lost thrown-back'.split(
    ' ',
  )

describe('a try', () => {
  it.each(SPENT)('that ended with %s is spent', (kind) => expect(isSpent(kind as OutcomeKind)).toBe(true))
  it.each(UNSPENT)('that ended with %s is not', (kind) => expect(isSpent(kind as OutcomeKind)).toBe(false))
})

describe('the work to go on from', () => {
  it('is the newest, but not what was thrown back, nor what a fresh start leaves behind', () => {
    const outcome = { kind: 'thrown-back', code: null, message: '' } as const
    const attempts = [
      sampleAttempt('a', 1, { work: commitId('b') }),
      sampleAttempt('a', 2, { work: commitId('c'), outcome }),
      sampleAttempt('a', 3, { work: null }),
    ]
    expect(newestWork(attempts, { fresh: false, after: 0 })?.number).toBe(1)
    expect(newestWork(attempts, { fresh: true, after: 1 })).toBe(null)
  })
})
