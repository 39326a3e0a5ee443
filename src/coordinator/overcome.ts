/**
 * Tries that failed and did not stop their workstream: when it lands after all, each is on record as a repair (S11), with
 * what was done about it and the landing as the proof.
 */
import type { NewEvent } from '../model/event.ts'
import type { Attempt } from '../model/attempt.ts'
import type { Fix, Landing } from '../model/landing.ts'
import { fewerText, seatsAfter } from '../schedule/fewer-agents.ts'
import { historyOf } from '../schedule/history.ts'
import { type ConflictEnd, endOfConflict } from './conflict-end.ts'
import type { Ledger } from './ledger.ts'
import { triesOf } from './tries.ts'

/** What is to be recorded with a landing: the end of its conflict, and the tries that it makes good. */
export function endOfTries(ledger: Ledger, landing: Landing & { commit: string }): ConflictEnd {
  const end = endOfConflict(ledger, landing)
  const { fixes, events } = overcome(ledger, landing)
  return { ...end, fixes: [...end.fixes, ...fixes], events: [...end.events, ...events] }
}

/** Nothing where the first try was good. */
function overcome(
  ledger: Ledger,
  { id, workstream, attempt, commit, gate }: Landing & { commit: string },
): { fixes: Fix[]; events: NewEvent[] } {
  const { attempts, landings, run, now } = ledger
  const own = attempts.get(workstream) ?? []
  // What came before an earlier landing was told with that one.
  const earlier = [...landings.values()].filter((one) => one.workstream === workstream && one.stage === 'done')
  const since = Math.max(0, ...earlier.map((one) => (one.id === id ? 0 : one.attempt)))
  const tries = own.filter(({ number }) => number > since && number < attempt)
  const told = tries.flatMap(({ outcome, number, tool }) => {
    const next = own.find((one) => one.number > number)
    // A conflict has a record of its own, and what a person stopped or declined was no failure of ours to repair.
    const isOurs = outcome !== null && outcome.kind !== 'conflict' && outcome.kind !== 'declined'
    if (!isOurs || outcome.code === null || next === undefined) return []
    return [
      {
        code: outcome.code,
        problem: `attempt ${number} by ${tool}: ${outcome.message}`,
        action: `${actionOf(next, tool)}${fewerBy(ledger, next)}`,
        proof: `${gate.length === 0 ? 'landed as' : 'the gate passed on'} ${commit}`,
      },
    ]
  })
  return {
    fixes: told.map((one) => ({ ...one, run: run.id, workstream, at: now() })),
    events: told.map((one) => ({ type: 'fix.recorded', ...one, workstream, attempt })),
  }
}

function actionOf({ number, tool }: Attempt, before: string): string {
  if (tool === 'manual') return `a person did it, as attempt ${number}`
  return tool === before ? `${tool} tried again, as attempt ${number}` : `${tool} took over, as attempt ${number}`
}

/** That fewer agents were at work when it began, where an end for lack of memory had come before. */
function fewerBy(ledger: Ledger, { startedAt }: Attempt): string {
  const { rows, run } = ledger
  const items = [...rows.values()].map(({ id, state }) => {
    return { id, state, tries: triesOf(ledger, id).filter(({ endedAt }) => endedAt <= startedAt) }
  })
  const text = fewerText(seatsAfter(historyOf(items).ends, run.agents, startedAt), run.agents)
  return text === null ? '' : `, with ${text}`
}
