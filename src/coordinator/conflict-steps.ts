/** The steps of a conflict on the ladder, as they are put on record: asked, settled, not settled, left to a person. */
import { conflictFailure } from '../landing/conflict.ts'
import type { NewEvent } from '../model/event.ts'
import type { Conflict, Ladder, LadderStep } from '../model/landing.ts'
import type { SettledBy, Tried } from '../model/rung.ts'
import type { WorkstreamState } from '../model/state.ts'
import type { Ledger, RunChange } from './ledger.ts'

/** A conflict with what older rows lack. */
export type Laddered = Conflict & { tried: Tried[]; ladder: Ladder }

/** The conflict of a workstream, with its ladder; null when there is none. */
export function laddered(ledger: Ledger, id: string): Laddered | null {
  const conflict = ledger.conflicts.get(id)
  if (conflict === undefined) return null
  const { tried = [], ladder = { round: 1, step: { at: 'human' }, by: [], start: null } } = conflict
  return { ...conflict, tried, ladder }
}

export function withStep<T extends Laddered>(conflict: T, step: LadderStep): T {
  return { ...conflict, ladder: { ...conflict.ladder, step } }
}

/** What is to be recorded with the state that a settled conflict leads to. */
export function settledChange(
  conflict: Laddered,
  work: string,
  by: SettledBy[],
): Required<Pick<RunChange, 'conflicts' | 'events'>> {
  const settled = withStep(conflict, { at: 'settled', work })
  return {
    conflicts: [{ ...settled, ladder: { ...settled.ladder, by, start: null } }],
    events: [told(conflict, { type: 'conflict.settled', work, by })],
  }
}

/** Gives the conflict to a tool: the workstream opens, and its next attempt is there to settle it. */
export async function askTool(
  ledger: Ledger,
  conflict: Laddered,
  asked: { rung: 'tool' | 'another-tool'; tool: string },
): Promise<void> {
  const { workstream: id } = conflict
  const row = ledger.row(id)
  const to: WorkstreamState = { state: 'open' }
  const why = `${asked.tool} is asked to settle its conflict`
  await ledger.record({
    // Its tries begin anew: what a conflict costs is not what the work has cost.
    workstreams: [
      {
        ...row,
        state: to,
        restart: { ...row.restart, after: ledger.nextNumber(id) - 1, tool: asked.tool, fresh: false },
      },
    ],
    conflicts: [withStep(conflict, { at: 'asked', ...asked })],
    events: [told(conflict, { type: 'workstream.state', from: row.state.state, to, why })],
  })
}

/** The tool that was asked has not settled it: back to where it stood, and up. */
export async function climbOn(ledger: Ledger, conflict: Laddered, tried: Tried, more: RunChange): Promise<void> {
  const { workstream: id, attempt, work, at } = conflict
  const failure = conflictFailure(conflict)
  await ledger.move(id, { state: 'conflict', attempt, work, failure, since: at }, failure.message, {
    ...more,
    conflicts: [withStep({ ...conflict, tried: [...conflict.tried, tried] }, { at: 'climbing' })],
    events: [...(more.events ?? []), told(conflict, { type: 'conflict.tried', tried })],
  })
}

/** No rung is left. */
export async function leaveToPerson(ledger: Ledger, conflict: Laddered): Promise<void> {
  const left = withStep(conflict, { at: 'human' })
  await ledger.record({ conflicts: [left], events: [told(conflict, { type: 'conflict.left', conflict: left })] })
}

export function told({ workstream, attempt }: Conflict, event: NewEvent): NewEvent {
  return { ...event, workstream, attempt }
}
