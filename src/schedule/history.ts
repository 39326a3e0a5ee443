/**
 * What has happened to all workstreams together, in the order of time: what is gone for one may be gone for all. It is made
 * from the tries that count, so a restart knows the same, and a person's `retry` takes what it was a sign of out of it.
 */
import type { OutcomeKind } from '../model/attempt.ts'
import type { WorkstreamState } from '../model/state.ts'
import { MANUAL, type Try } from './fallback.ts'

/** A try that has ended, and whose. */
export interface End {
  workstream: string
  try: Try
}

export interface AtWork {
  workstream: string
  attempt: number
  tool: string | null
  startedAt: number
}

export interface History {
  /** Oldest first. What people did is not in it. */
  ends: End[]
  atWork: AtWork[]
}

interface Told {
  id: string
  state: WorkstreamState
  tries: readonly Try[]
  tool?: string | null
}

export function historyOf(items: readonly Told[]): History {
  const ends = items.flatMap(({ id, tries }) => tries.map((one): End => ({ workstream: id, try: one })))
  const atWork = items.flatMap(({ id, state, tool = null }): AtWork[] => {
    if (state.state !== 'running') return []
    return [{ workstream: id, attempt: state.attempt, tool, startedAt: state.startedAt }]
  })
  return { ends: ends.filter((end) => end.try.tool !== MANUAL).sort(byTime), atWork }
}

function byTime(a: End, b: End): number {
  const order = a.try.endedAt - b.try.endedAt
  if (order !== 0) return order
  if (a.workstream !== b.workstream) return a.workstream < b.workstream ? -1 : 1
  return a.try.number - b.try.number
}

/** Workstreams, each once, in order. */
export function whoseOf(ends: readonly End[]): string[] {
  return [...new Set(ends.map(({ workstream }) => workstream))]
}

/** Longer than tools hold on to a service that does not answer (a minute a call, three calls): who worked for so long has got through. */
export const THROUGH_MS = 3 * 60_000

/** Ends after which a tool has certainly worked with its model: there was something to judge, or it declined in words. */
const WORKED: ReadonlySet<OutcomeKind> = new Set([
  'ok',
  'empty',
  'refusal',
  'out-of-scope',
  'rejected',
  'acceptance',
  'red',
  'declined',
  'conflict',
])

/** Ends that say nothing by themselves. A time-out or silence does not count, however late: some tools wait for ever. */
const OTHER: ReadonlySet<OutcomeKind> = new Set(['no-change', 'crash', 'out-of-memory'])

/** Its service has answered, if only to refuse. */
const ANSWERED: ReadonlySet<OutcomeKind> = new Set(['rate', 'overloaded', 'auth', 'quota'])

export function hasWorked({ try: { outcome, startedAt, endedAt } }: End): boolean {
  const hasLasted = startedAt !== undefined && endedAt - startedAt >= THROUGH_MS
  return WORKED.has(outcome.kind) || (OTHER.has(outcome.kind) && hasLasted)
}

export function hasReached(end: End): boolean {
  return hasWorked(end) || ANSWERED.has(end.try.outcome.kind)
}
