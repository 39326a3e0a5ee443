/** Going round in circles: the circuit breakers of C12 and E207, over histories of tries. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutcomeKind } from '../../src/model/attempt.ts'
import { type Breaker, openBreaker } from '../../src/schedule/breaker.ts'
import { nextTry, type Try } from '../../src/schedule/fallback.ts'

const DEFAULT: Breaker = { errorRepeatsMax: null, oscillationsMax: null }

const one = (number: number, fields: Partial<Try> & { kind?: OutcomeKind }): Try => {
  const { kind = 'red', ...rest } = fields
  return { number, tool: 'aider', outcome: { kind, code: null, message: 'npm test failed' }, endedAt: 0, ...rest }
}

/** Tries that left these digests; `-` left nothing. */
const left = (digests: string, kind: OutcomeKind = 'red'): Try[] =>
  digests.split('').map((digest, i) => one(i + 1, { kind, digest: digest === '-' ? null : digest }))

/** Tries that ended with these errors; `-` with none that is known. */
const failed = (signatures: string): Try[] =>
  signatures
    .split('')
    .map((signature, i) => one(i + 1, { kind: 'crash', signature: signature === '-' ? null : signature }))

const code = (tries: readonly Try[], breaker: Partial<Breaker> = {}): string | undefined =>
  openBreaker('ws-7', tries, { ...DEFAULT, ...breaker })?.code

describe('work that goes back and forth (E207)', () => {
  it.each(['ABA', 'XABA', 'A-BA', 'AB-A'])('is %s', (digests) => {
    expect(code(left(digests))).toBe('E207')
  })

  it.each(['AB', 'ABC', 'AAA', 'AAB', 'ABB', 'ABCA', 'ABAC', '---'])('is not %s', (digests) => {
    expect(code(left(digests))).toBeUndefined()
  })

  it('names the attempts, and what the last one ended with', () => {
    expect(openBreaker('ws-7', left('XABA'), DEFAULT)).toEqual({
      code: 'E207',
      message:
        'it goes back and forth: attempt 4 left the same as attempt 2, and attempt 3 something else; the last one: npm test failed',
      fix: 'read `sluice logs ws-7`, then `sluice retry ws-7 --note "what to do differently"` (or --fresh)',
      details: { attempts: [2, 3, 4], returns: 1 },
    })
  })

  it('may return as often as circuit_breaker.oscillation_threshold says', () => {
    expect(code(left('ABA'), { oscillationsMax: 2 })).toBeUndefined()
    expect(code(left('ABAB'), { oscillationsMax: 2 })).toBe('E207')
    expect(code(left('ABACDC'), { oscillationsMax: 2 })).toBe('E207')
  })

  it('counts only what was spent: what was lost or stopped is no result', () => {
    const tries = left('ABA')
    expect(
      code([tries[0]!, { ...tries[1]!, outcome: { kind: 'lost', code: null, message: '' } }, tries[2]!]),
    ).toBeUndefined()
  })
})

describe('the same error again and again', () => {
  it('opens the breaker at the third in a row, whichever tool made it', () => {
    expect(code(failed('EE'))).toBeUndefined()
    expect(code(failed('EEE'))).toBe('E602')
    expect(code(failed('FEEE'))).toBe('E602')
    expect(code(failed('EEFE'))).toBeUndefined()
    expect(code(failed('---'))).toBeUndefined()
    expect(openBreaker('ws-7', failed('EEE'), DEFAULT)!.message).toBe('the same error 3 times in a row: E')
  })

  it('opens it at circuit_breaker.max_error_repeats', () => {
    expect(code(failed('EE'), { errorRepeatsMax: 2 })).toBe('E602')
    expect(code(failed('EEE'), { errorRepeatsMax: 4 })).toBeUndefined()
  })
})

describe('an open breaker', () => {
  it('ends the tries, though attempts and tools are left', () => {
    const policy = { workstream: 'ws-7', tools: ['aider', 'claude'], attemptsMax: 20, forced: null }
    expect(nextTry(left('ABA'), policy)).toMatchObject({ kind: 'exhausted', failure: { code: 'E207' } })
    expect(nextTry(left('ABA'), { ...policy, breaker: { ...DEFAULT, oscillationsMax: 2 } })).toMatchObject({
      kind: 'try',
    })
  })

  it('never opens on tries of which each left something new and ended in an error of its own', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ minLength: 1 })), (names) => {
        const tries = names.map((name, i) => one(i + 1, { digest: name, signature: name }))
        expect(openBreaker('ws-7', tries, DEFAULT)).toBeNull()
      }),
    )
  })
})
