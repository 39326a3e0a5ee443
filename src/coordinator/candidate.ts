/** A candidate of the landing queue at work: what is known of it beside what the decision needs, and its gate's verdict. */
import { unpinCandidates } from '../landing/build.ts'
import { type Candidate, isFinal } from '../landing/decide.ts'
import type { NewEvent } from '../model/event.ts'
import { type CheckResult, type Landing, passed } from '../model/landing.ts'
import type { Context } from './context.ts'
import type { Ledger } from './ledger.ts'

export interface Entry extends Candidate {
  landings: Landing[]
  tree: string
  results: readonly CheckResult[]
  /** Our own time on it, in milliseconds: without its gate and the user's checkout. */
  ownMs: number
  stop: AbortController
}

/** The landing that was begun for this piece of queued work and put back, else a new one. */
export function landingOf(ledger: Ledger, id: string): Landing {
  const { state } = ledger.row(id)
  if (state.state !== 'queued') throw new Error(`${id} is ${state.state}`)
  const { attempt, work, queuedAt } = state
  const begun = [...ledger.landings.values()].find(
    (one) => one.workstream === id && one.attempt === attempt && one.work === work && one.stage === 'intent',
  )
  if (begun !== undefined) return begun
  return {
    id: ledger.newLandingId(),
    run: ledger.run.id,
    workstream: id,
    attempt,
    work,
    stage: 'intent',
    onto: '',
    date: 0,
    commit: null,
    gate: [],
    queuedAt,
    at: null,
    published: false,
    failure: null,
    overheadMs: 0,
  }
}

/** Takes the gate's verdict: journaled when it is green, for then the target may move to exactly this commit. */
export async function hear({ ledger }: Context, entry: Entry, results: CheckResult[]): Promise<void> {
  entry.results = results
  if (!passed(results)) {
    entry.gate = isFinal(entry) ? 'red' : 'wanted'
    entry.isInDoubt = true
    return
  }
  const ms = Math.round(results.reduce((sum, one) => sum + one.ms, 0))
  entry.landings = entry.landings.map((landing) => {
    const gated: Landing = { ...landing, stage: 'gated', gate: results }
    return landing.commit === entry.commit ? gated : { ...gated, gatedAs: entry.commit }
  })
  const { landings, commit: last } = entry
  const flaky = entry.isInDoubt
    ? told(landings.slice(0, 1), ({ id }) => ({ type: 'landing.flaky', landing: id, commit: last }))
    : []
  const gated = told(landings, ({ id, commit }) => ({ type: 'landing.gated', landing: id, commit: commit!, ms }))
  await ledger.record({ landings, events: [...flaky, ...gated] })
  entry.gate = 'green'
}

/** Lets go of the pins of what has landed, or was put back. A newer candidate of the same workstream keeps its own. */
export async function unpin({ repo }: Context, landings: readonly Landing[]): Promise<void> {
  const pinned = landings.flatMap(({ workstream, commit }) => (commit === null ? [] : [{ workstream, commit }]))
  await unpinCandidates(repo, pinned)
}

/** The same event for each landing. */
export function told(landings: readonly Landing[], event: (landing: Landing) => NewEvent): NewEvent[] {
  return landings.map((landing) => ({ ...event(landing), workstream: landing.workstream, attempt: landing.attempt }))
}
