/**
 * Which workstreams the plan has put in order: one is an ancestor of the other, so they never run at the same time.
 * One bit per pair, because ten thousand workstreams have fifty million pairs.
 */
import type { Node } from '../model/graph.ts'

/**
 * Answers `isOrdered(a, b)` for the nodes in `among`; all are indices into `nodes`, and `levels` are theirs. Time: edges x among / 32; memory:
 * nodes x among / 8 bytes (12 MB for ten thousand of both). Nodes without a level (on a cycle) have no order.
 */
export function orderAmong(
  nodes: readonly Node[],
  among: readonly number[],
  levels: ReadonlyMap<string, number>,
): (a: number, b: number) => boolean {
  const rowOf = new Map(nodes.map((node, row) => [node.id, row]))
  const columns = new Int32Array(nodes.length).fill(-1)
  for (const [column, row] of among.entries()) columns[row] = column
  const width = Math.ceil(among.length / 32)
  // Row of a node: its ancestors among `among`.
  const bits = new Uint32Array(nodes.length * width)
  // A dependency is always on a lower level.
  const levelOf = nodes.map(({ id }) => levels.get(id) ?? -1)
  const rows = [...nodes.keys()].filter((row) => levelOf[row]! >= 0).sort((a, b) => levelOf[a]! - levelOf[b]!)
  for (const row of rows) {
    for (const dependency of nodes[row]!.dependsOn) {
      const from = rowOf.get(dependency)
      if (from === undefined) continue
      for (let word = 0; word < width; word++) bits[row * width + word]! |= bits[from * width + word]!
      const column = columns[from]!
      if (column >= 0) bits[row * width + (column >>> 5)]! |= 1 << (column & 31)
    }
  }
  const isAncestor = (a: number, b: number): boolean => {
    const column = columns[a]!
    return column >= 0 && (bits[b * width + (column >>> 5)]! & (1 << (column & 31))) !== 0
  }
  return (a, b) => isAncestor(a, b) || isAncestor(b, a)
}
