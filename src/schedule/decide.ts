/**
 * The scheduler's judgement, pure and total: from what is known and what time it is to what should be done now.
 *
 * ```
 * ready ─▶ which tool is next? ─▶ none left ─────────▶ fail
 *                                 manual ─────────────▶ ask (no seat is taken)
 *                                 must wait ──────────▶ sleep until then
 *                                 else, most urgent first, while a seat is free ─▶ start
 * ```
 * The loop around it only does what it says and asks again. Deciding twice on the same state gives the same answer.
 */
import type { Failure } from '../model/failure.ts'
import { byUrgency } from '../model/graph.ts'
import { viewsOf, type WorkstreamState } from '../model/state.ts'
import { nextTry, type Try } from './fallback.ts'

/** The tool that is a person: it takes no seat and no time-out. */
export const MANUAL = 'manual'

export interface Item {
  id: string
  dependsOn: readonly string[]
  priority: number
  /** Longest remaining chain in minutes, its own estimate included. */
  tail: number
  track: string | null
  /** Named by `--only` (everything is, without it). */
  selected: boolean
  state: WorkstreamState
  /** Tools present for it, in order; empty when there is none. */
  tools: readonly string[]
  attemptsMax: number
  forced: string | null
  /** Settled tries that count, oldest first. */
  tries: readonly Try[]
  /** The number that the next attempt will have. */
  nextAttempt: number
}

export interface Seat {
  agent: number
  /** null: free. */
  workstream: string | null
  /** The track that it worked on last: its caches are warm for it. */
  track: string | null
}

export interface ScheduleState {
  /** `drain`: start nothing more, let what runs come to its end. */
  mode: 'run' | 'drain'
  items: readonly Item[]
  seats: readonly Seat[]
}

export type Action =
  | { do: 'start'; workstream: string; agent: number; tool: string; attempt: number }
  | { do: 'ask'; workstream: string; attempt: number }
  | { do: 'fail'; workstream: string; failure: Failure }
  | { do: 'sleep'; until: number }
  | { do: 'end' }

export function decide(state: ScheduleState, now: number): Action[] {
  const actions: Action[] = []
  const startable: { item: Item; tool: string; id: string; priority: number; tail: number }[] = []
  let wakeAt = Number.POSITIVE_INFINITY
  if (state.mode === 'run') {
    const byId = new Map(state.items.map((item) => [item.id, item]))
    const views = viewsOf(state.items, (id) => byId.get(id)!.state)
    for (const item of state.items) {
      if (!item.selected || views.get(item.id)!.name !== 'ready') continue
      if (item.tools.length === 0) {
        actions.push({ do: 'fail', workstream: item.id, failure: noTool(item.id) })
        continue
      }
      const next = nextTry(item.tries, { tools: item.tools, attemptsMax: item.attemptsMax, forced: item.forced })
      if (next.kind === 'exhausted') actions.push({ do: 'fail', workstream: item.id, failure: next.failure })
      else if (next.tool === MANUAL) actions.push({ do: 'ask', workstream: item.id, attempt: item.nextAttempt })
      else if (next.notBefore > now) wakeAt = Math.min(wakeAt, next.notBefore)
      else startable.push({ item, tool: next.tool, id: item.id, priority: item.priority, tail: item.tail })
    }
  }
  startable.sort(byUrgency)
  const free = state.seats.filter((seat) => seat.workstream === null).sort((a, b) => a.agent - b.agent)
  for (const seat of free) {
    const [next] = startable
    if (next === undefined) break
    // Among equally urgent ones a seat stays on its track: its caches are warm for it. `plan` simulates the same rule.
    const equals = startable.filter(({ priority, tail }) => priority === next.priority && tail === next.tail)
    const chosen = equals.find(({ item }) => item.track !== null && item.track === seat.track) ?? next
    startable.splice(startable.indexOf(chosen), 1)
    const { item, tool } = chosen
    actions.push({ do: 'start', workstream: item.id, agent: seat.agent, tool, attempt: item.nextAttempt })
  }
  // Beside other actions too: what is started now may run for longer than the wait.
  if (wakeAt !== Number.POSITIVE_INFINITY) actions.push({ do: 'sleep', until: wakeAt })
  else if (actions.length === 0 && !state.items.some((item) => isInFlight(item.state)) && startable.length === 0) {
    actions.push({ do: 'end' })
  }
  return actions
}

/** Something of ours is under way for it, and will tell when it is done. */
export function isInFlight(state: WorkstreamState): boolean {
  return ['running', 'checking', 'queued', 'landing'].includes(state.state)
}

function noTool(id: string): Failure {
  return {
    code: 'E106',
    message: `no tool of the order is present for ${id}`,
    fix: 'run `sluice tools`, install one of them or add one to tools.order, then `sluice retry ID`',
  }
}
