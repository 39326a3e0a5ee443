/** What the machine has left, as numbers. Where they are read is in `process/machine.ts`; what they mean is judged elsewhere. */

export interface DiskFacts {
  /** What lies on it: `the repository`, `the slots`. */
  what: string
  path: string
  freeBytes: number
  totalBytes: number
}

export interface MachineFacts {
  memory: { totalBytes: number; availableBytes: number }
  /**
   * Percent of the last ten seconds in which something waited for memory (PSI); null where the kernel does not tell.
   */
  memoryPressure: number | null
  /** Mean number of processes that ran or wanted to, of the last minute. */
  load: number
  /** Those that differ; a folder that does not exist yet is told of where it will be. */
  disks: DiskFacts[]
}

/** Used memory of the system in percent. Caches count as free: they go when memory is wanted. */
export function memoryPercent({ memory }: MachineFacts): number {
  const { totalBytes, availableBytes } = memory
  return totalBytes === 0 ? 0 : ((totalBytes - availableBytes) * 100) / totalBytes
}

const MIB = 1024 ** 2

/** Free space under which a disk counts as full: too little for one more checkout of even a small repository. */
export const DISK_BYTES_MIN = 256 * MIB

/** The disk with the least room, or null when none is looked at. */
export function fullestDisk({ disks }: MachineFacts): DiskFacts | null {
  return disks.toSorted((a, b) => a.freeBytes - b.freeBytes)[0] ?? null
}
