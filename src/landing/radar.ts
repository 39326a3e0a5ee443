/**
 * The conflict radar's bookkeeping, pure: whose work is in flight, which pairs of it have to be asked about, and what the
 * answers mean.
 *
 * An answer belongs to two commits, not to two workstreams, so it holds as long as both are somebody's newest work. One
 * more commit among fifty asks 49 questions; the other 1,176 are known.
 */
import type { Pair, Prediction } from '../git/predict.ts'
import { type Attempt, newestWork } from '../model/attempt.ts'
import type { PredictedConflict } from '../model/landing.ts'
import type { WorkstreamRow } from '../store/store.ts'

/** A workstream's newest pinned work. */
export interface Head {
  id: string
  commit: string
  attempt: number
  /** When that attempt began. */
  startedAt: number
}

/** Pairs grow with the square. Far more than any number of agents; the rest is work that has lain for long. */
export const HEADS_MAX = 200

/** The work in flight, in plan order: at most `HEADS_MAX`, the newest. `attemptsOf` gives them oldest first. */
export function headsOf(rows: Iterable<WorkstreamRow>, attemptsOf: (id: string) => readonly Attempt[]): Head[] {
  const heads = [...rows].flatMap((row) => headOf(row, attemptsOf(row.id)) ?? [])
  if (heads.length <= HEADS_MAX) return heads
  const newest = new Set(heads.toSorted((a, b) => b.startedAt - a.startedAt).slice(0, HEADS_MAX))
  return heads.filter((head) => newest.has(head))
}

function headOf({ id, state, restart }: WorkstreamRow, attempts: readonly Attempt[]): Head | null {
  switch (state.state) {
    case 'landed':
    case 'reverted':
    case 'discarded':
    case 'cancelled':
      return null
    case 'checking':
    case 'queued':
    case 'landing':
    case 'conflict': {
      // A person's own work belongs to an attempt too, but only the state says which commit it is.
      const startedAt = attempts.find(({ number }) => number === state.attempt)?.startedAt ?? 0
      return { id, commit: state.work, attempt: state.attempt, startedAt }
    }
    case 'running': {
      const current = attempts.find(({ number }) => number === state.attempt)
      if (current?.checkpoint !== undefined)
        return { id, commit: current.checkpoint, attempt: current.number, startedAt: current.startedAt }
      return pinnedHead(id, attempts, restart)
    }
    default:
      return pinnedHead(id, attempts, restart)
  }
}

/** What the last attempt that left something has left. */
function pinnedHead(id: string, attempts: readonly Attempt[], restart: WorkstreamRow['restart']): Head | null {
  const newest = newestWork(attempts, restart)
  return newest === null ? null : { id, commit: newest.work, attempt: newest.number, startedAt: newest.startedAt }
}

/** What was answered, by the two commits. */
export type Answers = ReadonlyMap<string, Prediction>

/** The pairs of commits that nothing is known about yet. */
export function unasked(heads: readonly Head[], answers: Answers): Pair[] {
  const pairs = new Map<string, Pair>()
  for (const [a, b] of pairsOf(heads)) {
    const key = keyOf(a, b)
    if (!answers.has(key) && a.commit !== b.commit) pairs.set(key, [a.commit, b.commit])
  }
  return [...pairs.values()]
}

/** The answers that `heads` still need, with new ones; those about commits that nobody has any longer are forgotten. */
export function remember(
  heads: readonly Head[],
  answers: Answers,
  asked: readonly Pair[],
  predictions: readonly Prediction[],
): Answers {
  const all = new Map(answers)
  for (const [index, [a, b]] of asked.entries()) all.set(keyOf({ commit: a }, { commit: b }), predictions[index]!)
  const needed = pairsOf(heads).map(([a, b]) => keyOf(a, b))
  return new Map(needed.flatMap((key) => (all.has(key) ? [[key, all.get(key)!]] : [])))
}

/** The conflicts among `heads`, in their order. Work without a common history is refused elsewhere, and is none. */
export function conflictsAmong(heads: readonly Head[], answers: Answers): PredictedConflict[] {
  return pairsOf(heads).flatMap(([a, b]) => {
    const answer = answers.get(keyOf(a, b))
    return answer?.kind === 'conflict' ? [{ a: a.id, b: b.id, paths: answer.files.map(({ path }) => path) }] : []
  })
}

function pairsOf(heads: readonly Head[]): [Head, Head][] {
  return heads.flatMap((a, index) => heads.slice(index + 1).map((b): [Head, Head] => [a, b]))
}

/** A merge is the same from both sides. */
function keyOf(a: Pick<Head, 'commit'>, b: Pick<Head, 'commit'>): string {
  return a.commit < b.commit ? `${a.commit} ${b.commit}` : `${b.commit} ${a.commit}`
}
