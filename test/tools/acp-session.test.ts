/** What agents tell while they work by ACP, each a little differently: as it came from Copilot, Gemini CLI, Qwen Code and opencode. */
import { join } from 'node:path'
import type { SessionUpdate } from '@agentclientprotocol/sdk/unstable'
import { describe, expect, it } from 'vitest'
import { SessionEvents } from '../../src/tools/acp/session-events.ts'
import { TurnUsage } from '../../src/tools/acp/usage.ts'

const HERE = join(process.cwd(), 'src/a.ts')

const chunk = (text: string, usage?: object): SessionUpdate => ({
  sessionUpdate: 'agent_message_chunk',
  content: { type: 'text', text },
  ...(usage === undefined ? {} : { _meta: { usage } }),
})

function begun(): SessionEvents {
  const events = new SessionEvents()
  events.begin()
  return events
}

describe('events of a session', () => {
  it('make one line of the pieces of a speech, and of words of its own beside it another', () => {
    const events = begun()
    const told = [chunk('I wr'), chunk('ote it.'), chunk('Info: trying again...'), chunk('Error: 401')].flatMap((one) =>
      events.update(one),
    )
    expect([...told, ...events.flush()]).toEqual([
      { type: 'said', text: 'I wrote it.' },
      { type: 'said', text: 'Info: trying again...' },
      { type: 'said', text: 'Error: 401' },
    ])
    expect(events.lastSaid).toBe('Error: 401')
  })

  it('do not wait for the end of a speech that has none', () => {
    const events = begun()
    const told = Array.from({ length: 100 }, () => chunk('x'.repeat(99))).flatMap((one) => events.update(one))
    expect(told).toHaveLength(2)
  })

  it('tell a call when it has its arguments, once, and what it has edited', () => {
    const events = begun()
    const call = { toolCallId: '1', locations: [{ path: HERE }] }
    const told = [
      { sessionUpdate: 'tool_call', toolCallId: '1', title: 'WriteFile', status: 'pending' },
      { sessionUpdate: 'tool_call_update', ...call, title: 'WriteFile: Writing to a.ts', status: 'in_progress' },
      {
        sessionUpdate: 'tool_call_update',
        toolCallId: '1',
        status: 'completed',
        content: [{ type: 'diff', path: HERE, newText: '' }],
      },
      // Where a person was asked first, the call itself is never told.
      { sessionUpdate: 'tool_call_update', toolCallId: '2', title: 'make', status: 'completed' },
    ] satisfies SessionUpdate[]
    expect(told.flatMap((one) => events.update(one))).toEqual([
      { type: 'called', name: 'WriteFile: Writing to a.ts', paths: ['src/a.ts'] },
      { type: 'edited', path: 'src/a.ts' },
      { type: 'called', name: 'make', paths: [] },
    ])
  })

  it('say nothing of what is told before the prompt: it was said to an earlier attempt', () => {
    const events = new SessionEvents()
    expect([...events.update(chunk('long ago')), ...events.flush()]).toEqual([])
  })

  it.each([
    ['as the script says make', { title: 'as the script says', rawInput: { command: 'make' } }],
    ['Writing to a.ts src/a.ts', { title: 'Writing to a.ts', locations: [{ path: HERE }] }],
    ['edit src/a.ts', { title: HERE, kind: 'edit', locations: [{ path: HERE }] }],
    ['use a tool', {}],
  ] as const)('put a question as: %s', (what, call) => {
    const { locations = [], ...rest } = { locations: undefined, ...call }
    expect(begun().describe({ toolCallId: '1', ...rest, locations: [...locations] })).toBe(what)
  })
})

describe('what a turn took', () => {
  const used = (end: object, ...updates: SessionUpdate[]): unknown => {
    const usage = new TurnUsage()
    usage.begin()
    for (const update of updates) usage.update(update)
    return usage.used({ stopReason: 'end_turn', ...end })[0]
  }
  const all = (tokensIn: number, tokensCached: number, tokensOut: number): object => ({
    type: 'used',
    of: 'all',
    usage: { tokensIn, tokensCached, tokensOut, costUsd: null },
  })

  it('is in the answer to the prompt, beside it, or in its pieces', () => {
    const counts = { totalTokens: 0, inputTokens: 100, cachedReadTokens: 50, outputTokens: 7 }
    expect(used({ usage: counts })).toEqual(all(150, 50, 7))
    expect(used({ _meta: { quota: { token_count: { input_tokens: 100, output_tokens: 7 } } } })).toEqual(all(100, 0, 7))
    expect(used({}, chunk('', counts), chunk('', counts))).toEqual(all(200, 100, 14))
    expect(used({})).toBeUndefined()
  })

  it('counts of the costs of a session only those of this turn', () => {
    const cost = (amount: number): SessionUpdate => {
      return { sessionUpdate: 'usage_update', used: 1, size: 2, cost: { amount, currency: 'USD' } }
    }
    const usage = new TurnUsage()
    usage.update(cost(2))
    usage.begin()
    usage.update(cost(2.5))
    expect(usage.used(null)).toMatchObject([{ usage: { tokensIn: 0, costUsd: 0.5 } }])
  })
})
