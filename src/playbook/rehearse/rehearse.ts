/**
 * A rehearsal of faults on a plan: what the policy would do, what that would cost, and what would wait for it. Pure; it
 * asks the very functions that a run asks (`nextTry`, the simulation of the schedule), so it cannot tell another story.
 *
 * Each fault is met twice: once, by the first attempt of a workstream, and always, by all of its attempts. It hits the
 * workstream with the longest way behind it, where it hurts most; a second fault the next one on that way.
 */
import { isSpent } from '../../model/attempt.ts'
import type { Config } from '../../model/config.ts'
import { type Code, CODES, EXIT } from '../../model/failure.ts'
import { descendantsOf } from '../../model/graph.ts'
import type { Workstream } from '../../model/workstream.ts'
import { forecast, type SoftEdge } from '../../plan/simulate.ts'
import { plannedMinutes, shapeOf } from '../../plan/shape.ts'
import { MANUAL } from '../../schedule/decide.ts'
import { nextTry, toolOrder, type Try } from '../../schedule/fallback.ts'
import { FAULTS, type Fault } from './fault.ts'

export interface Step {
  attempt: number
  tool: string
  /** It counts against `limits.attempts`. */
  isSpent: boolean
  /** Before the next one is begun. */
  waitMinutes: number
}

export interface Course {
  /** Attempts that meet the fault, in order. */
  steps: Step[]
  /** The tool that does it in the end; null when none does. */
  tool: string | null
  /** `landed`; or where it stops: it waits for a person, is in conflict, has failed, or the run does not begin. */
  ends: 'landed' | 'waiting' | 'conflict' | 'failed' | 'refused' | 'unpublished'
  /** What could not go on because of it. */
  blocked: string[]
  makespanMinutes: number
  /** Of `run`. */
  exit: number
}

export interface Rehearsal {
  code: Code
  name: string
  /** The one that meets it; null where the whole run does. */
  workstream: string | null
  what: Fault['what']
  once: Course
  always: Course
}

export interface Stage {
  workstreams: readonly Workstream[]
  softEdges: readonly SoftEdge[]
  agents: number
  config: Pick<Config, 'tools' | 'limits' | 'scope'>
}

/** `codes`: those of `FAULTS`. Throws for a plan without workstreams: there is nothing to rehearse on. */
export function rehearse(stage: Stage, codes: readonly Code[]): Rehearsal[] {
  const way = criticalWay(stage.workstreams)
  if (way.length === 0) throw new Error('a rehearsal needs a plan')
  return codes.map((code, index) => {
    const fault = FAULTS[code]
    if (fault === undefined) throw new Error(`${code} cannot be rehearsed`)
    const victim = way[index % way.length]!
    const isOfOne = fault.what === 'attempt' || fault.what === 'waits'
    return {
      code,
      name: CODES[code],
      workstream: isOfOne ? victim.id : null,
      what: fault.what,
      once: courseOf(stage, victim, fault, code === 'E602' ? Infinity : 1),
      always: courseOf(stage, victim, fault, Infinity),
    }
  })
}

/** The workstreams of the longest way, from its root. */
function criticalWay(workstreams: readonly Workstream[]): Workstream[] {
  const { tails, dependents } = shapeOf(workstreams)
  const byId = new Map(workstreams.map((one) => [one.id, one]))
  const longest = (ids: readonly string[]): string | undefined =>
    ids.filter((id) => tails.has(id)).toSorted((a, b) => tails.get(b)! - tails.get(a)! || a.localeCompare(b))[0]
  const way: Workstream[] = []
  let id = longest([...byId.keys()])
  while (id !== undefined) {
    way.push(byId.get(id)!)
    id = longest(dependents.get(id) ?? [])
  }
  return way
}

function courseOf(stage: Stage, victim: Workstream, fault: Fault, times: number): Course {
  const nothing = { steps: [], tool: null, blocked: [] }
  const asPlanned = makespan(stage, new Map(), new Set())
  switch (fault.what) {
    case 'mended':
      return { ...nothing, ends: 'landed', makespanMinutes: asPlanned, exit: EXIT.ok }
    case 'refused':
      return { ...nothing, ends: 'refused', makespanMinutes: 0, exit: fault.exit }
    case 'target':
      return { ...nothing, ends: 'unpublished', makespanMinutes: asPlanned, exit: EXIT.needsHuman }
    case 'waits':
      return stopped(stage, victim, { steps: [], extraMinutes: 0, ends: fault.state })
    case 'attempt':
      return attemptsOf(stage, victim, fault, times)
  }
}

