/** What the end of a landing means for its workstream: landed, refused, in conflict, or back to the queue. */
import { mergeBase } from '../git/ancestry.ts'
import { lastChange } from '../git/history.ts'
import type { ConflictMerge } from '../git/merge.ts'
import { conflictFailure, describeConflict } from '../landing/conflict.ts'
import { receiptOf } from '../landing/receipt.ts'
import { forget } from '../landing/resolve/rerere.ts'
import type { NewEvent } from '../model/event.ts'
import type { Failure } from '../model/failure.ts'
import type { CheckResult, ConflictFile, Landing } from '../model/landing.ts'
import type { WorkstreamRow } from '../store/store.ts'
import { type ConflictEnd, lessonsIn } from './conflict-end.ts'
import type { Context } from './context.ts'
import { redEvidence } from './gating.ts'
import { beginLadder } from './ladder.ts'
import type { Ledger } from './ledger.ts'
import { endOfTries } from './overcome.ts'

type Named = { workstream: string; attempt: number }

const named = ({ workstream, attempt }: Landing): Named => ({ workstream, attempt })

/** All at once that reach the target by one move. */
export async function landed({ ledger }: Context, landings: readonly Landing[]): Promise<void> {
  const rows: WorkstreamRow[] = []
  const events: NewEvent[] = []
  const done: Landing[] = []
  const ends: ConflictEnd[] = []
  for (const landing of landings) {
    const { id, workstream, attempt, commit, at, published } = landing
    if (commit === null || at === null) throw new Error(`landing ${id} is not on the target`)
    const row = ledger.row(workstream)
    done.push(withReceipt(ledger, { ...landing, commit, at }))
    ends.push(endOfTries(ledger, { ...landing, commit }))
    const to = { state: 'landed', attempt, landing: id, commit, at, published } as const
    rows.push({ ...row, state: to })
    events.push({ type: 'landing.moved', landing: id, commit, published, workstream, attempt })
    events.push({ type: 'workstream.state', from: row.state.state, to, why: null, workstream, attempt })
  }
  const fixes = ends.flatMap((end) => end.fixes)
  const settledConflicts = ends.flatMap((end) => end.settledConflicts)
  const repaired = ends.flatMap((end) => end.events)
  await ledger.record({ workstreams: rows, landings: done, settledConflicts, fixes, events: [...events, ...repaired] })
}

/** A landing that has reached the target, with its proof. */
export function withReceipt(ledger: Ledger, landing: Landing & { commit: string; at: number }): Landing {
  const attempt = ledger.attempt(landing.workstream, landing.attempt)
  return {
    ...landing,
    stage: 'done',
    receipt: receiptOf(landing, attempt, landing.tree ?? '', attempt.approvals ?? []),
  }
}

/** The gate was red on the merged tree, with nothing ahead that could be to blame: the next attempt has to do better. */
export async function refused(
  { ledger, repo }: Context,
  landing: Landing,
  results: readonly CheckResult[],
): Promise<void> {
  const { workstream: id, attempt } = landing
  // A red that was settled wrongly must not come again by itself.
  for (const lesson of lessonsIn(ledger.conflicts.get(id))) await forget(repo, lesson)
  const { message, evidence } = redEvidence(results)
  const failure: Failure = { code: 'E501', message: `the gate is red on the merged tree: ${message}` }
  const outcome = { kind: 'red', code: 'E501', message: failure.message, evidence } as const
  await ledger.move(id, { state: 'open' }, null, {
    landings: [{ ...landing, stage: 'refused', failure }],
    attempts: [{ ...ledger.attempt(id, attempt), outcome }],
    settledConflicts: ledger.conflicts.has(id) ? [id] : [],
    events: [{ type: 'landing.refused', landing: landing.id, failure, ...named(landing) }],
  })
}

/** It cannot be merged onto what has landed. `behind`: what it had stood back for, while that was only a candidate. */
export async function conflicted(
  context: Context,
  landing: Landing,
  onto: string,
  merge: ConflictMerge,
  behind: readonly string[],
): Promise<void> {
  const { ledger, repo } = context
  const { workstream: id, attempt, work } = landing
  const ref = `refs/sluice/wip/${id}/${attempt}`
  const about = { workstream: id, attempt, onto, work, ref, at: ledger.now() }
  const author = (path: string): Promise<ConflictFile['other']> => authorOf(context, path, onto, work)
  const found = await context.room.hold(() => describeConflict(repo, about, merge, author))
  const conflict = beginLadder(context, found, behind)
  const failure = conflictFailure(conflict)
  const paths = conflict.files.map(({ path }) => path)
  const outcome = { kind: 'conflict', code: 'E402', message: failure.message } as const
  await ledger.move(id, { state: 'conflict', attempt, work, failure, since: ledger.now() }, failure.message, {
    landings: [{ ...landing, onto, stage: 'refused', failure, conflicted: paths }],
    attempts: [{ ...ledger.attempt(id, attempt), outcome }],
    conflicts: [conflict],
    events: [
      { type: 'landing.refused', landing: landing.id, failure, ...named(landing) },
      { type: 'conflict.found', conflict, ...named(landing) },
    ],
  })
}

/** Back to the queue, with the landing kept to be built again, or given up for a later one (`refused`). */
export async function requeued(
  { ledger }: Context,
  landings: readonly Landing[],
  stage: 'intent' | 'refused',
  why: string,
  more: readonly NewEvent[] = [],
): Promise<void> {
  const rows: WorkstreamRow[] = []
  const events: NewEvent[] = [...more]
  for (const { workstream, attempt, work, queuedAt } of landings) {
    const row = ledger.row(workstream)
    const to = { state: 'queued', attempt, work, queuedAt } as const
    rows.push({ ...row, state: to })
    events.push({ type: 'workstream.state', from: row.state.state, to, why, workstream, attempt })
  }
  const nothing = { commit: null, tree: undefined, gatedAs: undefined, gate: [] }
  const records = landings.map((one): Landing => ({ ...one, ...nothing, stage }))
  await ledger.record({ workstreams: rows, landings: records, events })
}

/** Whose landing changed the path last on the target's side, since the work began; null for a person's commit. */
async function authorOf(
  { ledger, repo }: Context,
  path: string,
  onto: string,
  work: string,
): Promise<ConflictFile['other']> {
  const commit = await lastChange(repo, path, onto, await mergeBase(repo, onto, work))
  const landing = [...ledger.landings.values()].find((one) => one.commit === commit)
  if (commit === null || landing === undefined) return null
  return { workstream: landing.workstream, commit, at: landing.at ?? landing.date * 1000 }
}
