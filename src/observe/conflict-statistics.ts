/**
 * Where conflicts come from, over all runs that are remembered: which workstreams meet them, and which paths. A path
 * that conflicts at every second landing wants to be split, or to be declared (`landing.resolve`, an order in the plan).
 *
 * Counted are tries to land that came to an end: landed, refused by the gate, refused by a conflict. What went back to
 * the queue because somebody was faster says nothing about either.
 */
import type { Attempt } from '../model/attempt.ts'
import type { Landing } from '../model/landing.ts'

export interface WorkstreamConflicts {
  id: string
  /** Tries to land. */
  attempts: number
  conflicts: number
  /** Conflicts by attempts, 0 to 1. */
  rate: number
}

export interface PathConflicts {
  path: string
  /** Landings that changed it. */
  landings: number
  conflicts: number
  /** Conflicts by all tries that changed it, 0 to 1. */
  rate: number
}

export interface ConflictStatistics {
  /** Most conflicts first; also those without any. */
  workstreams: WorkstreamConflicts[]
  /** Most conflicts first; those with at least one. */
  paths: PathConflicts[]
}

/** Longer lists tell nobody anything. */
const WORKSTREAMS_MAX = 200
const PATHS_MAX = 100

export interface ConflictHistory {
  landings: readonly Landing[]
  /** Of the same runs: which paths a landing has changed. */
  attempts: readonly Attempt[]
}

export function conflictStatistics({ landings, attempts }: ConflictHistory): ConflictStatistics {
  const changed = new Map(attempts.map(({ workstream, number, changed }) => [`${workstream}.${number}`, changed]))
  const workstreams = new Map<string, { attempts: number; conflicts: number }>()
  const paths = new Map<string, { landings: number; conflicts: number; tries: number }>()
  for (const landing of landings) {
    const hasLanded = landing.stage === 'done' || landing.stage === 'moved'
    if (!hasLanded && landing.failure === null) continue
    const inConflict = conflictedPaths(landing)
    const one = upsert(workstreams, landing.workstream, { attempts: 0, conflicts: 0 })
    one.attempts += 1
    if (inConflict.length > 0) one.conflicts += 1
    const landed = hasLanded ? (changed.get(`${landing.workstream}.${landing.attempt}`) ?? []) : []
    for (const path of new Set([...landed, ...inConflict])) {
      const counts = upsert(paths, path, { landings: 0, conflicts: 0, tries: 0 })
      counts.tries += 1
      if (hasLanded) counts.landings += 1
      if (inConflict.includes(path)) counts.conflicts += 1
    }
  }
  const byWorkstream = [...workstreams].map(([id, { attempts, conflicts }]) => {
    return { id, attempts, conflicts, rate: conflicts / attempts }
  })
  const byPath = [...paths].flatMap(([path, { landings, conflicts, tries }]) => {
    return conflicts === 0 ? [] : [{ path, landings, conflicts, rate: conflicts / tries }]
  })
  return {
    workstreams: byWorkstream.sort(worstFirst(({ id }) => id)).slice(0, WORKSTREAMS_MAX),
    paths: byPath.sort(worstFirst(({ path }) => path)).slice(0, PATHS_MAX),
  }
}

function conflictedPaths({ conflicted, failure }: Landing): string[] {
  if (conflicted !== undefined) return conflicted
  const paths = failure?.code === 'E402' ? failure.details?.['paths'] : []
  return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : []
}

function upsert<T>(counts: Map<string, T>, key: string, first: T): T {
  const known = counts.get(key) ?? first
  counts.set(key, known)
  return known
}

function worstFirst<T extends { conflicts: number; rate: number }>(nameOf: (one: T) => string): (a: T, b: T) => number {
  return (a, b) => b.conflicts - a.conflicts || b.rate - a.rate || (nameOf(a) < nameOf(b) ? -1 : 1)
}
