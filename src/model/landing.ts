/** One landing, step by step. The journal says where to look; whether it happened is read from the target's history. */
import type { Failure } from './failure.ts'
import type { Receipt } from './receipt.ts'
import type { SettledBy, Tried } from './rung.ts'

export interface CheckResult {
  name: string
  command: string
  /** null: it was ended by a signal or ran out of time. */
  exit: number | null
  ms: number
  timedOut: boolean
  /** The end of its output, bounded. */
  tail: string
}

export function passed(checks: readonly CheckResult[]): boolean {
  return checks.every((check) => check.exit === 0)
}

/**
 * intent (journaled) → built (candidate pinned) → gated (passed on that very commit) → moved (reachable from where
 * landings go) → done. `refused` is the other end. A target that moved meanwhile leads back to `intent`.
 */
export type LandingStage = 'intent' | 'built' | 'gated' | 'moved' | 'done' | 'refused'

export interface Landing {
  /** `<run>-<n>`: the value of the trailer `Sluice-Landing`. */
  id: string
  run: string
  workstream: string
  attempt: number
  /** The pinned work. */
  work: string
  stage: LandingStage
  /** The target's tip that the candidate is built on. */
  onto: string
  /** Commit date in seconds, journaled with the intent. */
  date: number
  commit: string | null
  /** Of the commit. */
  tree?: string
  /** The commit that the gate was asked about, where that is a later one of the same group. */
  gatedAs?: string
  gate: CheckResult[]
  queuedAt: number
  /** When it reached the target. */
  at: number | null
  /** false while the checked-out target cannot be moved (W407). */
  published: boolean
  failure: Failure | null
  /** Milliseconds of our own work between queue and target: without gate and checkout (bench). */
  overheadMs: number
  /** Of a landing that has reached the target; older rows have none. */
  receipt?: Receipt
  /** Paths that conflicted when it was merged. */
  conflicted?: string[]
}

/** What one side has at a place that both sides changed. */
export interface HunkSide {
  /** 1-based line in that side's own file; with no lines: they would be before this one. */
  start: number
  lines: string[]
  /** Lines left out at the end because there were too many. */
  cut: number
}

/** A place that both sides changed, three ways. null: that side has no such file. */
export interface Hunk {
  base: HunkSide | null
  target: HunkSide | null
  work: HunkSide | null
}

export interface TouchingCommit {
  commit: string
  subject: string
  author: string
  /** Author date, milliseconds since 1970. */
  at: number
}

/** A conflict as data: what a report, a brief and a screen are made from. Optional: older rows lack it. */
export interface ConflictFile {
  path: string
  kind: string
  /** Line ranges of the markers in the conflicted file, 1-based. */
  lines: { start: number; end: number }[]
  /** The landed workstream that changed it since the base, if it was one of ours. */
  other: { workstream: string; commit: string; at: number } | null
  /** Commits of each side that touched it and that the other side lacks, newest first, bounded. */
  commits?: { target: TouchingCommit[]; work: TouchingCommit[] }
  /** Of text files; empty where there is no text to compare. */
  hunks?: Hunk[]
  /** Hunks left out because there were too many. */
  hunksCut?: number
}

/** Where a conflict stands on the ladder. */
export type LadderStep =
  /** The next rung is looked for, or one that needs nobody is under way. */
  | { at: 'climbing' }
  /** The next attempt of the workstream is there to settle it. */
  | { at: 'asked'; rung: 'tool' | 'another-tool'; tool: string }
  /** `work` brings both sides together and is on its way to the target, as any work. */
  | { at: 'settled'; work: string }
  | { at: 'human' }

export interface Ladder {
  /** Conflicts in a row of this workstream, each with what had landed while the one before was settled; from 1. */
  round: number
  step: LadderStep
  /** What is settled so far. */
  by: SettledBy[]
  /**
   * The merge as it is with that: a pinned commit whose parents are both sides, with markers in the files that are left.
   * null: as git made it.
   */
  start: { commit: string; paths: string[] } | null
}

export interface Conflict {
  workstream: string
  attempt: number
  onto: string
  work: string
  ref: string
  /** The newest commit that both sides have. */
  base?: string
  files: ConflictFile[]
  /** In order. */
  tried?: Tried[]
  /** Older rows have none: they wait for a person. */
  ladder?: Ladder
  at: number
}

/** Something that needs nobody is still being tried. */
export function isClimbing({ ladder }: Conflict): boolean {
  return ladder?.step.at === 'climbing'
}

/** Two workstreams whose work, as it is now, would conflict if both landed; `a` stands before `b` in the plan. */
export interface PredictedConflict {
  a: string
  b: string
  paths: string[]
}

/** An automatic repair: what was wrong, what was done, and what proves that it worked. */
export interface Fix {
  run: string
  code: string
  workstream: string | null
  problem: string
  action: string
  proof: string
  at: number
}
