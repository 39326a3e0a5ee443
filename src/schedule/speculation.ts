/**
 * What attempts stand on, work in the landing queue or landed, and what becomes of them when that falls. Pure, and derived
 * from where the workstreams stand now: whoever asks again after a crash gets the same answer.
 *
 * A foundation holds as long as that very work waits to land, or has landed. Whatever else becomes of its workstream
 * (red, in conflict, cancelled, taken back, tried again), what stands on it has work behind it that nobody wants.
 */
import type { Attempt, Foundation } from '../model/attempt.ts'
import type { WorkstreamState } from '../model/state.ts'

type Standing = Pick<Attempt, 'speculation' | 'standsOn'>
type StateOf = (workstream: string) => WorkstreamState | undefined

/** A foundation of the attempt that no longer holds, or null. */
export function lostFoundation(attempt: Standing, stateOf: StateOf): Foundation | null {
  return foundationsOf(attempt).find((foundation) => !holds(foundation, stateOf(foundation.workstream))) ?? null
}

function foundationsOf({ speculation = [], standsOn = [] }: Standing): Foundation[] {
  return [...speculation, ...standsOn]
}

function holds({ attempt, work }: Foundation, state: WorkstreamState | undefined): boolean {
  switch (state?.state) {
    case 'queued':
    case 'landing':
      return state.work === work
    case 'landed':
      return state.attempt === attempt
    default:
      return false
  }
}

/** What the attempt builds on and has not landed so far, or has to land again: that has to be first. */
export function notYetLanded(attempt: Standing, stateOf: StateOf): string[] {
  return foundationsOf(attempt).flatMap(({ workstream }) =>
    stateOf(workstream)?.state === 'landed' ? [] : [workstream],
  )
}

export interface ThrownBack {
  workstream: string
  attempt: number
  /** What does not land. */
  lost: Foundation
}

/** Workstreams whose attempt has lost its foundation and is still on its way. `attemptOf` may not know it. */
export function thrownBack(
  rows: Iterable<{ id: string; state: WorkstreamState }>,
  attemptOf: (workstream: string, attempt: number) => Standing | undefined,
): ThrownBack[] {
  const all = [...rows]
  const states = new Map(all.map(({ id, state }) => [id, state]))
  return all.flatMap(({ id, state }) => {
    const attempt = attemptOnItsWay(state)
    const found = attempt === null ? undefined : attemptOf(id, attempt)
    const lost = found === undefined ? null : lostFoundation(found, (other) => states.get(other))
    return attempt === null || lost === null ? [] : [{ workstream: id, attempt, lost }]
  })
}

/** Not in a landing: what that stands on is ahead of it, and when it falls the landing is taken apart first. */
function attemptOnItsWay(state: WorkstreamState): number | null {
  switch (state.state) {
    case 'running':
    case 'checking':
    case 'queued':
    case 'waiting':
      return state.attempt
    default:
      return null
  }
}