/** Walks through the tries of a workstream as a run would, the first `times` of which meet the fault. */
function attemptsOf(
  stage: Stage,
  victim: Workstream,
  fault: Extract<Fault, { what: 'attempt' }>,
  times: number,
): Course {
  const { tools, limits } = stage.config
  const policy = {
    workstream: victim.id,
    tools: toolOrder(victim, tools.order).tools,
    attemptsMax: limits.attempts,
    forced: null,
  }
  const tries: Try[] = []
  const steps: Step[] = []
  let nowMs = 0
  for (;;) {
    const next = nextTry(tries, policy)
    const extraMinutes = nowMs / MINUTE_MS
    if (next.kind === 'exhausted') return stopped(stage, victim, { steps, extraMinutes, ends: 'failed' })
    if (next.tool === MANUAL) return stopped(stage, victim, { steps, extraMinutes, ends: 'waiting' })
    const waitMs = Math.max(0, next.notBefore - nowMs)
    const last = steps.at(-1)
    if (last !== undefined) last.waitMinutes = waitMs / MINUTE_MS
    nowMs += waitMs
    if (steps.length >= times) {
      const makespanMinutes = makespan(stage, new Map([[victim.id, nowMs / MINUTE_MS]]), new Set())
      return { steps, tool: next.tool, ends: 'landed', blocked: [], makespanMinutes, exit: EXIT.ok }
    }
    nowMs += costMinutes(stage, victim, fault, next.tool) * MINUTE_MS
    const number = tries.length + 1
    const outcome = { kind: fault.outcome, code: null, message: '' }
    tries.push({ number, tool: next.tool, outcome, endedAt: nowMs })
    steps.push({ attempt: number, tool: next.tool, isSpent: isSpent(fault.outcome), waitMinutes: 0 })
  }
}

const MINUTE_MS = 60_000

function costMinutes({ config }: Stage, victim: Workstream, { costs }: { costs: string }, tool: string): number {
  const own = config.tools.settings[tool]
  switch (costs) {
    case 'its estimate':
      return plannedMinutes(victim)
    case 'the time-out':
      return victim.timeoutMinutes ?? own?.timeoutMinutes ?? config.limits.timeoutMinutes
    case 'the idle time':
      return own?.idleMinutes ?? config.limits.idleMinutes
    default:
      return 0
  }
}

interface Stop {
  steps: Step[]
  extraMinutes: number
  ends: 'waiting' | 'conflict' | 'failed'
}

/** It comes to no end by itself: what depends on it is blocked, the rest goes on. */
function stopped(stage: Stage, victim: Workstream, { steps, extraMinutes, ends }: Stop): Course {
  const blocked = [...descendantsOf(stage.workstreams, [victim.id])].filter((id) => id !== victim.id)
  const rest = stage.workstreams.length - blocked.length - 1
  const exit = ends === 'failed' ? (rest > 0 ? EXIT.partial : EXIT.failed) : EXIT.needsHuman
  // The seat was taken for as long as it was tried; then it is free for others.
  const own = ends === 'failed' || ends === 'waiting' ? extraMinutes - plannedMinutes(victim) : 0
  const makespanMinutes = makespan(stage, new Map([[victim.id, own]]), new Set(blocked))
  return { steps, tool: null, ends, blocked, makespanMinutes, exit }
}

/** How long the plan takes when some take longer and some never begin. */
function makespan(
  { workstreams, softEdges, agents }: Stage,
  more: ReadonlyMap<string, number>,
  without: ReadonlySet<string>,
): number {
  const left = workstreams
    .filter(({ id }) => !without.has(id))
    .map((one) => ({ ...one, estimateMinutes: Math.max(0, plannedMinutes(one) + (more.get(one.id) ?? 0)) }))
  return forecast(left, agents, softEdges).schedule.makespanMinutes
}
