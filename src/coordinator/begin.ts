/**
 * `run` is also resume: finds the run to go on with, or begins one, and brings its rows up to the plan as it is now.
 *
 * What has landed is read from the target's own first-parent history, not from the store: a landing that was moved but
 * not yet recorded counts, and so does one of an earlier run whose store is gone.
 */
import { randomBytes } from 'node:crypto'
import { firstParentTrailers } from '../git/history.ts'
import { readRef } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import { givenBack } from '../landing/given-back.ts'
import { inEffect, landedIn, type LandedWork, standings, takenBack } from '../landing/standing.ts'
import type { Event, NewEvent } from '../model/event.ts'
import { EXIT, SluiceError, type Failure } from '../model/failure.ts'
import type { Run } from '../model/run.ts'
import type { WorkstreamState } from '../model/state.ts'
import type { Workstream } from '../model/workstream.ts'
import { NO_RESTART, type Store, type WorkstreamRow } from '../store/store.ts'
import { Ledger } from './ledger.ts'
import { rewound } from './rewound.ts'

export interface Begin {
  store: Store
  repo: Repository
  target: string
  /** Where landings go: the target's tip, or the pending one. */
  tip: string
  plan: readonly Workstream[]
  agents: number
  now: () => number
}

/** The rows that a run of this plan would have now, and what that changes. Writes nothing. */
export interface Prospect {
  /** null: a new run would begin. */
  run: Run | null
  rows: WorkstreamRow[]
  events: NewEvent[]
}

export async function prospect({
  store,
  repo,
  target,
  tip,
  plan,
}: Omit<Begin, 'store'> & { store: Store | null }): Promise<Prospect> {
  const last = (await store?.latestRun(target)) ?? null
  const known = last === null ? [] : await store!.workstreams(last.id)
  const isOver = known.every(({ state }) => ['landed', 'discarded', 'cancelled'].includes(state.state))
  const knownById = new Map(known.map((row) => [row.id, row]))
  const goesOn = last !== null && (!isOver || plan.every((workstream) => knownById.has(workstream.id)))
  if (goesOn) await refuseRewound(repo, target, tip, known)
  const standing = standings(await firstParentTrailers(repo, tip, goesOn ? last.base : null))
  const [recent, undone] = [inEffect(standing), takenBack(standing)]
  // What this run has not known so far may have been landed by an earlier one, and so may what was brought back.
  const looksBack = ({ id }: Workstream): boolean => !knownById.has(id) || knownById.get(id)!.state.state === 'reverted'
  const whole = goesOn && plan.some(looksBack) ? await landedIn(repo, tip) : recent
  const unpublished = await unpublishedIn(repo, target, tip)
  // Overtaken on its way, not forgotten: it is taken back again before anything else.
  const overtaken = new Set((await givenBack(repo, target))?.landings.map(({ landing }) => landing))
  const rows: WorkstreamRow[] = []
  const events: NewEvent[] = []
  const before = new Map(goesOn ? knownById : [])
  for (const [position, definition] of plan.entries()) {
    const row = before.get(definition.id)
    before.delete(definition.id)
    const found = (looksBack(definition) ? whole : recent).get(definition.id)
    const stands = found !== undefined && !overtaken.has(found.landing)
    const landed = !stands ? null : landedState(found, !unpublished.has(found.landing))
    const known = knownById.get(definition.id)
    const landedAs = known?.state.state === 'landed' ? known.definition : null
    rows.push(merge(row, { run: last?.id ?? '', position, definition, landed, landedAs, undone }, events))
  }
  for (const row of before.values()) rows.push(noLongerPlanned(row, events))
  return { run: goesOn ? last : null, rows, events }
}

interface Now {
  run: string
  position: number
  definition: Workstream
  /** Where the target's history says that it has landed. */
  landed: WorkstreamState | null
  /** The definition that it has landed with, as the last run knew it. */
  landedAs: Workstream | null
  /** Landings that the target's history takes back. */
  undone: ReadonlySet<string>
}

