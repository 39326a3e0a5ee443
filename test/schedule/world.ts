/**
 * A world for the scheduler that has no clock but its own: attempts last as long as a seed says and end as it says.
 * Whatever `decide` asks for is done and held against the rules, so a plan can be run to its end in a millisecond.
 */
import type { Foundation, OutcomeKind } from '../../src/model/attempt.ts'
import { tailsOf } from '../../src/model/graph.ts'
import { satisfies, viewsOf, type WorkstreamState } from '../../src/model/state.ts'
import { type Admission, OPEN } from '../../src/schedule/admission.ts'
import { type Action, decide, type Item, MANUAL, type ScheduleState, type Seat } from '../../src/schedule/decide.ts'
import { nextTry } from '../../src/schedule/fallback.ts'
import { notYetLanded, thrownBack } from '../../src/schedule/speculation.ts'

export const COMMIT = 'c'.repeat(40)

export function item(id: string, fields: Partial<Item> = {}): Item {
  return {
    id,
    dependsOn: [],
    priority: 0,
    tail: 0,
    track: null,
    yieldsTo: [],
    selected: true,
    state: { state: 'open' },
    tools: ['aider'],
    attemptsMax: 3,
    forced: null,
    tries: [],
    nextAttempt: 1,
    speculates: false,
    ...fields,
  }
}

export function seats(...tracks: (string | null)[]): Seat[] {
  return tracks.map((track, index) => ({ agent: index + 1, workstream: null, track }))
}

export const landedAs = (attempt: number): WorkstreamState => ({
  state: 'landed',
  attempt,
  landing: 'r-1',
  commit: COMMIT,
  at: 0,
  published: true,
})

export const LANDED = landedAs(1)

/** Decides, checking what must hold of every decision; throws when it does not. */
export function decideSoundly(state: ScheduleState, now: number): Action[] {
  const actions = decide(state, now)
  if (JSON.stringify(decide(state, now)) !== JSON.stringify(actions)) throw new Error('decided twice, differently')
  const byId = new Map(state.items.map((one) => [one.id, one]))
  const busy = new Set(state.seats.flatMap(({ agent, workstream }) => (workstream === null ? [] : [agent])))
  const named = new Set<string>()
  for (const action of actions) {
    if (action.do === 'sleep' && action.until <= now) throw new Error('a sleep that is over')
    if (action.do === 'hold' && (state.admission?.kind ?? 'open') === 'open') throw new Error('held, and there is room')
    if (action.do === 'start' && state.admission?.kind === 'closed') throw new Error('begun, and there is no room')
    if (action.do === 'sleep' || action.do === 'end' || action.do === 'hold') continue
    const one = byId.get(action.workstream)!
    if (state.mode === 'drain') throw new Error(`drained, but ${action.do} ${one.id}`)
    if (named.has(one.id)) throw new Error(`${one.id} twice`)
    named.add(one.id)
    if (!one.selected) throw new Error(`${one.id} is not selected`)
    if (one.state.state !== 'open') throw new Error(`${one.id} is ${one.state.state}`)
    const missing = one.dependsOn.filter((id) => !satisfies(byId.get(id)!.state))
    if (action.do !== 'start') {
      if (missing.length > 0) throw new Error(`${action.do} ${one.id} before ${missing.join()}`)
      continue
    }
    if (action.speculatesOn.join() !== missing.join()) throw new Error(`${one.id} on ${action.speculatesOn.join()}`)
    if (missing.length > 0 && !one.speculates) throw new Error(`${one.id} before ${missing.join()}`)
    for (const id of missing) {
      const { state: at } = byId.get(id)!.state
      if (at !== 'queued' && at !== 'landing') throw new Error(`${one.id} on ${id}, which is ${at}`)
    }
    if (busy.has(action.agent)) throw new Error(`two on seat ${action.agent}`)
    busy.add(action.agent)
    if (!state.seats.some(({ agent }) => agent === action.agent)) throw new Error(`no seat ${action.agent}`)
    if (action.tool === MANUAL || !one.tools.includes(action.tool)) throw new Error(`${one.id} by ${action.tool}`)
    if (action.attempt !== one.nextAttempt) throw new Error(`${one.id} as ${action.attempt}`)
  }
  if (actions.some((action) => action.do === 'start' && action.speculatesOn.length > 0)) {
    // Every ready one has a seat by now, or one is left for when its wait is over.
    const views = viewsOf(state.items, (id) => byId.get(id)!.state)
    const left = state.items.filter((one) => {
      if (!one.selected || views.get(one.id)!.name !== 'ready' || named.has(one.id)) return false
      return nextTry(one.tries, { ...one, workstream: one.id }).kind === 'try'
    })
    const idle = state.seats.length - busy.size
    if (left.length > idle) throw new Error(`${left.length} ready ones for ${idle} seats, and one speculates`)
  }
  const waits =
    actions.some((action) => action.do === 'start') ||
    [...byId.values()].some((one) => one.selected && one.state.state === 'open')
  if (actions.some((action) => action.do === 'end') && actions.length > 1)
    throw new Error('an end beside other actions')
  if (actions.length === 0 && !waits && busy.size === 0 && !state.items.some(isMoving))
    throw new Error('neither end nor wait')
  return actions
}

