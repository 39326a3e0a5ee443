/**
 * The seam between Sluice and whatever does the work. One file per tool; what is common to all command-line agents
 * (launching, watching, killing, judging the difference) is not in it.
 *
 * A tool says whether it is there, how it is started for one attempt, and what its end meant. It never runs anything
 * itself and never decides what happens next: that is the fallback policy's, which knows outcomes only.
 */
import type { Outcome, Usage } from '../model/attempt.ts'
import type { Workstream } from '../model/workstream.ts'
import type { ProcessExit } from '../process/attempt-folder.ts'
import type { Heard } from './heard.ts'
import type { Access, Exchanged } from './keys/keys.ts'
import type { Trouble } from './trouble.ts'

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
  /** Tells what it does while it does it. */
  | 'events'
  /** Its model can be served from another address (`base_url`). */
  | 'base-url'

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
  /** A folder of this attempt's own, which the tool may write: its settings, sessions and databases. Made already. */
  state: string
  /** The session of an earlier attempt by this tool, whose `state` this one has been given; null: begin a new one. */
  session: string | null
  /** The brief, written already. */
  promptFile: string
  prompt: string
  /** Ours; what of it the tool sees is decided by the allow-list. */
  environment: Readonly<Record<string, string | undefined>>
  /** What it gets in the place of keys that it need not see (`access`), if anything. */
  exchanged?: Exchanged | null
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
  /** To be made before the start; absolute paths. */
  folders?: string[]
  /** What all its attempts unpack alike; missing: nothing. */
  cache?: SharedCache
}

/** A folder of programs that a tool unpacks for itself, and runs: see `attempt/shared-cache.ts`. */
export interface SharedCache {
  /** By which it is told where the folder is; in `env` it names one of the slot's own. */
  variable: string
  /** Unpacks, asks nothing of the network, and ends. */
  argv: string[]
}

/** What a line of output says, where a machine can make use of it. */
export type ToolEvent =
  /** Its own name for this conversation, by which it can be taken up again. */
  | { type: 'session'; id: string; model?: string }
  | { type: 'said'; text: string }
  /** Uses one of its own tools, on these files where it names any. */
  | { type: 'called'; name: string; paths: string[] }
  | { type: 'edited'; path: string }
  /** `step`: since the last such event. `all`: of the whole attempt, and it outweighs the steps. */
  | { type: 'used'; of: 'step' | 'all'; usage: Usage }
  /** It wants to do something and stands still until a person has said yes or no; `id` tells its questions apart. */
  | { type: 'asked'; id: string; what: string }
  | { type: 'answered'; id: string }
  /** It was not allowed to. */
  | { type: 'denied'; what: string }
  /** A call of the model that failed; it may try again, and what comes after it says whether it got over that. */
  | { type: 'failed'; trouble: Trouble }
  /** The turn is over; `well` as it says itself. */
  | { type: 'ended'; well: boolean }

export interface ProcessTool {
  kind: 'process'
  id: string
  detect(context: DetectContext): Promise<Detection>
  /** Throws SluiceError when the settings of the tool do not allow a start (a script with mistakes). */
  prepare(context: AttemptContext): Promise<Prepared>
  /** Keys of ours that it need not see, because its model can be looked for at another address. */
  access?(environment: AttemptContext['environment']): Access[]
  /**
   * What an end by itself meant. `tail` is the end of its output, `heard` what the parser made of all of it;
   * `hasDifference` says whether the worktree differs from the base. Gives `ok` only with a difference; `no-change` is the
   * caller's to turn into `empty`.
   */
  classify(exit: ProcessExit, tail: string, hasDifference: boolean, heard: Heard): Outcome
  /** A reader of its output, line by line, for tools that print events. */
  parser?(): (line: string) => ToolEvent[]
  /** Its output is for machines: what people get to see is made of its events. */
  printsEvents?: boolean
  /** What it has written down of itself in its `state`, where its output does not say it. */
  leftBehind?(state: string): ToolEvent[]
}

/** No process: the brief is written, and the work comes by `sluice submit`. */
export interface HumanTool {
  kind: 'human'
  id: string
  detect(context: DetectContext): Promise<Detection>
}

export type Tool = ProcessTool | HumanTool
