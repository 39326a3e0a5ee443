/**
 * Who a process is, beyond its number: numbers are given out again, after a reboot and before it.
 *
 * The same boot, the same number and the same start time is the same process. (Two processes can share number and
 * start tick if the numbers wrap within 10 ms; nobody is signalled on that alone, see `tree.ts`.)
 */
import { fieldsOf, integerOf } from './files.ts'
import { processRow, VIEW } from './table.ts'

export interface ProcessIdentity {
  bootId: string
  pid: number
  /** As in `ProcessRow`. */
  startTicks: number
}

let boot: string | undefined

/** The id of this boot of the machine; it changes with every boot and with nothing else. Empty where there is none. */
export function bootId(): string {
  return (boot ??= VIEW.bootId())
}

/** The identity of a process that runs now (a zombie included: its number is still taken), or null. */
export function identify(pid: number): ProcessIdentity | null {
  const row = processRow(pid)
  return row === null ? null : { bootId: bootId(), pid, startTicks: row.startTicks }
}

/** Does this very process still run? A zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.bootId !== bootId()) return false
  const row = processRow(identity.pid)
  return row !== null && row.startTicks === identity.startTicks && row.state !== 'Z'
}

/** Reads an identity out of JSON; null when it is none. */
export function readIdentity(value: unknown): ProcessIdentity | null {
  const fields = fieldsOf(value)
  const { bootId } = fields
  const pid = integerOf(fields['pid'])
  const startTicks = integerOf(fields['startTicks'])
  // 1 is init, 0 and below are groups to kill(2): never a process that we started.
  return typeof bootId === 'string' && pid !== null && pid > 1 && startTicks !== null
    ? { bootId, pid, startTicks }
    : null
}
