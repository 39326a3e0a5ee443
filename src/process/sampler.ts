/**
 * What the trees of attempts use of the machine: all of them from one look at the process table, because the look is
 * what costs. 50 trees of 400 processes take about ten milliseconds, and as much again when disks are asked for.
 *
 * Memory is what is resident. PSS would share out what processes have in common, but the kernel walks all pages of a
 * process for it; resident memory stands in the line that is read anyway, and errs on the careful side.
 */
import { Meter, type Reading } from './meter.ts'
import { nonceOf, processTable, VIEW } from './table.ts'
import { rowKey, type Tree } from './tree.ts'
import type { ProcessRow } from './view.ts'

export interface TreeUse {
  /** CPU time since the sampler first looked at the tree. Never falls. */
  cpuMs: number
  residentBytes: number
  /** Read from and written to disks since then, as of the last look that asked for it. Never falls. */
  diskBytes: number
  processes: number
}

/** Answers by nonce. `disk`: read those counters too, which doubles the cost. */
export type TreeSampler = (trees: readonly Tree[], what: { disk: boolean }) => Map<string, TreeUse>

/** Makes a sampler. It keeps what it learned about each process, so that environments are read once per process. */
export function treeSampler(): TreeSampler {
  let owners = new Map<string, string | null>()
  const meters = new Map<string, { cpu: Meter; disk: Meter; diskBytes: number }>()
  return (trees, what) => {
    const rows = processTable()
    const found = ownersOf(rows, trees, owners)
    owners = found
    const members = Map.groupBy(rows, (row) => found.get(rowKey(row)) ?? null)
    const asked = new Set(trees.map(({ nonce }) => nonce))
    for (const nonce of meters.keys()) if (!asked.has(nonce)) meters.delete(nonce)
    const uses = new Map<string, TreeUse>()
    for (const nonce of asked) {
      const own = members.get(nonce) ?? []
      const meter = meters.get(nonce) ?? { cpu: new Meter(), disk: new Meter(), diskBytes: 0 }
      meters.set(nonce, meter)
      if (what.disk) meter.diskBytes = meter.disk.advance(readings(own, ({ pid }) => VIEW.diskBytes(pid)))
      uses.set(nonce, {
        cpuMs: meter.cpu.advance(readings(own, ({ cpuMs }) => cpuMs)),
        residentBytes: own.reduce((sum, row) => sum + row.residentBytes, 0),
        diskBytes: meter.diskBytes,
        processes: own.filter(({ state }) => state !== 'Z').length,
      })
    }
    return uses
  }
}

function readings(rows: readonly ProcessRow[], valueOf: (row: ProcessRow) => number | null): Reading[] {
  return rows.flatMap((row) => {
    const value = valueOf(row)
    return value === null ? [] : [{ key: rowKey(row), pid: row.pid, parent: row.parent, value }]
  })
}

/**
 * The nonce of the tree that each process belongs to, by its key. Counting is harmless, so less is asked for than before
 * a signal: the leader's session or group, the nonce in the environment, or a parent that belongs to it.
 */
function ownersOf(
  rows: readonly ProcessRow[],
  trees: readonly Tree[],
  known: ReadonlyMap<string, string | null>,
): Map<string, string | null> {
  const byLeader = new Map(trees.flatMap((tree) => (tree.leader === null ? [] : [[tree.leader.pid, tree] as const])))
  const byPid = new Map(rows.map((row) => [row.pid, row]))
  const found = new Map<string, string | null>()
  const resolve = (row: ProcessRow): string | null => {
    const key = rowKey(row)
    const before = found.get(key)
    if (before !== undefined) return before
    // Also ends a circle, which a table that changes while it is read could show.
    found.set(key, null)
    const owner = ownerOf(row)
    found.set(key, owner)
    return owner
  }
  const ownerOf = (row: ProcessRow): string | null => {
    const led = byLeader.get(row.session) ?? byLeader.get(row.group)
    if (led !== undefined && row.startTicks >= led.leader!.startTicks) return led.nonce
    const before = known.get(rowKey(row))
    if (before !== undefined) return before
    const parent = byPid.get(row.parent)
    return nonceOf(row) ?? (parent === undefined ? null : resolve(parent))
  }
  for (const row of rows) resolve(row)
  return found
}
