/** The end of a conflict that was settled on the way: its work has landed, and the repair is on record with its proof. */
import type { NewEvent } from '../model/event.ts'
import type { Conflict, Fix, Landing } from '../model/landing.ts'
import { settledText } from '../observe/conflict-text.ts'
import type { Ledger } from './ledger.ts'

export interface ConflictEnd {
  settledConflicts: string[]
  fixes: Fix[]
  events: NewEvent[]
}

/** What is to be recorded with the landing of a workstream that was in conflict; nothing for any other one. */
export function endOfConflict(
  { conflicts, run, now }: Ledger,
  { workstream, attempt, commit, work, gate }: Landing & { commit: string },
): ConflictEnd {
  const conflict = conflicts.get(workstream)
  if (conflict === undefined) return { settledConflicts: [], fixes: [], events: [] }
  const { step, by } = conflict.ladder ?? { step: null, by: [] }
  // What was landed by another way was not repaired by us.
  if (step?.at !== 'settled' || step.work !== work) return { settledConflicts: [workstream], fixes: [], events: [] }
  const told = {
    code: 'E402',
    problem: `merge conflict in ${conflict.files.map(({ path }) => path).join(', ')}`,
    action: by.length === 0 ? 'merged again' : `settled by ${settledText(by)}`,
    proof: gate.length === 0 ? `landed as ${commit}; no gate is wanted` : `the gate passed on ${commit}`,
  }
  return {
    settledConflicts: [workstream],
    fixes: [{ ...told, run: run.id, workstream, at: now() }],
    events: [{ type: 'fix.recorded', ...told, workstream, attempt }],
  }
}

/** What was remembered and has settled a part of it: taken back when the gate finds it wrong. */
export function lessonsIn(conflict: Conflict | undefined): string[] {
  if (conflict?.ladder?.step.at !== 'settled') return []
  return conflict.ladder.by.flatMap((one) => (one.rung === 'rerere' ? [one.id] : []))
}
