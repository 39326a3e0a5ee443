/** The heartbeat of a run without a terminal: how far it is, who works, and when it may be done, as a range. */
import { forecast, type SoftEdge } from '../plan/simulate.ts'
import type { Wait } from '../schedule/decide.ts'
import type { Context } from './context.ts'

/** One line a minute: enough to see that it lives, few enough to read afterwards. */
export const PROGRESS_MS = 60_000

/** Under this many finished attempts an estimate would be a guess. */
const SAMPLES_MIN = 3

const MINUTE_MS = 60_000

/** Tells the listeners; it is not stored, because it can be derived. */
export function announceProgress(
  context: Context,
  seats: number,
  softEdges: readonly SoftEdge[],
  waits: readonly Wait[],
): void {
  const { ledger } = context
  const working = [...ledger.rows.values()].flatMap(({ id, state }) => (state.state === 'running' ? [id] : []))
  ledger.announce({
    type: 'run.progress',
    counts: ledger.counts(),
    etaMinutes: remaining(context, seats, softEdges, waits),
    working,
  })
}

/** Minutes until the rest is done, P50 and P80: a simulation with the plan's estimates scaled by what was measured. */
function remaining(
  { ledger, now }: Context,
  seats: number,
  softEdges: readonly SoftEdge[],
  waits: readonly Wait[],
): [number, number] | null {
  const finished = [...ledger.attempts.values()]
    .flat()
    .filter((one) => one.outcome?.kind === 'ok' && one.endedAt !== null)
  const minutes = finished.filter((one) => one.agent > 0).map((one) => (one.endedAt! - one.startedAt) / MINUTE_MS)
  if (minutes.length < SAMPLES_MIN) return null
  minutes.sort((a, b) => a - b)
  const typical = minutes[Math.floor(minutes.length / 2)]!
  const rest = [...ledger.rows.values()].filter(({ state }) => ['open', 'running'].includes(state.state))
  const left = rest.map(({ definition, state }) => {
    const spent = state.state === 'running' ? (now() - state.startedAt) / MINUTE_MS : 0
    return { ...definition, estimateMinutes: Math.max(typical * 0.1, typical - spent) }
  })
  const { eta } = forecast(left, seats, softEdges)
  // The simulation begins everything at once; what is given time cannot be done before that is over.
  const earliest = Math.max(0, ...waits.map(({ until }) => (until - now()) / MINUTE_MS + typical))
  return [Math.max(eta.p50, earliest), Math.max(eta.p80, earliest)]
}
