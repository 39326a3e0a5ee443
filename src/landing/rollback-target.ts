/** The target as a rollback looks at it: which landing speaks for a workstream, and what made it stand as it does. */
import type { Landed } from '../git/history.ts'
import { ancestorsOf, descendantsOf } from '../model/graph.ts'
import type { Workstream } from '../model/workstream.ts'
import { nameOf, type Standing, standings } from './standing.ts'

type Node = Pick<Workstream, 'id' | 'dependsOn'>

export class RollbackTarget {
  readonly nodes: readonly Node[]
  /** The history, newest first. */
  readonly standing: readonly Standing[]
  /** The landing that speaks for a workstream: the newest in effect, else the newest. Newest first. */
  readonly landings = new Map<string, Standing>()
  readonly #places = new Map<string, number>()
  /** The newest revert of each name. */
  readonly #reverts = new Map<string, Standing>()
  readonly #behind = new Map<string, readonly string[]>()
  readonly #before = new Map<string, readonly string[]>()

  constructor(history: readonly Landed[], nodes: readonly Node[]) {
    this.nodes = nodes
    this.standing = standings(history)
    for (const [place, entry] of this.standing.entries()) {
      const { commit, workstream, landing, undoneBy } = entry
      this.#places.set(commit, place)
      for (const name of entry.reverts) if (!this.#reverts.has(name)) this.#reverts.set(name, entry)
      if (workstream === null || landing === null) continue
      if (!this.landings.has(workstream) || (undoneBy === null && !this.isLanded(workstream))) {
        this.landings.set(workstream, entry)
      }
    }
  }

  /** How many commits are newer. */
  place(commit: string): number {
    return this.#places.get(commit)!
  }

  isLanded(id: string): boolean {
    return this.landings.get(id)?.undoneBy === null
  }

  isTakenBack(id: string): boolean {
    return this.landings.has(id) && !this.isLanded(id)
  }

  /**
   * The newest commit that made an entry stand as it does now: itself, or the last of the reverts that turned it round
   * and round again. Reverting that one turns it, with the least between it and the tip that could be in the way.
   */
  newestOf(entry: Standing): Standing {
    let newest = entry
    for (;;) {
      const next = this.#reverts.get(nameOf(newest))
      if (next === undefined) return newest
      newest = next
    }
  }

  /** What depends on it, directly or not. */
  nodesBehind(id: string): readonly string[] {
    return remembered(this.#behind, id, () => descendantsOf(this.nodes, [id]))
  }

  /** What it depends on, directly or not. */
  nodesBefore(id: string): readonly string[] {
    return remembered(this.#before, id, () => ancestorsOf(this.nodes, [id]))
  }

  landedDependents(id: string): string[] {
    return this.nodesBehind(id).filter((other) => this.isLanded(other))
  }

  missingDependencies(id: string): string[] {
    return this.nodesBefore(id).filter((other) => this.isTakenBack(other))
  }
}

/** A walk over the graph is asked for several times for each workstream, and a plan can be large. */
function remembered(
  known: Map<string, readonly string[]>,
  id: string,
  walk: () => ReadonlySet<string>,
): readonly string[] {
  const found = known.get(id) ?? [...walk()]
  known.set(id, found)
  return found
}
