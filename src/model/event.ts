/**
 * Everything that happens, as one union. A screen, a log file, a metric and a report are renderings of these and of
 * nothing else. An event is stored in the same transaction as the change that it tells of.
 */
import type { Outcome, OutcomeKind, Usage } from './attempt.ts'
import type { Failure } from './failure.ts'
import type { CheckResult, Conflict, PredictedConflict } from './landing.ts'
import type { Pause } from './pause.ts'
import type { RequestBody } from './run.ts'
import type { SettledBy, Tried } from './rung.ts'
import type { WorkstreamState } from './state.ts'
import type { Crossing } from './vitals.ts'

export type CheckKind = 'base' | 'setup' | 'acceptance' | 'gate' | 'after'

export type EventBody =
  | { type: 'run.started'; target: string; base: string; agents: number; workstreams: number }
  | { type: 'run.resumed'; target: string; tip: string; agents: number; landed: number; adopted: number }
  | { type: 'run.draining'; by: 'signal' | 'request' }
  /** `makespanMs`: time at work over all starts. `boundMs`: no schedule of the whole plan could be faster, as estimated. */
  | { type: 'run.ended'; exit: number; counts: Record<string, number>; makespanMs: number; boundMs: number }
  | { type: 'run.progress'; counts: Record<string, number>; etaMinutes: [number, number] | null; working: string[] }
  /** On a terminal: nothing is left but what a person has to do for these workstreams. */
  | { type: 'run.waiting'; for: string[] }
  /** We went away, and the tools of these workstreams go on. */
  | { type: 'run.detached'; working: string[] }
  | { type: 'workstream.state'; from: string; to: WorkstreamState; why: string | null }
  | { type: 'workstream.changed'; what: string }
  | {
      type: 'attempt.started'
      tool: string
      agent: number
      base: string
      resumes: string | null
      /** Dependencies whose work is in the base though it is still in the landing queue; missing where there are none. */
      buildsOn?: string[]
    }
  | { type: 'attempt.launched'; tool: string; agent: number; pid: number }
  | { type: 'attempt.adopted'; tool: string; agent: number; pid: number }
  /** What the tool says or does, as it tells itself; the newest of it. */
  | { type: 'attempt.said'; tool: string; agent: number; text: string }
  /** It stands still until a person has allowed this, or not. */
  | { type: 'attempt.asked'; tool: string; agent: number; question: string; what: string }
  /** The work so far is pinned while the tool goes on. */
  | { type: 'attempt.checkpoint'; tool: string; agent: number; commit: string }
  | {
      type: 'attempt.ended'
      tool: string
      agent: number
      outcome: Outcome
      work: string | null
      changed: number
      ms: number
      /** Missing where nobody knows. */
      usage?: Usage
    }
  | { type: 'tool.fallback'; from: string; to: string; why: string; code: string | null }
  /** A person was asked for work so long ago. `escalates`: their time is over now. `blocks`: how many cannot go on without it. */
  | { type: 'person.reminded'; ms: number; escalates: boolean; blocks: number; brief: string }
  /** The attempt of this event is not begun before `until` (ms since the epoch), because of how the last one ended. */
  | { type: 'tool.waiting'; tool: string; until: number; why: OutcomeKind }
  /** Of an attempt, or (without one) of the machine. */
  | ({ type: 'threshold.crossed' } & Crossing)
  /** These wait until the machine has room for another agent; then the wait is over for all of them. */
  | { type: 'room.short'; reasons: Failure[]; waiting: string[] }
  | { type: 'room.again'; ms: number }
  /** This keeps agents from beginning, or has changed; then it no longer does. */
  | { type: 'pause.holds'; pause: Pause }
  | { type: 'pause.over'; pause: Pause; ms: number }
  /** Steps that found the disk full wait, and are done again by themselves; then nothing waits any more. */
  | { type: 'disk.full'; failure: Failure }
  | { type: 'disk.again'; ms: number }
  /** What depends on the workstream, directly or not, cannot go on now, or can again: the first `ids` of `count`. */
  | { type: 'dependents.blocked'; ids: string[]; count: number }
  | { type: 'dependents.freed'; ids: string[]; count: number }
  | { type: 'slot.prepared'; slot: string; created: boolean; ms: number }
  | { type: 'slot.report'; slot: string; text: string }
  | { type: 'check.started'; kind: CheckKind; names: string[]; commit: string }
  | { type: 'check.ended'; kind: CheckKind; commit: string; results: CheckResult[]; cached: boolean; ms: number }
  | { type: 'landing.queued'; work: string }
  | { type: 'landing.intent'; landing: string; onto: string }
  | { type: 'landing.built'; landing: string; commit: string }
  | { type: 'landing.gated'; landing: string; commit: string; ms: number }
  /** Red, then green on the same commit (E504). */
  | { type: 'landing.flaky'; landing: string; commit: string }
  | { type: 'landing.moved'; landing: string; commit: string; published: boolean }
  | { type: 'landing.rebuilt'; landing: string; onto: string; why: string }
  | { type: 'landing.refused'; landing: string; failure: Failure }
  | { type: 'publish.pending'; reason: string; paths: string[] }
  | { type: 'publish.done'; tip: string; landings: number }
  | {
      type: 'rollback.done'
      undone: { action: 'take-back' | 'bring-back'; workstream: string; landing: string }[]
      method: 'revert' | 'reset'
      /** Where the target stands afterwards. */
      commit: string
      published: boolean
    }
  /** Nothing lands until a person has put something right about the target itself. */
  | { type: 'target.frozen'; failure: Failure }
  | { type: 'target.thawed'; tip: string }
  | { type: 'push.done'; remote: string; commit: string }
  /** The remote had commits that the target lacked: both, and the gate has passed on that. */
  | { type: 'push.merged'; remote: string; theirs: string; commit: string }
  | { type: 'conflict.found'; conflict: Conflict }
  /** A rung did not settle it. */
  | { type: 'conflict.tried'; tried: Tried }
  /** Settled by these; the gate has the last word. */
  | { type: 'conflict.settled'; work: string; by: SettledBy[] }
  /** No rung settled it: it waits for a person. */
  | { type: 'conflict.left'; conflict: Conflict }
  | { type: 'radar.predicted'; conflicts: PredictedConflict[]; asked: number; ms: number }
  | { type: 'fix.recorded'; code: string; problem: string; action: string; proof: string }
  | { type: 'request.applied'; request: RequestBody; answer: string }
  | { type: 'warning'; failure: Failure }

/** As stored and as streamed by `run --json`: `seq` has no gaps that matter, only order. */
export type Event = EventBody & {
  seq: number
  at: number
  run: string
  workstream: string | null
  attempt: number | null
}

/** An event about to be recorded. */
export type NewEvent = EventBody & { workstream?: string | null; attempt?: number | null }

/** Kinds of events that somebody at work gives; people's requests, for instance, come at any time. */
export const SIGNS_OF_WORK = ['attempt', 'check', 'landing', 'slot'] as const

/** Is it of one of those kinds? The kind is the first word of the type. */
export function isSignOfWork({ type }: Pick<Event, 'type'>): boolean {
  return SIGNS_OF_WORK.some((kind) => type.startsWith(`${kind}.`))
}
