/**
 * What the loop waits on: it is rung when something has happened, inside (a promise settled) or outside (another
 * command wrote a request and touched the wake file). Between rings nothing runs.
 */
import { closeSync, futimesSync, mkdirSync, openSync, watch, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'

/** Where inotify is used up, requests are found by looking this often. */
const POLL_MS = 5_000

export class Bell {
  #rung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Resolves at the next ring (at once when it has rung since the last wait), or at `until` (ms since the epoch). */
  async wait(until: number | null, now: () => number): Promise<void> {
    if (!this.#rung) {
      await new Promise<void>((resolve) => {
        const timer = until === null ? null : setTimeout(resolve, Math.max(0, until - now()))
        this.#wake = () => {
          if (timer !== null) clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#rung = false
    this.#wake = null
  }
}

/** Rings whenever another process touches `file`, which is made when it is not there. */
export function listen(file: string, bell: Bell): Disposable {
  touch(file)
  let watcher: FSWatcher | null = null
  let timer: NodeJS.Timeout | null = null
  const poll = (): void => {
    timer ??= setInterval(() => bell.ring(), POLL_MS).unref()
  }
  try {
    watcher = watch(file, () => bell.ring())
    watcher.on('error', poll)
  } catch {
    poll()
  }
  return {
    [Symbol.dispose]() {
      watcher?.close()
      if (timer !== null) clearInterval(timer)
    },
  }
}

/** Wakes the coordinator that listens to `file`, if there is one. */
export function touch(file: string): void {
  mkdirSync(dirname(file), { recursive: true })
  const descriptor = openSync(file, 'a')
  const now = new Date()
  futimesSync(descriptor, now, now)
  closeSync(descriptor)
}
