/**
 * The landing queue's judgement, pure: what should be under way now.
 *
 * One landing at a time is a window of 1. The window is the seam for speculation: with more, candidates behind the
 * head are built on those ahead of them and gated at once, but still land in order.
 */

export interface Queued {
  workstream: string
  queuedAt: number
  priority: number
  /** Longest remaining chain behind it: landing it early lets the most work begin. */
  tail: number
}

export interface QueueState {
  waiting: readonly Queued[]
  /** Workstreams whose landing is under way, in landing order. */
  landing: readonly string[]
  window: number
}

export type LandingAction = { do: 'land'; workstream: string }

export function decideLandings(state: QueueState): LandingAction[] {
  const free = state.window - state.landing.length
  if (free <= 0) return []
  return state.waiting
    .toSorted(
      (a, b) =>
        b.priority - a.priority || b.tail - a.tail || a.queuedAt - b.queuedAt || (a.workstream < b.workstream ? -1 : 1),
    )
    .slice(0, free)
    .map(({ workstream }) => ({ do: 'land', workstream }))
}
