/**
 * Circuit breakers over a whole run, pure: closed, open, half-open. Each is found by one walk over the ends of all
 * workstreams, so there is nothing to remember and nothing that a crash could lose.
 *
 * | what | counts | opens | goes on |
 * | --- | --- | --- | --- |
 * | the network | `network`, of anybody | at the second in a row, nobody reached a service between | half-open |
 * | a tool | missing, auth, quota, a crash at its start without any work | at the second in a row, of two workstreams | half-open |
 * | a tool's service | rate limit, overload | at the first | closed: a limit ends by itself |
 *
 * ```
 * closed ─▶ open ─▶ half-open: one attempt is let through ─▶ it reaches its service, or is at work for long enough ─▶ closed
 *             ◀──────────────────────────────────────────── it fails in the same way: open again, for twice as long
 * ```
 */
import { type Backoff, PASSING, waitMs } from './backoff.ts'
import { type AtWork, type End, hasReached, hasWorked, type History, THROUGH_MS, whoseOf } from './history.ts'

export type Circuit =
  /** Until then nothing is let through. `row`: the ends that opened it and kept it open, oldest first. */
  | { state: 'open'; until: number; row: End[] }
  /** One attempt is let through. `probe`: it is at work, and believed at `until`; null: nobody has begun yet. */
  | { state: 'half-open'; until: number; probe: AtWork | null; row: End[] }

/** After the first time a tool is not offered for so long; a key or a quota is seldom mended sooner. */
const TOOL: Backoff = { firstMs: 10 * 60_000, mostMs: 60 * 60_000 }

/** Of a tool, by two workstreams: one alone may be the workstream's own fault. */
const FAULTS_MIN = 2

/** One alone may be a hiccup, which a second try of that workstream settles. */
const NETWORK_MIN = 2

/** A tool that ends so soon, with nothing to show, has not begun. */
const START_MS = 30_000

/** An outage that lasts longer is no longer waited for: its tries count again, and each workstream comes to its end. */
const OUTAGE_MS_MAX = 24 * 60 * 60_000

export interface Network {
  /** null: closed. */
  circuit: Circuit | null
  /** Tries that met a network that was gone for all: they say nothing about their tool or their workstream. */
  shared: ReadonlySet<End['try']>
}

export function networkOf({ ends, atWork }: History, seed: string | undefined, now: number): Network {
  const shared = new Set<End['try']>()
  let row: End[] = []
  for (const end of ends) {
    if (end.try.outcome.kind === 'network') {
      row.push(end)
      if (row.length < NETWORK_MIN || end.try.endedAt - row[0]!.try.endedAt > OUTAGE_MS_MAX) continue
      for (const one of row.length === NETWORK_MIN ? row : [end]) shared.add(one.try)
    } else if (hasReached(end) && isProof(end, row)) row = []
  }
  return { circuit: row.length < NETWORK_MIN ? null : circuitOf(row, atWork, PASSING, seed, now), shared }
}

/** Who was at work before may have asked for nothing since; whoever goes on for longer than tools hold on has. */
function isProof({ try: { startedAt, endedAt } }: End, row: readonly End[]): boolean {
  const lostAt = row.at(-1)?.try.endedAt
  return lostAt === undefined || startedAt === undefined || startedAt >= lostAt || endedAt - lostAt >= THROUGH_MS
}

/** Of a tool that fails by its own fault, by name; closed ones are missing. */
export function toolCircuits({ ends, atWork }: History, seed: string | undefined, now: number): Map<string, Circuit> {
  const rows = new Map<string, End[]>()
  for (const end of ends) {
    const { tool } = end.try
    if (isOwnFault(end)) rows.set(tool, [...(rows.get(tool) ?? []), end])
    else if (hasWorked(end)) rows.delete(tool)
  }
  const circuits = new Map<string, Circuit>()
  for (const [tool, row] of rows) {
    if (row.length < FAULTS_MIN || whoseOf(row).length < 2) continue
    const own = atWork.filter((one) => one.tool === tool)
    const circuit = circuitOf(row, own, TOOL, seed, now)
    if (circuit !== null) circuits.set(tool, circuit)
  }
  return circuits
}

/** Of a tool whose service asked to be left alone: the moment until which it is, and who was told so. */
export interface ServicePause {
  until: number
  row: End[]
}

/** By tool; those whose time is over are missing. */
export function servicePauses({ ends }: History, seed: string | undefined, now: number): Map<string, ServicePause> {
  const rows = new Map<string, { until: number; nth: number; row: End[] }>()
  for (const end of ends) {
    const { tool, endedAt, outcome } = end.try
    const before = rows.get(tool) ?? { until: Number.NEGATIVE_INFINITY, nth: 0, row: [] }
    const isLater = endedAt > before.until
    if (outcome.kind === 'rate' || outcome.kind === 'overloaded') {
      // Those who were at work together are told together: that is one time, not several.
      const nth = before.nth + (isLater ? 1 : 0)
      rows.set(tool, {
        until: Math.max(before.until, endedAt + waitOf(end, nth, PASSING, seed)),
        nth,
        row: [...before.row, end],
      })
      // What was begun before says nothing of the time that was asked for.
    } else if (hasWorked(end) && isLater) rows.delete(tool)
  }
  return new Map([...rows].filter(([, { until }]) => until > now))
}

function isOwnFault({ try: { outcome, startedAt, endedAt, digest } }: End): boolean {
  const { kind } = outcome
  if (kind === 'missing' || kind === 'auth' || kind === 'quota') return true
  const hasNothing = digest === null || digest === undefined
  return kind === 'crash' && hasNothing && startedAt !== undefined && endedAt - startedAt < START_MS
}

/** null: a probe has been at work for long enough. */
function circuitOf(
  row: End[],
  atWork: readonly AtWork[],
  backoff: Backoff,
  seed: string | undefined,
  now: number,
): Circuit | null {
  let until = Number.NEGATIVE_INFINITY
  let nth = 0
  for (const end of row) {
    const { endedAt } = end.try
    if (endedAt > until) nth += 1
    until = Math.max(until, endedAt + waitOf(end, nth, backoff, seed))
  }
  if (now < until) return { state: 'open', until, row }
  const probe = atWork
    .filter(({ startedAt }) => startedAt >= until)
    .toSorted((a, b) => a.startedAt - b.startedAt || (a.workstream < b.workstream ? -1 : 1))[0]
  if (probe === undefined) return { state: 'half-open', until, probe: null, row }
  const believedAt = probe.startedAt + THROUGH_MS
  return now < believedAt ? { state: 'half-open', until: believedAt, probe, row } : null
}

function waitOf({ workstream, try: one }: End, nth: number, backoff: Backoff, seed: string | undefined): number {
  return waitMs(nth, backoff, { seed, workstream, attempt: one.number }, one.outcome.retryAfterMs)
}
