/** What this machine has, as facts; whether it is enough is judged elsewhere. */
import { lstatSync, readFileSync, statfsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, freemem, loadavg, totalmem } from 'node:os'
import { dirname } from 'node:path'
import type { DiskFacts, MachineFacts } from '../model/machine.ts'
import { macosAvailableBytes } from './macos-memory.ts'

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
  if (total !== null && available !== null) return { total, available }
  const told = process.platform === 'darwin' ? macosAvailableBytes() : null
  return { total: totalmem(), available: told ?? freemem() }
}

/** What is watched while agents work; takes some fifty microseconds, on macOS milliseconds. A disk that cannot be asked is left out. */
export function readMachine(places: readonly Pick<DiskFacts, 'what' | 'path'>[]): MachineFacts {
  const { total, available } = memoryBytes()
  return {
    memory: { totalBytes: total, availableBytes: available },
    memoryPressure: memoryPressure(),
    load: loadavg()[0] ?? 0,
    disks: places.flatMap(({ what, path }) => {
      try {
        const { bavail, blocks, bsize } = statfsSync(nearestFolder(path))
        return [{ what, path, freeBytes: bavail * bsize, totalBytes: blocks * bsize }]
      } catch {
        return []
      }
    }),
  }
}

/** The folder itself, or the one above it that exists and would have to take it. */
export function nearestFolder(path: string): string {
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined
  return isThere || dirname(path) === path ? path : nearestFolder(dirname(path))
}

/** Percent of the last ten seconds in which at least one process waited for memory; null without PSI. */
function memoryPressure(): number | null {
  const match = /^some avg10=([\d.]+)/m.exec(readText('/proc/pressure/memory'))
  return match === null ? null : Number(match[1])
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
