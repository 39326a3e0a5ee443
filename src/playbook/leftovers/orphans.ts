/**
 * Processes that outlived their attempt or check: found by the mark in their environment, among marks that nobody waits
 * for any more. A process whose mark we do not know belongs to another repository and is none of our business.
 */
import { killTree } from '../../process/kill.ts'
import { SYSTEM } from '../../process/system.ts'
import { nonceOf, processTable, VIEW } from '../../process/table.ts'
import { NoAnswer, type ProcessRow } from '../../process/view.ts'

export interface Orphan {
  pid: number
  /** `ws-09 attempt 2`, `gate-1`. */
  of: string
  nonce: string
}

/** Whose mark a nonce is, of attempts and checks that have ended. */
export type Marks = ReadonlyMap<string, string>

/** null where the system does not tell about processes, or not about their environment. */
export function findOrphans(marks: Marks): Orphan[] | null {
  const rows = SYSTEM === 'windows' ? null : rowsTold()
  if (rows === null || marks.size === 0) return rows && []
  return rows.flatMap((row) => {
    const { pid, state } = row
    if (state === 'Z' || pid === process.pid || !VIEW.isOwnUser(row)) return []
    const nonce = nonceOf(row)
    const of = nonce === null ? undefined : marks.get(nonce)
    return nonce === null || of === undefined ? [] : [{ pid, of, nonce }]
  })
}

function rowsTold(): ProcessRow[] | null {
  try {
    return processTable()
  } catch (error) {
    if (error instanceof NoAnswer) return null
    throw error
  }
}

/** Ends them, with what they have started. Gives how many were ended; those in the kernel's hands may survive. */
export async function endOrphans(orphans: readonly Orphan[], graceMs: number): Promise<number> {
  let ended = 0
  for (const nonce of new Set(orphans.map((one) => one.nonce))) {
    const { found, survivors } = await killTree({ nonce, leader: null }, { graceMs })
    ended += found - survivors
  }
  return ended
}
