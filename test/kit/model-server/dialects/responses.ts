/** OpenAI's Responses: Codex, and Copilot when told so. */
import { allText, at, listAt, textAt, type Json } from '../body.ts'
import { argumentsText, halves, USAGE, type Answer, type Dialect, type Frame } from '../dialect.ts'
import { openaiFailure } from './openai-failure.ts'

const USED = {
  input_tokens: USAGE.tokensIn,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: USAGE.tokensOut,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: USAGE.tokensIn + USAGE.tokensOut,
}

export const responses: Dialect = {
  id: 'responses',
  read(path, body) {
    if (!path.endsWith('/responses')) return null
    const input = listAt(body, 'input')
    return {
      model: textAt(body, 'model'),
      isStream: at(body, 'stream') === true,
      offers: listAt(body, 'tools').flatMap((tool) => {
        const [type, name] = [textAt(tool, 'type'), textAt(tool, 'name')]
        if (type === 'function') return [{ name, schema: at(tool, 'parameters') }]
        return type === 'custom' ? [{ name, schema: null }] : []
      }),
      results: input.filter((item) => textAt(item, 'type').endsWith('_call_output')).length,
      text: [textAt(body, 'instructions'), allText(at(body, 'input'))].join('\n'),
      wanted: at(body, 'text', 'format', 'schema'),
    }
  },
  whole: (id, { model }, answer) => response(id, model, 'completed', itemsOf(id, answer)),
  frames(id, { model }, answer) {
    const frames: Frame[] = []
    const send = (type: string, data: { [key: string]: Json }): void => {
      frames.push({ event: type, data: { type, sequence_number: frames.length, ...data } })
    }
    send('response.created', { response: response(id, model, 'in_progress', []) })
    const items = itemsOf(id, answer)
    for (const [index, item] of items.entries()) {
      const place = { output_index: index, item_id: textAt(item, 'id') }
      send('response.output_item.added', { output_index: index, item: begun(item) })
      if (textAt(item, 'type') === 'message') {
        const part = { ...place, content_index: 0 }
        send('response.content_part.added', { ...part, part: { type: 'output_text', text: '', annotations: [] } })
        for (const delta of halves(answer.text)) send('response.output_text.delta', { ...part, delta })
        send('response.output_text.done', { ...part, text: answer.text })
        send('response.content_part.done', { ...part, part: at(item, 'content', 0) })
      } else {
        const [kind, key] =
          textAt(item, 'type') === 'custom_tool_call'
            ? ['custom_tool_call_input', 'input']
            : ['function_call_arguments', 'arguments']
        for (const delta of halves(textAt(item, key))) send(`response.${kind}.delta`, { ...place, delta })
        send(`response.${kind}.done`, { ...place, [key]: textAt(item, key) })
      }
      send('response.output_item.done', { output_index: index, item })
    }
    send('response.completed', { response: response(id, model, 'completed', items) })
    return frames
  },
  failure: openaiFailure,
}

function response(id: string, model: string, status: string, output: Json[]): Json {
  const usage = status === 'completed' ? USED : null
  const created = Math.floor(Date.now() / 1000)
  return { id: `resp_${id}`, object: 'response', created_at: created, status, model, output, usage, error: null }
}

function itemsOf(id: string, { text, call }: Answer): Json[] {
  const items: Json[] = []
  if (text !== '') {
    const content = { type: 'output_text', text, annotations: [] }
    items.push({ type: 'message', id: `msg_${id}`, status: 'completed', role: 'assistant', content: [content] })
  }
  if (call !== null) {
    const base = { id: `item_${id}`, call_id: `call_${id}`, name: call.name, status: 'completed' }
    items.push(
      typeof call.args === 'string'
        ? { type: 'custom_tool_call', ...base, input: call.args }
        : { type: 'function_call', ...base, arguments: argumentsText(call) },
    )
  }
  return items
}

/** An item as it is announced: what comes in pieces is still missing. */
function begun(item: Json): Json {
  const empty: { [key: string]: Json } = { ...(item as { [key: string]: Json }), status: 'in_progress' }
  if ('content' in empty) empty['content'] = []
  for (const key of ['input', 'arguments']) if (key in empty) empty[key] = ''
  return empty
}
