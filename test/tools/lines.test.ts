import { describe, expect, it } from 'vitest'
import { toolsOf } from '../../src/tools/registry.ts'
import type { ToolEvent } from '../../src/tools/tool.ts'
import { configOf } from './stage.ts'

/** What a tool of this name makes of the lines. */
function read(id: string, lines: readonly unknown[]): ToolEvent[] {
  const tool = toolsOf(configOf([], {})).get(id)
  if (tool?.kind !== 'process') throw new Error(`${id} is no process`)
  const parse = tool.parser!()
  return lines.flatMap((line) => parse(typeof line === 'string' ? line : JSON.stringify(line)))
}

const usage = (tokensIn: number, tokensCached: number, tokensOut: number, costUsd: number | null = null) => ({
  tokensIn,
  tokensCached,
  tokensOut,
  costUsd,
})

describe('the lines of claude', () => {
  it('count the tokens of a message once, and of the whole by the result', () => {
    const counts = { input_tokens: 100, cache_read_input_tokens: 20, cache_creation_input_tokens: 5, output_tokens: 1 }
    const part = (content: unknown) => ({ type: 'assistant', message: { id: 'm', content: [content], usage: counts } })
    expect(
      read('claude', [
        { type: 'system', subtype: 'init', session_id: 's1' },
        part({ type: 'text', text: 'I begin.' }),
        part({ type: 'tool_use', name: 'Write', input: { file_path: 'a.txt' } }),
        '[claude-code:unrecognized_model] {"model":"m"}',
        { type: 'result', subtype: 'success', is_error: false, session_id: 's1', total_cost_usd: 0.5, usage: counts },
      ]),
    ).toEqual([
      { type: 'session', id: 's1' },
      { type: 'said', text: 'I begin.' },
      { type: 'used', of: 'step', usage: usage(125, 20, 1) },
      { type: 'called', name: 'Write', paths: ['a.txt'] },
      { type: 'session', id: 's1' },
      { type: 'used', of: 'all', usage: usage(125, 20, 1, 0.5) },
      { type: 'ended', well: true },
    ])
  })

  it('do not take an error for something that the model said', () => {
    const error = { type: 'assistant', is_api_error_message: true, message: { content: [{ type: 'text', text: 'x' }] } }
    expect(read('claude', [error])).toEqual([])
    const result = { type: 'result', subtype: 'success', is_error: true, result: 'no', api_error_status: 401 }
    expect(read('claude', [{ ...result, api_error_type: 'authentication_error' }])).toContainEqual({
      type: 'failed',
      trouble: { kind: null, status: 401, message: 'no (authentication_error)' },
    })
  })

  it('tell how long the service wants to be left alone, and not how long claude waits by itself', () => {
    const retry = { type: 'system', subtype: 'api_retry', error_status: 429, error: 'rate_limit' }
    const trouble = { kind: null, status: 429, message: 'rate_limit' }
    expect(
      read('claude', [
        { ...retry, retry_delay_ms: 8_574 },
        { ...retry, retry_delay_ms: 600 },
      ]),
    ).toEqual([
      { type: 'failed', trouble: { ...trouble, retryAfterMs: 8_574 } },
      { type: 'failed', trouble },
    ])
  })

  it('name what was not allowed', () => {
    const result = { type: 'result', subtype: 'success', permission_denials: [{ tool_name: 'Bash' }] }
    expect(read('claude', [result])).toContainEqual({ type: 'denied', what: 'Bash' })
  })
})

describe('the lines of codex', () => {
  it('tell commands and edits, and take a warning for none of them', () => {
    const item = (fields: unknown) => ({ type: 'item.completed', item: fields })
    expect(
      read('codex', [
        { type: 'thread.started', thread_id: 't1' },
        item({ type: 'error', message: 'Model metadata not found' }),
        item({ type: 'command_execution', command: 'ls' }),
        item({ type: 'file_change', changes: [{ path: 'a.txt', kind: 'add' }] }),
        item({ type: 'agent_message', text: 'Done.' }),
        { type: 'turn.completed', usage: { input_tokens: 200, cached_input_tokens: 40, output_tokens: 18 } },
      ]),
    ).toEqual([
      { type: 'session', id: 't1' },
      { type: 'called', name: 'ls', paths: [] },
      { type: 'edited', path: 'a.txt' },
      { type: 'said', text: 'Done.' },
      { type: 'used', of: 'step', usage: usage(200, 40, 18) },
      { type: 'ended', well: true },
    ])
  })

  it('have the status in a sentence', () => {
    const message = 'exceeded retry limit, last status: 429 Too Many Requests'
    expect(read('codex', [{ type: 'turn.failed', error: { message } }])).toEqual([
      { type: 'failed', trouble: { kind: null, status: 429, message } },
      { type: 'ended', well: false },
    ])
  })
})

describe('the lines of copilot', () => {
  it('know the reason by the try that failed, for the last word does not', () => {
    const events = read('copilot', [
      { type: 'model.call_failure', data: { statusCode: 429, errorMessage: 'no', errorCode: 'insufficient_quota' } },
      { type: 'session.error', data: { errorType: 'rate_limit', message: 'gave up', statusCode: 429 } },
      { type: 'result', sessionId: 's1', exitCode: 1 },
    ])
    expect(events.slice(1)).toEqual([
      { type: 'failed', trouble: { kind: null, status: 429, message: 'gave up (insufficient_quota)' } },
      { type: 'session', id: 's1' },
      { type: 'ended', well: false },
    ])
  })

  it('tell what is said, used and edited', () => {
    const toolRequests = [{ name: 'create', arguments: { path: '/w/a.txt' } }]
    expect(
      read('copilot', [
        { type: 'assistant.message', data: { content: '', toolRequests } },
        { type: 'tool.execution_complete', data: { success: true, fileEdits: [{ path: '/w/a.txt' }] } },
        { type: 'assistant.message', data: { content: 'Done.', toolRequests: [] } },
      ]),
    ).toEqual([
      { type: 'called', name: 'create', paths: ['/w/a.txt'] },
      { type: 'edited', path: '/w/a.txt' },
      { type: 'said', text: 'Done.' },
    ])
  })
})

