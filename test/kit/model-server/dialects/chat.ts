/** OpenAI's Chat Completions: Aider, OpenCode, Qwen Code and Copilot with a provider of one's own. */
import { allText, at, listAt, textAt, type Json } from '../body.ts'
import { argumentsText, halves, USAGE, type Answer, type Ask, type Dialect, type Frame } from '../dialect.ts'
import { openaiFailure } from './openai-failure.ts'

const USED = {
  prompt_tokens: USAGE.tokensIn,
  completion_tokens: USAGE.tokensOut,
  total_tokens: USAGE.tokensIn + USAGE.tokensOut,
}

export const chat: Dialect = {
  id: 'chat',
  read(path, body) {
    if (!path.endsWith('/chat/completions')) return null
    const messages = listAt(body, 'messages')
    return {
      model: textAt(body, 'model'),
      isStream: at(body, 'stream') === true,
      offers: listAt(body, 'tools').map((tool) => ({
        name: textAt(tool, 'function', 'name'),
        schema: at(tool, 'function', 'parameters'),
      })),
      results: messages.filter((message) => at(message, 'role') === 'tool').length,
      text: allText(messages),
      wanted: at(body, 'response_format', 'json_schema', 'schema'),
    }
  },
  whole(id, { model }, answer) {
    const message: { [key: string]: Json } = { role: 'assistant', content: answer.text }
    if (answer.call !== null) message['tool_calls'] = [toolCall(id, answer.call.name, argumentsText(answer.call))]
    const choice = { index: 0, message, finish_reason: finish(answer) }
    return { id, object: 'chat.completion', created: now(), model, choices: [choice], usage: USED }
  },
  frames(id, { model }: Ask, answer) {
    const base = { id, object: 'chat.completion.chunk', created: now(), model }
    const chunk = (delta: Json, reason: string | null = null): Frame => ({
      data: { ...base, choices: [{ index: 0, delta, finish_reason: reason }] },
    })
    const frames = [chunk({ role: 'assistant', content: '' })]
    frames.push(...halves(answer.text).map((content) => chunk({ content })))
    if (answer.call !== null) {
      frames.push(chunk({ tool_calls: [{ index: 0, ...toolCall(id, answer.call.name, '') }] }))
      for (const part of halves(argumentsText(answer.call))) {
        frames.push(chunk({ tool_calls: [{ index: 0, function: { arguments: part } }] }))
      }
    }
    frames.push(chunk({}, finish(answer)), { data: { ...base, choices: [], usage: USED } }, { data: '[DONE]' })
    return frames
  },
  failure: openaiFailure,
}

function toolCall(id: string, name: string, args: string): { [key: string]: Json } {
  return { id: `call_${id}`, type: 'function', function: { name, arguments: args } }
}

function finish({ call }: Answer): string {
  return call === null ? 'stop' : 'tool_calls'
}

/** Seconds since 1970, as the dialect has them. */
function now(): number {
  return Math.floor(Date.now() / 1000)
}
