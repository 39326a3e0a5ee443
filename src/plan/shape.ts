/** The shape of a plan's graph, found once and used by everything that asks about levels, chains and order. */
import { levelsOf, tailsOf, topology } from '../model/graph.ts'
import type { Workstream } from '../model/workstream.ts'

/**
 * What a workstream without an estimate counts as, in minutes: the default of `limits.timeout_minutes`, because an
 * attempt that takes longer is ended. Where nothing is estimated, all being equal is what matters, not the number.
 */
export const ESTIMATE_MINUTES_DEFAULT = 30

/** The minutes a workstream is planned with. */
export function plannedMinutes(workstream: Pick<Workstream, 'estimateMinutes'>): number {
  return workstream.estimateMinutes ?? ESTIMATE_MINUTES_DEFAULT
}

export interface Shape {
  /** The length of the longest way from a root, which has 0. What is on a cycle or behind one has none. */
  levels: ReadonlyMap<string, number>
  /** Planned minutes from the start of a workstream to the end of the plan, along the longest way. */
  tails: ReadonlyMap<string, number>
  dependents: ReadonlyMap<string, readonly string[]>
}

/** Linear in workstreams and dependencies; those on ids outside of the plan do not count. */
export function shapeOf(workstreams: readonly Pick<Workstream, 'id' | 'dependsOn' | 'estimateMinutes'>[]): Shape {
  const minutes = new Map(workstreams.map((workstream) => [workstream.id, plannedMinutes(workstream)]))
  const sorted = topology(workstreams)
  return {
    levels: levelsOf(workstreams, sorted),
    tails: tailsOf(workstreams, (id) => minutes.get(id)!, sorted),
    dependents: sorted.dependents,
  }
}
