/**
 * How many agents may work at once, after ends for lack of memory (E301), pure: one fewer after each, never fewer than one,
 * and one more again after half an hour without another. That the machine has room then is asked besides (`admission.ts`).
 *
 * Who was at work when it happened dies of the same shortage: such an end lowers nothing again.
 */
import type { End } from './history.ts'

export interface Seats {
  agents: number
  /** When there is one more; null: nothing is lowered. */
  until: number | null
  /** Ends that lowered it since all were at work last, oldest first. */
  row: End[]
}

/** An attempt takes that long: so much work has shown then that fewer are enough, or that the memory is there again. */
export const CALM_MS = 30 * 60_000

/** `all`: the seats of the run. */
export function seatsAfter(ends: readonly End[], all: number, now: number): Seats {
  let agents = all
  let loweredAt = Number.NEGATIVE_INFINITY
  let calmSince = Number.NEGATIVE_INFINITY
  let row: End[] = []
  const raise = (at: number): void => {
    while (agents < all && at - calmSince >= CALM_MS) {
      agents += 1
      calmSince += CALM_MS
    }
    if (agents === all) row = []
  }
  for (const end of ends) {
    const { outcome, startedAt, endedAt } = end.try
    if (outcome.kind !== 'out-of-memory') continue
    raise(endedAt)
    calmSince = endedAt
    if ((startedAt ?? endedAt) < loweredAt || agents === 1) continue
    agents -= 1
    loweredAt = endedAt
    row = [...row, end]
  }
  raise(now)
  return { agents, until: agents < all ? calmSince + CALM_MS : null, row }
}

/** In words, for a record: `2 agents instead of 3`; null where it was never lowered. */
export function fewerText({ agents }: Pick<Seats, 'agents'>, all: number): string | null {
  return agents < all ? `${agents} ${agents === 1 ? 'agent' : 'agents'} instead of ${all}` : null
}