function merge(row: WorkstreamRow | undefined, now: Now, events: NewEvent[]): WorkstreamRow {
  const { definition, position, landed, landedAs, undone } = now
  const id = definition.id
  if (row === undefined) {
    const state: WorkstreamState = landed ?? { state: 'open' }
    const fresh = { run: now.run, id, position, state, restart: NO_RESTART }
    if (landed === null || landedAs === null || landedAs.digest === definition.digest) return { ...fresh, definition }
    events.push({ type: 'warning', failure: changedSince(id, definition.file), workstream: id })
    return { ...fresh, definition: landedAs }
  }
  let { state } = row
  const isUndone = state.state === 'landed' && undone.has(state.landing)
  if (landed !== null && (state.state !== 'landed' || isUndone)) {
    const why = 'found on the target'
    events.push({ type: 'workstream.state', from: state.state, to: landed, why, workstream: id })
    state = landed
  } else if (state.state === 'landed' && isUndone) {
    const to: WorkstreamState = { state: 'reverted', landing: state.landing }
    events.push({ type: 'workstream.state', from: state.state, to, why: 'taken back on the target', workstream: id })
    state = to
  }
  if (row.definition.digest === definition.digest) return { ...row, position, state }
  if (state.state === 'landed') {
    events.push({ type: 'warning', failure: changedSince(id, definition.file), workstream: id })
    return { ...row, position, state }
  }
  events.push({ type: 'workstream.changed', what: `${definition.file} was read again`, workstream: id })
  return { ...row, position, definition, state }
}

function landedState({ landing, attempt, commit, at }: LandedWork, published: boolean): WorkstreamState {
  return { state: 'landed', landing, attempt, commit, at, published }
}

/** Landings that have reached the pending tip, and the branch not yet. */
async function unpublishedIn(repo: Repository, target: string, tip: string): Promise<ReadonlySet<string>> {
  const published = await readRef(repo, `refs/heads/${target}`)
  if (published === null || published === tip) return new Set()
  return new Set([...(await landedIn(repo, tip, published)).values()].map(({ landing }) => landing))
}

function changedSince(id: string, file: string): Failure {
  return {
    code: 'E607',
    message: `${id} has landed, and ${file} was changed since`,
    fix: 'give the new work an id of its own',
  }
}

function noLongerPlanned(row: WorkstreamRow, events: NewEvent[]): WorkstreamRow {
  if (row.state.state !== 'open' && row.state.state !== 'failed') return row
  events.push({ type: 'workstream.changed', what: 'it is no longer in the plan', workstream: row.id })
  return { ...row, state: { state: 'discarded', satisfied: false } }
}

/** What waited to be published and is gone lands again; what the branch itself has lost is a person's to explain. */
async function refuseRewound(
  repo: Repository,
  target: string,
  tip: string,
  rows: readonly WorkstreamRow[],
): Promise<void> {
  const published = rows.filter(({ state }) => state.state === 'landed' && state.published)
  const lost = await rewound(repo, { target, tip, rows: published, what: 'work' })
  if (lost !== null) throw new SluiceError(lost, EXIT.needsHuman)
}

/** Creates or resumes the run in the store. `opening` tells of it: on record already, for `ledger.tell` when somebody listens. */
export async function begin(options: Begin): Promise<{ ledger: Ledger; opening: Event[] }> {
  const { store, target, tip, agents, now } = options
  const { run: last, rows, events } = await prospect(options)
  const fresh: Run = {
    id: randomBytes(3).toString('hex'),
    target,
    base: tip,
    state: 'running',
    agents,
    startedAt: now(),
    endedAt: null,
    exit: null,
  }
  const run: Run = last === null ? fresh : { ...last, state: 'running', agents, endedAt: null, exit: null }
  const adopted = rows.filter(({ state }) => state.state === 'running').length
  const landed = rows.filter(({ state }) => state.state === 'landed').length
  const opened: NewEvent =
    last === null
      ? { type: 'run.started', target, base: tip, agents, workstreams: rows.length }
      : { type: 'run.resumed', target, tip, agents, landed, adopted }
  const workstreams = rows.map((row) => ({ ...row, run: run.id }))
  // What was found on the target is told in the same transaction: a kill leaves both or neither.
  const opening = await store.record({ run: run.id, at: now(), runs: [run], workstreams, events: [opened, ...events] })
  return { ledger: await Ledger.load(store, run, now), opening }
}
