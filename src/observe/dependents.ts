/** What a workstream holds up. Derived whenever it is shown: dependents block and unblock by themselves. */
import { descendantsOf } from '../model/graph.ts'
import type { View } from '../model/state.ts'
import type { WorkstreamRow } from '../store/store.ts'

/** Workstreams that depend on `id`, directly or not, and cannot go on now. In plan order. */
export function blockedDependents(
  rows: readonly WorkstreamRow[],
  views: ReadonlyMap<string, View>,
  id: string,
): string[] {
  const nodes = rows.map(({ id, definition }) => ({ id, dependsOn: definition.dependsOn }))
  const below = descendantsOf(nodes, [id])
  return rows.flatMap((row) => (below.has(row.id) && views.get(row.id)?.name === 'blocked' ? [row.id] : []))
}
