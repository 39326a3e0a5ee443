/**
 * States: which may follow on which, that the most urgent goes first, that nobody waits for a seat that is free, and that a
 * run ends when nothing can happen any more, with the exit code of the contract and a reason for whatever has not landed.
 */
import type { WorkstreamState } from '../../../src/model/state.ts'
import type { Change } from '../../../src/store/store.ts'
import type { Known } from './known.ts'

type Name = WorkstreamState['state']

/** What a workstream may become, by what it is. `queued` and `waiting` also by work that a person hands in. */
const NEXT: Record<Name, readonly Name[]> = {
  open: ['running', 'waiting', 'failed', 'held', 'cancelled', 'discarded', 'checking', 'queued', 'landed'],
  running: ['open', 'checking', 'queued', 'waiting', 'conflict', 'landed'],
  checking: ['open', 'queued', 'waiting', 'cancelled', 'landed'],
  queued: ['landing', 'open', 'waiting', 'conflict', 'cancelled', 'landed', 'queued'],
  landing: ['landed', 'queued', 'open', 'conflict'],
  landed: ['landed', 'reverted', 'queued', 'open'],
  waiting: ['queued', 'open', 'checking', 'waiting', 'cancelled', 'discarded', 'landed'],
  conflict: ['open', 'queued', 'waiting', 'checking', 'conflict', 'cancelled', 'discarded', 'landed'],
  failed: ['open', 'queued', 'waiting', 'checking', 'cancelled', 'discarded', 'landed'],
  discarded: ['open', 'queued', 'waiting', 'checking', 'cancelled', 'discarded', 'landed'],
  cancelled: ['open', 'queued', 'waiting', 'checking', 'cancelled', 'discarded', 'landed'],
  held: ['open', 'queued', 'waiting', 'checking', 'cancelled', 'discarded', 'landed'],
  reverted: ['open', 'landed', 'queued', 'waiting', 'checking', 'cancelled', 'discarded'],
}

/** Longer than any of our own doings takes together. */
const IDLE_MS_MAX = 5 * 60_000

/** It was ready for so long that whoever decided later knew of it. */
const KNOWN_MS = 2 * 60_000

export class StateCheck {
  readonly #known: Known
  /** By workstream: since when it has been ready. */
  readonly #readySince = new Map<string, number>()
  readonly #waitsUntil = new Map<string, number>()
  readonly #tails: ReadonlyMap<string, number>
  #idleSince: number | null = null
  /** Nothing new is begun: a person has said so. */
  isDraining = false
  /** Somebody looks at the plan: before that the target itself is checked. */
  #isAtWork = false
  /** The run has put on record what it waits for: a seat may be left free. */
  #isPaused = false

  constructor(known: Known) {
    this.#known = known
    this.#tails = tailsOf(known)
  }

