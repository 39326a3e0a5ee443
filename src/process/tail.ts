/**
 * Follows a file that somebody else writes: gives what is new, until there can be no more. A file that was cut or set aside
 * is read again from its beginning; one that is not there yet is waited for.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Soon enough for a person who watches; a look is one system call. */
const LOOK_MS = 200

const CHUNK_BYTES = 256 * 1024

export interface Following {
  /** Begins there; beyond the end it begins at the end. */
  from: number
  /** Asked when nothing new was found: true when nobody will write any more. */
  isOver: () => Promise<boolean>
  signal: AbortSignal
}

export async function* follow(path: string, { from, isOver, signal }: Following): AsyncGenerator<Buffer> {
  let position = from
  let inode: number | null = null
  let last = false
  while (!signal.aborted) {
    const found = readFrom(path, position, inode)
    if (found !== null) {
      ;({ position, inode } = found)
      if (found.bytes.length > 0) {
        yield found.bytes
        continue
      }
    }
    if (last) return
    // What was written before its end came is read once more.
    last = await isOver()
    if (!last) await delay(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

function readFrom(
  path: string,
  position: number,
  inode: number | null,
): { bytes: Buffer; position: number; inode: number } | null {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    const stat = fstatSync(descriptor)
    const isAnother = inode !== null && stat.ino !== inode
    const start = isAnother || stat.size < position ? 0 : position
    const bytes = Buffer.alloc(Math.min(CHUNK_BYTES, stat.size - start))
    const read = readSync(descriptor, bytes, 0, bytes.length, start)
    return { bytes: bytes.subarray(0, read), position: start + read, inode: stat.ino }
  } finally {
    closeSync(descriptor)
  }
}
