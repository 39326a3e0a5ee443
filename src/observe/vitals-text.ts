/** What agents and the machine use, as status shows it: the figures of the last minute, and the thresholds beyond which they are. */
import { fullestDisk, memoryPercent } from '../model/machine.ts'
import type { Alert, Vitals } from '../model/vitals.ts'

export interface Use {
  /** Of one core. */
  cpuPercent: number | null
  memoryMb: number | null
  diskMbPerSecond: number | null
  /** Distinct paths, as a mean of five minutes. */
  fileChangesPerMinute: number | null
}

export interface MachineStatus {
  memoryPercent: number
  /** Percent of ten seconds in which something waited for memory; null where that is not told. */
  memoryPressure: number | null
  load: number
  /** Of the disk with the least room. */
  freeBytes: number | null
  alerts: Alert[]
}

/** The newest figures that are known; null before the first. */
export function useOf({ series }: Vitals): Use | null {
  const last = series.points.at(-1)
  if (last === undefined) return null
  const [cpuPercent, memoryMb, diskMbPerSecond, fileChangesPerMinute] = last
  return { cpuPercent, memoryMb, diskMbPerSecond, fileChangesPerMinute }
}

/** The machine as it was last looked at; null when no agent has worked since. */
export function machineStatus(vitals: readonly Vitals[]): MachineStatus | null {
  const own = vitals.find(({ workstream }) => workstream === null)
  if (own?.machine === undefined) return null
  const { machine, alerts } = own
  return {
    memoryPercent: rounded(memoryPercent(machine)),
    memoryPressure: machine.memoryPressure,
    load: rounded(machine.load),
    freeBytes: fullestDisk(machine)?.freeBytes ?? null,
    alerts,
  }
}

/** One line. */
export function machineText({ memoryPercent, memoryPressure, load, freeBytes }: MachineStatus): string {
  const pressure = memoryPressure === null || memoryPressure < 1 ? '' : ` (pressure ${Math.round(memoryPressure)} %)`
  const disk = freeBytes === null ? '' : `, ${(freeBytes / 1024 ** 3).toFixed(1)} GB left on the fullest disk`
  return `memory ${Math.round(memoryPercent)} %${pressure}, load ${load.toFixed(1)}${disk}`
}

/** `84 % CPU, 410 MB, 3.2 files/min`: what is known of it. */
export function useText(use: Use | null): string {
  if (use === null) return ''
  const parts = [
    ...(use.cpuPercent === null ? [] : [`${Math.round(use.cpuPercent)} % CPU`]),
    ...(use.memoryMb === null ? [] : [`${Math.round(use.memoryMb)} MB`]),
    ...(use.fileChangesPerMinute === null ? [] : [`${use.fileChangesPerMinute} files/min`]),
  ]
  return parts.join(', ')
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
