/**
 * What all coding agents with a command line have in common: where they are found, what they see of this machine, which
 * keys they are given, and how their end is told. What one of them is like is an `Agent`, a file of its own.
 *
 * An agent works in a home of its slot and keeps its settings and sessions in the attempt's `state`, so no login and no
 * setting of the user's own home takes part, and none of the user's own sessions is touched. Of the keys it gets those of
 * its own service.
 */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ToolSettings } from '../model/config.ts'
import { findProgram } from '../process/program.ts'
import { agentOutcome } from './agent-outcome.ts'
import { toolEnvironment } from './start.ts'
import type { Ability, AttemptContext, Detection, ProcessTool, ToolEvent } from './tool.ts'
import { programVersion } from './version.ts'

export interface Agent {
  id: string
  /** Looked for on PATH. */
  program: string
  /** Command that installs it. */
  install: string
  abilities: readonly Ability[]
  /** Variables that hold a key or a token for its service, in the order in which the tool itself would take them. */
  keys: readonly string[]
  /** The key that goes with a `base_url` of the settings. */
  keyForUrl: string
  /** The variable by which users tell it where its model is; null when there is none. */
  urlVariable: string | null
  /** It can work without a key: a model on this machine, a login by other means. */
  worksWithoutKey?: (settings: ToolSettings) => boolean
  /** Whether its exit code 0 is all that it says about a good end; otherwise an event does. */
  endsByExit?: boolean
  /** The program itself, where `path` is a wrapper that would outlive or hide it; `path` is free of links. */
  programBehind?(path: string): string | null
  /** What this agent adds to the start of all of them. */
  start(start: AgentStart): AgentCommand
  /** A reader of its output. */
  parser(): (line: string) => ToolEvent[]
  /** What it writes down in its `state` and does not print. */
  leftBehind?(state: string): ToolEvent[]
}

export interface AgentStart {
  context: AttemptContext
  settings: ToolSettings
  /** Where its model is, when the settings or the user's environment say; else its own default. */
  baseUrl: string | null
  /** Keys found in the user's environment, by the names that the tool knows them by. */
  keys: Readonly<Record<string, string>>
}

export interface AgentCommand {
  /** Arguments; the settings' own come last. */
  args: string[]
  env: Record<string, string>
  /** The brief on stdin, for all that can: an argument has a limit of 128 KiB. */
  isPromptOnStdin: boolean
  /** Arguments that have to come after the settings' own. */
  last?: string[]
  files?: { path: string; text: string }[]
  folders?: string[]
  /** It unpacks itself into the folder that `variable` names, when it is called with `args`. */
  unpacks?: { variable: string; args: string[] }
}

export function agentTool(agent: Agent, settings: ToolSettings): ProcessTool {
  return {
    kind: 'process',
    id: agent.id,
    async detect({ root, environment, versions }) {
      const path = findProgram(agent.program, environment['PATH'], root)
      const auth = authOf(agent, settings, environment)
      return {
        installed: path !== null,
        version: path !== null && versions ? await programVersion(path, environment) : null,
        path,
        abilities: [...agent.abilities],
        auth,
        reason: path === null ? `${agent.program} is not on PATH (${agent.install})` : keyReason(agent, auth),
      }
    },
    prepare(context) {
      const { environment } = context
      const baseUrl = baseUrlOf(agent, settings, environment)
      const keys = keysOf(agent, settings, environment)
      const command = agent.start({ context, settings, baseUrl, keys })
      const own = { ...keys, ...isolation(context), ...command.env }
      const program = findProgram(agent.program, environment['PATH'], context.root)
      const start = program === null ? agent.program : behind(agent, program)
      const { unpacks } = command
      return Promise.resolve({
        argv: [start, ...command.args, ...settings.args, ...(command.last ?? [])],
        env: toolEnvironment(context, { ...settings, env: { ...own, ...settings.env } }),
        stdinFile: command.isPromptOnStdin ? context.promptFile : null,
        files: command.files ?? [],
        folders: command.folders ?? [],
        ...(unpacks === undefined || unpacks.variable in settings.env
          ? {}
          : { cache: { variable: unpacks.variable, argv: [start, ...unpacks.args] } }),
      })
    },
    classify: (exit, tail, hasDifference, heard) =>
      agentOutcome({ exit, tail, hasDifference, heard, endsByExit: agent.endsByExit ?? false }),
    parser: () => agent.parser(),
    printsEvents: agent.abilities.includes('events'),
    leftBehind: (state) => agent.leftBehind?.(state) ?? [],
  }
}

/** Nothing of what these programs keep for themselves is shared with another attempt, but for what they download. */
function isolation({ state, home }: AttemptContext): Record<string, string> {
  return {
    XDG_CONFIG_HOME: join(state, 'config'),
    XDG_DATA_HOME: join(state, 'data'),
    XDG_STATE_HOME: join(state, 'state'),
    XDG_CACHE_HOME: join(home, '.cache'),
    // No browser of the user's opens because an agent has met an address.
    BROWSER: 'true',
    NO_COLOR: '1',
  }
}

/** The settings win over the variable that the user has set for the tool. */
function baseUrlOf(agent: Agent, settings: ToolSettings, environment: AttemptContext['environment']): string | null {
  const ofUser = agent.urlVariable === null ? undefined : environment[agent.urlVariable]
  return settings.baseUrl ?? (ofUser === undefined || ofUser === '' ? null : ofUser)
}

/** A key that the settings name stands in for the one that goes with a `base_url`, and then it is the only one. */
function keysOf(
  agent: Agent,
  settings: ToolSettings,
  environment: AttemptContext['environment'],
): Record<string, string> {
  const found = (name: string): string | null => environment[name] || null
  if (settings.keyEnv !== null) {
    const key = found(settings.keyEnv)
    return key === null ? {} : { [agent.keyForUrl]: key }
  }
  return Object.fromEntries(
    agent.keys.flatMap((name) => {
      const key = found(name)
      return key === null ? [] : [[name, key]]
    }),
  )
}

function authOf(agent: Agent, settings: ToolSettings, environment: AttemptContext['environment']): Detection['auth'] {
  if (Object.keys(keysOf(agent, settings, environment)).length > 0) return 'found'
  if (settings.keyEnv !== null) return 'missing'
  // What is passed on or set by the settings may be a login that we know nothing of.
  if (Object.keys(settings.env).length > 0 || settings.passEnv.some((name) => environment[name])) return 'unknown'
  return agent.worksWithoutKey?.(settings) === true ? 'unknown' : 'missing'
}

function keyReason({ id, keys }: Agent, auth: Detection['auth']): string | null {
  if (auth !== 'missing') return null
  return `no key for it: set ${listOr(keys)}, or name the variable in tools.${id}.key_env (a login in your home is not seen)`
}

function listOr(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}

function behind(agent: Agent, program: string): string {
  return agent.programBehind?.(realpathSync(program)) ?? program
}