describe('the lines of gemini', () => {
  it('are put together from pieces', () => {
    const piece = (content: string) => ({ type: 'message', role: 'assistant', content, delta: true })
    const stats = { input_tokens: 200, output_tokens: 18, cached: 40 }
    expect(
      read('gemini', [
        { type: 'init', session_id: 's1' },
        { type: 'message', role: 'user', content: 'the brief' },
        piece('All '),
        piece('done.'),
        { type: 'tool_use', tool_name: 'write_file', parameters: { file_path: 'a.txt' } },
        { type: 'result', status: 'success', stats },
      ]),
    ).toEqual([
      { type: 'session', id: 's1' },
      { type: 'said', text: 'All done.' },
      { type: 'called', name: 'write_file', paths: ['a.txt'] },
      { type: 'used', of: 'all', usage: usage(200, 40, 18) },
      { type: 'ended', well: true },
    ])
  })

  it('have the status of a try on a line for people', () => {
    const line = 'Attempt 1 failed with status 503. Retrying with backoff... _ApiError: {}'
    expect(read('gemini', [line])).toEqual([{ type: 'failed', trouble: { kind: null, status: 503, message: line } }])
  })
})

describe('the lines of opencode', () => {
  it('count in steps, the cache on top, and a price of nothing as unknown', () => {
    const tokens = { input: 80, output: 9, reasoning: 1, cache: { write: 5, read: 20 } }
    expect(
      read('opencode', [
        { type: 'step_start', sessionID: 's1' },
        { type: 'tool_use', part: { tool: 'write', state: { status: 'completed', input: { filePath: '/w/a.txt' } } } },
        { type: 'step_finish', part: { reason: 'stop', tokens, cost: 0 } },
      ]),
    ).toEqual([
      { type: 'session', id: 's1' },
      { type: 'called', name: 'write', paths: ['/w/a.txt'] },
      { type: 'used', of: 'step', usage: usage(105, 20, 10) },
      { type: 'ended', well: true },
    ])
  })

  it('tell how long the service wants to be left alone', () => {
    const data = { message: 'slow down', statusCode: 429, responseHeaders: { 'retry-after': '7' }, responseBody: '' }
    expect(read('opencode', [{ type: 'error', sessionID: 's1', error: { name: 'APIError', data } }])).toContainEqual({
      type: 'failed',
      trouble: { kind: null, status: 429, message: 'slow down', retryAfterMs: 7_000 },
    })
  })
})

describe('the lines of qwen', () => {
  it('put what went wrong in the mouth of the model', () => {
    const text = '[API Error: 404 model: nope]'
    const message = { id: 'm', content: [{ type: 'text', text }], usage: { input_tokens: 0, output_tokens: 0 } }
    const failed = { type: 'failed', trouble: { kind: null, status: 404, message: text } }
    expect(read('qwen', [{ type: 'assistant', message }])).toContainEqual(failed)
    expect(read('qwen', [{ type: 'result', is_error: true, error: { message: text } }])).toContainEqual(failed)
  })

  it('count the cache as part of the input', () => {
    const counts = { input_tokens: 200, cache_read_input_tokens: 40, output_tokens: 18 }
    expect(read('qwen', [{ type: 'result', is_error: false, usage: counts }])).toEqual([
      { type: 'used', of: 'all', usage: usage(200, 40, 18) },
      { type: 'ended', well: true },
    ])
  })
})

describe('the lines of aider', () => {
  it('are prose, with the edits and the tokens in it', () => {
    expect(
      read('aider', [
        'Aider v0.86.2',
        'I change the greeting.',
        'Tokens: 1.2k sent, 600 cache hit, 34 received. Cost: $0.01 message, $0.02 session.',
        'Applied edit to src/a.ts',
      ]),
    ).toEqual([
      { type: 'said', text: 'I change the greeting.' },
      { type: 'used', of: 'step', usage: usage(1_200, 600, 34, 0.01) },
      { type: 'edited', path: 'src/a.ts' },
    ])
  })

  it('explain a trouble at length, which is no sign of having got over it', () => {
    const line = 'litellm.RateLimitError: RateLimitError: OpenAIException - slow down'
    const help = [
      'The API provider has rate limited you.',
      'Check https://example.org and wait.',
      'Retrying in 0.2 seconds...',
    ]
    expect(read('aider', [line, ...help])).toEqual([
      { type: 'failed', trouble: { kind: 'rate', status: null, message: line } },
    ])
  })

  it.each([
    ['litellm.AuthenticationError: OpenAIException - invalid key', 'auth'],
    ['litellm.RateLimitError: OpenAIException - You exceeded your current quota', 'quota'],
    ['litellm.APIConnectionError: OpenAIException - Connection error.', 'network'],
    ['litellm.NotFoundError: no such model', 'model'],
    ['Model openai/m has hit a token limit!', 'overflow'],
    ['The LLM did not conform to the edit format.', 'protocol'],
    ['Only 3 reflections allowed, stopping.', 'protocol'],
  ])('%s is %s', (line, kind) => {
    expect(read('aider', [line])).toEqual([{ type: 'failed', trouble: { kind, status: null, message: line } }])
  })
})
