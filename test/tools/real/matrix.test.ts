/**
 * Every agent that is installed here, through the whole of Sluice: plan, slot, adapter, fallback, gate, landing. The agents
 * are real, their models are scripted, and nothing of them reaches a network: all addresses lead to the scripted server.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { untilExists } from '../../../src/process/appear.ts'
import type { Fault } from '../../kit/model-server/script.ts'
import { endStrays, straysOf } from '../../kit/traces.ts'
import { BOTH_KILLED, CANCELLED, silenceOf, SLOWEST_FIRST, SLUICE_KILLED, triesOf, WORK, type Cell } from './cells.ts'
import { CANARY, isInstalled, TOOLS, type RealTool } from './agents.ts'
import { orExplained, roomFor, RUN_MS_MAX, type Room } from './room.ts'
import { watchedStage } from './stage.ts'
import { keepTable, type Result } from './table.ts'

const stage = watchedStage()
const results: Result[] = []

afterAll(async () => {
  await keepTable(results)
  if (results.length > 0) expect(stage().watch.holders.size).toBeGreaterThan(0)
})

/** Tries of the run in order; put down for the table. */
async function note(cell: string, tool: RealTool, room: Room): Promise<string[]> {
  const tries = await room.tries()
  results.push({ tool, cell, tries })
  return tries
}

/** What all tests here are named and chosen by: `copilot: edits and lands`. */
function forEachTool(what: string, test: (tool: RealTool) => Promise<void>): void {
  for (const tool of TOOLS) {
    const here = isInstalled(tool) ? it.concurrent : it.skip
    here(`${tool}: ${what}`, () => test(tool))
  }
}

async function fill(cell: Cell, tool: RealTool): Promise<void> {
  await using room = await roomFor(stage().server, tool, { ...cell, ...silenceOf(cell, tool) })
  const { exit, stderr } = await room.sluice('run', '--no-input')
  const tries = await note(cell.name, tool, room)
  const expected = [
    ...triesOf(cell, tool).map((outcome) => `${tool} ${outcome}`),
    ...(cell.isSpareNeeded ? ['spare ok'] : []),
  ]
  await orExplained(room, stderr, async () => {
    expect(tries).toEqual(expected)
    expect(exit).toBe(0)
    expect(await room.git(['show', 'main:a.txt'])).toBe(cell.isSpareNeeded ? 'by the spare' : 'by the agent')
    expect(straysOf(room.dir)).toEqual([])
    const keys = new Set(room.seen().map(({ key }) => key))
    expect([...keys].filter((key) => key !== null && key !== CANARY)).toEqual([])
  })
}

for (const cell of SLOWEST_FIRST) forEachTool(cell.name, (tool) => fill(cell, tool))

/** The agent is in the middle of its work: in a command of its shell or, having none, waiting for its model. */
interface Middle {
  room: Room
  reached: () => Promise<unknown>
  /** Its command may come to its end, or its model answer. A model that hangs never does. */
  release: () => Promise<void>
}

async function inTheMiddle(tool: RealTool, aidersFault: Fault): Promise<Middle> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-middle-'))
  const [there, go] = [join(folder, 'there'), join(folder, 'go')]
  // A file, since Gemini CLI blocks a command with `$(` in it, were it arithmetic. A forgotten one ends by itself after five minutes.
  const wait = join(folder, 'wait.sh')
  await writeFile(
    wait,
    `touch '${there}'; i=0; while [ ! -e '${go}' ] && [ $i -lt 3000 ]; do sleep 0.1; i=$((i + 1)); done\n`,
  )
  const shell = { do: 'shell', command: `sh ${wait}` } as const
  const hasShell = tool !== 'aider'
  const script = hasShell
    ? { steps: [...WORK.slice(0, 1), shell, ...WORK.slice(1)] }
    : { steps: WORK, faults: [aidersFault] }
  const room = await roomFor(stage().server, tool, { script })
  const stack = new AsyncDisposableStack()
  stack.use(room)
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  return {
    room: { ...room, [Symbol.asyncDispose]: () => stack.disposeAsync() },
    reached: async () => {
      if (!hasShell) return stage().server.request((seen) => seen.fault !== null && seen.script === room.script)
      if (!(await untilExists(there, { timeoutMs: RUN_MS_MAX }))) throw new Error('its shell command was never begun')
    },
    release: async () => {
      stage().server.release(room.script)
      await writeFile(go, '')
    },
  }
}

forEachTool('cancelled in the middle, it is ended with all that it started, and its work is kept', async (tool) => {
  const { room, reached } = await inTheMiddle(tool, { kind: 'hang' })
  await using _ = room
  const run = room.start('run', '--no-input')
  await reached()
  expect((await room.sluice('cancel', 'a')).exit).toBe(0)
  await run.ended
  expect(await note(CANCELLED, tool, room)).toEqual([`${tool} cancelled`])
  expect(straysOf(room.dir)).toEqual([])
  if (tool !== 'aider') expect(await room.git(['show', 'refs/sluice/wip/a/1:a.txt'])).toBe('by the agent')
})

forEachTool('it goes on when Sluice is killed with -9, and is found again', async (tool) => {
  const { room, reached, release } = await inTheMiddle(tool, { kind: 'held' })
  await using _ = room
  const first = room.start('run', '--no-input')
  await reached()
  await first.kill()
  const second = room.start('run', '--no-input')
  await second.event({ type: 'attempt.adopted', workstream: 'a', attempt: 1 })
  await release()
  await second.ended
  expect(await note(SLUICE_KILLED, tool, room)).toEqual([`${tool} ok`])
  expect(await room.git(['show', 'main:a.txt'])).toBe('by the agent')
  expect(straysOf(room.dir)).toEqual([])
})

forEachTool('killed with -9 together with Sluice, it is started again and comes to its end', async (tool) => {
  const { room, reached, release } = await inTheMiddle(tool, { kind: 'hang', times: 1 })
  await using _ = room
  const first = room.start('run', '--no-input')
  await reached()
  await first.kill()
  endStrays(room.dir)
  await release()
  const { stderr } = await room.sluice('run', '--no-input')
  const tries = await note(BOTH_KILLED, tool, room)
  await orExplained(room, stderr, async () => {
    expect(tries).toEqual([`${tool} lost`, `${tool} ok`])
    expect(await room.git(['show', 'main:a.txt'])).toBe('by the agent')
    expect(straysOf(room.dir)).toEqual([])
  })
})
