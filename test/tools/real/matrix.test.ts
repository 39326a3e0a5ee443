/**
 * Every agent that is installed here, through the whole of Sluice: plan, slot, adapter, fallback, gate, landing. The agents
 * are real, their models are scripted, and nothing of them reaches a network: all addresses lead to the scripted server.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest'
import { untilExists } from '../../../src/process/appear.ts'
import type { Fault, Script } from '../../kit/model-server/script.ts'
import { closedPort, startModelServer, type ModelServer } from '../../kit/model-server/server.ts'
import { planned, type PlannedRepository } from '../../kit/plan.ts'
import { endStrays, straysOf } from '../../kit/traces.ts'
import { CELLS, triesOf, WORK, type Cell } from './cells.ts'
import { CANARY, FOLDERS, isInstalled, SETTINGS, TOOLS, type RealTool } from './agents.ts'
import { keepTable, type Result } from './table.ts'

/** Of one `sluice run`: retries of an agent, the waits between two of ours, and a machine with other work. */
const RUN_MS_MAX = 12 * 60_000

/** A model that hangs is noticed by silence; an agent that retries is silent for less, and ends by itself. */
const SILENT_MINUTES = 0.4
const RETRYING_MINUTES = 3

let server: ModelServer
const results: Result[] = []

beforeAll(async () => {
  server = await startModelServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await keepTable(results)
})

interface RoomOptions {
  script: Script
  isRefused?: boolean
  config?: Record<string, unknown>
  idleMinutes: number
}

let rooms = 0

/** A repository with one workstream, `a`, for the agent and, if that cannot, a spare. */
async function roomFor(tool: RealTool, options: RoomOptions): Promise<PlannedRepository> {
  const { script, isRefused = false, config = {}, idleMinutes } = options
  const base = isRefused ? await closedPort() : server.script(`${tool}-${++rooms}`, script)
  const { path, shared, ...settings } = SETTINGS[tool]
  const repo = await planned({
    workstreams: [{ id: 'a', tasks: ['Write the file a.txt.'], files_scope: ['a.txt'] }],
    config: {
      agents: 1,
      tools: {
        order: [tool, 'spare'],
        [tool]: { ...settings, base_url: base + path, key_env: 'CANARY', idle_minutes: idleMinutes, env: shared },
        spare: { command: ['/bin/sh', '-c', 'echo by the spare > a.txt'] },
      },
      limits: { timeout_minutes: 5, attempts: 4 },
      gate: ['test ! -e a.txt || grep -q "^by the" a.txt'],
      ...config,
    },
  })
  const programs = [...FOLDERS, dirname(process.execPath), '/usr/bin', '/bin']
  Object.assign(repo.place.env, {
    PATH: programs.join(delimiter),
    CANARY,
    HTTP_PROXY: server.url,
    HTTPS_PROXY: server.url,
    NO_PROXY: '127.0.0.1,localhost',
  })
  repo.place.patienceMs = RUN_MS_MAX
  return repo
}

/** Tries of the run in order, as `tool outcome`; put down for the table. */
async function note(cell: string, tool: RealTool, repo: PlannedRepository): Promise<string[]> {
  const tries = (await repo.report()).attempts.map(({ tool, outcome }) => `${tool} ${outcome}`)
  results.push({ tool, cell, tries })
  return tries
}

describe.each(TOOLS.map((tool) => [tool] as const))('%s', (tool) => {
  const here = isInstalled(tool) ? it : it.skip

  here.each(CELLS.map((cell) => [cell.name, cell] as const))('%s', async (_, cell: Cell) => {
    const idleMinutes = cell.name === 'model hangs' ? SILENT_MINUTES : RETRYING_MINUTES
    await using repo = await roomFor(tool, { ...cell, idleMinutes })
    const from = server.seen.length
    const { exit, stderr } = await repo.sluice('run', '--no-input')
    const tries = await note(cell.name, tool, repo)
    const expected = [
      ...triesOf(cell, tool).map((outcome) => `${tool} ${outcome}`),
      ...(cell.isSpareNeeded ? ['spare ok'] : []),
    ]
    await explainedOnFailure(repo, stderr)
    expect(tries).toEqual(expected)
    expect(exit).toBe(0)
    expect(await repo.git(['show', 'main:a.txt'])).toBe(cell.isSpareNeeded ? 'by the spare' : 'by the agent')
    expect(straysOf(repo.dir)).toEqual([])
    const keys = new Set(server.seen.slice(from).map(({ key }) => key))
    expect([...keys].filter((key) => key !== null && key !== CANARY)).toEqual([])
  })
})

