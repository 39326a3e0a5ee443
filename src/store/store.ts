/**
 * The store's contract: everything that outlives the process, behind one way to write.
 *
 * `record` takes a whole change (states, attempts, landings, events ...) and applies it in one transaction, so an
 * event can never disagree with the state that it tells of. There is one writer of states, the coordinator that holds
 * the repository's lock; any process may add requests. `test/store/contract.ts` is the suite that every
 * implementation must pass.
 */
import type { Attempt } from '../model/attempt.ts'
import type { Event, NewEvent } from '../model/event.ts'
import type { CheckResult, Conflict, Fix, Landing, PredictedConflict } from '../model/landing.ts'
import type { Request, Run } from '../model/run.ts'
import type { WorkstreamState } from '../model/state.ts'
import type { Vitals } from '../model/vitals.ts'
import type { Workstream } from '../model/workstream.ts'

/** What a person's `retry` left for the next attempt, and where the counting of tries begins. */
export interface Restart {
  /** Tries up to this number no longer count. */
  after: number
  tool: string | null
  note: string | null
  fresh: boolean
}

export interface WorkstreamRow {
  run: string
  id: string
  position: number
  definition: Workstream
  state: WorkstreamState
  restart: Restart
}

export const NO_RESTART: Restart = { after: 0, tool: null, note: null, fresh: false }

/** A verdict of the gate on a tree: the same tree under the same gate is not asked twice. */
export interface Verdict {
  tree: string
  gate: string
  results: CheckResult[]
}

export interface Change {
  /** The run that the change belongs to. */
  run: string
  at: number
  /** Inserted, or replaced as a whole. */
  runs?: Run[]
  workstreams?: WorkstreamRow[]
  attempts?: Attempt[]
  landings?: Landing[]
  conflicts?: Conflict[]
  /** Conflicts that are settled: workstream ids. */
  settledConflicts?: string[]
  /** All that are predicted now: they replace those before. */
  predictions?: PredictedConflict[]
  /** Each replaces what is there of the same attempt (or of the machine). */
  vitals?: Vitals[]
  fixes?: Fix[]
  verdicts?: Verdict[]
  requests?: Request[]
  events?: NewEvent[]
}

export interface Store {
  /** Applies the change in one durable transaction; gives the events as stored, in order. */
  record(change: Change): Promise<Event[]>
  /** The newest run, of one target or of any. */
  latestRun(target?: string): Promise<Run | null>
  /** Newest first, at most `limit`. */
  recentRuns(limit: number): Promise<Run[]>
  /** In plan order. */
  workstreams(run: string): Promise<WorkstreamRow[]>
  /** Of one run, oldest first. */
  attempts(run: string): Promise<Attempt[]>
  /** The highest attempt number of every workstream, over all runs. */
  lastAttemptNumbers(): Promise<Map<string, number>>
  landings(run: string): Promise<Landing[]>
  /** Over all runs: by the value of the trailer. */
  landing(id: string): Promise<Landing | null>
  conflicts(run: string): Promise<Conflict[]>
  predictions(run: string): Promise<PredictedConflict[]>
  /** Of all attempts; that of the machine first. */
  vitals(run: string): Promise<Vitals[]>
  fixes(run: string): Promise<Fix[]>
  verdict(tree: string, gate: string): Promise<Verdict | null>
  /** Requests not yet applied, oldest first. */
  openRequests(): Promise<Request[]>
  request(id: string): Promise<Request | null>
  /** What was asked for last, whatever became of it. */
  newestRequest(): Promise<Request | null>
  /** Events of a run after `seq`, oldest first, at most `limit` (default 1000). */
  events(run: string, after?: number, limit?: number): Promise<Event[]>
  /**
   * Of all events of a run those that say when it was at work, oldest first: where it began, went on and ended, and after
   * every start the last sign of work. What it takes grows with the starts, not with the events.
   */
  turningPoints(run: string): Promise<Event[]>
  close(): Promise<void>
}
