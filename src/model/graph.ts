/**
 * The graph of a plan, pure and linear in its size: levels, chains, and the order in which work is given out.
 * `plan` simulates with it and `schedule` decides with it, so what is predicted is what is done.
 */

export interface Node {
  id: string
  dependsOn: readonly string[]
}

/** Who depends on whom, the other way round; unknown ids are ignored. */
export function dependentsOf(nodes: readonly Node[]): Map<string, string[]> {
  const dependents = new Map<string, string[]>(nodes.map((node) => [node.id, []]))
  for (const node of nodes) for (const id of node.dependsOn) dependents.get(id)?.push(node.id)
  return dependents
}

export interface Topology {
  /** Dependencies before dependents, plan order among equals. */
  order: string[]
  /** One cycle as a closed path (`a, b, a`), or null; with a cycle `order` lacks the nodes on it and behind it. */
  cycle: string[] | null
  /** As `dependentsOf`: who sorts has found them. */
  dependents: ReadonlyMap<string, readonly string[]>
}

/** Sorts dependencies first (Kahn), in time linear in nodes and edges. */
export function topology(nodes: readonly Node[]): Topology {
  const dependents = dependentsOf(nodes)
  const missing = new Map(nodes.map((node) => [node.id, node.dependsOn.filter((id) => dependents.has(id)).length]))
  const order = nodes.filter((node) => missing.get(node.id) === 0).map((node) => node.id)
  for (let i = 0; i < order.length; i++) {
    for (const id of dependents.get(order[i]!)!) {
      const left = missing.get(id)! - 1
      missing.set(id, left)
      if (left === 0) order.push(id)
    }
  }
  return { order, cycle: order.length === nodes.length ? null : findCycle(nodes, new Set(order)), dependents }
}

/** Every node outside `sorted` depends on another one outside, so following such an edge must close a circle. */
function findCycle(nodes: readonly Node[], sorted: ReadonlySet<string>): string[] {
  const rest = new Map(nodes.filter((node) => !sorted.has(node.id)).map((node) => [node.id, node]))
  const path: string[] = []
  const place = new Map<string, number>()
  let at = rest.keys().next().value!
  while (!place.has(at)) {
    place.set(at, path.length)
    path.push(at)
    at = rest.get(at)!.dependsOn.find((id) => rest.has(id))!
  }
  return [...path.slice(place.get(at)), at]
}

/** Level of each node: 0 without dependencies, else one more than the deepest of them. Needs a graph without cycles. */
export function levelsOf(nodes: readonly Node[], { order } = topology(nodes)): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const levels = new Map<string, number>()
  for (const id of order) {
    let level = 0
    for (const dependency of byId.get(id)!.dependsOn) level = Math.max(level, (levels.get(dependency) ?? -1) + 1)
    levels.set(id, level)
  }
  return levels
}

/**
 * Tail of each node: the weight of the heaviest chain from it (itself included) to an end of the plan. Giving out the
 * longest tail first is "critical path first". `weightOf` may use any unit; the result has the same.
 */
export function tailsOf(
  nodes: readonly Node[],
  weightOf: (id: string) => number,
  { order, dependents } = topology(nodes),
): Map<string, number> {
  const tails = new Map<string, number>()
  for (const id of order.toReversed()) {
    let longest = 0
    for (const dependent of dependents.get(id)!) longest = Math.max(longest, tails.get(dependent) ?? 0)
    tails.set(id, longest + weightOf(id))
  }
  return tails
}

export interface Urgency {
  id: string
  priority: number
  tail: number
}

/** Comparison of two ready workstreams: priority, then the longer tail, then the id, so that the order is total. */
export function byUrgency(a: Urgency, b: Urgency): number {
  return b.priority - a.priority || b.tail - a.tail || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

/** Everything that depends on `ids`, directly or not, without `ids` themselves. */
export function descendantsOf(nodes: readonly Node[], ids: Iterable<string>): Set<string> {
  return reach(dependentsOf(nodes), ids)
}

/** Everything that `ids` depend on, directly or not, without `ids` themselves. */
export function ancestorsOf(nodes: readonly Node[], ids: Iterable<string>): Set<string> {
  return reach(new Map(nodes.map((node) => [node.id, node.dependsOn])), ids)
}

function reach(edges: ReadonlyMap<string, readonly string[]>, ids: Iterable<string>): Set<string> {
  const start = new Set(ids)
  const seen = new Set<string>()
  const stack = [...start]
  while (stack.length > 0) {
    for (const id of edges.get(stack.pop()!) ?? []) {
      if (seen.has(id) || start.has(id) || !edges.has(id)) continue
      seen.add(id)
      stack.push(id)
    }
  }
  return seen
}
