/**
 * What Sluice adds to an agent: the wall of an attempt, from the moment that it is given to a seat until it is judged and its
 * work kept, less the wall of the same command by itself. Both in turns, against the same server, so that whatever else the
 * machine does meets both; the agent is one that starts quickly, for it is what is not its own that counts.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { medianOf } from '../../../bench/median.ts'
import { type Row, rowOf } from '../../../bench/row.ts'
import { startModelServer, type ModelServer } from '../../kit/model-server/server.ts'
import { isInstalled, type RealTool } from './agents.ts'
import { prepareAlone } from './alone.ts'
import { WORK } from './cells.ts'
import { roomFor, type Room } from './room.ts'

const QUICKEST: readonly RealTool[] = ['codex', 'claude', 'copilot']
const OVERHEAD_MS_MAX = 150

/** Of each. The ones before them, which make the slot and fill caches, do not count. */
const TURNS = 15
const UNCOUNTED = 2

/** The row of the quickest agent that is here; null when none of them is. */
export async function overhead(): Promise<Row | null> {
  const tool = QUICKEST.find(isInstalled)
  if (tool === undefined) return null
  const turns = Array.from({ length: UNCOUNTED + TURNS }, (_, turn) => `part-${turn}`)
  await using server = await startModelServer()
  await using room = await roomFor(server, tool, {
    script: { steps: WORK },
    workstreams: turns.map((id) => ({ id, tasks: ['Write the file a.txt.'], files_scope: ['a.txt'] })),
    // Nothing lands, so that all begin on the same commit and do the same.
    config: { landing: { approve: ['part-*'] } },
  })
  const differences: number[] = []
  for (const [turn, id] of turns.entries()) {
    const measures = [() => aloneMs(tool, server, room, id), () => attemptMs(room, id)]
    // Who comes first changes: neither always finds what the other one has read.
    const isSwapped = turn % 2 === 1
    const first = await measures[isSwapped ? 1 : 0]!()
    const second = await measures[isSwapped ? 0 : 1]!()
    differences.push(isSwapped ? first - second : second - first)
  }
  const p50 = medianOf(differences.slice(UNCOUNTED))
  return rowOf(`overhead of Sluice around ${tool} p50, ${TURNS} attempts`, p50, 'ms', OVERHEAD_MS_MAX)
}

async function attemptMs(room: Room, id: string): Promise<number> {
  const { stderr } = await room.sluice('run', '--no-input', '--only', id)
  const attempts = (await room.report()).attempts.filter(({ workstream }) => workstream === id)
  const [attempt] = attempts
  if (attempts.length !== 1 || attempt?.outcome !== 'ok' || attempt.ms === null)
    throw new Error(`${id} has no good attempt:\n${stderr}`)
  return attempt.ms
}

/** In a clone of its own; its home is the same each time, as that of a slot is. */
async function aloneMs(tool: RealTool, server: ModelServer, room: Room, id: string): Promise<number> {
  const [dir, home, tmp] = [join(room.dir, 'alone', id), join(room.dir, 'alone/home'), join(room.dir, 'alone/tmp')]
  for (const folder of [dir, home, tmp]) await mkdir(folder, { recursive: true })
  const root = join(dir, 'repo')
  await room.git(['clone', '-q', room.root, root])
  const of = { tool, server, base: room.base, dir, root, home, tmp, prompt: 'Write the file a.txt.', file: 'a.txt' }
  const { argv, env, stdinFile } = await prepareAlone(of)
  const out = openSync(join(dir, 'out.log'), 'w')
  const stdin = openSync(stdinFile ?? '/dev/null', 'r')
  const began = performance.now()
  const child = spawn(argv[0]!, argv.slice(1), { cwd: root, env, stdio: [stdin, out, out], detached: true })
  const exit = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', resolve)
  })
  const ms = performance.now() - began
  closeSync(out)
  closeSync(stdin)
  if (exit !== 0) throw new Error(`${tool} alone ended with ${exit}`)
  return ms
}
