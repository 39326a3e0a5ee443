/**
 * The seam between us and what a system tells about processes: one look, and one signal. `table.ts` picks the view of this
 * system; whoever finds, counts or ends processes asks there and need not know which one it is.
 *
 * A view that cannot look throws `NoAnswer`. It never says "there is none" instead: who was not seen would count as dead.
 */
export interface ProcessRow {
  pid: number
  /** 0 where it is not known, or was given to another process since. */
  parent: number
  /** As the session, or its own number, where groups or sessions are not told. */
  group: number
  session: number
  /** R, S, D, T ... and Z, which is dead and only not yet collected. */
  state: string
  /** Start time, in the unit of the view: it is compared, within one boot and one view, and never counted with. */
  startTicks: number
  /** CPU time used; with that of children that have ended where the system adds it up (`/proc`). */
  cpuMs: number
  /** Memory that is in RAM now. What processes share counts in each: PSS would divide it, and costs a hundred times more. */
  residentBytes: number
  /** What the look has already told of its owner and its words; null where they are asked for one by one. */
  told: Told | null
}

export interface Told {
  isOwnUser: boolean
  /** Command line, and behind it the environment where the system shows one. */
  words: string
  /** The command line alone, or null when the process is gone; asked for when it is wanted. */
  command(): string | null
}

export interface ProcessView {
  /** The row of one process, or null when there is none of that number. */
  row(pid: number): ProcessRow | null
  /** All processes that can be seen; those that end while the table is read are left out. */
  table(): ProcessRow[]
  /** Those of the rows that are still true, each looked up no earlier than it is asked for where that is cheap. */
  again(rows: readonly ProcessRow[]): Iterable<ProcessRow>
  /** `NAME=value\0NAME=value\0` as it was at the start of the program, or more than that; empty where it may not be read. */
  environment(row: ProcessRow): string
  /** Whether an entry that `environment` shows is really one, and not a word of the command line. */
  isEntry(row: ProcessRow, entry: string): boolean
  /** `program\0argument\0`, or more than that. */
  commandLine(row: ProcessRow): string
  isOwnUser(row: ProcessRow): boolean
  /** The numbers of a process in the PID namespaces that it is in, from ours inwards; only its own where there are none. */
  namespacePids(pid: number): number[]
  /** Bytes read from and written to disks, or null where that is not told. */
  diskBytes(pid: number): number | null
  /** The id of this boot; empty where start times tell one boot from another. */
  bootId(): string
  /** Throws when it cannot be sent. The row comes from `again`, in this very turn. */
  signal(row: ProcessRow, signal: 'SIGTERM' | 'SIGKILL', whom: 'process' | 'group'): void
  /** Whether a process can be asked to end. Where not, there is nothing to wait for before it is killed. */
  canAsk: boolean
  /** Whether a process that started later has the larger `startTicks`, even when the clock was set in between. */
  isOrdered: boolean
  /** Between two looks at all trees: a look stops us for as long as it takes. */
  lookMs: number
}

/** The system did not tell, in spite of several tries. */
export class NoAnswer extends Error {}

/**
 * What a program tells that is started for each question: `look` gives the rows of these numbers, or of all processes. Our own
 * number is always asked for too: an answer without it would be none.
 */
export function byLooking(
  look: (pids: readonly number[] | null) => ProcessRow[],
): Pick<ProcessView, 'row' | 'table' | 'again'> {
  return {
    row: (pid) => look([pid, process.pid]).find((row) => row.pid === pid) ?? null,
    table: () => look(null),
    again(rows) {
      if (rows.length === 0) return []
      const now = new Map(look([...rows.map(({ pid }) => pid), process.pid]).map((row) => [row.pid, row]))
      return rows.filter(({ pid, startTicks }) => now.get(pid)?.startTicks === startTicks)
    },
  }
}
