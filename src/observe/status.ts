/** `sluice.status/1`: what is happening, and what needs somebody. A rendering of the store; it decides nothing. */
import type { Attempt } from '../model/attempt.ts'
import type { Conflict, Landing, PredictedConflict } from '../model/landing.ts'
import type { Run } from '../model/run.ts'
import { viewsOf, type StateName, type View, type WorkstreamState } from '../model/state.ts'
import { type Spending, spendingOf } from '../schedule/budget.ts'
import { isInFlight } from '../schedule/decide.ts'
import { notYetLanded } from '../schedule/speculation.ts'
import type { WorkstreamRow } from '../store/store.ts'
import { countsOf, type Counts } from './counts.ts'
import { document } from './documents.ts'
import { pauseText } from './pause-text.ts'
import type { Pause } from '../model/pause.ts'
import type { TimeAtWork } from './time-at-work.ts'
import type { Alert, Vitals } from '../model/vitals.ts'
import { machineStatus, type MachineStatus, type Use, useOf } from './vitals-text.ts'
import { needsYouOf, type NeedsYou, type NeedsYouInput } from './needs-you.ts'

export interface StatusInput {
  /** null: nothing has run here yet. */
  run: Run | null
  /** In plan order. */
  rows: readonly WorkstreamRow[]
  attempts: readonly Attempt[]
  landings: readonly Landing[]
  conflicts: readonly Conflict[]
  predictions: readonly PredictedConflict[]
  vitals?: readonly Vitals[]
  /** See `needs-you.ts`. */
  unpushed?: NeedsYouInput['unpushed']
  /** See `needs-you.ts`. */
  pending: NeedsYouInput['pending']
  /** null: nothing has run here yet. */
  atWork: TimeAtWork | null
  /** A coordinator is alive: without one a run that has not ended was interrupted. */
  lockHeld: boolean
}

export interface StatusRun {
  id: string
  state: 'running' | 'interrupted' | 'ended'
  target: string
  base: string
  agents: number
  /** Milliseconds since the epoch, as every time in every document. */
  startedAt: number
  endedAt: number | null
  exit: number | null
  /** Why no new agent begins on this machine now; empty while one may. */
  waits: { code: string; message: string }[]
  /** What else keeps agents from beginning, or from a tool, as it was told last; `message` says it in words. */
  pauses: (Pause & { message: string })[]
}

export interface StatusRow {
  id: string
  title: string
  state: StateName
  attempt: number | null
  tool: string | null
  /** The seat that works on it now. */
  agent: number | null
  /** When this try began, while it runs. */
  since: number | null
  /** Where its work can be seen, once there is some. */
  branch: string | null
  failure: { code: string; message: string } | null
  /** What this attempt changed outside the scope, which does not land: kept in the file `patch`. */
  parked: { paths: string[]; patch: string } | null
  /** What somebody should look at in this attempt's work though it stops nothing. */
  warnings: { code: string; message: string }[]
  /** What all of its attempts have used of models; null: none has told. */
  spending: Spending | null
  landing: { id: string; commit: string; at: number; published: boolean } | null
  blockedBy: string[]
  /** Dependencies that it was begun on top of and that have not landed so far; when one does not, it is thrown back. */
  buildsOn: string[]
  /** What it uses while it runs, as of the last minute. */
  use: Use | null
  /** Thresholds that it is beyond now. */
  alerts: Alert[]
}

export interface StatusDocument {
  schema: 'sluice.status/1'
  run: StatusRun | null
  /** `makespanMs` is time at work, over all `starts`. */
  timings: { makespanMs: number; starts: number } | null
  /** What all attempts have used of models; null: none has told. */
  spending: Spending | null
  counts: Counts
  workstreams: StatusRow[]
  needsYou: NeedsYou[]
  /** Work in flight that would conflict if both landed as they are now. */
  predictedConflicts: PredictedConflict[]
  /** While a coordinator is at work and an agent has worked. */
  machine: MachineStatus | null
}

