/** One execution of a plan against one repository and one target branch. */
import type { Failure } from './failure.ts'
import type { Pause } from './pause.ts'
import type { RollbackRequest, Undo } from './rollback.ts'

export type RunState = 'running' | 'ended'

export interface Run {
  id: string
  target: string
  /** The target's commit when the run began. */
  base: string
  state: RunState
  agents: number
  startedAt: number
  endedAt: number | null
  /** What a person has to settle about the target before anything lands; older rows have none. */
  question?: Failure | null
  /** The budget is used up, and no agent begins any more; missing or null: it is not. */
  overBudget?: Failure | null
  /** Why the machine has no room for another agent, which one waits for; older rows have none. */
  noRoom?: { since: number; reasons: Failure[] } | null
  /** What has been told to keep agents from beginning, and not to be over; older rows have none. */
  pauses?: Pause[]
  /** What a person has said about tools, until it is taken back; missing: nothing. */
  choice?: ToolChoice
  /** Exit code of the last `sluice run`, null while it is at work. */
  exit: number | null
}

/** For all workstreams of a run. */
export interface ToolChoice {
  /** Comes first, whatever a workstream prefers; null: as they say themselves. */
  first: string | null
  /** Nobody begins with these. */
  forbidden: string[]
}

/** `allow` takes the other two back. */
export type ToolRule = 'force' | 'forbid' | 'allow'

/**
 * What a rollback was about to do when it was cut off; whether it has done it is read from the target: that has the new
 * commit then (`revert`), or no longer has the old one (`reset`).
 */
export interface BegunRollback {
  kind: 'revert' | 'reset'
  commit: string
  /** What is undone, in this order, and the commits that do it, one for each; none for a `reset`. */
  undo: Undo[]
  commits: string[]
}

/** A person's answer to finished work that waits for approval, or to a tool at work that asks for permission. */
export interface Review {
  ids: string[]
  /** By workstream: the commit that was looked at. Other work that waits by now is not meant. */
  works: Record<string, string>
  /** The same of questions, by their keys (`questionKey`); missing: none was looked at. */
  questions?: Record<string, string>
  comment: string | null
  by: string
}

/** What a person asked for while (or before) a coordinator is at work; applied once, in order. */
export type RequestBody =
  | { kind: 'retry'; ids: string[]; tool: string | null; note: string | null; fresh: boolean }
  | { kind: 'submit'; id: string; work: string }
  | { kind: 'resolve'; id: string; work: string }
  | { kind: 'settle'; id: string; tool: string }
  | { kind: 'discard'; id: string; satisfy: boolean }
  | ({ kind: 'approve' | 'reject' } & Review)
  | { kind: 'skip'; ids: string[]; satisfy: boolean }
  | { kind: 'hold'; ids: string[] }
  | { kind: 'release'; ids: string[] }
  | { kind: 'tool'; rule: ToolRule; tool: string }
  | {
      kind: 'rollback'
      request: RollbackRequest
      cascade: boolean
      why: string
      begun: BegunRollback | null
    }
  | { kind: 'cancel'; ids: string[]; now: boolean }
  | { kind: 'stop'; now: boolean }

export interface Request {
  id: string
  at: number
  body: RequestBody
  state: 'open' | 'done' | 'refused'
  /** What came of it, for the command that waits. */
  answer: string | null
  /** Why it was refused, where there is more to say than the answer. */
  failure?: Failure
  /** Of a rollback: whether whoever asked was told the answer. See `askedBefore`. */
  isTold?: boolean
}
