/** What a plan is like before anything runs: its shape, what may collide, and how fast it could be at best. */
import type { Workstream } from '../model/workstream.ts'
import { type Overlap, overlapsOf } from './overlap.ts'
import { plannedMinutes, type Shape, shapeOf } from './shape.ts'

export interface Bound {
  criticalPathMinutes: number
  workMinutes: number
  agents: number
  /** No schedule can be shorter: the critical path is a chain, and the work has to be done by somebody. */
  makespanMinutes: number
}

export interface Summary {
  workstreams: number
  /** Unique edges between workstreams of the plan. */
  dependencies: number
  duplicateDependencies: number
  /** Workstreams without dependencies. */
  roots: number
  /** Counted in workstreams. */
  longestChain: number
  /** Workstreams on the fullest level; a level is the length of the longest way from a root. */
  widestLevel: number
  overlaps: number
  bound: Bound
}

export interface Analysis {
  summary: Summary
  shape: Shape
  overlaps: Overlap[]
}

/** Analyses a plan for `agents` seats (at least 1). `duplicateDependencies` is what the loader counted. */
export function analyse(workstreams: readonly Workstream[], agents: number, duplicateDependencies = 0): Analysis {
  const shape = shapeOf(workstreams)
  const { levels } = shape
  const known = new Set(workstreams.map(({ id }) => id))
  // With a cycle nothing is in order, and every overlap would be a false alarm.
  const overlaps = levels.size === workstreams.length ? overlapsOf(workstreams, levels) : []
  const widths = new Map<number, number>()
  for (const level of levels.values()) widths.set(level, (widths.get(level) ?? 0) + 1)
  let dependencies = 0
  let roots = 0
  for (const { dependsOn } of workstreams) {
    dependencies += dependsOn.filter((id) => known.has(id)).length
    if (dependsOn.length === 0) roots++
  }
  return {
    summary: {
      workstreams: workstreams.length,
      dependencies,
      duplicateDependencies,
      roots,
      longestChain: highest(levels.values()) + 1,
      widestLevel: highest(widths.values(), 0),
      overlaps: overlaps.length,
      bound: boundOf(workstreams, agents, shape),
    },
    shape,
    overlaps,
  }
}

/** The lower bound of the makespan; see `Bound`. */
export function boundOf(workstreams: readonly Workstream[], agents: number, shape = shapeOf(workstreams)): Bound {
  const criticalPathMinutes = highest(shape.tails.values(), 0)
  let workMinutes = 0
  for (const workstream of workstreams) workMinutes += plannedMinutes(workstream)
  return {
    criticalPathMinutes,
    workMinutes,
    agents,
    makespanMinutes: Math.max(criticalPathMinutes, workMinutes / agents),
  }
}

/** The largest value, or `none`. Not `Math.max(...)`: its arguments go over the stack. */
function highest(values: Iterable<number>, none = -1): number {
  let best = none
  for (const value of values) best = Math.max(best, value)
  return best
}
