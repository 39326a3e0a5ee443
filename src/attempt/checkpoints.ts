/**
 * Keeps the work of an attempt while its tool is at it: when the tool commits, and every few minutes. A crash that takes the
 * worktree with it then costs minutes, not the work.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Checkpoints } from '../git/checkpoint.ts'
import { WORK_BYTES_MAX } from '../git/transfer.ts'
import { messageOf } from '../model/failure.ts'
import type { Job } from './attempt.ts'

/** What a crash may cost. A look at 57,000 files takes 0.2 s of a core, a thousandth of this. */
const EVERY_MS = 3 * 60_000

/** A commit is seen by the size of a file; ten agents then cost one call a second. */
const LOOK_MS = 10_000

export interface CheckpointTimes {
  everyMs: number
  lookMs: number
}

/** The pin of an attempt's newest checkpoint. It goes when the work itself is pinned. */
export function checkpointRef(workstream: string, attempt: number): string {
  return `refs/sluice/checkpoint/${workstream}/${attempt}`
}

export interface Keeping extends AsyncDisposable {
  /** Why the last one could not be taken, or null. */
  readonly problem: string | null
}

/** Takes checkpoints until it is disposed. What cannot be read now is read the next time. */
export function keepCheckpoints(
  job: Job,
  { everyMs, lookMs }: CheckpointTimes = { everyMs: EVERY_MS, lookMs: LOOK_MS },
): Keeping {
  const { repo, slot, workstream, attempt, identity, tool } = job
  const checkpoints = new Checkpoints(repo, slot)
  const stop = new AbortController()
  const { signal } = stop
  let problem: string | null = null

  const take = async (): Promise<void> => {
    const commit = await checkpoints.take({
      base: attempt.base,
      ref: checkpointRef(workstream.id, attempt.number),
      message: `${workstream.id}: checkpoint of attempt ${attempt.number} by ${tool.id}`,
      author: identity,
      dateSeconds: Math.floor(job.now() / 1000),
      maxBytes: WORK_BYTES_MAX,
      signal,
    })
    if (commit !== null) await job.checkpointed(commit)
  }

  const loop = async (): Promise<void> => {
    let last = performance.now()
    let moves = movesOf(job)
    while (!signal.aborted) {
      await delay(Math.min(lookMs, everyMs), undefined, { signal }).catch(() => {})
      const now = movesOf(job)
      if (signal.aborted || (now === moves && performance.now() - last < everyMs)) continue
      moves = now
      last = performance.now()
      try {
        await take()
        problem = null
      } catch (error) {
        // A half-written file, a full disk: whatever it is, the end of the tool must not depend on it.
        if (!signal.aborted) problem = messageOf(error)
      }
    }
  }

  const done = loop()
  return {
    get problem() {
      return problem
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
      await checkpoints.close()
    },
  }
}

/** Bytes of what git has written down about moves of the tool's HEAD: more of them are commits. */
function movesOf({ slot }: Job): number {
  return statSync(join(slot.admin, 'logs', 'HEAD'), { throwIfNoEntry: false })?.size ?? 0
}
