/**
 * What all coding agents with a command line have in common: where they are found, what they see of this machine, which
 * keys they are given, and how their end is told. What one of them is like is an `Agent`, a file of its own.
 *
 * An agent works in a home of its slot and keeps its settings and sessions in the attempt's `state`, so no login and no
 * setting of the user's own home takes part, and none of the user's own sessions is touched. Of the keys it gets those of
 * its own service, or tokens in their place.
 */
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { ToolSettings } from '../model/config.ts'
import { findProgram } from '../process/program.ts'
import { clientArgv, readClient } from './acp.ts'
import { accessOf, agentKeys, type AgentKeys, authOf, withLoopback } from './agent-keys.ts'
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
  /**
   * Keys that it need not see, with the address of each one's service: it can be told to look for that service elsewhere.
   * null: only with a `base_url`.
   */
  exchangeable: Readonly<Record<string, string | null>>
  /** Keys that it takes for want of those, and that it does not get beside them. */
  spareKeys?: readonly string[]
  /** The variable that it is told the address by, where that is not `urlVariable`. */
  addressVariable?: string
  /** It can work without a key: a model on this machine, a login by other means. */
  worksWithoutKey?: (settings: ToolSettings) => boolean
  /** Whether its exit code 0 is all that it says about a good end; otherwise an event does. */
  endsByExit?: boolean
  /** The program itself, where `path` is a wrapper that would outlive or hide it; `path` is free of links. */
  programBehind?(path: string): string | null
  /** What this agent adds to the start of all of them. */
  start(start: AgentStart): AgentCommand
  /** Arguments that make it speak the Agent Client Protocol, where it does; environment and files are those of `start`. */
  acp?(start: AgentStart): string[]
  /** A reader of its output. */
  parser(): (line: string) => ToolEvent[]
  /** What it writes down in its `state` and does not print. */
  leftBehind?(state: string): ToolEvent[]
}

export interface AgentStart extends Readonly<AgentKeys> {
  context: AttemptContext
  settings: ToolSettings
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
  const isAcp = settings.transport === 'acp' && agent.acp !== undefined
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
      const given = agentKeys(agent, settings, context)
      const start: AgentStart = { context, settings, ...given }
      const command = agent.start(start)
      const own = { ...given.keys, ...isolation(context), ...command.env }
      const env = toolEnvironment(context, { ...settings, env: { ...own, ...settings.env } })
      const found = findProgram(agent.program, context.environment['PATH'], context.root)
      const program = found === null ? agent.program : behind(agent, found)
      const { unpacks } = command
      const argv = isAcp
        ? clientArgv([program, ...agent.acp!(start), ...settings.args], context, settings.permissions, null)
        : [program, ...command.args, ...settings.args, ...(command.last ?? [])]
      return Promise.resolve({
        argv,
        env: context.exchanged ? withLoopback(env) : env,
        stdinFile: !isAcp && command.isPromptOnStdin ? context.promptFile : null,
        files: command.files ?? [],
        folders: command.folders ?? [],
        ...(unpacks === undefined || unpacks.variable in settings.env
          ? {}
          : { cache: { variable: unpacks.variable, argv: [program, ...unpacks.args] } }),
      })
    },
    access: (environment) => accessOf(agent, settings, environment),
    classify: (exit, tail, hasDifference, heard) =>
      agentOutcome({ exit, tail, hasDifference, heard, endsByExit: agent.endsByExit ?? false }),
    parser: () => (isAcp ? readClient() : agent.parser()),
    printsEvents: agent.abilities.includes('events'),
    leftBehind: (state) => agent.leftBehind?.(state) ?? [],
  }
}

/** The one address of an agent with one service: the user's, else that of the proxy, else null. */
export function addressOf({ baseUrl, standIns }: AgentStart): string | null {
  return baseUrl ?? Object.values(standIns)[0] ?? null
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
