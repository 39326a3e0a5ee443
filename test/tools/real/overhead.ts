/**
 * What Sluice adds to an agent: the wall of an attempt, from the moment that it is given to a seat until it is judged and its
 * work kept, less the wall of the same command by itself. Both by turns, against the same server, so that whatever else the
 * machine does meets both; the agent is one that starts quickly, for it is what is not its own that counts.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { medianOf } from '../../../bench/median.ts'
import { makePlace, type Place } from '../../../bench/place.ts'
import { type Row, rowOf } from '../../../bench/row.ts'
import type { ReportDocument } from '../../../src/observe/report.ts'
import { startModelServer, type ModelServer } from '../../kit/model-server/server.ts'
import { type Ended, endOf } from '../../kit/sluice.ts'
import { isInstalled, type RealTool } from './agents.ts'
import { prepareAlone } from './alone.ts'
import { WORK } from './cells.ts'
import { roomFor, type Room } from './room.ts'

const QUICKEST: readonly RealTool[] = ['codex', 'claude', 'copilot']
const OVERHEAD_MS_MAX = 150

/** Attempts of one run, one after the other; then as many of the command by itself. */
const BLOCK = 5
/** The first, which makes the slot and fills caches, does not count. */
const BLOCKS = 4

/** The row of the quickest agent that is here; null when none of them is. */
export async function overhead(): Promise<Row | null> {
  const tool = QUICKEST.find(isInstalled)
  if (tool === undefined) return null
  const blocks = Array.from({ length: BLOCKS }, (_, block) =>
    Array.from({ length: BLOCK }, (_element, turn) => `part-${block}-${turn}`),
  )
  await using server = await startModelServer()
  // As users have it: the bundle, not the sources.
  using place = makePlace('overhead')
  await using room = await roomFor(server, tool, {
    script: { steps: WORK },
    workstreams: blocks.flat().map((id) => ({ id, tasks: ['Write the file a.txt.'], files_scope: ['a.txt'] })),
    // Nothing lands, so that all begin on the same commit and do the same.
    config: { landing: { approve: ['part-*'] } },
  })
  const differences: number[] = []
  for (const [number, block] of blocks.entries()) {
    // Who comes first changes: neither always finds what the other one has read.
    const isSwapped = number % 2 === 1
    const before = isSwapped ? [] : await eachAlone(tool, server, room, block)
    const attempts = await attemptsMs(place, room, block)
    const alone = isSwapped ? await eachAlone(tool, server, room, block) : before
    if (number > 0) differences.push(...attempts.map((ms, turn) => ms - alone[turn]!))
  }
  return rowOf(
    `overhead of Sluice around ${tool} p50, ${differences.length} attempts`,
    medianOf(differences),
    'ms',
    OVERHEAD_MS_MAX,
  )
}

async function attemptsMs({ launcher }: Place, { place }: Room, ids: readonly string[]): Promise<number[]> {
  const run = (...args: string[]): Promise<Ended> =>
    endOf(spawn(process.execPath, [launcher, ...args], { ...place, stdio: ['ignore', 'pipe', 'pipe'] }), args)
  const { stderr } = await run('run', '--no-input', ...ids.flatMap((id) => ['--only', id]))
  const { attempts } = JSON.parse((await run('report', '--json')).stdout) as ReportDocument
  return ids.map((id) => {
    const [attempt, ...more] = attempts.filter(({ workstream }) => workstream === id)
    if (more.length > 0 || attempt?.outcome !== 'ok' || attempt.ms === null)
      throw new Error(`${id} has no good attempt:\n${stderr}`)
    return attempt.ms
  })
}

async function eachAlone(tool: RealTool, server: ModelServer, room: Room, ids: readonly string[]): Promise<number[]> {
  const all: number[] = []
  for (const id of ids) all.push(await aloneMs(tool, server, room, id))
  return all
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
