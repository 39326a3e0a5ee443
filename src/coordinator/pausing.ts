/**
 * Tells what keeps agents from beginning while the world is short of something, and that it is over. What is decided follows
 * from the tries alone; what was told is kept with the run, so that it is told once, and other commands say the same.
 */
import type { NewEvent } from '../model/event.ts'
import type { Fix } from '../model/landing.ts'
import { type Pause, pauseKey } from '../model/pause.ts'
import { offerNow, type ScheduleState } from '../schedule/decide.ts'
import { hasReached, historyOf, THROUGH_MS } from '../schedule/history.ts'
import { pausesOf } from '../schedule/offer.ts'
import type { Context } from './context.ts'

/** A pause that moves by less is not told again: many who meet it together would each move it a little. */
const MOVE_MS_MIN = 10_000

/** Workstreams that an event and a record name. */
const IDS_MAX = 10

export class Pausing {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** `state`: what was decided on, `at` that moment. */
  async tell(state: ScheduleState, at: number): Promise<void> {
    const { ledger } = this.#context
    const told = ledger.run.pauses ?? []
    const before = new Map(told.map((pause) => [pauseKey(pause), pause]))
    const now = pausesOf(offerNow(state, at), state.seats.length).map(bounded)
    const kept = now.map((pause) => {
      const old = before.get(pauseKey(pause))
      return old === undefined || isNews(old, pause) ? pause : old
    })
    const news = kept.filter((pause) => before.get(pauseKey(pause)) !== pause)
    const left = new Set(now.map(pauseKey))
    const over = told.filter((pause) => !left.has(pauseKey(pause)))
    if (news.length === 0 && over.length === 0) return
    const fixes = over.flatMap((pause) => this.#fixOf(pause, state, at))
    const events: NewEvent[] = [
      ...news.map((pause): NewEvent => ({ type: 'pause.holds', pause })),
      ...over.map((pause): NewEvent => ({ type: 'pause.over', pause, ms: at - pause.since })),
      ...fixes.map(({ code, problem, action, proof }): NewEvent => ({
        type: 'fix.recorded',
        code,
        problem,
        action,
        proof,
      })),
    ]
    await ledger.record({ runs: [{ ...ledger.run, pauses: kept }], fixes, events })
  }

  /** That the network was waited for, when somebody has got through. Other pauses are proven by what lands after them. */
  #fixOf(pause: Pause, state: ScheduleState, at: number): Fix[] {
    if (pause.of !== 'network') return []
    const { ends, atWork } = historyOf(state.items)
    const end = ends.findLast((one) => hasReached(one) && one.try.endedAt >= pause.since)
    const probe = atWork.find(({ startedAt }) => startedAt > pause.since && at - startedAt >= THROUGH_MS)
    const proof =
      end !== undefined
        ? `attempt ${end.try.number} of ${end.workstream} by ${end.try.tool} got through (${end.try.outcome.kind})`
        : probe === undefined
          ? null
          : `attempt ${probe.attempt} of ${probe.workstream} has been at work for ${THROUGH_MS / 60_000} minutes`
    if (proof === null) return []
    const { run } = this.#context.ledger
    const tries = pause.tries === 1 ? '1 attempt' : `${pause.tries} attempts`
    const problem = `the network was gone for all: ${tries} of ${pause.met.join(', ')} lost it`
    const action = `nobody was begun for ${Math.round((at - pause.since) / 1000)} s but one at a time, and no try was counted`
    return [{ run: run.id, code: pause.code, workstream: null, problem, action, proof, at }]
  }
}

function bounded(pause: Pause): Pause {
  return { ...pause, met: pause.met.slice(0, IDS_MAX) }
}

function isNews(old: Pause, pause: Pause): boolean {
  if (old.of === 'memory' && pause.of === 'memory') return old.agents !== pause.agents
  if (old.of === 'memory' || pause.of === 'memory' || old.state !== pause.state) return true
  // When a probe is believed is told by its getting through.
  return pause.state !== 'half-open' && pause.until - old.until >= MOVE_MS_MIN
}
