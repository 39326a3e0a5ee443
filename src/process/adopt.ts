/**
 * Finding an attempt again that an earlier orchestrator started: from its files, and from the lock that its shim
 * holds for as long as it lives.
 */
import { TIMER_MS_MAX, untilExists } from './appear.ts'
import { attemptFolder, readExit, readRun, readSpec } from './attempt-folder.ts'
import type { ProcessExit, RunRecord, ShimKind } from './attempt-folder.ts'
import { ownProcess } from './boundary.ts'
import { isAlive } from './identity.ts'
import type { Running } from './launch.ts'
import { shimHere } from './shim-choice.ts'
import { hasShim, isShimGone, voidUnlessHeld } from './shim-lock.ts'
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
  const spec = await readSpec(dir)
  if (spec === null) return { kind: 'lost', tree: null }
  const { nonce } = spec
  const kind = spec.shim ?? shimHere().kind
  const hasEnded = (await readExit(dir)) !== null
  const living = hasEnded ? null : await readRun(dir)
  if (living !== null && (await hasShim(dir, living.shim, { nonce, kind })))
    return { kind: 'running', running: watchAdopted(dir, { nonce, kind }, living) }
  const held = !hasEnded && !(await ownProcess('write void', () => voidUnlessHeld(dir, kind)))
  if (held) await untilExists(attemptFolder(dir).run, { timeoutMs: START_MS_MAX })
  const run = await readRun(dir)
  const tree: Tree = { nonce, leader: run?.tool ?? null }
  // Read again: the shim lets go of the lock only after it has written it.
  const exit = await readExit(dir)
  if (exit !== null) return { kind: 'exited', tree, ...exit }
  if (!held || run === null || !isAlive(run.shim)) return { kind: 'lost', tree }
  return { kind: 'running', running: watchAdopted(dir, { nonce, kind }, run) }
}

function watchAdopted(dir: string, { nonce, kind }: { nonce: string; kind: ShimKind }, run: RunRecord): Running {
  const releasing = new AbortController()
  const exited = untilExited(dir, kind, run, releasing.signal)
  exited.catch(() => {})
  return {
    tree: { nonce, leader: run.tool },
    shim: run.shim,
    exited,
    release: () => releasing.abort(),
  }
}

async function untilExited(
  dir: string,
  kind: ShimKind,
  run: RunRecord,
  released: AbortSignal,
): Promise<ProcessExit | 'lost' | 'released'> {
  const died = new AbortController()
  const probe = setInterval(() => {
    // Who cannot be asked now is asked again.
    void isShimGone(dir, run.shim, kind).then(
      (isGone) => isGone && died.abort(),
      () => undefined,
    )
  }, PROBE_MS)
  const signal = AbortSignal.any([released, died.signal])
  await untilExists(attemptFolder(dir).exit, { timeoutMs: TIMER_MS_MAX, signal })
  clearInterval(probe)
  const exit = await readExit(dir)
  if (exit !== null) return exit
  return released.aborted ? 'released' : 'lost'
}
