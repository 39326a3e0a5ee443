import { describe, expect, it } from 'vitest'
import type { OutcomeKind } from '../../src/model/attempt.ts'
import { agentOutcome } from '../../src/tools/agent-outcome.ts'
import { hear, NOTHING_HEARD } from '../../src/tools/heard.ts'
import type { ToolEvent } from '../../src/tools/tool.ts'
import { type Trouble, troubleOutcome } from '../../src/tools/trouble.ts'

const SAID: ToolEvent = { type: 'said', text: 'I wrote it.' }
const WELL: ToolEvent = { type: 'ended', well: true }
const failed = (more: Partial<Trouble>): ToolEvent => ({
  type: 'failed',
  trouble: { kind: null, status: null, message: '', ...more },
})

function end(events: ToolEvent[], more: Partial<Parameters<typeof agentOutcome>[0]> = {}) {
  const heard = events.reduce(hear, NOTHING_HEARD)
  const exit = { code: 0, signal: null }
  return agentOutcome({ exit, tail: '', hasDifference: true, heard, endsByExit: false, ...more })
}

describe('the end of an agent', () => {
  it('is good when it says so and there is a difference, whatever its exit code', () => {
    expect(end([SAID, WELL])).toMatchObject({ kind: 'ok', code: null })
    expect(end([SAID, WELL], { exit: { code: 1, signal: null } }).kind).toBe('ok')
    expect(end([SAID, WELL], { hasDifference: false }).kind).toBe('no-change')
  })

  it('is not good because of an exit code: interrupted agents end with 0 too', () => {
    expect(end([SAID])).toMatchObject({ kind: 'crash', message: 'stopped in the middle (exit 0)' })
    expect(end([], { hasDifference: false })).toMatchObject({ kind: 'protocol', code: 'E204' })
    expect(end([SAID], { exit: { code: null, signal: 'SIGSEGV' } }).kind).toBe('crash')
  })

  it('is told by the exit code where that is all there is', () => {
    expect(end([SAID], { endsByExit: true }).kind).toBe('ok')
    expect(end([SAID], { endsByExit: true, exit: { code: 1, signal: null } }).kind).toBe('crash')
  })

  it('is the trouble that nothing has come after', () => {
    expect(end([SAID, failed({ status: 429 })], { exit: { code: 1, signal: null } }).kind).toBe('rate')
    expect(end([failed({ status: 429 }), SAID, WELL]).kind).toBe('ok')
    expect(end([failed({ status: 429 }), WELL]).kind).toBe('ok')
  })

  it('keeps what an earlier word knew of the same trouble', () => {
    const outcome = end([failed({ status: 429, retryAfterMs: 7_000 }), failed({ message: 'gave up' })])
    expect(outcome).toEqual({ kind: 'rate', code: 'E208', message: 'rate limit: gave up', retryAfterMs: 7_000 })
  })

  it('names a missing permission and a refusal, when nothing was changed', () => {
    const denied: ToolEvent = { type: 'denied', what: 'Write' }
    expect(end([denied, WELL], { hasDifference: false })).toMatchObject({ kind: 'denied', code: 'E204' })
    expect(end([denied, WELL]).kind).toBe('ok')
    const sorry: ToolEvent = { type: 'said', text: 'I’m unable to help with this request.' }
    expect(end([sorry, WELL], { hasDifference: false })).toMatchObject({ kind: 'refusal', code: 'E204' })
  })

  it('is missing when there was nothing to start', () => {
    const tail = 'setsid: failed to execute claude: not found'
    expect(end([], { exit: { code: 127, signal: null }, tail })).toMatchObject({ kind: 'missing', code: 'E106' })
  })
})

describe('a trouble', () => {
  it.each<[number | null, string, OutcomeKind]>([
    [401, 'no', 'auth'],
    [403, 'not allowed for your organisation', 'auth'],
    [402, 'Your credit balance is too low', 'quota'],
    [429, 'You exceeded your current quota (insufficient_quota)', 'quota'],
    [429, 'slow down', 'rate'],
    [404, 'model: nope', 'model'],
    [400, 'The model `x` does not exist', 'model'],
    [400, 'prompt is too long: 250000 tokens > 200000 maximum', 'overflow'],
    [null, "Codex ran out of room in the model's context window.", 'overflow'],
    [413, 'too large', 'overflow'],
    [503, 'unavailable', 'overloaded'],
    [529, 'Overloaded', 'overloaded'],
    [500, 'internal', 'overloaded'],
    [400, 'tools.0.input_schema: field required', 'protocol'],
    [null, 'connect ECONNREFUSED 127.0.0.1:9', 'network'],
    [null, 'stream disconnected before completion', 'network'],
    [null, 'something else', 'crash'],
  ])('%s %j is %s', (status, message, kind) => {
    expect(troubleOutcome({ kind: null, status, message }).kind).toBe(kind)
  })

  it('is told in one short line', () => {
    const { message } = troubleOutcome({ kind: 'rate', status: null, message: `a\nb ${'x'.repeat(500)}` })
    expect(message).toMatch(/^rate limit: a b x+…$/)
    expect(message.length).toBeLessThan(230)
  })
})

describe('usage', () => {
  const used = (of: 'step' | 'all', tokensIn: number, costUsd: number | null = null): ToolEvent => ({
    type: 'used',
    of,
    usage: { tokensIn, tokensCached: 1, tokensOut: 2, costUsd },
  })
  const usageOf = (events: ToolEvent[]) => events.reduce(hear, NOTHING_HEARD).usage

  it('is the sum of the steps, until the whole is told', () => {
    const steps = [used('step', 10), used('step', 20, 0.5)]
    expect(usageOf(steps)).toEqual({ tokensIn: 30, tokensCached: 2, tokensOut: 4, costUsd: 0.5 })
    expect(usageOf([...steps, used('all', 99)])).toMatchObject({ tokensIn: 99, costUsd: null })
    expect(usageOf([used('all', 99), used('step', 1)])).toMatchObject({ tokensIn: 99 })
    expect(usageOf([SAID])).toBeNull()
  })
})
