/** Anthropic's Messages: Claude Code, and Copilot when told so. */
import { allText, at, listAt, textAt, type Json } from '../body.ts'
import {
  argumentsText,
  halves,
  USAGE,
  type Answer,
  type Ask,
  type Dialect,
  type Frame,
  type HttpAnswer,
} from '../dialect.ts'
import type { Fault } from '../script.ts'

export const messages: Dialect = {
  id: 'messages',
  read(path, body) {
    if (!/\/messages(\?|$)/.test(path)) return null
    const blocks = listAt(body, 'messages').flatMap((message) => listAt(message, 'content'))
    return {
      model: textAt(body, 'model'),
      isStream: at(body, 'stream') === true,
      offers: listAt(body, 'tools').map((tool) => ({ name: textAt(tool, 'name'), schema: at(tool, 'input_schema') })),
      results: blocks.filter((block) => at(block, 'type') === 'tool_result').length,
      text: [allText(at(body, 'system')), allText(at(body, 'messages'))].join('\n'),
      wanted: at(body, 'output_config', 'format', 'schema'),
    }
  },
  whole: (id, ask, answer) => message(id, ask, blocksOf(id, answer), stopReason(answer), USAGE.tokensOut),
  frames(id, ask, answer) {
    const frames: Frame[] = []
    const send = (type: string, data: { [key: string]: Json }): void => {
      frames.push({ event: type, data: { type, ...data } })
    }
    send('message_start', { message: message(id, ask, [], null, 1) })
    for (const [index, block] of blocksOf(id, answer).entries()) {
      const isText = at(block, 'type') === 'text'
      const empty = { ...(block as { [key: string]: Json }), ...(isText ? { text: '' } : { input: {} }) }
      send('content_block_start', { index, content_block: empty })
      for (const part of halves(isText ? answer.text : argumentsText(answer.call!))) {
        const delta: Json = isText
          ? { type: 'text_delta', text: part }
          : { type: 'input_json_delta', partial_json: part }
        send('content_block_delta', { index, delta })
      }
      send('content_block_stop', { index })
    }
    const delta = { stop_reason: stopReason(answer), stop_sequence: null }
    send('message_delta', { delta, usage: { output_tokens: USAGE.tokensOut } })
    send('message_stop', {})
    return frames
  },
  failure(fault, ask) {
    return anthropicFailure(fault, ask)
  },
}

function message(id: string, { model }: Ask, content: Json[], reason: string | null, tokensOut: number): Json {
  const usage = { input_tokens: USAGE.tokensIn, output_tokens: tokensOut }
  const role = 'assistant'
  return { id: `msg_${id}`, type: 'message', role, model, content, stop_reason: reason, stop_sequence: null, usage }
}

function blocksOf(id: string, { text, call }: Answer): Json[] {
  const blocks: Json[] = text === '' ? [] : [{ type: 'text', text }]
  if (call !== null) blocks.push({ type: 'tool_use', id: `toolu_${id}`, name: call.name, input: call.args })
  return blocks
}

function stopReason({ call, isRefusal }: Answer): string {
  if (isRefusal) return 'refusal'
  return call === null ? 'end_turn' : 'tool_use'
}

/** How Anthropic tells what went wrong. */
function anthropicFailure(fault: Fault, { model }: Ask): HttpAnswer | null {
  const wait = { 'retry-after': String(fault.retryAfterSeconds ?? 2) }
  const error = (status: number, type: string, text: string, headers: Record<string, string> = {}): HttpAnswer => ({
    status,
    headers: { ...headers, 'request-id': 'req_scripted' },
    body: { type: 'error', error: { type, message: text }, request_id: 'req_scripted' },
  })
  const balance = 'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.'
  switch (fault.kind) {
    case 'auth':
      return error(401, 'authentication_error', 'invalid x-api-key')
    case 'quota':
      return error(400, 'invalid_request_error', balance)
    case 'payment':
      return error(402, 'billing_error', balance)
    case 'model':
      return error(404, 'not_found_error', `model: ${model}`)
    case 'rate':
      return error(429, 'rate_limit_error', 'This request would exceed your rate limit of 50 requests a minute.', wait)
    case 'unavailable':
      return error(503, 'api_error', 'Service unavailable')
    case 'overloaded':
      return error(529, 'overloaded_error', 'Overloaded', wait)
    case 'overflow':
      return error(400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum')
    default:
      return null
  }
}
