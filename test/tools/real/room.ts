/**
 * A repository with one workstream, `a`, for an agent and, if that cannot do it, a spare. All addresses that the agent knows
 * lead to the scripted server, so nothing reaches a network.
 */
import { delimiter, dirname } from 'node:path'
import type { Script } from '../../kit/model-server/script.ts'
import { closedPort, type ModelServer, type Seen } from '../../kit/model-server/server.ts'
import { planned, type PlannedRepository } from '../../kit/plan.ts'
import { CANARY, CANARY_MARK, FOLDERS, SETTINGS, type RealTool } from './agents.ts'

/** Of one `sluice run`: retries of an agent, the waits between two of ours, and a machine with other work. */
export const RUN_MS_MAX = 12 * 60_000

/** An agent that tries again is silent for less than this, and ends by itself. */
const RETRYING_MINUTES = 3

/** What has nothing to do with the agent's service does not see its key. */
const NO_KEY_HERE = `! env | grep -q ${CANARY_MARK}`

export interface RoomOptions {
  script: Script
  /** Nobody listens where its model should be. */
  isRefused?: boolean
  /** Keys of `sluice.yaml`. */
  config?: Record<string, unknown>
  idleMinutes?: number
}

export interface Room extends PlannedRepository {
  /** Its name at the server. */
  script: string
  /** Requests for the agent's script so far. */
  seen(): Seen[]
  /** Tries of the run in order, as `tool outcome`. */
  tries(): Promise<string[]>
}

let rooms = 0

/** Use it with `await using`. */
export async function roomFor(server: ModelServer, tool: RealTool, options: RoomOptions): Promise<Room> {
  const { script, isRefused = false, config = {}, idleMinutes = RETRYING_MINUTES } = options
  const name = `${tool}-${++rooms}`
  const base = isRefused ? await closedPort() : server.script(name, script)
  const repo = await planned({
    workstreams: [{ id: 'a', tasks: ['Write the file a.txt.'], files_scope: ['a.txt'] }],
    config: {
      agents: 1,
      tools: {
        order: [tool, 'spare'],
        [tool]: settingsOf(tool, base, { idle_minutes: idleMinutes }),
        spare: { command: ['/bin/sh', '-c', `${NO_KEY_HERE} && echo by the spare > a.txt`] },
      },
      limits: { timeout_minutes: 5, attempts: 4 },
      gate: [NO_KEY_HERE, 'test ! -e a.txt || grep -q "^by the" a.txt'],
      ...config,
    },
  })
  Object.assign(repo.place.env, environmentFor(server))
  repo.place.patienceMs = RUN_MS_MAX
  return {
    ...repo,
    script: name,
    seen: () => server.seen.filter((seen) => seen.script === name),
    tries: async () => (await repo.report()).attempts.map((attempt) => `${attempt.tool} ${attempt.outcome}`),
  }
}

/** Its part of `sluice.yaml`: `base` is where its script is. */
export function settingsOf(tool: RealTool, base: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { path, shared, model } = SETTINGS[tool]
  return { model, base_url: base + path, key_env: 'CANARY', env: shared, ...more }
}

/** What a user's shell would have: the agents on PATH, the key; and a proxy that lets nobody through. */
export function environmentFor(server: ModelServer): Record<string, string> {
  return {
    PATH: [...FOLDERS, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    CANARY,
    HTTP_PROXY: server.url,
    HTTPS_PROXY: server.url,
    NO_PROXY: '127.0.0.1,localhost',
  }
}

const LAST_CHARACTERS = 1500

/** What its attempts came to and the last words of each agent, for the reader of a test that has failed. */
export async function storyOf(repo: PlannedRepository): Promise<string> {
  const { attempts } = await repo.report()
  const lines = attempts.map(async ({ tool, attempt, outcome, message }) => {
    const { stdout } = await repo.sluice('logs', 'a', '--attempt', String(attempt))
    return `${tool} ${outcome}: ${message}\n${stdout.slice(-LAST_CHARACTERS)}\n`
  })
  return (await Promise.all(lines)).join('')
}
