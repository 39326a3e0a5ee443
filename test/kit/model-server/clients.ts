/** A client of each dialect, as plain as can be: what it asks with, and how it reads what it is told. */
import { at, listAt, textAt, type Json } from './body.ts'

const SCHEMA = {
  type: 'object',
  properties: {
    file_path: { type: 'string' },
    content: { type: 'string' },
    explanation: { type: 'string' },
    overwrite: { type: 'boolean' },
  },
  required: ['file_path', 'content', 'explanation'],
}
const SYSTEM = 'You are an agent.\nWorking directory: /repo/tree\n'

/** How a client of a dialect asks and what it reads: the same four questions to each. */
interface Client {
  path(isStream: boolean): string
  /** A request after `results` calls. */
  body(results: number, isStream: boolean): Json
  /** What was said and called, from a whole answer or from its events. */
  said(parts: Json[]): { text: string; call: string; args: Json }
}

const argsOf = (text: string): Json => (text === '' ? null : (JSON.parse(text) as Json))

export const CLIENTS: Readonly<Record<string, Client>> = {
  chat: {
    path: () => '/v1/chat/completions',
    body: (results, stream) => ({
      model: 'm',
      stream,
      messages: [
        { role: 'system', content: SYSTEM },
        ...Array.from({ length: results }, () => ({ role: 'tool', tool_call_id: 'x', content: 'ok' })),
      ],
      tools: [{ type: 'function', function: { name: 'write_file', parameters: SCHEMA } }],
    }),
    said(parts) {
      const turns = parts.flatMap((part) =>
        listAt(part, 'choices').map((choice) => at(choice, 'delta') ?? at(choice, 'message')),
      )
      const calls = turns.flatMap((turn) => listAt(turn, 'tool_calls'))
      return {
        text: turns.map((turn) => textAt(turn, 'content')).join(''),
        call: calls.map((call) => textAt(call, 'function', 'name')).join(''),
        args: argsOf(calls.map((call) => textAt(call, 'function', 'arguments')).join('')),
      }
    },
  },
  responses: {
    path: () => '/v1/responses',
    body: (results, stream) => ({
      model: 'm',
      stream,
      instructions: SYSTEM,
      input: Array.from({ length: results }, () => ({ type: 'function_call_output', call_id: 'x', output: 'ok' })),
      tools: [{ type: 'function', name: 'write_file', parameters: SCHEMA }],
    }),
    said(parts) {
      const last = parts.at(-1)
      const items = listAt(at(last, 'response') ?? last, 'output')
      const call = items.find((item) => at(item, 'type') === 'function_call')
      return {
        text: items.map((item) => textAt(item, 'content', 0, 'text')).join(''),
        call: textAt(call, 'name'),
        args: argsOf(textAt(call, 'arguments')),
      }
    },
  },
  messages: {
    path: () => '/v1/messages?beta=true',
    body: (results, stream) => ({
      model: 'm',
      stream,
      system: [{ type: 'text', text: SYSTEM }],
      messages: [
        { role: 'user', content: 'Do it' },
        { role: 'user', content: Array.from({ length: results }, () => ({ type: 'tool_result', tool_use_id: 'x' })) },
      ],
      tools: [{ name: 'write_file', input_schema: SCHEMA }],
    }),
    said(parts) {
      const blocks = [
        ...parts.flatMap((part) => listAt(part, 'content')),
        ...parts.map((part) => at(part, 'content_block')),
      ]
      const deltas = parts.map((part) => at(part, 'delta'))
      const call = blocks.find((block) => at(block, 'type') === 'tool_use')
      const json = deltas.map((delta) => textAt(delta, 'partial_json')).join('')
      return {
        text: [...blocks, ...deltas].map((part) => textAt(part, 'text')).join(''),
        call: textAt(call, 'name'),
        args: json === '' ? at(call, 'input') : argsOf(json),
      }
    },
  },
  gemini: {
    path: (isStream) => `/v1beta/models/m:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: (results) => ({
      systemInstruction: { parts: [{ text: SYSTEM }] },
      contents: [
        {
          role: 'user',
          parts: Array.from({ length: results }, () => ({ functionResponse: { name: 'x', response: {} } })),
        },
      ],
      tools: [{ functionDeclarations: [{ name: 'write_file', parametersJsonSchema: SCHEMA }] }],
    }),
    said(answers) {
      const parts = answers.flatMap((answer) => listAt(answer, 'candidates', 0, 'content', 'parts'))
      const call = parts.map((part) => at(part, 'functionCall')).find((found) => found !== null)
      return {
        text: parts.map((part) => textAt(part, 'text')).join(''),
        call: textAt(call, 'name'),
        args: at(call, 'args'),
      }
    },
  },
}

export interface Got {
  status: number
  headers: Headers
  text: string
}

export async function post(url: string, body: Json, headers: Record<string, string> = {}): Promise<Got> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

export function ask(client: Client, base: string, results = 0, isStream = false): Promise<Got> {
  return post(base + client.path(isStream), client.body(results, isStream))
}

/** The answer's parts: data of its events, or the one whole. */
export function partsOf({ text }: Got): Json[] {
  if (!text.includes('data: ')) return [JSON.parse(text) as Json]
  const data = [...text.matchAll(/^data: (.*)$/gm)].map(([, found]) => found!)
  return data.filter((found) => found !== '[DONE]').map((found) => JSON.parse(found) as Json)
}
