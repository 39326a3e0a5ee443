/**
 * What the coordinator knows, in memory, and the one way to change it: through the store first.
 *
 * There is one coordinator (it holds the repository's lock), so memory and store can only differ by a change that is
 * being written. Listeners hear of events after they are durable, never before.
 */
import { type Attempt, newestWork } from '../model/attempt.ts'
import type { Event, EventBody, NewEvent } from '../model/event.ts'
import type { Conflict, Landing, PredictedConflict } from '../model/landing.ts'
import type { Run } from '../model/run.ts'
import { viewsOf, type View, type WorkstreamState } from '../model/state.ts'
import { isDiskBroken } from '../process/full-disk.ts'
import type { DiskRoom } from '../process/room.ts'
import { lostFoundation } from '../schedule/speculation.ts'
import type { Change, Store, WorkstreamRow } from '../store/store.ts'

export type RunChange = Omit<Change, 'run' | 'at'>

export class Ledger {
  readonly store: Store
  readonly now: () => number
  #run: Run
  /** In plan order. */
  readonly rows: Map<string, WorkstreamRow>
  readonly attempts = new Map<string, Attempt[]>()
  readonly landings = new Map<string, Landing>()
  readonly conflicts = new Map<string, Conflict>()
  #predictions: readonly PredictedConflict[] = []
  readonly #lastNumbers: Map<string, number>
  readonly #listeners: ((event: Event) => void)[] = []
  #lastSeq = 0
  #room: DiskRoom | null = null
  #lastRecord: Promise<void> = Promise.resolve()
  /** The disk has failed: nothing is recorded any more. */
  #broken: unknown = null
  #landingsNamed = 0

  private constructor(
    store: Store,
    now: () => number,
    run: Run,
    rows: WorkstreamRow[],
    lastNumbers: Map<string, number>,
  ) {
    this.store = store
    this.now = now
    this.#run = run
    this.rows = new Map(rows.map((row) => [row.id, row]))
    this.#lastNumbers = lastNumbers
  }

