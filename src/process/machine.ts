/** What this machine has, as facts; whether it is enough is judged elsewhere. */
import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, freemem, totalmem } from 'node:os'

export interface MemoryBytes {
  total: number
  /** What can be had without swapping: caches count, which `free` leaves out. */
  available: number
}

/** Bytes that an ordinary user may still write on the file system of `path`, which must exist. */
export async function freeDiskBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

/** Memory of the whole system, in bytes. */
export function memoryBytes(): MemoryBytes {
  const total = meminfo('MemTotal')
  const available = meminfo('MemAvailable')
  return total !== null && available !== null ? { total, available } : { total: totalmem(), available: freemem() }
}

/** Cores that this process may use (its affinity counts). */
export function cores(): number {
  return availableParallelism()
}

/** How many files this process may have open (the soft limit; Infinity when unlimited), or null where it is not told. */
export function openFilesMax(): number | null {
  const match = /^Max open files\s+(\S+)/m.exec(readText('/proc/self/limits'))
  if (match === null) return null
  return match[1] === 'unlimited' ? Infinity : Number(match[1])
}

function meminfo(name: string): number | null {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readText('/proc/meminfo'))
  return match === null ? null : Number(match[1]) * 1024
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