  recorded(change: Change): void {
    const { breach } = this.#known
    for (const { pauses = [] } of change.runs ?? []) this.#isPaused = pauses.length > 0
    for (const { id, state } of change.workstreams ?? []) {
      const before = this.#known.state(id).state
      if (this.#known.rows.has(id) && before !== state.state && !NEXT[before].includes(state.state))
        breach('I7', `${id} was ${before} and is ${state.state}`)
      if (before === 'open' && state.state === 'running') this.#isMostUrgent(id)
      if (state.state !== 'open') this.#readySince.delete(id)
    }
    for (const event of change.events ?? []) {
      if (event.type === 'tool.waiting') this.#waitsUntil.set(event.workstream!, event.until)
      if (event.type === 'run.started' || event.type === 'run.resumed') this.#isAtWork = true
    }
  }

  /** When nothing can happen without the clock going on. */
  looked(): void {
    const { world, rows, agents, breach } = this.#known
    const { now } = world.clock
    for (const { id } of rows.values()) {
      if (!this.#isReady(id)) this.#readySince.delete(id)
      else if (!this.#readySince.has(id)) this.#readySince.set(id, now)
    }
    const running = [...rows.values()].filter(({ state }) => state.state === 'running').length
    const wants = [...this.#readySince.keys()].filter((id) => (this.#waitsUntil.get(id) ?? 0) <= now)
    const isIdle =
      this.#isAtWork &&
      !world.isDead &&
      !this.isDraining &&
      !world.isShort &&
      !this.#isPaused &&
      running < agents &&
      wants.length > 0
    if (!isIdle) this.#idleSince = null
    else if (this.#idleSince === null) this.#idleSince = now
    else if (now - this.#idleSince > IDLE_MS_MAX) breach('starved', `a seat is free, and ${wants.join()} is ready`)
  }

  /** A new orchestrator: it has to look around first. */
  began(): void {
    this.#idleSince = null
    this.#isAtWork = false
    this.#readySince.clear()
    this.isDraining = false
  }

  ended(exit: number): void {
    this.#isAtWork = false
    const { rows, breach, run } = this.#known
    const states = [...rows.values()].map(({ state }) => state)
    const question = run?.question ?? null
    if (exit === 0 && !states.every(({ state }) => ['landed', 'discarded', 'cancelled'].includes(state)))
      breach('exit', `it ends with 0, and not everything is done: ${namesOf(states)}`)
    if (exit === 130 || exit === 5) return
    const expected = expectedExit(states, question !== null)
    if (!expected.includes(exit))
      breach('exit', `it ends with ${exit} instead of ${expected.join(' or ')}: ${namesOf(states)}`)
    for (const { id, state } of rows.values()) {
      if (['running', 'checking', 'landing'].includes(state.state))
        breach('ended', `it ends while ${id} is ${state.state}`)
      if (state.state === 'queued' && question === null)
        breach('ended', `it ends while ${id} is queued, without a question`)
      if (state.state === 'open' && question === null && !this.#isBlocked(id))
        breach('ended', `it ends while ${id} could go on`)
      if ((state.state === 'failed' || state.state === 'conflict') && state.failure.message === '')
        breach('ended', `${id} is ${state.state} without a reason`)
    }
  }

  #isReady(id: string): boolean {
    const { plan } = this.#known
    const tools = this.#known.scenario.settings.tools
    if (this.#known.state(id).state !== 'open' || tools.includes('manual')) return false
    return plan.get(id)!.dependsOn.every((one) => this.#isThere(one))
  }

  #isThere(id: string): boolean {
    return this.#known.state(id).state === 'landed' || this.#known.isSkipped(id)
  }

  /** Something that it depends on is where only a person leads on. */
  #isBlocked(id: string): boolean {
    const stuck: readonly Name[] = ['failed', 'conflict', 'waiting', 'cancelled', 'held', 'reverted', 'discarded']
    return this.#known.plan.get(id)!.dependsOn.some((one) => {
      if (this.#isThere(one)) return false
      return (
        stuck.includes(this.#known.state(one).state) ||
        (this.#known.state(one).state === 'open' && this.#isBlocked(one))
      )
    })
  }

  #isMostUrgent(id: string): void {
    const { plan, world, breach } = this.#known
    const { now } = world.clock
    const mine = plan.get(id)!
    // While something is waited for, whoever needs it stands back behind who does not.
    if (mine.shared !== null || this.#isPaused) return
    for (const [other, since] of this.#readySince) {
      const theirs = plan.get(other)!
      if (
        other === id ||
        !this.#isReady(other) ||
        theirs.shared !== null ||
        now - since < KNOWN_MS ||
        this.#waitsUntil.has(other)
      )
        continue
      const isAhead =
        theirs.priority > mine.priority ||
        (theirs.priority === mine.priority && this.#tails.get(other)! > this.#tails.get(id)!)
      if (isAhead) breach('urgency', `${id} begins before ${other}, which is more urgent and has been ready`)
    }
  }
}

function expectedExit(states: readonly WorkstreamState[], hasQuestion: boolean): number[] {
  const needsPerson = states.some((state) => {
    if (state.state === 'landed') return !state.published
    return ['waiting', 'conflict', 'held', 'reverted'].includes(state.state)
  })
  if (needsPerson || hasQuestion) return [3]
  // What is checked at the end may be red although everything has landed.
  if (states.every(({ state }) => ['landed', 'discarded', 'cancelled'].includes(state))) return [0, 1]
  return states.some(({ state }) => state === 'landed') ? [4] : [1]
}

function namesOf(states: readonly WorkstreamState[]): string {
  return states.map(({ state }) => state).join()
}

/** The longest chain that waits for each, itself included, in minutes. */
function tailsOf({ plan }: Known): Map<string, number> {
  const tails = new Map<string, number>()
  const tailOf = (id: string): number => {
    const known = tails.get(id)
    if (known !== undefined) return known
    const behind = [...plan.values()].filter(({ dependsOn }) => dependsOn.includes(id)).map((one) => tailOf(one.id))
    const tail = plan.get(id)!.estimateMinutes + Math.max(0, ...behind)
    tails.set(id, tail)
    return tail
  }
  for (const id of plan.keys()) tailOf(id)
  return tails
}
