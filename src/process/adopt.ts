/**
 * Finding an attempt again that an earlier orchestrator started: from its files, and from the lock that its shim
 * holds for as long as it lives.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { TIMER_MS_MAX, untilExists } from './appear.ts'
import { attemptFolder, readExit, readNonce, readRun } from './attempt-folder.ts'
import type { ProcessExit, RunRecord } from './attempt-folder.ts'
import { ownProcess } from './boundary.ts'
import { isAlive } from './identity.ts'
import type { ProcessIdentity } from './identity.ts'
import type { Running } from './launch.ts'
import { requireProgram } from './program.ts'
import { namesNonce } from './table.ts'
import type { Tree } from './tree.ts'

export type Adopted =
  | { kind: 'running'; running: Running }
  | ({ kind: 'exited'; tree: Tree | null } & ProcessExit)
  /**
   * Its end will never be known. The tool may still live: `killTree(tree)` ends what is left and signals nobody else.
   * `tree` is null when nothing was ever launched from the folder.
   */
  | { kind: 'lost'; tree: Tree | null }

/** A shim that holds the lock has its `run.json` within milliseconds. */
const START_MS_MAX = 5_000

/** How often an adopted shim is looked at: its end is an event (`exit.json`), its being killed is not. */
const PROBE_MS = 1_000

/**
 * Says what has become of the attempt in `dir`. After `lost` or `exited` nothing will start from this folder any
 * more, not even a shim that was spawned and has not run yet.
 */
export async function adopt(dir: string): Promise<Adopted> {
  const nonce = await readNonce(dir)
  if (nonce === null) return { kind: 'lost', tree: null }
  const hasEnded = (await readExit(dir)) !== null
  const living = hasEnded ? null : await readRun(dir)
  if (living !== null && isShim(living.shim, nonce))
    return { kind: 'running', running: watchAdopted(dir, nonce, living) }
  const held = !hasEnded && !(await ownProcess('write void', () => voidUnlessHeld(dir)))
  if (held) await untilExists(attemptFolder(dir).run, { timeoutMs: START_MS_MAX })
  const run = await readRun(dir)
  const tree: Tree = { nonce, leader: run?.tool ?? null }
  // Read again: the shim lets go of the lock only after it has written it.
  const exit = await readExit(dir)
  if (exit !== null) return { kind: 'exited', tree, ...exit }
  if (!held || run === null || !isAlive(run.shim)) return { kind: 'lost', tree }
  return { kind: 'running', running: watchAdopted(dir, nonce, run) }
}

/**
 * Is this very process the shim of the attempt, and at work? Then it holds the lock, which it took before it wrote
 * `run.json` and lets go of by ending: nobody has to be started to ask, and fifty are taken up in no time.
 */
function isShim(identity: ProcessIdentity, nonce: string): boolean {
  return isAlive(identity) && namesNonce(identity.pid, nonce)
}

/** True when the lock was free: then the attempt is void now, in the same step, so that no late shim can start. */
async function voidUnlessHeld(dir: string): Promise<boolean> {
  const folder = attemptFolder(dir)
  const argv = ['-n', '-E', '9', folder.lock, requireProgram('touch', 'coreutils'), folder.void]
  const child = spawn(requireProgram('flock', 'util-linux'), argv, { stdio: 'ignore' })
  const [code]: unknown[] = await once(child, 'exit')
  if (code !== 0 && code !== 9) throw new Error(`flock ${folder.lock} ended with ${String(code)}`)
  return code === 0
}

function watchAdopted(dir: string, nonce: string, run: RunRecord): Running {
  const releasing = new AbortController()
  return {
    tree: { nonce, leader: run.tool },
    shim: run.shim,
    exited: untilExited(dir, run, releasing.signal),
    release: () => releasing.abort(),
  }
}

async function untilExited(
  dir: string,
  run: RunRecord,
  released: AbortSignal,
): Promise<ProcessExit | 'lost' | 'released'> {
  const died = new AbortController()
  const probe = setInterval(() => {
    if (!isAlive(run.shim)) died.abort()
  }, PROBE_MS)
  const signal = AbortSignal.any([released, died.signal])
  await untilExists(attemptFolder(dir).exit, { timeoutMs: TIMER_MS_MAX, signal })
  clearInterval(probe)
  const exit = await readExit(dir)
  if (exit !== null) return exit
  return released.aborted ? 'released' : 'lost'
}
