/**
 * Memory of macOS as `vm_stat` tells it. Node calls free only what lies idle there, which is next to nothing on a machine that
 * is well; what the system would give back at once counts as available, as everywhere.
 */
import { spawnSync } from 'node:child_process'

const ASK_MS_MAX = 5_000

/** Bytes that can be had without swapping, or null when it does not tell. Takes some milliseconds. */
export function macosAvailableBytes(): number | null {
  const options = { encoding: 'utf8', env: { LC_ALL: 'C' }, timeout: ASK_MS_MAX } as const
  return readVmStat(spawnSync('/usr/bin/vm_stat', [], options).stdout ?? '')
}

/** What is free (speculative reads stand apart) or has not been used for a while, in the text of `vm_stat`; null if it is none. */
export function readVmStat(text: string): number | null {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(text)?.[1])
  const pages = ['free', 'speculative', 'inactive'].map((name) =>
    Number(new RegExp(`^Pages ${name}:\\s+(\\d+)\\.$`, 'm').exec(text)?.[1]),
  )
  const bytes = pageBytes * pages.reduce((sum, count) => sum + count, 0)
  return Number.isNaN(bytes) ? null : bytes
}