export function statusDocument({
  run,
  rows,
  attempts,
  landings,
  conflicts,
  predictions,
  vitals = [],
  unpushed = null,
  pending,
  atWork,
  lockHeld,
}: StatusInput): StatusDocument {
  const latest = latestAttempts(attempts)
  const withWork = new Set(attempts.filter(({ work }) => work !== null).map(({ workstream }) => workstream))
  const views = viewsOfRows(rows)
  const states = new Map(rows.map(({ id, state }) => [id, state]))
  const byLanding = new Map(landings.map((landing) => [landing.id, landing]))
  return document('status', {
    run: run === null ? null : statusRun(run, lockHeld),
    timings: atWork === null ? null : { makespanMs: atWork.ms, starts: atWork.starts },
    spending: spentBy(attempts),
    counts: countsOf([...views.values()].map(({ name }) => name)),
    workstreams: rows.map((row): StatusRow => {
      const attempt = latest.get(row.id)
      const { state } = row
      return {
        id: row.id,
        title: row.definition.title,
        state: views.get(row.id)!.name,
        attempt: attempt?.number ?? null,
        tool: attempt?.tool ?? null,
        agent: state.state === 'running' ? state.agent : null,
        since: state.state === 'running' ? state.startedAt : null,
        branch: withWork.has(row.id) ? `ws/${row.id}` : null,
        failure: 'failure' in state ? { code: state.failure.code, message: state.failure.message } : null,
        parked: attempt?.parked ?? null,
        spending: spentBy(attempts.filter(({ workstream }) => workstream === row.id)),
        warnings: (attempt?.warnings ?? []).map(({ code, message }) => ({ code, message })),
        landing: landingOf(row, byLanding),
        blockedBy: views.get(row.id)!.blockedBy,
        buildsOn: buildsOn(row, attempt, states),
        ...vitalsOf(row, vitals, lockHeld),
      }
    }),
    needsYou:
      run === null
        ? []
        : needsYouOf({
            target: run.target,
            question: run.question ?? null,
            overBudget: run.overBudget ?? null,
            rows,
            conflicts,
            latest,
            ended: latestAttempts(attempts.filter(({ outcome }) => outcome !== null)),
            pending,
            unpushed,
          }),
    predictedConflicts: [...predictions],
    machine: lockHeld ? machineStatus(vitals) : null,
  })
}

/** null where nothing was told: no tokens is not the same as no costs. */
export function spentBy(attempts: readonly Attempt[]): Spending | null {
  const spending = spendingOf(attempts)
  return spending.tokensIn + spending.tokensOut === 0 ? null : spending
}

/** Of what runs and is looked at. */
function vitalsOf(
  { id, state }: WorkstreamRow,
  vitals: readonly Vitals[],
  lockHeld: boolean,
): Pick<StatusRow, 'use' | 'alerts'> {
  const own = vitals.find(({ workstream, attempt }) => {
    return workstream === id && state.state === 'running' && state.attempt === attempt
  })
  return own === undefined || !lockHeld ? { use: null, alerts: [] } : { use: useOf(own), alerts: own.alerts }
}

/** Of what is on its way, by its newest attempt. */
export function buildsOn(
  { state }: Pick<WorkstreamRow, 'state'>,
  attempt: Attempt | undefined,
  states: ReadonlyMap<string, WorkstreamState>,
): string[] {
  const isOnItsWay = isInFlight(state) || state.state === 'waiting'
  return isOnItsWay && attempt !== undefined ? notYetLanded(attempt, (id) => states.get(id)) : []
}

/** What every row shows as. */
export function viewsOfRows(rows: readonly WorkstreamRow[]): Map<string, View> {
  const states = new Map(rows.map(({ id, state }) => [id, state]))
  const nodes = rows.map(({ id, definition }) => ({ id, dependsOn: definition.dependsOn }))
  return viewsOf(nodes, (id) => states.get(id)!)
}

/** The newest attempt of each workstream; numbers only grow. */
export function latestAttempts(attempts: readonly Attempt[]): Map<string, Attempt> {
  const latest = new Map<string, Attempt>()
  for (const attempt of attempts) {
    if (attempt.number > (latest.get(attempt.workstream)?.number ?? 0)) latest.set(attempt.workstream, attempt)
  }
  return latest
}

export function statusRun(run: Run, lockHeld: boolean): StatusRun {
  const { id, target, base, agents, startedAt, endedAt, exit } = run
  const state = run.state === 'running' && !lockHeld ? 'interrupted' : run.state
  const isAtWork = state === 'running'
  const waits = isAtWork ? (run.noRoom?.reasons ?? []).map(({ code, message }) => ({ code, message })) : []
  const pauses = isAtWork ? (run.pauses ?? []).map((pause) => ({ ...pause, message: pauseText(pause) })) : []
  return { id, state, target, base, agents, startedAt, endedAt, exit, waits, pauses }
}

/** From the state, which is what counts; the journal adds whether the checkout shows it by now. */
function landingOf({ state }: WorkstreamRow, byLanding: ReadonlyMap<string, Landing>): StatusRow['landing'] {
  if (state.state !== 'landed') return null
  const { landing, commit, at } = state
  return { id: landing, commit, at, published: state.published || (byLanding.get(landing)?.published ?? false) }
}
