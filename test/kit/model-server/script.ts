/**
 * What a scripted model does: steps in neutral words, and what goes wrong on the way. A script knows nothing of
 * dialects nor of the tools of a client; the same one drives every agent.
 */

/** One answer of the model. Without a fitting tool in the request (Aider has none) all steps are told as text. */
export type Step =
  | { do: 'write'; path: string; text: string }
  /** `old` occurs once in the file. Some agents refuse to edit what they have not read: put a `read` before it. */
  | { do: 'edit'; path: string; old: string; new: string }
  | { do: 'read'; path: string }
  | { do: 'shell'; command: string }
  | { do: 'say'; text: string }

export const FAULT_KINDS = [
  /** 401 (Gemini: 400): the key is not valid. */
  'auth',
  /** The account has used what it may: 429 insufficient_quota, 400 credit balance, 429 per day. */
  'quota',
  /** 402, as resellers of models answer to an empty account. */
  'payment',
  /** 404: no such model. */
  'model',
  /** 429 with retry-after. */
  'rate',
  /** 503 and 529. */
  'unavailable',
  'overloaded',
  /** 400: the request is longer than the model's context. */
  'overflow',
  /** The connection is closed before an answer; for one that is refused use `closedPort`. */
  'reset',
  /** Nothing is ever answered. */
  'hang',
  /** Half of the answer, then silence. */
  'stall',
  /** Half of the answer, then the connection breaks. */
  'drop',
  /** A whole answer without content. */
  'empty',
  /** 200 and an HTML page, as a captive portal answers. */
  'garbage',
  /** The right answer in pieces, `pauseMs` apart. */
  'slow',
  /** The right answer, when the test lets it go: `release`. */
  'held',
  /** The model declines. */
  'refusal',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

export interface Fault {
  kind: FaultKind
  /** The step at which it happens, from 0; missing: at every step. */
  onStep?: number
  /** How many requests for steps go well before; 0 when missing. Aider's are all for the first step. */
  afterRequests?: number
  /** How often it happens, over all requests to the script; missing: always. */
  times?: number
  /** Of `rate` and `overloaded`; 2 when missing. */
  retryAfterSeconds?: number
  /** Of `slow`, between two pieces; 50 when missing. */
  pauseMs?: number
}

export interface Script {
  /** One for each request, in this order; after the last the model says that it is done. */
  steps: Step[]
  faults?: Fault[]
}

/** What the model says after its last step. */
export const DONE = 'Done: everything that was asked for is in place.'

/** How it declines. */
export const DECLINED = "I'm sorry, but I can't help with that."
