/**
 * What a test of processes needs: a folder and a nonce of its own, both gone afterwards, whatever the test did.
 * Tests cause events through the folder: `reached` waits until a process made a file, a fifo holds a process back.
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { untilExists } from '../../src/process/appear.ts'
import { killTree } from '../../src/process/kill.ts'
import type { LaunchSpec } from '../../src/process/launch.ts'
import { namesNonce, processTable } from '../../src/process/table.ts'

/** A limit against hanging for ever, never a measurement. */
export const PATIENCE_MS = 30_000

const LOOK_MS = 5

export const PATH = '/usr/local/bin:/usr/bin:/bin'

export interface Scene extends AsyncDisposable {
  dir: string
  nonce: string
  /** Path in the folder. */
  at(name: string): string
  /** Waits until the file is there. */
  reached(name: string): Promise<void>
  /** Makes a fifo that `read x <NAME` waits on. */
  hold(name: string): void
  /** Lets go who waits on the fifo. */
  free(name: string): Promise<void>
  /** A launch of a shell script in this folder, the attempt's folder being `attempt`. */
  script(text: string, more?: Partial<LaunchSpec>): LaunchSpec
}

export async function scene(): Promise<Scene> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-process-'))
  const nonce = randomUUID()
  const at = (name: string): string => join(dir, name)
  return {
    dir,
    nonce,
    at,
    async reached(name) {
      if (!(await untilExists(at(name), { timeoutMs: PATIENCE_MS }))) throw new Error(`${name} never appeared`)
    },
    hold(name) {
      const { status } = spawnSync('mkfifo', [at(name)])
      if (status !== 0) throw new Error(`no fifo ${name}`)
    },
    free: (name) => writeFile(at(name), 'go\n'),
    script: (text, more = {}) => ({
      dir: at('attempt'),
      argv: ['sh', '-c', text],
      cwd: dir,
      env: { PATH },
      nonce,
      stdinFile: null,
      enclosure: null,
      memoryBytesMax: null,
      ...more,
    }),
    async [Symbol.asyncDispose]() {
      await killTree({ nonce, leader: null }, { graceMs: 0 })
      // The shim still writes down how its tool ended.
      while (processTable().some((row) => namesNonce(row, nonce))) await delay(LOOK_MS)
      await rm(dir, { recursive: true, force: true })
    },
  }
}
