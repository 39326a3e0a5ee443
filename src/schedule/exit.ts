/** The exit code of `run`, from where the selected workstreams stand: 3 before 4 before 1 (semantics of the contract). */
import { EXIT, type ExitCode } from '../model/failure.ts'
import type { StateName, WorkstreamState } from '../model/state.ts'

export interface Standing {
  view: StateName
  state: WorkstreamState
}

/** `needs a human`: a conflict, a question, a landing that cannot be published, something that a person holds. */
export function needsHuman({ state }: Standing): boolean {
  if (state.state === 'landed') return !state.published
  return state.state === 'waiting' || state.state === 'conflict' || state.state === 'held' || state.state === 'reverted'
}

export function exitOf(standings: readonly Standing[]): ExitCode {
  if (standings.some(needsHuman)) return EXIT.needsHuman
  const isDone = ({ state }: Standing): boolean =>
    state.state === 'landed' || state.state === 'discarded' || state.state === 'cancelled'
  const open = standings.filter((standing) => !isDone(standing))
  if (open.length === 0) return EXIT.ok
  return standings.some(({ state }) => state.state === 'landed') ? EXIT.partial : EXIT.failed
}
