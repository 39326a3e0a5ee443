/**
 * Overlapping workstreams one after the other, where that costs nothing: the makespan of the simulated schedule does not
 * grow, and in it the second one really begins when the first has ended. What cannot be had for nothing stays a warning.
 *
 * Pairs that the schedule happens to do one after the other come for free: writing down what it does changes nothing
 * in it. The others are tried together, then in halves, with a bounded number of simulations.
 */
import { type Overlap, overlapsOf } from './overlap.ts'
import { type Schedule, type Simulated, simulator, type SoftEdge } from './simulate.ts'
import { shapeOf } from './shape.ts'
import type { Workstream } from '../model/workstream.ts'

/** Tries for a small plan; more find nothing worth the time. */
const SIMULATIONS_MAX = 100
/** Workstreams simulated in all tries together: a tenth of a second. */
const SIMULATED_MAX = 50_000

/** Minutes come from hours and ranges: sums of them differ in the last digit. */
const ROUNDING_MINUTES = 1e-6

type Planned = Simulated & Pick<Workstream, 'filesScope' | 'filesCreate'>

/** The soft edges of a plan for `agents` seats, in the order of its overlaps. The same plan gives the same edges. */
export function softEdgesOf(
  workstreams: readonly Planned[],
  agents: number,
  shape = shapeOf(workstreams),
  overlaps: readonly Overlap[] = overlapsOf(workstreams, shape.levels),
): SoftEdge[] {
  if (overlaps.length === 0) return []
  const simulate = simulator(workstreams, agents, shape)
  const base = simulate([])
  const placeOf = new Map(base.order.map(({ workstream }, place) => [workstream, place]))
  // Who begins first in the schedule as it is goes first: in one direction for all, so there are no circles.
  const edges = overlaps
    .filter(({ a, b }) => placeOf.has(a) && placeOf.has(b))
    .map(({ a, b }): SoftEdge =>
      placeOf.get(a)! < placeOf.get(b)! ? { before: a, after: b } : { before: b, after: a },
    )
  const isFree = keepsIn(base)
  let kept = edges.filter(isFree)
  const todo = [edges.filter((edge) => !isFree(edge))]
  let simulations = Math.min(SIMULATIONS_MAX, Math.floor(SIMULATED_MAX / workstreams.length))
  for (let tried = todo.pop(); tried !== undefined && simulations > 0; tried = todo.pop()) {
    if (tried.length === 0) continue
    simulations--
    const all = [...kept, ...tried]
    const schedule = simulate(all)
    const isKept = keepsIn(schedule)
    const costsNothing = schedule.makespanMinutes <= base.makespanMinutes + ROUNDING_MINUTES
    const [good, bad] = [tried.filter(isKept), tried.filter((edge) => !isKept(edge))]
    if (costsNothing && all.every(isKept)) kept = all
    else if (costsNothing && good.length > 0 && bad.length > 0) todo.push(bad, good)
    else if (tried.length > 1) todo.push(tried.slice(tried.length >> 1), tried.slice(0, tried.length >> 1))
  }
  const found = new Set(kept)
  return edges.filter((edge) => found.has(edge))
}

/** Does the schedule do the two of an edge one after the other? */
function keepsIn({ order }: Schedule): (edge: SoftEdge) => boolean {
  const slices = new Map(order.map((slice) => [slice.workstream, slice]))
  return ({ before, after }) => slices.get(before)!.endMinute <= slices.get(after)!.startMinute
}