export function isMoving({ state }: Item): boolean {
  return ['running', 'checking', 'queued', 'landing'].includes(state.state)
}

/** How one attempt goes: after `ms` the tool ends so; an `ok` one lands after as long again, unless it is red. */
export interface Fate {
  kind: OutcomeKind
  ms: number
}

export interface World {
  items: Item[]
  seats: number
  /** Taken in turn, by all workstreams. */
  fates: readonly Fate[]
  estimates: readonly number[]
  /** Decision at which the run begins to drain, or null. */
  drainAt: number | null
  /** When the machine has no room, from and to. */
  shortages?: readonly { from: number; to: number }[]
  /** When there is no network: what begins then loses it after a second, and what was at work in its end. */
  outages?: readonly { from: number; to: number }[]
}

const LOST: Fate = { kind: 'network', ms: 1000 }

const isIn = (spans: World['outages'], now: number): boolean =>
  spans?.some(({ from, to }) => from <= now && now < to) ?? false

/** Steps that no plan of a dozen needs: more means that it never ends. */
const STEPS_MAX = 5_000

/** Runs to the end; gives the items as they stand then, how many attempts each had, and how many began before their time. */
export function runWorld(world: World): { items: Item[]; attempts: Map<string, number>; speculations: number } {
  const tails = tailsOf(world.items, (id) => world.estimates[Number(id.slice(1))] ?? 1)
  let items = world.items.map((one) => ({ ...one, tail: tails.get(one.id)! }))
  const places: Seat[] = seats(...Array.from({ length: world.seats }, () => null))
  const ends = new Map<string, { at: number; apply: () => void }>()
  const attempts = new Map<string, number>()
  let fate = 0
  let speculations = 0
  let now = 0
  const set = (id: string, fields: Partial<Item>): void => {
    items = items.map((one) => (one.id === id ? { ...one, ...fields } : one))
  }
  /** By workstream: its newest attempt, and what that stands on. */
  const newest = new Map<string, { attempt: number; speculation: Foundation[] }>()
  const stateOf = (id: string): WorkstreamState => items.find((one) => one.id === id)!.state
  const throwBack = (): void => {
    for (;;) {
      const [thrown] = thrownBack(items, (id) => newest.get(id))
      if (thrown === undefined) return
      const { workstream: id, attempt } = thrown
      const { state, tries } = items.find((one) => one.id === id)!
      for (const key of [id, `land ${id}`]) ends.delete(key)
      if (state.state === 'running') places[state.agent - 1] = { ...places[state.agent - 1]!, workstream: null }
      const outcome = { kind: 'thrown-back', code: null, message: '' } as const
      const settled = tries.filter(({ number }) => number !== attempt)
      set(id, {
        state: { state: 'open' },
        tries: [...settled, { number: attempt, tool: 'aider', outcome, endedAt: now }],
      })
    }
  }
  const land = (id: string, to: WorkstreamState): void => {
    const waits = notYetLanded(newest.get(id)!, stateOf)
    if (waits.length === 0) return set(id, { state: to })
    // What it stands on is ahead of it.
    const at = Math.max(...waits.map((one) => ends.get(`land ${one}`)!.at)) + 1
    ends.set(`land ${id}`, { at, apply: () => land(id, to) })
  }
  const end = (id: string, attempt: number, tool: string, agent: number, { kind, ms }: Fate): void => {
    const seat = places.findIndex((place) => place.agent === agent)
    places[seat] = { ...places[seat]!, workstream: null }
    const { tries } = items.find((one) => one.id === id)!
    const outcome = { kind, code: null, message: kind }
    const settled = { number: attempt, tool, outcome, startedAt: now - ms, endedAt: now }
    const isGood = kind === 'ok' || kind === 'red' || kind === 'conflict'
    if (!isGood) return set(id, { state: { state: 'open' }, tries: [...tries, settled] })
    set(id, {
      state: { state: 'queued', attempt, work: `${id} ${attempt}`, queuedAt: now },
      tries: [...tries, settled],
    })
    const failure = { code: 'E402', message: 'conflict' } as const
    const to: WorkstreamState =
      kind === 'ok'
        ? landedAs(attempt)
        : kind === 'red'
          ? { state: 'open' }
          : { state: 'conflict', attempt, work: COMMIT, failure, since: now }
    ends.set(`land ${id}`, { at: now + ms, apply: () => land(id, to) })
  }
  for (let step = 0; step < STEPS_MAX; step++) {
    const mode = world.drainAt !== null && step >= world.drainAt ? 'drain' : 'run'
    const admission: Admission = isIn(world.shortages, now) ? { kind: 'closed', since: 0, reasons: [] } : OPEN
    const actions = decideSoundly({ mode, items, seats: places, admission }, now)
    let wakeAt = Number.POSITIVE_INFINITY
    for (const action of actions) {
      if (action.do === 'hold') continue
      if (action.do === 'end') return { items, attempts, speculations }
      if (action.do === 'sleep') {
        wakeAt = action.until
        continue
      }
      const { workstream: id } = action
      if (action.do === 'fail') set(id, { state: { state: 'failed', failure: action.failure } })
      if (action.do === 'ask')
        set(id, { state: { state: 'waiting', for: 'manual', attempt: action.attempt, since: now } })
      if (action.do !== 'start') continue
      const { agent, attempt, tool } = action
      const speculation = action.speculatesOn.map((workstream) => {
        const on = newest.get(workstream)!.attempt
        return { workstream, attempt: on, work: `${workstream} ${on}` }
      })
      newest.set(id, { attempt, speculation })
      if (speculation.length > 0) speculations += 1
      const next = world.fates[fate++ % world.fates.length]!
      const isCut = isIn(world.outages, now + next.ms)
      const mine = isIn(world.outages, now) ? LOST : isCut ? { ...next, kind: LOST.kind } : next
      attempts.set(id, (attempts.get(id) ?? 0) + 1)
      places[agent - 1] = { ...places[agent - 1]!, workstream: id }
      set(id, { state: { state: 'running', attempt, agent, startedAt: now }, tool, nextAttempt: attempt + 1 })
      ends.set(id, { at: now + mine.ms, apply: () => end(id, attempt, tool, agent, mine) })
    }
    if (actions.some((action) => action.do === 'fail' || action.do === 'ask')) continue
    const [key, first] = [...ends].sort(([, a], [, b]) => a.at - b.at)[0] ?? []
    if (first === undefined || key === undefined || first.at > wakeAt) {
      if (wakeAt === Number.POSITIVE_INFINITY) throw new Error('nothing will ever happen, and it did not end')
      now = wakeAt
      continue
    }
    now = first.at
    ends.delete(key)
    first.apply()
    throwBack()
  }
  throw new Error('it never ends')
}
