/**
 * The scheduler's judgement, pure and total: from what is known and what time it is to what should be done now.
 *
 * ```
 * ready ─▶ which tool is next? ─▶ none left ─────────▶ fail
 *                                 manual ─────────────▶ ask (no seat is taken)
 *                                 must wait ──────────▶ sleep until then
 *                                 else, most urgent first, while a seat is free ─▶ start
 * pending, and all that it waits for is in the landing queue ─▶ start on top of that, on a seat that would stay idle
 * ```
 * Without room on the machine nothing is started, or one agent alone: what would begin is named, and the machine looked at
 * again soon. While the network is gone for all nothing is started but one probe, after an end for lack of memory fewer at
 * once, and a tool that is not to be had is stood in for (`offer.ts`).
 *
 * What yields to something that is ready or at work (a soft edge of the plan) comes after all that does not; it never
 * leaves a seat idle, so it cannot block.
 * The loop around it only does what it says and asks again. Deciding twice on the same state gives the same answer.
 */
import type { OutcomeKind } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'
import { byUrgency, type Urgency } from '../model/graph.ts'
import { type View, viewsOf, type WorkstreamState } from '../model/state.ts'
import { type Admission, ADMISSION_LOOK_MS } from './admission.ts'
import { PASSING } from './backoff.ts'
import type { Breaker } from './breaker.ts'
import type { Circuit } from './circuit.ts'
import { MANUAL, nextTry, type Policy, standInsFor, type Try } from './fallback.ts'
import { historyOf, THROUGH_MS } from './history.ts'
import { choose, type Instead, type Offer, offerOf } from './offer.ts'

export { MANUAL }

export interface Item {
  id: string
  dependsOn: readonly string[]
  priority: number
  /** Longest remaining chain in minutes, its own estimate included. */
  tail: number
  track: string | null
  /** Overlapping workstreams that had better be done first, when that costs nothing (`plan/soft-edges.ts`). */
  yieldsTo: readonly string[]
  /** Named by `--only` (everything is, without it). */
  selected: boolean
  state: WorkstreamState
  /** Of the attempt that is at work; missing: none is, or it is not known. */
  tool?: string
  /** Tools present for it, in order; empty when there is none. */
  tools: readonly string[]
  attemptsMax: number
  forced: string | null
  /** When going round in circles ends it; missing: as by default. */
  breaker?: Breaker
  /** Settled tries that count, oldest first. */
  tries: readonly Try[]
  /** The number that the next attempt will have. */
  nextAttempt: number
  /** It may begin on top of what is still in the landing queue. */
  speculates: boolean
  /** Its budget is used up: no agent begins it; missing or null: it is not. */
  overBudget?: Failure | null
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
  /** So long has a dependency to be in the landing queue before anybody begins on top of it; default 0. */
  speculateAfterMs?: number
  /** Whether the machine has room for another agent; missing: it has. */
  admission?: Admission
  /** Of the run, for the jitter of waits; missing: none. */
  seed?: string
  /** The budget of the run is used up: no agent begins, and people may go on. */
  isOverBudget?: boolean
}

/** A tool that is not tried again before `until`. */
export interface Wait {
  workstream: string
  /** The number that its attempt will have. */
  attempt: number
  tool: string
  until: number
  /** How the last try ended. */
  why: OutcomeKind
}

export type Action =
  /**
   * `speculatesOn`: the dependencies that have not landed yet; it begins on top of their queued work. `instead`: the tool
   * that would be its turn and is not to be had; missing: it is `tool`.
   */
  | {
      do: 'start'
      workstream: string
      agent: number
      tool: string
      attempt: number
      speculatesOn: string[]
      instead?: Instead
    }
  | { do: 'ask'; workstream: string; attempt: number }
  | { do: 'fail'; workstream: string; failure: Failure }
  /** The machine has no room for these, which have a seat and would begin now. */
  | { do: 'hold'; workstreams: string[]; reasons: Failure[] }
  /** `waits`: what is told; something else may be worth another look at `until` too. */
  | { do: 'sleep'; until: number; waits: Wait[] }
  | { do: 'end' }

interface Startable extends Urgency {
  item: Item
  /** The one whose turn it is, then those that may stand in for it; one alone when a person forced it. */
  wanted: [string, ...string[]]
  isForced: boolean
  speculatesOn: string[]
  yields: boolean
}