/** The agent is in the middle of its work: in a command of its shell or, having none, waiting for its model. */
interface Middle {
  repo: PlannedRepository
  reached: () => Promise<unknown>
  /** Its command may come to its end. A model that hangs never does. */
  release: () => Promise<void>
}

async function inTheMiddle(tool: RealTool, aidersFault: Fault): Promise<Middle> {
  const began = server.seen.length
  const folder = await mkdtemp(join(tmpdir(), 'sluice-middle-'))
  const [there, go] = [join(folder, 'there'), join(folder, 'go')]
  // A file, since Gemini CLI blocks a command with `$(` in it, were it arithmetic. A forgotten one ends by itself after a minute.
  const wait = join(folder, 'wait.sh')
  await writeFile(
    wait,
    `touch '${there}'; i=0; while [ ! -e '${go}' ] && [ $i -lt 600 ]; do sleep 0.1; i=$((i + 1)); done\n`,
  )
  const shell = { do: 'shell', command: `sh ${wait}` } as const
  const hasShell = tool !== 'aider'
  const script = hasShell
    ? { steps: [...WORK.slice(0, 1), shell, ...WORK.slice(1)] }
    : { steps: WORK, faults: [aidersFault] }
  const repo = await roomFor(tool, { script, idleMinutes: RETRYING_MINUTES })
  const stack = new AsyncDisposableStack()
  stack.use(repo)
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  return {
    repo: { ...repo, [Symbol.asyncDispose]: () => stack.disposeAsync() },
    reached: async () => {
      if (!hasShell) return server.request((seen) => seen.fault !== null && server.seen.indexOf(seen) >= began)
      if (!(await untilExists(there, { timeoutMs: RUN_MS_MAX }))) throw new Error('its shell command was never begun')
    },
    release: () => writeFile(go, ''),
  }
}

describe.each(TOOLS.map((tool) => [tool] as const))('%s in the middle of its work', (tool) => {
  const here = isInstalled(tool) ? it : it.skip

  here('is ended with all that it started when it is cancelled, and its work is kept', async () => {
    const { repo, reached } = await inTheMiddle(tool, { kind: 'hang' })
    await using _ = repo
    const run = repo.start('run', '--no-input')
    await reached()
    expect((await repo.sluice('cancel', 'a')).exit).toBe(0)
    await run.ended
    const tries = await note('cancelled in the middle', tool, repo)
    expect(tries).toEqual([`${tool} cancelled`])
    expect(straysOf(repo.dir)).toEqual([])
    if (tool !== 'aider') expect(await repo.git(['show', 'refs/sluice/wip/a/1:a.txt'])).toBe('by the agent')
  })

  here('goes on when Sluice is killed with -9, and is found again', async () => {
    const { repo, reached, release } = await inTheMiddle(tool, { kind: 'slow', pauseMs: 8000 })
    await using _ = repo
    const first = repo.start('run', '--no-input')
    await reached()
    await first.kill()
    const second = repo.start('run', '--no-input')
    await second.event({ type: 'attempt.adopted', workstream: 'a', attempt: 1 })
    await release()
    await second.ended
    expect(await note('Sluice killed with -9', tool, repo)).toEqual([`${tool} ok`])
    expect(await repo.git(['show', 'main:a.txt'])).toBe('by the agent')
    expect(straysOf(repo.dir)).toEqual([])
  })

  here('is started again when it was killed with -9 together with Sluice, and comes to its end', async () => {
    const { repo, reached, release } = await inTheMiddle(tool, { kind: 'hang', times: 1 })
    await using _ = repo
    const first = repo.start('run', '--no-input')
    await reached()
    await first.kill()
    endStrays(repo.dir)
    await release()
    const { stderr } = await repo.sluice('run', '--no-input')
    const tries = await note('both killed with -9', tool, repo)
    await explainedOnFailure(repo, stderr)
    expect(tries).toEqual([`${tool} lost`, `${tool} ok`])
    expect(await repo.git(['show', 'main:a.txt'])).toBe('by the agent')
    expect(straysOf(repo.dir)).toEqual([])
  })
})

/** When the test fails, what the attempts came to and the last words of each agent are printed. */
async function explainedOnFailure(repo: PlannedRepository, stderr: string): Promise<void> {
  const { attempts } = await repo.report()
  const lines = await Promise.all(
    attempts.map(async ({ tool, attempt, outcome, message }) => {
      const { stdout } = await repo.sluice('logs', 'a', '--attempt', String(attempt))
      return `${tool} ${outcome}: ${message}\n${stdout.slice(-LAST_CHARACTERS)}\n`
    }),
  )
  onTestFailed(() => {
    process.stderr.write(lines.join('') + stderr)
  })
}

const LAST_CHARACTERS = 1500
