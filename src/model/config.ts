/** `sluice.yaml`, with every default filled in. The reader and the JSON Schema are in `plan/config.ts`. */
import type { Rung } from './rung.ts'

export interface Check {
  name: string
  /** By `/bin/sh -c` at the root of a clean checkout. */
  run: string
  timeoutMinutes: number | null
  /** Only when the candidate changes one of these; empty: always. */
  paths: string[]
}

/** Tools that need no settings to be named. Any other name under `tools` has a command, or a script for the demo tool. */
export const BUILT_IN_TOOLS: readonly string[] = [
  'aider',
  'copilot',
  'claude',
  'codex',
  'gemini',
  'opencode',
  'qwen',
  'acp',
  'manual',
  'demo',
]

/** Of these, the ones that speak the Agent Client Protocol themselves; any command may be one more. */
export const ACP_TOOLS: readonly string[] = ['copilot', 'gemini', 'opencode', 'qwen', 'acp']

/** Settings under `tools.<name>`; which ones count depends on the tool. */
export interface ToolSettings {
  /** argv of a command tool, with `{prompt_file}` and friends. */
  command: string[] | null
  /** The script of the `demo` tool. */
  script: string | null
  model: string | null
  /** Where its model is, as the vendor's own variable would name it (with or without `/v1`); null: where the tool looks by itself. */
  baseUrl: string | null
  /** Variable of the user's environment that holds the key for the model; null: those that the tool knows. */
  keyEnv: string | null
  /** Of its model, in dollars for a million tokens that go in and come out; null: what the table of prices says. */
  price: { input: number; output: number } | null
  args: string[]
  env: Record<string, string>
  passEnv: string[]
  successExitCodes: number[]
  timeoutMinutes: number | null
  idleMinutes: number | null
  prompt: 'file' | 'stdin' | 'arg'
  /** How it is spoken to: by its own command line, or by the Agent Client Protocol. */
  transport: 'raw' | 'acp'
  /** By that protocol: what it asks to be allowed is allowed, or a person is asked. */
  permissions: 'allow' | 'ask'
}

export interface Threshold {
  /** Percent, MB/s or changes a minute, as the metric says. */
  value: number
  forMs: number
}

export interface Watch {
  cpu: { warn: Threshold; critical: Threshold }
  memory: { warn: Threshold; critical: Threshold }
  diskIo: { warn: Threshold }
  fileChanges: { warn: Threshold; critical: Threshold }
  errors: boolean
}

/** Files that a command makes from others: a conflict in them is settled by making them again. */
export interface Regeneration {
  /** Paths or globs. */
  paths: string[]
  /** By `/bin/sh -c` at the root of the merged tree. */
  run: string
}

export interface LandingSettings {
  /** What becomes of a file whose line ends were all turned, when `.gitattributes` declares nothing. */
  lineEndings: 'reject' | 'normalise' | 'allow'
  /** Ways to settle a conflict, in order; a person comes last, named or not. */
  resolve: Rung[]
  regenerate: Regeneration[]
  /** By path or glob: how both sides of a conflict become one. */
  drivers: Record<string, 'union'>
  /** Candidates that are gated at once. */
  window: number | 'auto'
  /** One landing in a candidate, or several. */
  mode: 'single' | 'groups'
  /**
   * A workstream may begin on top of what is still in the queue, on a seat that would stay idle: at once, or (`auto`) when
   * that takes longer than a glance.
   */
  speculate: boolean | 'auto'
  approve: string[]
  /** Remote that the target is pushed to; null: none. */
  push: string | null
}

export interface Config {
  target: string
  workstreams: string[]
  agents: number | 'auto'
  tools: { order: string[]; settings: Record<string, ToolSettings> }
  limits: {
    timeoutMinutes: number
    idleMinutes: number
    /** Spent tries of a workstream, over all tools. */
    attempts: number
    memoryLimitMb: number | null
    /** Of the run, and of each workstream: then no agent begins any more. */
    budgetUsd: number | null
    workstreamBudgetUsd: number | null
    /** Of one file in a landing. */
    fileMb: number
  }
  watch: Watch
  workspace: { setup: string | null; inputs: string[]; copy: string[]; keep: string[] }
  /** `work` null: the user's state folder. Both as written, relative to the repository root. */
  paths: { work: string | null; logs: string }
  /** null: the key is missing, which is a no-go; empty: no gate is wanted. */
  gate: Check[] | null
  landing: LandingSettings
  after: Check[]
  acceptance: 'run' | 'show'
  scope: 'park' | 'block' | 'allow'
  sandbox: 'off' | 'auto' | 'strict'
  notify: { when: string[]; command: string | null }
}
