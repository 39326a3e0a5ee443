/** What went wrong in a turn by ACP: the protocol has few words for it, so it is read off sentences. */
import { RequestError } from '@agentclientprotocol/sdk/unstable'
import { describe, expect, it } from 'vitest'
import { requestTrouble, stopTrouble } from '../../src/tools/acp/trouble.ts'
import { troubleOutcome } from '../../src/tools/trouble.ts'

describe('a request that is answered with an error', () => {
  it.each([
    ['auth', new RequestError(-32000, 'Authentication required')],
    ['auth', new RequestError(-32603, 'Internal error', { details: 'HTTP 401: bad key' })],
    ['rate', new RequestError(429, 'slow down', 'status code: 429')],
    ['overloaded', new RequestError(-32603, 'request failed', { code: 503 })],
    ['rate', new RequestError(429, 'Resource has been looked for too often')],
    ['network', new RequestError(500, 'fetch failed')],
    ['model', new RequestError(-32602, 'unknown model x')],
    ['network', new RequestError(-32603, 'connect ECONNREFUSED 127.0.0.1:9')],
    ['crash', new RequestError(-32603, 'Internal error')],
  ] as const)('is %s: %s', (kind, error) => {
    expect(troubleOutcome(requestTrouble(error)).kind).toBe(kind)
  })
})

describe('the end of a turn', () => {
  it('is a good one unless its last speech is an error of the service and nothing else', () => {
    expect(stopTrouble('end_turn', 'The handling of Error: 429 is in place.')).toBeNull()
    const said = 'Error: Authentication failed with provider at http://127.0.0.1:9/v1 (HTTP 401).'
    expect(troubleOutcome(stopTrouble('end_turn', said)!).kind).toBe('auth')
    expect(troubleOutcome(stopTrouble('end_turn', '[API Error: 429 Too Many Requests]')!).kind).toBe('rate')
  })

  it.each([
    ['refusal', 'refusal'],
    ['overflow', 'max_tokens'],
    ['protocol', 'max_turn_requests'],
  ] as const)('is %s by %s', (kind, reason) => {
    expect(troubleOutcome(stopTrouble(reason, 'I am sorry')!).kind).toBe(kind)
  })
})
