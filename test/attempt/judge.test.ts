import { describe, expect, it } from 'vitest'
import { type Evidence, judge } from '../../src/attempt/judge.ts'
import type { OutcomeKind } from '../../src/model/attempt.ts'
import { classifyExit } from '../../src/tools/classify.ts'

const EXIT_0 = { kind: 'exited', exit: { code: 0, signal: null } } as const
const EXIT_1 = { kind: 'exited', exit: { code: 1, signal: null } } as const
const REFUSED = { refused: 'a link that leads outside' }

function judged(fields: Partial<Evidence>): ReturnType<typeof judge> {
  const { tail = '' } = fields
  return judge({
    watched: EXIT_0,
    tail,
    difference: 'work',
    allowEmpty: false,
    limits: { timeoutMinutes: 30, idleMinutes: 10 },
    trouble: null,
    classify: (exit, hasDifference) => classifyExit(exit, tail, hasDifference, [0]),
    ...fields,
  })
}

describe('the judge', () => {
  it.each<[string, Partial<Evidence>, OutcomeKind, string | null]>([
    ['success with a difference', {}, 'ok', null],
    ['success without one', { difference: 'none' }, 'no-change', 'E205'],
    ['success without one, as allowed', { difference: 'none', allowEmpty: true }, 'empty', null],
    ['success that left refused work as it was', { difference: 'same' }, 'no-change', 'E205'],
    ['the same, though empty is allowed', { difference: 'same', allowEmpty: true }, 'no-change', 'E205'],
    ['success with work that cannot be accepted', { difference: REFUSED }, 'rejected', 'E204'],
    ['failure with a difference', { watched: EXIT_1 }, 'crash', 'E201'],
    ['failure, though empty is allowed', { watched: EXIT_1, difference: 'none', allowEmpty: true }, 'crash', 'E201'],
    ['failure with work that cannot be accepted', { watched: EXIT_1, difference: REFUSED }, 'crash', 'E201'],
    ['a signal', { watched: { kind: 'exited', exit: { code: null, signal: 'SIGSEGV' } } }, 'crash', 'E201'],
    ['out of time', { watched: { kind: 'timeout' } }, 'timeout', 'E203'],
    [
      'out of time without a difference',
      { watched: { kind: 'timeout' }, difference: 'none', allowEmpty: true },
      'timeout',
      'E203',
    ],
    ['silence', { watched: { kind: 'silent', ms: 600_000 } }, 'hang', 'E202'],
    [
      'silence after a question',
      { watched: { kind: 'silent', ms: 600_000 }, tail: 'Working\nOverwrite? [y/N] ' },
      'waiting-for-input',
      'E206',
    ],
    ['ended by a person', { watched: { kind: 'ended' } }, 'cancelled', null],
    ['an end that nobody saw', { watched: { kind: 'lost' } }, 'lost', 'E201'],
  ])('%s', (_name, fields, kind, code) => {
    expect(judged(fields)).toMatchObject({ kind, code })
  })

  it('keeps for how long a service asks to be left alone, whichever tool passes that on', () => {
    const tail = 'Error: too many requests, try again in 2m'
    expect(judged({ watched: EXIT_1, difference: 'none', tail })).toMatchObject({ kind: 'rate', retryAfterMs: 120_000 })
    const known = { kind: 'rate', code: 'E208', message: 'rate limit', retryAfterMs: 5000 } as const
    expect(judged({ watched: EXIT_1, tail, classify: () => known })).toMatchObject({ retryAfterMs: 5000 })
    expect(judged({ watched: EXIT_1, tail: 'try again in 2m' })).not.toHaveProperty('retryAfterMs')
  })

  it('does not believe what a tool says about itself', () => {
    const tail = 'All done! I have changed 14 files.'
    expect(judged({ difference: 'none', tail }).kind).toBe('no-change')
    expect(judged({ watched: { kind: 'timeout' }, tail }).kind).toBe('timeout')
  })

  it('names the limit that was reached', () => {
    expect(judged({ watched: { kind: 'timeout' } }).message).toBe('out of time after 30 minutes')
    expect(judged({ watched: { kind: 'timeout' }, limits: { timeoutMinutes: 1, idleMinutes: 1 } }).message).toBe(
      'out of time after 1 minute',
    )
    expect(judged({ watched: { kind: 'silent', ms: 600_000 } }).message).toBe(
      'no output, no CPU, no file change for 10 minutes',
    )
    expect(
      judged({ watched: { kind: 'silent', ms: 600_000 }, tail: 'x\n\u001b[1mOverwrite?\u001b[0m [y/N] ' }).message,
    ).toBe('it waited 10 minutes for an answer to: Overwrite? [y/N]')
  })

  it('keeps the end of the output as evidence of a failure, and of nothing else', () => {
    const tail = `${'x'.repeat(5000)}\nit broke\n`
    expect(judged({ watched: { kind: 'timeout' }, tail }).evidence).toMatch(/^x+\nit broke$/)
    expect(judged({ watched: { kind: 'timeout' }, tail }).evidence!.length).toBeLessThanOrEqual(2000)
    expect(judged({ tail })).not.toHaveProperty('evidence')
    expect(judged({ watched: { kind: 'timeout' } })).not.toHaveProperty('evidence')
  })
})
