/** What the scripted model answers to a request: the next step, or a few words where no work was asked for. */
import { callFor } from './call-for.ts'
import type { Answer, Ask } from './dialect.ts'
import { fill } from './schema.ts'
import { DECLINED, DONE, type Script } from './script.ts'
import { toldAsText, wantsEditsAsText } from './told-as-text.ts'

/**
 * Title, summary, routing and the like: a request that offers no tools (Aider's for edits aside) or wants JSON. Scripts
 * and faults are for the others.
 */
export function isUtility(ask: Ask): boolean {
  return ask.wanted !== null || (ask.offers.length === 0 && !wantsEditsAsText(ask))
}

export function utilityAnswer({ wanted }: Ask): Answer {
  return said(wanted === null ? 'A scripted task' : JSON.stringify(fill(wanted, {})))
}

/** Throws when the request offers nothing that can do the step. */
export function stepAnswer({ steps }: Script, ask: Ask): Answer {
  if (ask.offers.length === 0) return said(toldAsText(steps, ask))
  const step = steps[ask.results]
  if (step === undefined) return said(DONE)
  return step.do === 'say' ? said(step.text) : { text: '', call: callFor(step, ask), isRefusal: false }
}

export const REFUSED: Answer = { text: DECLINED, call: null, isRefusal: true }

export const NOTHING: Answer = { text: '', call: null, isRefusal: false }

function said(text: string): Answer {
  return { text, call: null, isRefusal: false }
}
