/** What clients ask beside answers: which models there are, and how many tokens a text has. */
import type { Json } from './body.ts'

const MODEL = 'scripted'

/** The answer to a request that is not for a model's words; null when nothing is known under the path. */
export function sideDoor(method: string, path: string): Json | null {
  const [place = ''] = path.split('?')
  if (place.endsWith('/count_tokens')) return { input_tokens: 100 }
  if (place.endsWith(':countTokens')) return { totalTokens: 100 }
  if (method === 'GET' && place.endsWith('/models')) {
    const model = {
      id: MODEL,
      object: 'model',
      type: 'model',
      display_name: MODEL,
      created: 1_700_000_000,
      owned_by: MODEL,
    }
    return { object: 'list', data: [model], has_more: false, first_id: MODEL, last_id: MODEL }
  }
  return null
}
