/**
 * What went wrong between a tool and its model, and what that means for us. Services say it by an HTTP status, a type and a
 * sentence, of which any may be missing; this is the one place that makes an outcome of them.
 */
import type { Outcome, OutcomeKind } from '../model/attempt.ts'
import type { Code } from '../model/failure.ts'
import { isRefusal, signatureIn } from './signatures.ts'

export interface Trouble {
  /** What the tool itself calls it, when that leaves no doubt; else null. */
  kind: OutcomeKind | null
  /** Of HTTP, or null. */
  status: number | null
  message: string
  /** Missing: nobody said. */
  retryAfterMs?: number
}

/** Of a sentence that a tool prints. */
const MESSAGE_CHARACTERS_MAX = 200

const MEANING: Partial<Record<OutcomeKind, { code: Code; words: string }>> = {
  auth: { code: 'E107', words: 'the service does not accept the credentials' },
  quota: { code: 'E208', words: 'the quota is used up' },
  rate: { code: 'E208', words: 'rate limit' },
  overloaded: { code: 'E208', words: 'the model service is overloaded' },
  model: { code: 'E106', words: 'the service does not have the model' },
  network: { code: 'E303', words: 'the network does not answer' },
  denied: { code: 'E204', words: 'it was not allowed to' },
  overflow: { code: 'E204', words: 'more than the model can read' },
  protocol: { code: 'E204', words: "the model's answers had no form" },
  refusal: { code: 'E204', words: 'declined to do it' },
}

/** An outcome for the trouble that a tool could not get over. */
export function troubleOutcome(trouble: Trouble): Outcome {
  const kind = trouble.kind ?? kindOf(trouble)
  const { code, words } = MEANING[kind] ?? { code: 'E201', words: 'its model failed' }
  const said = trouble.message.replaceAll(/\s+/g, ' ').trim()
  const shown = said.length > MESSAGE_CHARACTERS_MAX ? `${said.slice(0, MESSAGE_CHARACTERS_MAX)}…` : said
  const { retryAfterMs } = trouble
  const after = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { kind, code, message: shown === '' ? words : `${words}: ${shown}`, ...after }
}

/** Words first where a status has two meanings: a used-up quota is a 429 or a 403, a full context a plain 400. */
function kindOf({ status, message }: Trouble): OutcomeKind {
  if (OVERFLOW.test(message)) return 'overflow'
  if (status === 402 || QUOTA.test(message)) return 'quota'
  if (UNKNOWN_MODEL.test(message)) return 'model'
  switch (status) {
    case 401:
    case 403:
      return 'auth'
    case 404:
      return 'model'
    case 413:
      return 'overflow'
    case 429:
      return 'rate'
    case 400:
    case 422:
      return signatureIn(message)?.kind ?? 'protocol'
    default:
      if (status !== null && (status >= 500 || status === 408)) return 'overloaded'
  }
  if (isRefusal(message)) return 'refusal'
  if (FORMLESS.test(message)) return 'protocol'
  return signatureIn(message)?.kind ?? (CONNECTION.test(message) ? 'network' : 'crash')
}

const OVERFLOW =
  /context[_ ](length|window)|prompt is too long|too many tokens|token limit|maximum (context|number of tokens)|token count .{0,40}exceeds|input is too long/i

const QUOTA =
  /insufficient_quota|billing|credit balance|exceeded your (current )?quota|quota[_ ](exceeded|exhausted)|exhausted your (daily )?quota|insufficient[_ ]balance/i

const UNKNOWN_MODEL =
  /model[_ ]not[_ ]found|\bmodels\/\S+ is not found|\bmodel\b.{0,60}\b(does not exist|not found|is not supported|may not exist)|unknown model/i

/** Something answered, and it was no model: a portal that wants a login, for instance. */
const FORMLESS =
  /(empty|malformed|invalid|non-SSE) response|no response was returned|incomplete json|failed to finalize chat/i

const CONNECTION =
  /connection (error|refused|reset|closed)|(failed to|unable to|could not) connect|connection was closed|fetch failed|error sending request|stream disconnected|socket hang up|timed? ?out/i
