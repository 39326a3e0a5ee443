/** The process table of this machine, as its view tells it (`view.ts`), and the mark by which processes of ours are known. */
import { PROC_VIEW } from './proc-view.ts'
import { PS_VIEW } from './ps-view.ts'
import { SYSTEM, type System } from './system.ts'
import type { ProcessRow, ProcessView } from './view.ts'
import { WINDOWS_VIEW } from './windows-view.ts'

const VIEWS: Readonly<Record<System, ProcessView>> = { proc: PROC_VIEW, ps: PS_VIEW, windows: WINDOWS_VIEW }

/** The view of this system. */
export const VIEW = VIEWS[SYSTEM]

/** The environment variable that marks the processes of an attempt or a check, and no process of ours. */
export const NONCE_VARIABLE = 'SLUICE_NONCE'

/** Was the process started with this nonce in its environment? False also when that may not be read (not our user). */
export function carriesNonce(row: ProcessRow, nonce: string): boolean {
  const mark = `${NONCE_VARIABLE}=${nonce}`
  const environment = VIEW.environment(row)
  return (environment.startsWith(`${mark}\0`) || environment.includes(`\0${mark}\0`)) && VIEW.isEntry(row, mark)
}

/**
 * The nonce that a process seems to carry, or null: one reading answers for all trees. Good for counting; before a signal
 * `carriesNonce` is asked.
 */
export function nonceOf(row: ProcessRow): string | null {
  return new RegExp(`(?:^|\\0)${NONCE_VARIABLE}=([^\\0]*)\\0`).exec(VIEW.environment(row))?.[1] ?? null
}

/** Does the command line of the process name the nonce? So does the shim of an attempt, by which its child is known. */
export function namesNonce(row: ProcessRow, nonce: string): boolean {
  return VIEW.commandLine(row).includes(`\0${nonce}\0`)
}

/** The row of one process, or null when there is none of that number. Throws NoAnswer. */
export function processRow(pid: number): ProcessRow | null {
  return VIEW.row(pid)
}

/** Is there a process of that number, whosever it is by now? One that has ended and was not collected is none. Throws NoAnswer. */
export function isRunning(pid: number): boolean {
  const row = processRow(pid)
  return row !== null && row.state !== 'Z'
}

/** All processes that can be seen; those that end while the table is read are left out. Throws NoAnswer. */
export function processTable(): ProcessRow[] {
  return VIEW.table()
}
