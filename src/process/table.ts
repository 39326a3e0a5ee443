/**
 * The process table of this machine, read once and cheaply: 400 processes take about 10 ms, `ps` twice that.
 *
 * Reading is synchronous on purpose: a row is a fact about a moment, and whoever acts on it (a signal) must act in
 * the same turn.
 */
import { existsSync, readFileSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { portableRow, portableTable } from './portable.ts'

export interface ProcessRow {
  pid: number
  parent: number
  group: number
  session: number
  /** The letter of /proc: R, S, D, T ... and Z, which is dead and only not yet collected. */
  state: string
  /** Start time, in clock ticks since boot (where there is no /proc: seconds since 1970). */
  startTicks: number
  /** CPU time used, in clock ticks, own and of children that have ended: short children would be invisible otherwise. */
  cpuTicks: number
}

const HAS_PROC = existsSync('/proc/self/stat')

/** The row of one process, or null when there is none of that number. */
export function processRow(pid: number): ProcessRow | null {
  return HAS_PROC ? readStat(pid) : portableRow(pid)
}

/** All processes that can be seen; those that end while the table is read are left out. */
export function processTable(): ProcessRow[] {
  if (!HAS_PROC) return portableTable()
  const rows: ProcessRow[] = []
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0)
    if (first < 48 || first > 57) continue
    const row = readStat(Number(name))
    if (row !== null) rows.push(row)
  }
  return rows
}

function readStat(pid: number): ProcessRow | null {
  let line: string
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null
  }
  // The name of the program stands in parentheses and may hold anything, parentheses and spaces too.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  const number = (index: number): number => Number(fields[index])
  return {
    pid,
    state: fields[0]!,
    parent: number(1),
    group: number(2),
    session: number(3),
    cpuTicks: number(11) + number(12) + number(13) + number(14),
    startTicks: number(19),
  }
}

/** The environment variable that marks the processes of an attempt or a check, and no process of ours. */
export const NONCE_VARIABLE = 'SLUICE_NONCE'

/** Looks at a process in the middle of an exec, which lasts some hundred microseconds; together about ten milliseconds. */
const EXEC_LOOKS_MAX = 500

/** Looks in a row after which an environment is believed to be empty: between two of them an exec may begin or end. */
const EMPTY_LOOKS = 3

/** Was the process started with this nonce in its environment? False also when that may not be read (not our user). */
export function carriesNonce(pid: number, nonce: string): boolean {
  const mark = `${NONCE_VARIABLE}=${nonce}\0`
  const environment = readEnvironment(pid)
  return environment.startsWith(mark) || environment.includes(`\0${mark}`)
}

/**
 * In the middle of an exec a process shows neither environment nor arguments; believing that would let it slip away.
 * What has none for ever, threads of the kernel and zombies, has no program either.
 */
function readEnvironment(pid: number): string {
  let environment = readProc(pid, 'environ')
  for (let look = 0, empty = 0; environment === '' && empty < EMPTY_LOOKS && look < EXEC_LOOKS_MAX; look++) {
    if (!hasProgram(pid)) return ''
    empty = readProc(pid, 'cmdline') === '' ? 0 : empty + 1
    environment = readProc(pid, 'environ')
  }
  return environment
}

function hasProgram(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) !== ''
  } catch {
    return false
  }
}

/** Does the command line of the process name the nonce? So does the shim of an attempt, by which its child is known. */
export function namesNonce(pid: number, nonce: string): boolean {
  return readProc(pid, 'cmdline').includes(`\0${nonce}\0`)
}

/** Does the process belong to our user? Nothing else is ever signalled, not even by root. */
export function isOwnUser(pid: number): boolean {
  if (!HAS_PROC) return true
  try {
    return statSync(`/proc/${pid}`).uid === process.getuid?.()
  } catch {
    return false
  }
}

function readProc(pid: number, file: 'environ' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
