/**
 * Processes as Linux tells of them in /proc, cheaply: 400 take about 10 ms, `ps` twice that.
 *
 * Reading is synchronous on purpose: a row is a fact about a moment, and whoever acts on it (a signal) must act in
 * the same turn.
 */
import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { isOutOfFiles } from './full-disk.ts'
import { killByNumber } from './signal.ts'
import { NoAnswer, type ProcessRow, type ProcessView } from './view.ts'

/** Types of entries in the auxiliary vector, by which the kernel tells a program about itself. */
const AT_PAGESZ = 6
const AT_CLKTCK = 17

const PAGE_BYTES = auxiliary(AT_PAGESZ, 4096)

/** Milliseconds of one clock tick. */
const TICK_MS = 1000 / auxiliary(AT_CLKTCK, 100)

/** Counters of all processes once a second cost one percent of a core. */
const LOOK_MS = 1_000

export const PROC_VIEW: ProcessView = {
  row: readStat,
  table() {
    const rows: ProcessRow[] = []
    for (const name of entries()) {
      const first = name.charCodeAt(0)
      if (first < 48 || first > 57) continue
      const row = readStat(Number(name))
      if (row !== null) rows.push(row)
    }
    return rows
  },
  *again(rows) {
    for (const row of rows) if (readStat(row.pid)?.startTicks === row.startTicks) yield row
  },
  environment: ({ pid }) => readEnvironment(pid),
  isEntry: () => true,
  commandLine: ({ pid }) => readProc(pid, 'cmdline'),
  isOwnUser({ pid }) {
    try {
      return statSync(`/proc/${pid}`).uid === process.getuid?.()
    } catch (error) {
      return unlessUnseen(error, false)
    }
  },
  namespacePids(pid) {
    const line = /^NSpid:(.*)$/m.exec(readProc(pid, 'status'))?.[1]
    return line === undefined ? [pid] : line.trim().split(/\s+/).map(Number)
  },
  /** Those of the children that it has waited for too; caches left out. */
  diskBytes(pid) {
    const text = readProc(pid, 'io')
    const bytes = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)?.[1])
    const sum = bytes('read_bytes') + bytes('write_bytes')
    return Number.isNaN(sum) ? null : sum
  },
  bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
  signal: killByNumber,
  canAsk: true,
  isOrdered: true,
  lookMs: LOOK_MS,
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
  } catch (error) {
    return unlessUnseen(error, null)
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
    cpuMs: (number(11) + number(12) + number(13) + number(14)) * TICK_MS,
    startTicks: number(19),
    residentBytes: number(21) * PAGE_BYTES,
    told: null,
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

/** Looks at a process in the middle of an exec, which lasts some hundred microseconds; together about ten milliseconds. */
const EXEC_LOOKS_MAX = 500

/** Looks in a row after which an environment is believed to be empty: between two of them an exec may begin or end. */
const EMPTY_LOOKS = 3

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
  } catch (error) {
    return unlessUnseen(error, false)
  }
}

function readProc(pid: number, file: 'environ' | 'cmdline' | 'io' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    return unlessUnseen(error, '')
  }
}

function entries(): string[] {
  try {
    return readdirSync('/proc')
  } catch (error) {
    throw new NoAnswer('/proc cannot be read', { cause: error })
  }
}

/** `gone` for a process that has ended or is somebody else's. Where we may open no more files, nothing is known of it. */
function unlessUnseen<T>(error: unknown, gone: T): T {
  if (isOutOfFiles(error)) throw new NoAnswer('/proc cannot be read', { cause: error })
  return gone
}
