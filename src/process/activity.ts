/**
 * How much CPU the trees of attempts have used. An agent that waits for its model prints nothing, and one that
 * compiles may print nothing either: only silence in output, CPU *and* files together looks like a hang.
 */
import { carriesNonce, processTable } from './table.ts'
import type { ProcessRow } from './table.ts'
import { rowKey } from './tree.ts'
import type { Tree } from './tree.ts'

export type CpuSampler = (trees: readonly Tree[]) => Map<string, number>

/**
 * Makes a sampler: given the trees, it answers with the clock ticks that the living processes of each have used,
 * by nonce, from one look at the process table. Compare two samples for "has anything run": the figure is no clock,
 * it falls when a process ends whose parent is gone.
 *
 * It keeps what it learned about each process between samples, so that environments are read once per process.
 */
export function cpuSampler(): CpuSampler {
  let owners = new Map<string, string | null>()
  let nonces = ''
  return (trees) => {
    const asked = trees.map((tree) => tree.nonce).join()
    // "Nobody's" was said about the trees of that time only.
    if (asked !== nonces) owners = new Map()
    nonces = asked
    const rows = processTable()
    const seen = new Map<string, string | null>()
    const ticks = new Map(trees.map((tree) => [tree.nonce, 0]))
    const byGroup = new Map(trees.flatMap((tree) => (tree.leader === null ? [] : [[tree.leader.pid, tree] as const])))
    for (const row of rows) {
      const owner = ownerOf(row, trees, byGroup, owners)
      seen.set(rowKey(row), owner)
      if (owner !== null && ticks.has(owner)) ticks.set(owner, ticks.get(owner)! + row.cpuTicks)
    }
    owners = seen
    return ticks
  }
}

/** The nonce of the tree that a process belongs to. Counting is harmless, so number and start order are proof enough. */
function ownerOf(
  row: ProcessRow,
  trees: readonly Tree[],
  byGroup: ReadonlyMap<number, Tree>,
  owners: ReadonlyMap<string, string | null>,
): string | null {
  const tree = byGroup.get(row.session) ?? byGroup.get(row.group)
  if (tree !== undefined && row.startTicks >= tree.leader!.startTicks) return tree.nonce
  const before = owners.get(rowKey(row))
  if (before !== undefined) return before
  return trees.find((candidate) => carriesNonce(row.pid, candidate.nonce))?.nonce ?? null
}
