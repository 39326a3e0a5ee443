/** One execution of a plan against one repository and one target branch. */
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
  /** Exit code of the last `sluice run`, null while it is at work. */
  exit: number | null
}

/** What a person asked for while (or before) a coordinator is at work; applied once, in order. */
export type RequestBody =
  | { kind: 'retry'; ids: string[]; tool: string | null; note: string | null; fresh: boolean }
  | { kind: 'submit'; id: string; work: string }
  | { kind: 'resolve'; id: string; work: string }
  | { kind: 'discard'; id: string; satisfy: boolean }
  | { kind: 'skip'; ids: string[]; satisfy: boolean }
  | { kind: 'hold'; ids: string[] }
  | { kind: 'release'; ids: string[] }
  | { kind: 'cancel'; ids: string[]; now: boolean }
  | { kind: 'stop'; now: boolean }

export interface Request {
  id: string
  at: number
  body: RequestBody
  state: 'open' | 'done' | 'refused'
  /** What came of it, for the command that waits. */
  answer: string | null
}
