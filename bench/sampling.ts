/**
 * What watching costs: 50 trees of eight processes each, looked at once a second, the counters of disks every fifth time.
 * Told as the share of one core that our own process spends on it; the processes looked at sleep.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { identify } from '../src/process/identity.ts'
import { killTree } from '../src/process/kill.ts'
import { treeSampler } from '../src/process/sampler.ts'
import { NONCE_VARIABLE } from '../src/process/table.ts'
import type { Tree } from '../src/process/tree.ts'
import { type Row, rowOf } from './row.ts'

const TREES = 50
const CHILDREN = 7
/** A minute's worth: once a second, and every fifth with disks. */
const LOOKS = 60
const DISK_EVERY = 5
const SHARE_MAX = 0.02

export async function run(): Promise<Row[]> {
  const trees: Tree[] = []
  try {
    for (let index = 0; index < TREES; index++) trees.push(await startTree())
    const sample = treeSampler()
    // The first look reads every environment.
    const found = sample(trees, { disk: true })
    const processes = [...found.values()].reduce((sum, use) => sum + use.processes, 0)
    if (processes !== TREES * (CHILDREN + 1)) throw new Error(`${processes} processes were found`)
    const began = process.cpuUsage()
    for (let look = 0; look < LOOKS; look++) sample(trees, { disk: look % DISK_EVERY === 0 })
    const { user, system } = process.cpuUsage(began)
    const share = (user + system) / 1e6 / LOOKS
    return [rowOf(`sampling ${TREES} trees, ${processes} processes, each second`, share, 'share', SHARE_MAX)]
  } finally {
    for (const tree of trees) await killTree(tree, { graceMs: 0 })
  }
}

async function startTree(): Promise<Tree> {
  const nonce = randomUUID()
  const script = `i=0; while [ $i -lt ${CHILDREN} ]; do sleep 600 & i=$((i + 1)); done; echo up; wait`
  const child: ChildProcess = spawn('/bin/sh', ['-c', script], {
    detached: true,
    env: { PATH: process.env['PATH'], [NONCE_VARIABLE]: nonce },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout!, 'data')
  child.stdout!.destroy()
  child.unref()
  return { nonce, leader: identify(child.pid!) }
}
