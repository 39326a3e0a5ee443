/** How OpenAI's services, and those that speak like them, tell what went wrong. */
import type { Ask, HttpAnswer } from '../dialect.ts'
import type { Fault } from '../script.ts'

export function openaiFailure(fault: Fault, { model }: Ask): HttpAnswer | null {
  const wait = String(fault.retryAfterSeconds ?? 2)
  const error = (
    status: number,
    type: string,
    code: string | null,
    message: string,
    headers: Record<string, string> = {},
  ): HttpAnswer => ({ status, headers, body: { error: { message, type, param: null, code } } })
  switch (fault.kind) {
    case 'auth':
      return error(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided: sk-canary.')
    case 'quota':
      return error(
        429,
        'insufficient_quota',
        'insufficient_quota',
        'You exceeded your current quota, please check your plan and billing details.',
      )
    case 'payment':
      return error(402, 'insufficient_balance', 'insufficient_balance', 'Insufficient Balance')
    case 'model':
      return error(
        404,
        'invalid_request_error',
        'model_not_found',
        `The model \`${model}\` does not exist or you do not have access to it.`,
      )
    case 'rate':
      return error(
        429,
        'requests',
        'rate_limit_exceeded',
        `Rate limit reached for ${model}: Limit 3, Used 3, Requested 1. Please try again in ${wait}s.`,
        { 'retry-after': wait },
      )
    case 'unavailable':
      return error(503, 'server_error', null, 'The server is overloaded or not ready yet.')
    case 'overloaded':
      return error(529, 'server_error', 'overloaded', 'The engine is currently overloaded, please try again later.', {
        'retry-after': wait,
      })
    case 'overflow':
      return error(
        400,
        'invalid_request_error',
        'context_length_exceeded',
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 210000 tokens.",
      )
    default:
      return null
  }
}
