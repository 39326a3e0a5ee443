/**
 * May another agent begin on this machine? Pure: from the answer before and what the machine has left.
 *
 * Closed above the warning for memory (`watch.memory.warn`) or with a full disk; open again only when there is a good
 * deal more room, so that the agent which begins then does not close it at once. What is at work goes on in any case.
 */
import type { Watch } from '../model/config.ts'
import type { Failure } from '../model/failure.ts'
import { DISK_BYTES_MIN, fullestDisk, type MachineFacts, memoryPercent } from '../model/machine.ts'

export type Admission = { kind: 'open' } | { kind: 'closed'; since: number; reasons: Failure[] }

export const OPEN: Admission = { kind: 'open' }

/** Percent points below the warning at which there is room again: about an agent on a machine of 16 GB. */
const MEMORY_MARGIN_PERCENT = 5

/** How many times the least room a disk must have again. */
const DISK_MARGIN = 2

/** How soon to look again while nobody may begin. */
export const ADMISSION_LOOK_MS = 5_000

export function admit(before: Admission, machine: MachineFacts, watch: Pick<Watch, 'memory'>, now: number): Admission {
  const had = (code: Failure['code']): boolean =>
    before.kind === 'closed' && before.reasons.some((reason) => reason.code === code)
  const reasons = [shortMemory(machine, watch, had('W202')), fullDisk(machine, had('E302'))].filter(
    (reason) => reason !== null,
  )
  if (reasons.length === 0) return OPEN
  return { kind: 'closed', since: before.kind === 'closed' ? before.since : now, reasons }
}

function shortMemory(machine: MachineFacts, { memory }: Pick<Watch, 'memory'>, had: boolean): Failure | null {
  const { value } = memory.warn
  const percent = memoryPercent(machine)
  // A warning of a few percent leaves no margin; then it is simply no longer above.
  const again = Math.max(value - MEMORY_MARGIN_PERCENT, value / 2)
  if (had ? percent <= again : percent <= value) return null
  const rule = had ? `begins again at ${round(again)} %` : `none begins above ${value} %`
  return {
    code: 'W202',
    message: `memory at ${round(percent)} % (${rule})`,
    fix: 'close other programs, run with fewer --agents, or raise watch.memory.warn in sluice.yaml',
    details: { percent: round(percent), limit: value },
  }
}

function fullDisk(machine: MachineFacts, had: boolean): Failure | null {
  const disk = fullestDisk(machine)
  const bytesMin = had ? DISK_BYTES_MIN * DISK_MARGIN : DISK_BYTES_MIN
  if (disk === null || disk.freeBytes >= bytesMin) return null
  const rule = had ? `begins again at ${megabytes(bytesMin)}` : `none begins below ${megabytes(bytesMin)}`
  return {
    code: 'E302',
    message: `${megabytes(disk.freeBytes)} left for ${disk.what} (${rule})`,
    fix: `free some on the disk of ${disk.path}`,
    details: { path: disk.path, freeBytes: disk.freeBytes },
  }
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / 1024 ** 2)} MB`
}
