/**
 * What the supervision of a tool costs: how much later it starts under its shim than started plainly, without a box and
 * in one, and how much memory its shim has for itself.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Enclosure } from '../src/process/sandbox.ts'
import { probeSandbox } from '../src/process/sandbox-probe.ts'
import { type Agents, makeAgents } from './agents.ts'
import { medianOf } from './median.ts'
import { type Row, rowOf } from './row.ts'

const RUNS = 15
const START_MS_MAX = 15
/** The shim, and what bubblewrap takes by itself (facts: 7.7 ms). */
const BOXED_START_MS_MAX = 25
const PRIVATE_MB_MAX = 2

/** The first thing that a tool does is to say what time it is. */
const SCRIPT = 'exec date +%s.%N'

/** All by turns, so that whatever else the machine does meets all. The first of each only warms the caches. */
export async function run(): Promise<Row[]> {
  await using agents = await makeAgents()
  const probe = probeSandbox(process.env['PATH'], { closed: false })
  const rules = [[agents.dir, 'writable']] as const
  const box: Enclosure | null =
    probe.kind === 'works' ? { program: probe.program, network: true, areas: [], rules } : null
  const plain: number[] = []
  const shimmed: number[] = []
  const boxed: number[] = []
  for (let turn = 0; turn <= RUNS; turn++) {
    const [first, second] = [await plainly(agents, turn), await underShim(agents, 2 * turn, null)]
    const third = box === null ? null : await underShim(agents, 2 * turn + 1, box)
    if (turn === 0) continue
    plain.push(first)
    shimmed.push(second)
    if (third !== null) boxed.push(third)
  }
  const living = await agents.start(10_000, 'exec sleep 600')
  const over = (starts: number[]): number => medianOf(starts) - medianOf(plain)
  return [
    rowOf('shim: start of a tool above a plain spawn', over(shimmed), 'ms', START_MS_MAX),
    ...(box === null ? [] : [rowOf('shim: the same in a box', over(boxed), 'ms', BOXED_START_MS_MAX)]),
    rowOf('shim: memory of its own', privateBytes(living.shim.pid) / 1e6, 'MB', PRIVATE_MB_MAX),
  ]
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

/** From the call to the tool's own clock, in milliseconds. */
async function plainly({ dir, env }: Agents, turn: number): Promise<number> {
  const file = join(dir, `plain-${turn}`)
  const began = now()
  const child = spawn('/bin/sh', ['-c', SCRIPT], { env, stdio: ['ignore', openSync(file, 'a'), 'inherit'] })
  await once(child, 'exit')
  return Number(readFileSync(file, 'utf8')) * 1000 - began
}

async function underShim(agents: Agents, number: number, enclosure: Enclosure | null): Promise<number> {
  const began = now()
  const running = await agents.start(number, SCRIPT, { enclosure })
  await running.exited
  return Number(readFileSync(join(agents.folder(number), 'out.log'), 'utf8')) * 1000 - began
}

/** What nobody shares with it, and would be free without it. */
function privateBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const lines = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)]
  return lines.reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0)
}
