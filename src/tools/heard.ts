/** What is known of an attempt from the events that its tool has printed: a fold over them, bounded whatever it prints. */
import type { Question, Usage } from '../model/attempt.ts'
import type { ToolEvent } from './tool.ts'
import type { Trouble } from './trouble.ts'

/** Things that were not allowed: the first few say which setting is missing. */
const DENIED_MAX = 5

/** Of what it said last. */
const SAID_CHARACTERS_MAX = 4_000

export interface Heard {
  session: string | null
  /** The model that it says it works with. */
  model: string | null
  /** What it said last, without what it had said before. */
  said: string
  /** It has said or done something at all. */
  hasWorked: boolean
  /** The trouble that nothing has come after. */
  trouble: Trouble | null
  denied: readonly string[]
  /** What it wants to be allowed now, by a person; null: nothing. */
  asks: Question | null
  /** null: it has not said. */
  usage: Usage | null
  /** How it says that it ended; null: it has not. */
  ended: 'well' | 'badly' | null
  /** The usage is of the whole attempt, not a sum of steps so far. */
  isWholeUsage: boolean
}

export const NOTHING_HEARD: Heard = {
  session: null,
  model: null,
  said: '',
  hasWorked: false,
  trouble: null,
  denied: [],
  asks: null,
  usage: null,
  ended: null,
  isWholeUsage: false,
}

/** What is known after one more event. */
export function hear(heard: Heard, event: ToolEvent): Heard {
  switch (event.type) {
    case 'session':
      return { ...heard, session: event.id, model: event.model ?? heard.model }
    case 'said':
      return { ...heard, said: event.text.slice(-SAID_CHARACTERS_MAX), hasWorked: true, trouble: null }
    case 'called':
    case 'edited':
      return { ...heard, hasWorked: true, trouble: null }
    case 'used':
      if (event.of === 'all') return { ...heard, usage: event.usage, isWholeUsage: true }
      return heard.isWholeUsage ? heard : { ...heard, usage: addUsage(heard.usage, event.usage) }
    case 'asked':
      return { ...heard, asks: { id: event.id, what: event.what }, hasWorked: true, trouble: null }
    case 'answered':
      return { ...heard, asks: null }
    case 'denied':
      return heard.denied.length < DENIED_MAX ? { ...heard, denied: [...heard.denied, event.what] } : heard
    case 'failed': {
      // A later word about the same trouble may know less of it than the one before.
      const { retryAfterMs = heard.trouble?.retryAfterMs } = event.trouble
      const status = event.trouble.status ?? heard.trouble?.status ?? null
      return {
        ...heard,
        trouble: { ...event.trouble, status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
      }
    }
    case 'ended':
      return { ...heard, asks: null, ended: event.well ? 'well' : 'badly', trouble: event.well ? null : heard.trouble }
  }
}

/** The session that can be taken up again: where the model never answered there is none, and Gemini CLI refuses to go on. */
export function resumableSession({ session, hasWorked }: Heard): string | null {
  return hasWorked ? session : null
}

/** Both together; a cost counts as known where one of them knows it. */
export function addUsage(a: Usage | null, b: Usage): Usage {
  if (a === null) return b
  return {
    tokensIn: a.tokensIn + b.tokensIn,
    tokensCached: a.tokensCached + b.tokensCached,
    tokensOut: a.tokensOut + b.tokensOut,
    costUsd: a.costUsd === null && b.costUsd === null ? null : (a.costUsd ?? 0) + (b.costUsd ?? 0),
  }
}
