/**
 * Watches a tool at work and ends it when it must end: out of time, silent for too long, or told to.
 *
 * Silence means output *and* CPU *and* files: an agent that waits for its model prints nothing and computes nothing,
 * one that compiles may print nothing either. Only when all three have been still for the whole limit it is a hang.
 * Time-outs are monotonic; a clock that is set does not kill anybody.
 */
import { lstatSync, opendirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { attemptFolder, type ProcessExit, readExit } from '../process/attempt-folder.ts'
import { isOutOfFiles } from '../process/full-disk.ts'
import { GRACE_MS, killTree } from '../process/kill.ts'
import type { Running } from '../process/launch.ts'
import type { DiskRoom } from '../process/room.ts'
import type { Sampling, Tracked } from '../process/sampling.ts'

/** How often silence is looked at; a shorter limit is looked at ten times within it. */
const LOOK_MS = 5_000
const LOOKS_PER_LIMIT = 10

/** Timers and garbage collection of a program that does nothing: two percent of a core in Codex that waits for its model. */
const QUIET_SHARE = 0.03
/** A clock tick, the least that the kernel counts in. */
const TICK_MS_MAX = 10

/** Files looked at before we say that nothing moved. A tree that is larger gets the benefit of the doubt. */
const FILES_MAX = 200_000

export interface WatchLimits {
  /** What is left of the time-out. */
  timeoutMs: number
  idleMs: number
  worktree: string
  /** The attempt's folder. */
  dir: string
  /** Grows with every sign of life in its output; null (the default): all of it is one. */
  signs?: () => number | null
  sampling: Sampling
  /** Where a step waits that the system does not allow now. */
  room: Pick<DiskRoom, 'hold'>
  /** Aborted by a person (cancel, stop) or to let go (detach), as `reason` says. */
  signal: AbortSignal
}

/** Reasons for aborting `signal`. */
export const END = 'end'
export const DETACH = 'detach'

export type Watched =
  | { kind: 'exited'; exit: ProcessExit }
  | { kind: 'lost' }
  | { kind: 'timeout' }
  | { kind: 'silent'; ms: number }
  | { kind: 'ended' }
  /** We let go, the tool goes on. */
  | { kind: 'detached' }

/** Resolves when the tool has ended, whoever ended it; nothing of its tree lives then (unless detached). */
export async function watchTool(running: Running, limits: WatchLimits): Promise<Watched> {
  const { room } = limits
  const deadline = performance.now() + limits.timeoutMs
  using tracked = limits.sampling.track(running.tree)
  const lookMs = Math.max(20, Math.min(LOOK_MS, limits.idleMs / LOOKS_PER_LIMIT))
  const silence = new Silence(tracked, lookMs / 2, limits)
  const aborted = Promise.withResolvers<'aborted'>()
  const onAbort = (): void => aborted.resolve('aborted')
  limits.signal.addEventListener('abort', onAbort)
  if (limits.signal.aborted) onAbort()
  // It has ended; how, cannot be read now.
  const exited = running.exited.catch(() => room.hold(async () => (await readExit(limits.dir)) ?? 'lost'))
  try {
    for (;;) {
      const look = timer(Math.max(0, Math.min(lookMs, deadline - performance.now())))
      const first = await Promise.race([exited, aborted.promise, look.done])
      look.cancel()
      if (first === 'aborted') {
        if (limits.signal.reason === DETACH) {
          running.release()
          return { kind: 'detached' }
        }
        return await end(running, room, { kind: 'ended' })
      }
      if (first === 'lost') return await end(running, room, { kind: 'lost' })
      if (first === 'released') return { kind: 'detached' }
      if (first !== 'look') return await end(running, room, { kind: 'exited', exit: first })
      if (performance.now() >= deadline) return await endUnlessOver(running, limits, { kind: 'timeout' })
      const silentMs = silence.look()
      if (silentMs !== null) return await endUnlessOver(running, limits, { kind: 'silent', ms: silentMs })
    }
  } finally {
    limits.signal.removeEventListener('abort', onAbort)
  }
}

/** Also after an exit by itself: what it left running would go on writing into the worktree. */
async function end(running: Running, room: WatchLimits['room'], watched: Watched): Promise<Watched> {
  await room.hold(() => killTree(running.tree, { graceMs: watched.kind === 'exited' ? 0 : GRACE_MS }))
  running.release()
  return watched
}

/** What has come to its end by itself at the last moment was not ended by us: late is good enough, and the work is whole. */
async function endUnlessOver(running: Running, { dir, room }: WatchLimits, watched: Watched): Promise<Watched> {
  const exit = await room.hold(() => readExit(dir))
  return await end(running, room, exit === null ? watched : { kind: 'exited', exit })
}

function timer(ms: number): { done: Promise<'look'>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<'look'>()
  const handle = setTimeout(() => resolve('look'), ms)
  return { done: promise, cancel: () => clearTimeout(handle) }
}

class Silence {
  readonly #tracked: Tracked
  readonly #ageMsMax: number
  readonly #limits: WatchLimits
  #since = performance.now()
  #sinceWall = Date.now()
  #output = -1
  #cpuMs = -1

  constructor(tracked: Tracked, ageMsMax: number, limits: WatchLimits) {
    this.#tracked = tracked
    this.#ageMsMax = ageMsMax
    this.#limits = limits
  }

  /** How long it has been silent when that is too long, else null. */
  look(): number | null {
    const { dir, idleMs, worktree, signs } = this.#limits
    const output = signs?.() ?? statSync(attemptFolder(dir).out, { throwIfNoEntry: false })?.size ?? 0
    const { cpuMs } = this.#tracked.use(this.#ageMsMax)
    const silentMs = performance.now() - this.#since
    const cpuMsMax = silentMs * QUIET_SHARE + TICK_MS_MAX
    if (output !== this.#output || cpuMs - this.#cpuMs > cpuMsMax) {
      this.#output = output
      this.#cpuMs = cpuMs
      this.#restart()
      return null
    }
    if (silentMs < idleMs) return null
    // Files are looked at last and once: walking a large worktree is what makes watching expensive.
    if (changedSince(worktree, this.#sinceWall)) {
      this.#restart()
      return null
    }
    return silentMs
  }

  #restart(): void {
    this.#since = performance.now()
    this.#sinceWall = Date.now()
  }
}

/** Whether anything below `root` was written after `sinceMs` (ms since the epoch), or cannot be known. */
export function changedSince(root: string, sinceMs: number): boolean {
  const folders = [root]
  let looked = 0
  while (folders.length > 0) {
    const folder = folders.pop()!
    let entries
    try {
      entries = opendirSync(folder)
    } catch (error) {
      if (isOutOfFiles(error)) return true
      continue
    }
    try {
      for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
        const path = join(folder, entry.name)
        if ((lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) > sinceMs) return true
        if (entry.isDirectory()) folders.push(path)
        if (++looked > FILES_MAX) return true
      }
    } finally {
      entries.closeSync()
    }
  }
  return false
}
