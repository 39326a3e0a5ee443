/**
 * Starting a tool so that it outlives us: under its shim, detached, talking to files only.
 *
 * The order makes every kill recoverable: `spec.json` with the nonce is on the disk before anything starts, and the
 * shim writes `run.json` before the tool starts. See `attempt-folder.ts` for the files and `adopt.ts` for the way back.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { SluiceError } from '../model/failure.ts'
import { untilExists } from './appear.ts'
import { attemptFolder, readExit, readRun, readShimLog } from './attempt-folder.ts'
import type { ProcessExit } from './attempt-folder.ts'
import { ownProcess } from './boundary.ts'
import { dropGroup, makeGroup } from './cgroup.ts'
import { replaceFile } from './files.ts'
import { bootId } from './identity.ts'
import type { ProcessIdentity } from './identity.ts'
import { killsForMemory } from './out-of-memory.ts'
import { startNodeShim } from './node-shim.ts'
import { boxed, type Enclosure } from './sandbox.ts'
import { shimHere } from './shim-choice.ts'
import { shimArgv } from './shim.ts'
import { NONCE_VARIABLE } from './table.ts'
import type { Tree } from './tree.ts'

export interface LaunchSpec {
  /** The attempt's folder, absolute; created when missing. One launch per folder, ever. */
  dir: string
  argv: readonly string[]
  /** Absolute; the tool gets it as PWD. */
  cwd: string
  /** The tool's whole environment, to which PWD and SLUICE_NONCE are added and nothing else. Names are shell names. */
  env: Readonly<Record<string, string>>
  nonce: string
  /** null: /dev/null. Never a pipe: some tools wait on an open one for ever. */
  stdinFile: string | null
  /** The box that it runs in, or null for none. */
  enclosure: Enclosure | null
  /** What its processes may use together, or null; kept where control groups can (`cgroup.ts`). */
  memoryBytesMax: number | null
}

export interface Running {
  tree: Tree & { leader: ProcessIdentity }
  shim: ProcessIdentity
  /**
   * Resolves when the tool has ended, by an event: `lost` when its end can no longer be known (the shim was killed;
   * the tool may live: `killTree(tree)`), `released` after `release()`. Rejects, without
   * harm when nobody listens yet, when `exit.json` is there and cannot be read now.
   */
  exited: Promise<ProcessExit | 'lost' | 'released'>
  /** Stops watching and lets go of the event loop; the tool goes on. */
  release(): void
}

/** From spawn to `run.json` takes some 10 ms; a machine that needs this long is not going to run an agent. */
const START_MS_MAX = 30_000

/**
 * Starts `spec.argv` under a shim and waits until it is recorded as running. Throws SluiceError E201
 * when it could not be started, with the reason; then nothing runs. A tool whose
 * argv[0] does not exist does start, and exits with 127 and a word in `out.log`.
 */
export async function launch(spec: LaunchSpec): Promise<Running> {
  if (NONCE_VARIABLE in spec.env) throw new Error(`${NONCE_VARIABLE} belongs to the shim`)
  if (spec.argv.length === 0) throw new Error('argv is empty')
  const shim = shimHere()
  const { dir, argv, cwd, env, nonce, stdinFile, enclosure, memoryBytesMax } = spec
  const folder = attemptFolder(dir)
  await mkdir(dir, { recursive: true })
  const machine = { bootId: bootId(), killsForMemory: killsForMemory() }
  const who = { nonce, shim: shim.kind }
  const what = { argv, cwd, env: Object.keys(env).sort(), stdinFile, isBoxed: enclosure !== null }
  // For who comes after a kill of ours; after a power cut nothing of it runs.
  await replaceFile(folder.spec, `${JSON.stringify({ ...what, ...who, ...machine }, null, 2)}\n`)
  await using out = await open(folder.out, 'a')
  await using log = await open(folder.shimLog, 'a')
  const inner = {
    argv: boxed(enclosure, { argv, cwd, env }),
    isBoxed: enclosure !== null,
    group: await makeGroup(nonce, memoryBytesMax),
  }
  const order = { dir, nonce, cwd, env, stdinFile, ...inner }
  return await ownProcess('launch', async () => {
    const child =
      shim.kind === 'shell'
        ? spawn('/bin/sh', shimArgv({ ...order, bootId: bootId(), programs: shim.programs }), {
            cwd: dir,
            env: { ...env },
            detached: true,
            stdio: ['ignore', out.fd, log.fd],
          })
        : startNodeShim(order, { out: out.fd, log: log.fd })
    return await untilRecorded(spec, child)
  })
}

/** Waits until the shim has put the tool on record. */
async function untilRecorded({ dir, argv, cwd, nonce }: LaunchSpec, child: ChildProcess): Promise<Running> {
  const folder = attemptFolder(dir)
  const ended = untilEnded(child)
  const starting = new AbortController()
  const outcome = await Promise.race([
    untilExists(folder.run, { timeoutMs: START_MS_MAX, signal: starting.signal }),
    ended.then((end) => (end instanceof Error ? end : null)),
  ])
  starting.abort()
  const run = await readRun(dir)
  if (run === null) {
    child.kill('SIGKILL')
    dropGroup(nonce)
    const reason = outcome instanceof Error ? outcome.message : await readShimLog(dir)
    throw new SluiceError({
      code: 'E201',
      message: `${argv[0]} could not be started: ${reason === '' ? `no answer in ${START_MS_MAX / 1000} s` : reason}`,
      details: { dir, cwd },
    })
  }
  return watchOwn(dir, nonce, run, child, ended)
}

/** Waits for `exit`, not `close`: a grandchild may hold our files open for ever. */
function untilEnded(child: ChildProcess): Promise<Error | null> {
  const { promise, resolve } = Promise.withResolvers<Error | null>()
  child.once('error', resolve)
  child.once('exit', () => resolve(null))
  return promise
}

function watchOwn(
  dir: string,
  nonce: string,
  run: { shim: ProcessIdentity; tool: ProcessIdentity },
  child: ChildProcess,
  ended: Promise<unknown>,
): Running {
  const { promise: released, resolve } = Promise.withResolvers<'released'>()
  const exited = Promise.race([released, ended.then(async () => (await readExit(dir)) ?? ('lost' as const))])
  exited.catch(() => {})
  return {
    tree: { nonce, leader: run.tool },
    shim: run.shim,
    exited,
    release() {
      child.unref()
      resolve('released')
    },
  }
}
