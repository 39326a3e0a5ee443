/**
 * The seam between Sluice and whatever does the work. One file per tool; what is common to all command-line agents
 * (launching, watching, killing, judging the difference) is not in it.
 *
 * A tool says whether it is there, how it is started for one attempt, and what its end meant. It never runs anything
 * itself and never decides what happens next: that is the fallback policy's, which knows outcomes only.
 */
import type { Outcome } from '../model/attempt.ts'
import type { Workstream } from '../model/workstream.ts'
import type { ProcessExit } from '../process/attempt-folder.ts'

export interface DetectContext {
  /** Root of the user's repository: relative programs and scripts are looked up there. */
  root: string
  /** Ours, with PATH. */
  environment: Readonly<Record<string, string | undefined>>
  /** Also start programs to ask for their version, which takes some of them seconds. */
  versions: boolean
}

/** What a tool can do, for the table of `sluice tools`. */
export type Ability =
  /** Works without a person. */
  | 'unattended'
  /** Gets the brief as a file, on its standard input, as an argument. */
  | 'prompt-file'
  | 'prompt-stdin'
  | 'prompt-arg'
  /** Can go on with an earlier session of its own. */
  | 'resume'
  /** Says what it used in tokens. */
  | 'usage'

export interface Detection {
  installed: boolean
  /** As the program prints it; null when it was not asked or does not say. */
  version: string | null
  /** Absolute path of the program, null when there is none. */
  path: string | null
  abilities: Ability[]
  auth: 'not-needed' | 'found' | 'missing' | 'unknown'
  /** Why a run cannot use it, and what to do; null when it can. */
  reason: string | null
}

export interface AttemptContext {
  run: string
  workstream: Workstream
  attempt: number
  /** Root of the user's repository. */
  root: string
  /** The tool's working directory. */
  worktree: string
  /** The attempt's folder, for files of its own. */
  dir: string
  home: string
  tmp: string
  /** The brief, written already. */
  promptFile: string
  prompt: string
  /** Ours; what of it the tool sees is decided by the allow-list. */
  environment: Readonly<Record<string, string | undefined>>
}

/** A start that is ready to be launched in the worktree. */
export interface Prepared {
  argv: string[]
  /** The whole environment. */
  env: Record<string, string>
  /** null: /dev/null. */
  stdinFile: string | null
  /** To be written before the start; absolute paths. */
  files: { path: string; text: string }[]
}

/** What a line of output says, where a machine can make use of it. */
export type ToolEvent =
  | { type: 'said'; text: string }
  | { type: 'edited'; path: string }
  | { type: 'used'; tokensIn: number; tokensOut: number; costUsd: number | null }

export interface ProcessTool {
  kind: 'process'
  id: string
  detect(context: DetectContext): Promise<Detection>
  /** Throws SluiceError when the settings of the tool do not allow a start (a script with mistakes). */
  prepare(context: AttemptContext): Promise<Prepared>
  /**
   * What an end by itself meant. `tail` is the end of its output; `hasDifference` says whether the worktree differs from the
   * base. Gives `ok` only with a difference; `no-change` is the caller's to turn into `empty`.
   */
  classify(exit: ProcessExit, tail: string, hasDifference: boolean): Outcome
  /** A reader of its output, line by line, for tools that print events. */
  parser?(): (line: string) => ToolEvent[]
}

/** No process: the brief is written, and the work comes by `sluice submit`. */
export interface HumanTool {
  kind: 'human'
  id: string
  detect(context: DetectContext): Promise<Detection>
}

/** Known by name and found on PATH, but this version cannot drive it. */
export interface UnsupportedTool {
  kind: 'unsupported'
  id: string
  detect(context: DetectContext): Promise<Detection>
}

export type Tool = ProcessTool | HumanTool | UnsupportedTool
