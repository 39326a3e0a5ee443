/** How much longer `sluice --version` takes than Node itself: what every command pays before it begins. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makePlace, type Place } from './place.ts'
import { medianOf } from './median.ts'
import { type Row, rowOf } from './row.ts'

const RUNS = 20
const EXTRA_MS_MAX = 30

/** Both by turns, so that whatever else the machine does meets both. The first of each only warms the caches. */
export async function run(): Promise<Row[]> {
  using place = makePlace('bench-start')
  const empty = join(place.dir, 'empty.js')
  writeFileSync(empty, '')
  const bare: number[] = []
  const version: number[] = []
  for (let turn = 0; turn <= RUNS; turn++) {
    const [first, second] = [timed(place, empty), timed(place, place.launcher, '--version')]
    if (turn === 0) continue
    bare.push(first)
    version.push(second)
  }
  return [rowOf('start: --version above bare node', medianOf(version) - medianOf(bare), 'ms', EXTRA_MS_MAX)]
}

function timed({ dir, env }: Place, ...args: string[]): number {
  const began = performance.now()
  const { status } = spawnSync(process.execPath, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`)
  return performance.now() - began
}
