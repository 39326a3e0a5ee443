import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogErrors } from '../../src/attempt/log-errors.ts'
import { createRedactor } from '../../src/process/redact.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function log(): { print: (text: string) => void; errors: LogErrors } {
  const file = join(folder, 'out.log')
  return {
    print: (text) => appendFileSync(file, text),
    errors: new LogErrors(file, createRedactor(new Map([['a-long-secret', 'KEY']]))),
  }
}

describe('new errors in a log (W210)', () => {
  it('are told once per signature, whole lines only', () => {
    const { print, errors } = log()
    expect(errors.next()).toEqual([])
    print('all is well\nTypeError: no "a" in /x/1.ts:12\nTypeErr')
    expect(errors.next()).toEqual(['TypeError: no … in …'])
    expect(errors.next()).toEqual([])
    print('or: no "b" in /y/2.ts:99\n\u001b[31merror:\u001b[0m disk 7 is gone\n')
    expect(errors.next()).toEqual(['error: disk # is gone'])
  })

  it('name no secret', () => {
    const { print, errors } = log()
    print('error: a-long-secret is refused\n')
    expect(errors.next()).toEqual(['error: [redacted KEY] is refused'])
  })

  it.each([
    'npm ERR! code ELIFECYCLE',
    'Traceback (most recent call last):',
    'error[E0308]: mismatched types',
    'fatal: not a git repository',
    'ValueError: bad',
    'java.lang.IllegalStateException: bad',
  ])('are lines like %s', (line) => {
    const { print, errors } = log()
    print(`${line}\n`)
    expect(errors.next()).toHaveLength(1)
  })

  it.each([
    '31 passed, 0 failed',
    'I will look at the error handling next',
    'class ParseError extends Base {',
    'No errors found',
    '+ throw new TypeError(message)',
  ])('are not lines like %s', (line) => {
    const { print, errors } = log()
    print(`${line}\n`)
    expect(errors.next()).toEqual([])
  })

  it('are bounded: five kinds, and the newest of a flood', () => {
    const { print, errors } = log()
    print(`fatal: lost in the flood\n${'x'.repeat(300_000)}\n`)
    print(`${['one', 'two', 'three', 'four', 'five', 'six'].map((name) => `error: ${name}`).join('\n')}\n`)
    expect(errors.next()).toEqual(['error: one', 'error: two', 'error: three', 'error: four', 'error: five'])
    print('error: seven\n')
    expect(errors.next()).toEqual([])
  })
})
