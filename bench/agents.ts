/** Tools under their shims, for benches of the supervision; all are ended, and their folder is gone, afterwards. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killTree } from '../src/process/kill.ts'
import { launch, type LaunchSpec, type Running } from '../src/process/launch.ts'

export interface Agents extends AsyncDisposable {
  dir: string
  env: Record<string, string>
  /** Starts a shell script in a folder of its own, `dir/NUMBER`. */
  start(number: number, script: string, more?: Partial<LaunchSpec>): Promise<Running>
  /** The folder of an attempt. */
  folder(number: number): string
}

export async function makeAgents(): Promise<Agents> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'sluice-bench-agents-')))
  const env = { PATH: process.env['PATH'] ?? '' }
  const started: Running[] = []
  const folder = (number: number): string => join(dir, String(number))
  return {
    dir,
    env,
    folder,
    async start(number, script, more = {}) {
      const place = { dir: folder(number), cwd: dir, env, stdinFile: null, enclosure: null, memoryBytesMax: null }
      const running = await launch({ ...place, argv: ['/bin/sh', '-c', script], nonce: randomUUID(), ...more })
      started.push(running)
      return running
    },
    async [Symbol.asyncDispose]() {
      for (const running of started) {
        await killTree(running.tree, { graceMs: 0 })
        await running.exited
      }
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
