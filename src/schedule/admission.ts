/**
 * May another agent begin on this machine? Pure: from the answer before and what the machine has left.
 *
 * Above the warning for memory (`watch.memory.warn`) one agent may work alone: a run on a busy laptop goes on, slowly. Closed
 * above the critical threshold or with a full disk. Open again only when there is a good deal more room, so that the agent
 * which begins then does not close it at once. What is at work goes on in any case.
 */
import type { Watch } from '../model/config.ts'
import type { Failure } from '../model/failure.ts'
import { DISK_BYTES_MIN, fullestDisk, type MachineFacts, memoryPercent } from '../model/machine.ts'

export type Admission =
  | { kind: 'open' }
  /** One may begin when nobody is at work. */
  | { kind: 'lone'; since: number; reasons: Failure[] }
  | { kind: 'closed'; since: number; reasons: Failure[] }

export const OPEN: Admission = { kind: 'open' }

/** Percent points below a threshold at which there is room again: about an agent on a machine of 16 GB. */
const MEMORY_MARGIN_PERCENT = 5

/** How many times the least room a disk must have again. */
const DISK_MARGIN = 2

/** How soon to look again while nobody may begin. */
export const ADMISSION_LOOK_MS = 5_000

export function admit(before: Admission, machine: MachineFacts, watch: Pick<Watch, 'memory'>, now: number): Admission {
  const had = (code: Failure['code']): boolean =>
    before.kind !== 'open' && before.reasons.some((reason) => reason.code === code)
  const memory = shortMemory(machine, watch, had('W202'), before.kind === 'closed')
  const disk = fullDisk(machine, had('E302'))
  const reasons = [memory?.reason ?? null, disk].filter((reason) => reason !== null)
  if (reasons.length === 0) return OPEN
  const kind = disk !== null || memory?.isCritical === true ? 'closed' : 'lone'
  return { kind, since: before.kind === 'open' ? now : before.since, reasons }
}

function shortMemory(
  machine: MachineFacts,
  { memory: { warn, critical } }: Pick<Watch, 'memory'>,
  had: boolean,
  wasClosed: boolean,
): { reason: Failure; isCritical: boolean } | null {
  const percent = memoryPercent(machine)
  const again = againBelow(warn.value)
  if (had ? percent <= again : percent <= warn.value) return null
  const wasCritical = had && wasClosed
  const isCritical = percent > (wasCritical ? againBelow(critical.value) : critical.value)
  const few = isCritical ? 'none begins' : 'one works alone'
  const limit = isCritical ? critical.value : warn.value
  const rule = had ? `${few}, as before again at ${round(again)} %` : `${few} above ${limit} %`
  const reason: Failure = {
    code: 'W202',
    message: `memory at ${round(percent)} % (${rule})`,
    fix: 'close other programs, run with fewer --agents, or raise watch.memory in sluice.yaml',
    details: { percent: round(percent), limit },
  }
  return { reason, isCritical }
}

/** A threshold of a few percent leaves no margin; then it is simply no longer above. */
function againBelow(value: number): number {
  return Math.max(value - MEMORY_MARGIN_PERCENT, value / 2)
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
