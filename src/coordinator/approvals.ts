/**
 * A person's answer to finished work that waits: yes puts it into the queue, with who agreed on record; no opens the
 * workstream again, and the reason is in the brief of the next attempt.
 */
import type { Outcome } from '../model/attempt.ts'
import type { Approval } from '../model/receipt.ts'
import type { Review } from '../model/run.ts'
import type { WorkstreamState } from '../model/state.ts'
import { oneLine } from '../observe/neutralise.ts'
import { type Answer, done, refused } from './answer.ts'
import { queued } from './enqueue.ts'
import type { Ledger } from './ledger.ts'

const COMMENT_LINE_MAX = 300

type Waiting = Extract<WorkstreamState, { for: 'approval' }>

export async function approve(ledger: Ledger, id: string, review: Review): Promise<Answer> {
  const state = asked(ledger, id, review)
  if (typeof state === 'string') return refused(state)
  const attempt = ledger.attempt(id, state.attempt)
  const now = ledger.now()
  const { by, comment } = review
  const approval: Approval = { by, at: now, comment }
  const approved = { ...attempt, work: state.work, approvals: [...(attempt.approvals ?? []), approval] }
  const to: WorkstreamState = { state: 'queued', attempt: state.attempt, work: state.work, queuedAt: now }
  await ledger.move(id, to, `approved by ${by}`, { attempts: [approved], events: [queued(approved)] })
  return done(`${id}: ${state.work.slice(0, 10)} is approved, and queued for landing`)
}

export async function reject(ledger: Ledger, id: string, review: Review): Promise<Answer> {
  const state = asked(ledger, id, review)
  if (typeof state === 'string') return refused(state)
  const outcome = declined(review)
  const attempts = [{ ...ledger.attempt(id, state.attempt), outcome }]
  await ledger.move(id, { state: 'open' }, outcome.message, { attempts })
  return done(`${id}: ${state.work.slice(0, 10)} is declined; the next attempt is told why, and the work is kept`)
}

/** The state that the review is about, or why there is none. */
function asked(ledger: Ledger, id: string, { works }: Review): Waiting | string {
  const state = ledger.state(id)
  if (state.state !== 'waiting') return `${id} is ${state.state}: it does not wait for approval`
  if (state.for === 'manual') return `${id} waits for work, not for approval: \`sluice submit ${id}\``
  if (works[id] !== state.work) return `${id} has other work by now: look again with \`sluice approve ${id} --show\``
  return state
}

/** In one line, and whole as evidence where a line does not hold it. */
function declined({ by, comment }: Review): Outcome {
  const said = comment === null ? '' : oneLine(comment, COMMENT_LINE_MAX)
  const message = `declined by ${by}${said === '' ? '' : `: ${said}`}`
  const evidence = comment === null || said === comment.trim() ? {} : { evidence: comment.trim() }
  return { kind: 'declined', code: 'E603', message, ...evidence }
}