export function decide(state: ScheduleState, now: number): Action[] {
  const actions: Action[] = []
  const begins: Extract<Action, { do: 'start' }>[] = []
  const startable: Startable[] = []
  const waits: Wait[] = []
  let lookAt = Number.POSITIVE_INFINITY
  // Ready, and will want a seat as soon as their wait is over.
  let sleepers = 0
  const offer = offerNow(state, now)
  if (state.mode === 'run') {
    const byId = new Map(state.items.map((item) => [item.id, item]))
    const views = viewsOf(state.items, (id) => byId.get(id)!.state)
    for (const item of state.items) {
      if (!item.selected) continue
      const view = views.get(item.id)!
      const isReady = view.name === 'ready'
      if (!isReady) {
        const from = speculatesFrom(item, view, byId, state.speculateAfterMs ?? 0)
        if (from > now) lookAt = Math.min(lookAt, from)
        if (from > now) continue
      }
      if (item.tools.length === 0) {
        if (isReady) actions.push({ do: 'fail', workstream: item.id, failure: noTool(item.id) })
        continue
      }
      const policy = policyOf(item, state.seed)
      const tries = item.tries.map((one) => (offer.shared.has(one) ? { ...one, isShared: true } : one))
      const next = nextTry(tries, policy)
      // What people do, and what is given up, waits until it is certain that the dependencies land.
      if (!isReady && (next.kind === 'exhausted' || next.tool === MANUAL)) continue
      if (next.kind === 'exhausted') actions.push({ do: 'fail', workstream: item.id, failure: next.failure })
      else if (next.tool === MANUAL) actions.push({ do: 'ask', workstream: item.id, attempt: item.nextAttempt })
      else if (state.isOverBudget === true) continue
      else if (item.overBudget) actions.push({ do: 'fail', workstream: item.id, failure: item.overBudget })
      else {
        const { id, priority, tail, nextAttempt } = item
        const isForced = item.forced === next.tool && tries.length === 0
        const standIns = isForced ? [] : standInsFor(tries, policy)
        const waitsLong = next.notBefore - now > PASSING.mostMs
        const own: Startable['wanted'] = [next.tool, ...standIns]
        const choice = isForced ? { tool: next.tool, instead: null } : choose(offer, own, NOBODY)
        if (next.notBefore > now && !(waitsLong && choice.tool !== null && choice.instead !== null)) {
          const why = tries.at(-1)!.outcome.kind
          // Others may have met the same later, and its pause is shared.
          const until = choice.tool === null ? Math.max(next.notBefore, choice.until) : next.notBefore
          waits.push({ workstream: id, attempt: nextAttempt, tool: next.tool, until, why })
          if (isReady) sleepers += 1
        } else if (choice.tool === null) {
          lookAt = Math.min(lookAt, choice.until)
          if (isReady) sleepers += 1
        } else {
          const yields = item.yieldsTo.some((other) => isAhead(byId.get(other), views))
          startable.push({ item, wanted: own, isForced, speculatesOn: view.blockedBy, yields, id, priority, tail })
        }
      }
    }
  }
  startable.sort(
    (a, b) =>
      Number(isSpeculative(a)) - Number(isSpeculative(b)) || Number(a.yields) - Number(b.yields) || byUrgency(a, b),
  )
  const { network, seats } = offer
  const letThrough = lettingThrough(startable, offer)
  if (letThrough.length < startable.length) lookAt = Math.min(lookAt, letsMoreThroughAt(network!, now))
  const free = state.seats.filter((seat) => seat.workstream === null).sort((a, b) => a.agent - b.agent)
  const busy = state.seats.length - free.length
  const probed = new Set<string>()
  for (;;) {
    const [next] = letThrough
    const seat = free[begins.length]
    if (next === undefined || seat === undefined) break
    if (busy + begins.length >= seats.agents) {
      lookAt = Math.min(lookAt, seats.until ?? lookAt)
      break
    }
    // Only what would stay idle: the rest of the seats is spoken for.
    if (isSpeculative(next) && free.length - begins.length <= sleepers) break
    // Among equally urgent ones a seat stays on its track: its caches are warm for it. `plan` simulates the same rule.
    const equals = letThrough.filter(
      (one) =>
        isSpeculative(one) === isSpeculative(next) &&
        one.yields === next.yields &&
        one.priority === next.priority &&
        one.tail === next.tail,
    )
    const chosen = equals.find(({ item }) => item.track !== null && item.track === seat.track) ?? next
    letThrough.splice(letThrough.indexOf(chosen), 1)
    const { item, wanted, isForced, speculatesOn } = chosen
    const choice = isForced ? { tool: wanted[0], instead: null } : choose(offer, wanted, probed)
    if (choice.tool === null) {
      // What was to stand in is probed by somebody else as of now.
      lookAt = Math.min(lookAt, choice.until)
      continue
    }
    if (offer.tools.get(choice.tool)?.state === 'half-open') probed.add(choice.tool)
    const { tool, instead } = choice
    const start = { do: 'start', workstream: item.id, agent: seat.agent, tool, attempt: item.nextAttempt } as const
    begins.push({ ...start, speculatesOn, ...(instead === null ? {} : { instead }) })
  }
  const { admission } = state
  const room = roomFor(admission, busy)
  const held = begins.slice(room).map(({ workstream }) => workstream)
  if (admission !== undefined && admission.kind !== 'open' && held.length > 0) {
    actions.push({ do: 'hold', workstreams: held, reasons: admission.reasons })
    lookAt = Math.min(lookAt, now + ADMISSION_LOOK_MS)
  }
  actions.push(...begins.slice(0, room))
  // Beside other actions too: what is started now may run for longer than the wait.
  const until = Math.min(lookAt, ...waits.map((wait) => wait.until))
  if (until !== Number.POSITIVE_INFINITY) actions.push({ do: 'sleep', until, waits })
  else if (actions.length === 0 && !state.items.some((item) => isInFlight(item.state)) && startable.length === 0) {
    actions.push({ do: 'end' })
  }
  return actions
}

