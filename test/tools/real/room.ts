/**
 * A repository with one workstream, `a`, for an agent and, if that cannot do it, a spare. All addresses that the agent knows
 * lead to the scripted server, so nothing reaches a network.
 */
import { delimiter, dirname } from 'node:path'
import type { Script } from '../../kit/model-server/script.ts'
import { closedPort, type ModelServer, type Seen } from '../../kit/model-server/server.ts'
import { planned, type PlannedRepository, type PlanOptions } from '../../kit/plan.ts'
import { CANARY, CANARY_MARK, FOLDERS, SETTINGS, type RealTool } from './agents.ts'
import { placesWithKey } from './key-search.ts'

/** Of one `sluice run`: retries of an agent, the waits between two of ours, and a machine with other work. */
export const RUN_MS_MAX = 25 * 60_000

/** Of one attempt: a limit against hanging for ever, never a measurement. */
const ATTEMPT_MINUTES_MAX = 10

/** An agent that tries again is silent for less than this, and ends by itself. */
const RETRYING_MINUTES = 3

/** What has nothing to do with the agent's service does not see its key. */
const NO_KEY_HERE = `! env | grep -q ${CANARY_MARK}`

/** Paths of a room in which the key may lie, and why: none. Agents are told it by their environment alone. */
const MAY_HOLD_THE_KEY: readonly (readonly [path: RegExp, why: string])[] = []

export interface RoomOptions {
  script: Script
  /** Nobody listens where its model should be. */
  isRefused?: boolean
  /** Further keys of `sluice.yaml`. */
  config?: Record<string, unknown>
  idleMinutes?: number
  /** When it is not one about `a.txt` alone. */
  workstreams?: PlanOptions['workstreams']
  /** Who has it, and settings of those beside the agent; it and the spare when missing. */
  order?: readonly string[]
  tools?: Record<string, unknown>
  /** What has to hold of the tree. */
  gate?: string
}

const SPARE = { command: ['/bin/sh', '-c', `${NO_KEY_HERE} && echo by the spare > a.txt`] }

export interface Room extends PlannedRepository {
  /** Its name at the server. */
  script: string
  /** Where that is, as `settingsOf` wants it. */
  base: string
  /** Requests for the agent's script so far. */
  seen(): Seen[]
  /** Tries of the run in order, as `tool outcome`. */
  tries(): Promise<string[]>
}

let rooms = 0

/** Use it with `await using`. In the end everything that is in it is searched for the key. */
export async function roomFor(server: ModelServer, tool: RealTool, options: RoomOptions): Promise<Room> {
  const { script, isRefused = false, config = {}, idleMinutes = RETRYING_MINUTES } = options
  const { workstreams = [{ id: 'a', tasks: ['Write the file a.txt.'], files_scope: ['a.txt'] }] } = options
  const { order = [tool, 'spare'], tools = { spare: SPARE } } = options
  const { gate = 'test ! -e a.txt || grep -q "^by the" a.txt' } = options
  const name = `${tool}-${++rooms}`
  const base = isRefused ? await closedPort() : server.script(name, script)
  const repo = await planned({
    workstreams,
    config: {
      agents: 1,
      tools: { order, [tool]: settingsOf(tool, base, { idle_minutes: idleMinutes }), ...tools },
      limits: { timeout_minutes: ATTEMPT_MINUTES_MAX, attempts: 4 },
      gate: [NO_KEY_HERE, gate],
      ...config,
    },
  })
  Object.assign(repo.place.env, environmentFor(server))
  repo.place.patienceMs = RUN_MS_MAX
  const stack = new AsyncDisposableStack()
  stack.use(repo)
  stack.defer(() => assertNoKey(repo.dir))
  return {
    ...repo,
    script: name,
    base,
    seen: () => server.seen.filter((seen) => seen.script === name),
    tries: async () => (await repo.report()).attempts.map((attempt) => `${attempt.tool} ${attempt.outcome}`),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function assertNoKey(folder: string): Promise<void> {
  const found = await placesWithKey(folder, CANARY)
  const leaks = found.filter((place) => !MAY_HOLD_THE_KEY.some(([path]) => path.test(place)))
  if (leaks.length > 0) throw new Error(`the key lies in\n${leaks.join('\n')}`)
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

/** When what is expected does not hold, says what the agents had to say for themselves. */
export async function orExplained(room: Room, stderr: string, expected: () => Promise<void>): Promise<void> {
  try {
    await expected()
  } catch (error) {
    process.stderr.write((await storyOf(room)) + stderr)
    throw error
  }
}

/** What its attempts came to, and the last words of each agent. */
async function storyOf(repo: PlannedRepository): Promise<string> {
  const { attempts } = await repo.report()
  const lines = attempts.map(async ({ tool, attempt, outcome, message }) => {
    const { stdout } = await repo.sluice('logs', 'a', '--attempt', String(attempt))
    return `${tool} ${outcome}: ${message}\n${stdout.slice(-LAST_CHARACTERS)}\n`
  })
  return (await Promise.all(lines)).join('')
}