  static async load(store: Store, run: Run, now: () => number): Promise<Ledger> {
    const ledger = new Ledger(store, now, run, await store.workstreams(run.id), await store.lastAttemptNumbers())
    ledger.#remember({
      attempts: await store.attempts(run.id),
      landings: await store.landings(run.id),
      conflicts: await store.conflicts(run.id),
      predictions: await store.predictions(run.id),
    })
    return ledger
  }

  get run(): Run {
    return this.#run
  }

  /** Conflicts among the work in flight, as the radar saw it last. */
  get predictions(): readonly PredictedConflict[] {
    return this.#predictions
  }

  /** Number of the newest event: the same number is the same knowledge. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  onEvent(listener: (event: Event) => void): void {
    this.#listeners.push(listener)
  }

  /** From now on a change that finds the disk full waits until there is room. */
  waitIn(room: DiskRoom): void {
    this.#room = room
  }

  /** Writes the change and its events in one transaction; then it is true here too. */
  async record(change: RunChange): Promise<void> {
    // One that waits for room must not be overtaken: what is recorded after it may build on it.
    const before = this.#lastRecord
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastRecord = promise
    await before
    try {
      const write = (): Promise<Event[]> => this.#write(change)
      this.#become(change, await (this.#room === null ? write() : this.#room.hold(write)))
    } finally {
      resolve()
    }
  }

  /** The same, out of turn and without waiting for room: throws at once. For what builds on nothing. */
  async recordNow(change: RunChange): Promise<void> {
    this.#become(change, await this.#write(change))
  }

  async #write(change: RunChange): Promise<Event[]> {
    if (this.#broken !== null) throw this.#broken
    try {
      return await this.store.record({ run: this.#run.id, at: this.now(), ...change })
    } catch (error) {
      // After a failed sync the system may say of a later one that all is well, and what lies between is not there.
      if (isDiskBroken(error) && this.#room?.isShort() !== true) this.#broken = error
      throw error
    }
  }

  #become(change: RunChange, events: readonly Event[]): void {
    this.#remember(change)
    this.tell(events)
  }

  /** Tells the listeners of events that are on record. */
  tell(events: readonly Event[]): void {
    this.#lastSeq = events.at(-1)?.seq ?? this.#lastSeq
    for (const event of events) for (const listener of this.#listeners) listener(event)
  }

  /** Tells the listeners something that is derived, and so not stored: it has the number of the last stored event. */
  announce(body: EventBody): void {
    const event: Event = {
      ...body,
      seq: this.#lastSeq,
      at: this.now(),
      run: this.#run.id,
      workstream: null,
      attempt: null,
    }
    for (const listener of this.#listeners) listener(event)
  }

  /** Moves one workstream to another state, with its event, and what else belongs into the same transaction. */
  async move(id: string, to: WorkstreamState, why: string | null, more: RunChange = {}): Promise<void> {
    const row = this.row(id)
    const event: NewEvent = {
      type: 'workstream.state',
      from: row.state.state,
      to,
      why,
      workstream: id,
      attempt: attemptOf(to),
    }
    await this.record({
      ...more,
      workstreams: [{ ...row, state: to }, ...(more.workstreams ?? [])],
      events: [...(more.events ?? []), event],
    })
  }

  row(id: string): WorkstreamRow {
    const row = this.rows.get(id)
    if (row === undefined) throw new Error(`no workstream ${id} in run ${this.#run.id}`)
    return row
  }

  state(id: string): WorkstreamState {
    return this.row(id).state
  }

  attempt(id: string, number: number): Attempt {
    const attempt = this.attempts.get(id)?.find((one) => one.number === number)
    if (attempt === undefined) throw new Error(`no attempt ${number} of ${id}`)
    return attempt
  }

  /** The number that the next attempt of a workstream gets; it grows over all runs. */
  nextNumber(id: string): number {
    return (this.#lastNumbers.get(id) ?? 0) + 1
  }

  /** A name for a new landing; it is given once, whether it is recorded or not. */
  newLandingId(): string {
    this.#landingsNamed = Math.max(this.#landingsNamed, this.landings.size) + 1
    return `${this.#run.id}-${this.#landingsNamed}`
  }

  /** The newest attempt that left work behind, if the next one may start from it: after a fresh start only a later one. */
  checkpoint(id: string): Attempt | null {
    const attempts = (this.attempts.get(id) ?? []).filter((attempt) => this.stands(attempt))
    return newestWork(attempts, this.row(id).restart)
  }

  /** false: it was built on work that did not land, or was taken back. */
  stands(attempt: Attempt): boolean {
    return lostFoundation(attempt, (id) => this.rows.get(id)?.state) === null
  }

  views(): Map<string, View> {
    const nodes = [...this.rows.values()].map((row) => row.definition)
    return viewsOf(nodes, (id) => this.state(id))
  }

  counts(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { name } of this.views().values()) counts[name] = (counts[name] ?? 0) + 1
    return counts
  }

  #remember(change: RunChange): void {
    for (const run of change.runs ?? []) if (run.id === this.#run.id) this.#run = run
    for (const row of change.workstreams ?? []) this.rows.set(row.id, row)
    for (const attempt of change.attempts ?? []) this.#rememberAttempt(attempt)
    for (const landing of change.landings ?? []) this.landings.set(landing.id, landing)
    for (const conflict of change.conflicts ?? []) this.conflicts.set(conflict.workstream, conflict)
    for (const id of change.settledConflicts ?? []) this.conflicts.delete(id)
    this.#predictions = change.predictions ?? this.#predictions
  }

  #rememberAttempt(attempt: Attempt): void {
    const list = this.attempts.get(attempt.workstream) ?? []
    const place = list.findIndex((one) => one.number === attempt.number)
    if (place === -1) list.push(attempt)
    else list[place] = attempt
    this.attempts.set(attempt.workstream, list)
    const last = this.#lastNumbers.get(attempt.workstream) ?? 0
    this.#lastNumbers.set(attempt.workstream, Math.max(last, attempt.number))
  }
}

function attemptOf(state: WorkstreamState): number | null {
  return 'attempt' in state ? state.attempt : null
}