const NOBODY: ReadonlySet<string> = new Set()

/** What the world has to offer to that state now; also for who tells of it. */
export function offerNow({ items, seats, seed }: ScheduleState, now: number): Offer {
  return offerOf(historyOf(items), seats.length, seed, now)
}

function policyOf({ id, tools, attemptsMax, forced, breaker }: Item, seed: string | undefined): Policy {
  const policy = { workstream: id, tools, attemptsMax, forced }
  return { ...policy, ...(breaker === undefined ? {} : { breaker }), ...(seed === undefined ? {} : { seed }) }
}

/** While the network is gone for all: nobody, or the most urgent as a probe; and what a person forced. */
function lettingThrough(startable: readonly Startable[], { network }: Offer): Startable[] {
  if (network === null) return [...startable]
  const probe = network.state === 'half-open' && network.probe === null ? startable.find((one) => !one.isForced) : null
  return startable.filter((one) => one.isForced || one === probe)
}

/** A probe that begins now is believed after a while. */
function letsMoreThroughAt(network: Circuit, now: number): number {
  return network.state === 'half-open' && network.probe === null ? now + THROUGH_MS : network.until
}

/** How many may begin as far as the machine goes. */
function roomFor(admission: Admission | undefined, busy: number): number {
  switch (admission?.kind) {
    case 'closed':
      return 0
    case 'lone':
      return busy === 0 ? 1 : 0
    default:
      return Number.POSITIVE_INFINITY
  }
}

function isSpeculative({ speculatesOn }: Startable): boolean {
  return speculatesOn.length > 0
}

/** When it may begin on top of what it waits for: never, unless all of that has only to pass the gate. */
function speculatesFrom(item: Item, view: View, byId: ReadonlyMap<string, Item>, afterMs: number): number {
  if (!item.speculates || view.name !== 'pending') return Number.POSITIVE_INFINITY
  const queued = view.blockedBy.map((id) => {
    const { state } = byId.get(id)!
    return state.state === 'queued' || state.state === 'landing' ? state.queuedAt : Number.POSITIVE_INFINITY
  })
  return Math.max(...queued) + afterMs
}

/** It is being worked on, or will be as soon as there is a seat for it. */
function isAhead(item: Item | undefined, views: ReadonlyMap<string, View>): boolean {
  if (item === undefined) return false
  return isInFlight(item.state) || (item.selected && views.get(item.id)!.name === 'ready')
}

/** Something of ours is under way for it, and will tell when it is done. */
export function isInFlight(state: WorkstreamState): boolean {
  return ['running', 'checking', 'queued', 'landing'].includes(state.state)
}

function noTool(id: string): Failure {
  return {
    code: 'E106',
    message: `no tool of the order is present for ${id}`,
    fix: `run \`sluice tools\`, install or allow one of them or add one to tools.order, then \`sluice retry ${id}\``,
  }
}
