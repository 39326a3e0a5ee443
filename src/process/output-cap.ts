/**
 * Bounds what a tool can write into its log: the tool holds the file itself, so that it outlives us, and a runaway one
 * writes a gigabyte a second. A file above its bound is cut to its end; the tool appends, so it goes on behind that.
 */
import { appendFileSync, closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync } from 'node:fs'
import { isOutOfFiles } from './full-disk.ts'

/** Of one attempt: weeks of an agent's ordinary output. */
export const OUTPUT_BYTES_MAX = 64 * 1024 * 1024

/** What is kept of it: the end is what a failure is judged by. */
const TAIL_BYTES = 1024 * 1024

/** Reads of what comes while the end is read: a tool that is faster than all of them loses some of it. */
const LOOKS_MAX = 64

/** What a tool can write between two looks may be kept for a moment. */
const LOOK_MS = 1_000

/** Keeps `file` below `bytesMax` (looked at every second) until it is disposed of. The loop is not kept alive by it. */
export function capOutput(file: string, bytesMax = OUTPUT_BYTES_MAX, lookMs = LOOK_MS): Disposable {
  const timer = setInterval(() => cutOutput(file, bytesMax), lookMs)
  timer.unref()
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      cutOutput(file, bytesMax)
    },
  }
}

/** Cuts a file that is too large to its end, behind a line that says so. What is written in between may be lost. */
export function cutOutput(file: string, bytesMax: number): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= bytesMax) return
  const descriptor = openNow(file)
  if (descriptor === null) return
  try {
    let [read, tail] = [0, Buffer.alloc(0)]
    // What is written meanwhile counts too: when the file is cut nothing more has come, unless it comes faster than this.
    for (let look = 0; look < LOOKS_MAX; look++) {
      const { size } = fstatSync(descriptor)
      if (size === read) break
      const from = Math.max(read, size - TAIL_BYTES)
      const more = Buffer.alloc(size - from)
      readSync(descriptor, more, 0, more.length, from)
      tail = (from === read ? Buffer.concat([tail, more]) : more).subarray(-Math.min(TAIL_BYTES, bytesMax))
      read = size
    }
    // First the room, then the end: on a full disk it is the other way round that fails.
    ftruncateSync(descriptor, 0)
    const whole = tail.subarray(tail.indexOf(0x0a) + 1)
    appendFileSync(file, `[sluice: the log was cut here; ${read - whole.length} bytes before this are gone]\n`)
    appendFileSync(file, whole)
  } finally {
    closeSync(descriptor)
  }
}

/** null: the system opens no more files now; it is cut at a later look. */
function openNow(file: string): number | null {
  try {
    return openSync(file, 'r+')
  } catch (error) {
    if (isOutOfFiles(error)) return null
    throw error
  }
}
