/**
 * Waiting for a file to appear: the one kind of event between processes that share nothing but a folder and may
 * each die and come back.
 */
import { existsSync, watch } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname } from 'node:path'

/** Used only where the system has no watch left to give (EMFILE, ENOSPC): then the folder is looked at this often. */
const POLL_MS = 50

/**
 * Waits until `path` exists. True when it does, false when `timeoutMs` went by or `signal` was aborted first.
 * The folder of `path` must exist. Who writes the file should rename it into place: then it is whole when seen.
 */
export async function untilExists(path: string, limit: { timeoutMs: number; signal?: AbortSignal }): Promise<boolean> {
  if (existsSync(path)) return true
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const look = (): void => {
    if (existsSync(path)) resolve(true)
  }
  const stop = (): void => resolve(false)
  let poll: NodeJS.Timeout | undefined
  const startPolling = (): void => {
    poll ??= setInterval(look, POLL_MS)
  }
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(path), look)
    watcher.on('error', startPolling)
  } catch {
    startPolling()
  }
  const timer = setTimeout(stop, Math.min(limit.timeoutMs, TIMER_MS_MAX))
  limit.signal?.addEventListener('abort', stop)
  // It may have appeared between the first look and the watch.
  look()
  if (limit.signal?.aborted) stop()
  try {
    return await promise
  } finally {
    watcher?.close()
    clearInterval(poll)
    clearTimeout(timer)
    limit.signal?.removeEventListener('abort', stop)
  }
}

/** A longer timer would fire at once (32 bits of milliseconds: 24.8 days). */
export const TIMER_MS_MAX = 2 ** 31 - 1
