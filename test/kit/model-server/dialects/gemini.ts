/** Google's generateContent: Gemini CLI. The model and whether it streams are told by the path. */
import { allText, at, listAt, textAt, type Json } from '../body.ts'
import { halves, USAGE, type Answer, type Ask, type Dialect, type HttpAnswer } from '../dialect.ts'
import type { Fault } from '../script.ts'

const PATH = /\/models\/([^/:]+):(generateContent|streamGenerateContent)/

const USED = {
  promptTokenCount: USAGE.tokensIn,
  candidatesTokenCount: USAGE.tokensOut,
  totalTokenCount: USAGE.tokensIn + USAGE.tokensOut,
}

export const gemini: Dialect = {
  id: 'gemini',
  read(path, body) {
    const [, model, verb] = PATH.exec(path) ?? []
    if (model === undefined) return null
    const config = at(body, 'generationConfig')
    const parts = listAt(body, 'contents').flatMap((content) => listAt(content, 'parts'))
    const declared = listAt(body, 'tools').flatMap((tool) => listAt(tool, 'functionDeclarations'))
    return {
      model,
      isStream: verb === 'streamGenerateContent',
      offers: declared.map((tool) => ({
        name: textAt(tool, 'name'),
        schema: at(tool, 'parametersJsonSchema') ?? at(tool, 'parameters'),
      })),
      results: parts.filter((part) => at(part, 'functionResponse') !== null).length,
      text: [allText(at(body, 'systemInstruction')), allText(at(body, 'contents'))].join('\n'),
      wanted: at(config, 'responseJsonSchema') ?? at(config, 'responseSchema'),
    }
  },
  whole: (id, ask, answer) => piece(id, ask, partsOf(answer, [answer.text]), finish(answer)),
  frames(id, ask, answer) {
    const texts = halves(answer.text).map((text) => ({ data: piece(id, ask, [{ text }], null) }))
    const calls = { ...answer, text: '' }
    const first = texts.length === 0 ? [{ data: piece(id, ask, [], null) }] : texts
    return [...first, { data: piece(id, ask, partsOf(calls, []), finish(answer)) }]
  },
  failure(fault, ask) {
    return googleFailure(fault, ask)
  },
}

function piece(id: string, { model }: Ask, parts: Json[], finishReason: string | null): Json {
  const candidate: { [key: string]: Json } = { content: { role: 'model', parts }, index: 0 }
  if (finishReason !== null) candidate['finishReason'] = finishReason
  return { candidates: [candidate], usageMetadata: USED, modelVersion: model, responseId: id }
}

function partsOf({ call }: Answer, texts: string[]): Json[] {
  const said: Json[] = texts.filter((text) => text !== '').map((text) => ({ text }))
  return call === null ? said : [...said, { functionCall: { name: call.name, args: call.args } }]
}

function finish({ isRefusal }: Answer): string {
  return isRefusal ? 'SAFETY' : 'STOP'
}

/** How Google tells what went wrong: the wait of a 429 is in its details, not in a header. */
function googleFailure(fault: Fault, { model }: Ask): HttpAnswer | null {
  const error = (code: number, status: string, message: string, details: Json[] = []): HttpAnswer => ({
    status: code,
    headers: {},
    body: { error: { code, message, status, details } },
  })
  const type = (name: string): string => `type.googleapis.com/google.rpc.${name}`
  const exceeded = (quotaId: string): Json => ({
    '@type': type('QuotaFailure'),
    violations: [{ quotaMetric: 'generativelanguage.googleapis.com/requests', quotaId }],
  })
  switch (fault.kind) {
    case 'auth':
      return error(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
        { '@type': type('ErrorInfo'), reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
      ])
    case 'quota':
      return error(
        429,
        'RESOURCE_EXHAUSTED',
        'You exceeded your current quota, please check your plan and billing details.',
        [exceeded('GenerateRequestsPerDayPerProjectPerModel')],
      )
    case 'payment':
      return error(402, 'FAILED_PRECONDITION', 'Billing is not enabled for this project.')
    case 'model':
      return error(404, 'NOT_FOUND', `models/${model} is not found for API version v1beta.`)
    case 'rate':
      return error(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', [
        exceeded('GenerateRequestsPerMinutePerProjectPerModel'),
        { '@type': type('RetryInfo'), retryDelay: `${fault.retryAfterSeconds ?? 2}s` },
      ])
    case 'unavailable':
    case 'overloaded':
      return error(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.')
    case 'overflow':
      return error(400, 'INVALID_ARGUMENT', 'The input token count (1210000) exceeds the maximum of 1048576.')
    default:
      return null
  }
}
