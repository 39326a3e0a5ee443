/**
 * Whether the kernel has killed for lack of memory. It picks the largest process, often a grandchild whose end a tool
 * never mentions: it may well exit with 0. So the counter of the machine is kept when a tool starts, and compared at its
 * end. That it was one of this tool's is likely, not certain: others run here too.
 */
import { readFileSync } from 'node:fs'

/** Processes that the kernel has killed for lack of memory since boot, limits of containers included; null where it does not say. */
export function killsForMemory(): number | null {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1]
    return count === undefined ? null : Number(count)
  } catch {
    return null
  }
}
