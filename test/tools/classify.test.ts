import { describe, expect, it } from 'vitest'
import { classifyExit } from '../../src/tools/classify.ts'
import { errorSignature, isQuestion, isRefusal, signatureIn } from '../../src/tools/signatures.ts'

const exit = (code: number) => ({ code, signal: null })

describe('classifyExit', () => {
  it('believes a difference and a good exit, whatever was printed', () => {
    expect(classifyExit(exit(0), 'Error: 429 too many requests', true, [0])).toMatchObject({ kind: 'ok', code: null })
  })

  it('looks at the last words when there is no difference, though the exit is 0', () => {
    const look = (tail: string) => classifyExit(exit(0), tail, false, [0])
    expect(look('litellm.AuthenticationError: no key')).toMatchObject({ kind: 'auth', code: 'E107' })
    expect(look(`I'm sorry, but I can't assist with that.`)).toMatchObject({ kind: 'refusal', code: 'E204' })
    expect(look('all is well')).toMatchObject({ kind: 'no-change', code: 'E205' })
  })

  it('tells a crash by code or signal', () => {
    expect(classifyExit(exit(2), '', true, [0])).toEqual({
      kind: 'crash',
      code: 'E201',
      message: 'ended with exit code 2',
    })
    expect(classifyExit({ code: null, signal: 'SIGKILL' }, '', true, [0]).message).toContain('SIGKILL, which nobody')
    expect(classifyExit({ code: null, signal: 'SIGSEGV' }, '', true, [0]).message).toBe('killed by SIGSEGV')
  })

  it('does not take an inner "not found" for a missing tool', () => {
    const inner = classifyExit(exit(127), 'sh: 1: jq: not found', false, [0])
    expect(inner).toMatchObject({ kind: 'crash', code: 'E201' })
    const outer = classifyExit(exit(127), 'setsid: failed to execute aid: No such file or directory', false, [0])
    expect(outer).toMatchObject({ kind: 'missing', message: 'cannot be started: aid: No such file or directory' })
  })

  it('names an out of memory that aborted Node', () => {
    const tail = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n'
    expect(classifyExit({ code: null, signal: 'SIGABRT' }, tail, true, [0])).toMatchObject({
      kind: 'out-of-memory',
      code: 'E301',
      message: 'out of memory (SIGABRT)',
    })
  })
})

describe('signatures', () => {
  it.each([
    ['Error: insufficient_quota (429 too many requests)', 'quota'],
    ['{"type":"rate_limit_error"}', 'rate'],
    ['HTTP 429 Too Many Requests', 'rate'],
    ['{"type":"overloaded_error"}', 'overloaded'],
    ['503 Service Unavailable', 'overloaded'],
    ['Incorrect API key provided: sk-x', 'auth'],
    ['HTTP 401 Unauthorized', 'auth'],
    ['connect ECONNREFUSED 127.0.0.1:9', 'network'],
    ['fatal: unable to access: Could not resolve host: example.invalid', 'network'],
    ['ENOSPC: no space left on device, write', 'disk'],
    ['MemoryError', 'out-of-memory'],
  ])('%s is %s', (line, kind) => {
    expect(signatureIn(`working\n${line}\n`)?.kind).toBe(kind)
  })

  it.each([
    'test 401 passed',
    'the user may exceed their quota',
    'added rate limiting to the API',
    '503 files read',
    '',
  ])('says nothing about: %s', (line) => {
    expect(signatureIn(line)).toBeNull()
  })

  it('looks at the end only', () => {
    expect(signatureIn(`too many requests\n${'later\n'.repeat(30)}`)).toBeNull()
  })

  it.each(['Apply? (Y)es/(N)o [Yes]: ', 'Overwrite? [y/N] ', 'Password: ', 'go on?\n', '\u001B[1mSure?\u001B[0m'])(
    'knows a question at the end: %j',
    (text) => {
      expect(isQuestion(text)).toBe(true)
    },
  )

  it.each(['compiling', 'why? because', 'done.\n', ''])('takes for no question: %j', (text) => {
    expect(isQuestion(text)).toBe(false)
  })

  it('knows a refusal', () => {
    expect(isRefusal('I’m unable to help with this request.')).toBe(true)
    expect(isRefusal('I cannot find the file, so I created it.')).toBe(false)
  })

  it('makes the same signature of the same error', () => {
    const one = errorSignature('12:01 start\nTypeError: cannot read "a" at /tmp/x/12/a.ts:14:3 after 17 ms\nbye')
    const two = errorSignature('12:09 start\nTypeError: cannot read "b" at /tmp/y/13/b.ts:15:9 after 9 ms\nbye')
    expect(one).toBe('TypeError: cannot read … at … after # ms')
    expect(two).toBe(one)
    expect(errorSignature('all is well')).toBeNull()
  })
})
