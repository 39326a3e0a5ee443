import { describe, expect, it } from 'vitest'
import { isSpent, type OutcomeKind } from '../../src/model/attempt.ts'

const SPENT =
  'no-change crash timeout hang waiting-for-input refusal out-of-scope rejected acceptance red declined'.split(' ')
const UNSPENT = 'ok empty conflict missing auth quota rate overloaded network out-of-memory disk cancelled lost'.split(
  ' ',
)

describe('a try', () => {
  it.each(SPENT)('that ended with %s is spent', (kind) => expect(isSpent(kind as OutcomeKind)).toBe(true))
  it.each(UNSPENT)('that ended with %s is not', (kind) => expect(isSpent(kind as OutcomeKind)).toBe(false))
})
