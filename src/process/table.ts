/**
 * The process table of this machine, read once and cheaply: 400 processes take about 10 ms, `ps` twice that.
 *
 * Reading is synchronous on purpose: a row is a fact about a moment, and whoever acts on it (a signal) must act in
 * the same turn.
 */
import { closeSync, existsSync, openSync, readFileSync, readSync, readdirSync, readlinkSync, statSync } from 'node:fs'
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
  /** Memory that is in RAM now. What processes share counts in each: PSS would divide it, and costs a hundred times more. */
  residentBytes: number
}

/** False on systems that tell about processes through `ps` only. */
export const HAS_PROC = existsSync('/proc/self/stat')

/** Types of entries in the auxiliary vector, by which the kernel tells a program about itself. */
const AT_PAGESZ = 6
const AT_CLKTCK = 17

const PAGE_BYTES = auxiliary(AT_PAGESZ, 4096)

/** Milliseconds of one clock tick. */
export const TICK_MS = 1000 / auxiliary(AT_CLKTCK, 100)

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

/** A line of /proc/PID/stat has some 300 characters; 52 fields of 20 digits would be 1100. */
const STAT = Buffer.alloc(2048)

/** Into one buffer and without asking for the size first: half the cost of `readFileSync`, of which there are hundreds. */
function readStat(pid: number): ProcessRow | null {
  let line: string
  try {
    const file = openSync(`/proc/${pid}/stat`, 'r')
    try {
      line = STAT.toString('latin1', 0, readSync(file, STAT, 0, STAT.length, 0))
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
  // The name of the program stands in parentheses and may hold anything, parentheses and spaces too.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ', 22)
  const number = (index: number): number => Number(fields[index])
  return {
    pid,
    state: fields[0]!,
    parent: number(1),
    group: number(2),
    session: number(3),
    cpuTicks: number(11) + number(12) + number(13) + number(14),
    startTicks: number(19),
    residentBytes: number(21) * PAGE_BYTES,
  }
}

function auxiliary(type: number, otherwise: number): number {
  let vector: Buffer
  try {
    vector = readFileSync('/proc/self/auxv')
  } catch {
    return otherwise
  }
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    if (vector.readBigUInt64LE(at) === BigInt(type)) return Number(vector.readBigUInt64LE(at + 8))
  }
  return otherwise
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

/** The nonce in the environment of a process, or null: one reading answers for all trees. */
export function nonceOf(pid: number): string | null {
  return new RegExp(`(?:^|\\0)${NONCE_VARIABLE}=([^\\0]*)\\0`).exec(readEnvironment(pid))?.[1] ?? null
}

/**
 * Bytes that a process and the children it has waited for have read from and written to disks, caches left out; null
 * when that may not be read, or is not told here.
 */
export function diskBytes(pid: number): number | null {
  const text = readProc(pid, 'io')
  const bytes = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1])
  const sum = bytes('read_bytes') + bytes('write_bytes')
  return Number.isNaN(sum) ? null : sum
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

/** The numbers of a process in the PID namespaces that it is in, from ours inwards; only its own where there are none. */
export function namespacePids(pid: number): number[] {
  const line = /^NSpid:(.*)$/m.exec(readProc(pid, 'status'))?.[1]
  return line === undefined ? [pid] : line.trim().split(/\s+/).map(Number)
}

function readProc(pid: number, file: 'environ' | 'cmdline' | 'io' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
