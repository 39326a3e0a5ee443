/**
 * Bringing the target branch to where landings went while it could not be moved, and landing again what it left behind
 * when it moved on by itself.
 */
import { type GivenBack, givenBack } from '../landing/given-back.ts'
import { publish } from '../landing/publish.ts'
import { abandonPending, readTip } from '../landing/tip.ts'
import type { NewEvent } from '../model/event.ts'
import type { Landing } from '../model/landing.ts'
import type { Request } from '../model/run.ts'
import type { WorkstreamState } from '../model/state.ts'
import type { WorkstreamRow } from '../store/store.ts'
import type { Context } from './context.ts'

export class Publishing {
  readonly #context: Context
  /** The reason why publishing waits, told once. */
  #told: string | null = null
  /** Something that is no landing may wait too: a rollback, also one from before this run. */
  #mayWait = true

  constructor(context: Context) {
    this.#context = context
  }

  /** Somebody else than the queue has moved the pending tip. */
  expect(): void {
    this.#mayWait = true
  }

  /** Landings wait beside the target, and something of the user's has to change before they can be published. */
  get isWaiting(): boolean {
    return this.#told !== null
  }

  /** Brings the target to the pending tip when that has become possible. True: there is a new request to be applied. */
  async advance(): Promise<boolean> {
    const { ledger, repo, target, paths } = this.#context
    const unpublished = [...ledger.rows.values()].filter(({ state }) => state.state === 'landed' && !state.published)
    if (unpublished.length === 0 && !this.#mayWait) return false
    const tip = await readTip(repo, target)
    if (tip.kind === 'diverged') return await this.requeue()
    this.#mayWait = tip.kind === 'pending'
    if (tip.kind === 'pending') {
      const result = await publish(repo, target, tip.published, tip.commit, paths.publishJournal)
      if (result.kind === 'pending') await this.#tell(result.reason, result.paths)
      else if (result.kind === 'raced') this.#context.bell.ring()
      if (result.kind !== 'moved') return false
      await readTip(repo, target)
      this.#mayWait = false
    } else if (unpublished.length === 0) return false
    this.#told = null
    await ledger.record({
      workstreams: unpublished.map((row) => ({ ...row, state: { ...row.state, published: true } as WorkstreamState })),
      landings: unpublished.flatMap(({ state }) => publishedLanding(ledger.landings, state)),
      events: [{ type: 'publish.done', tip: tip.commit, landings: unpublished.length }],
    })
    return false
  }

  /**
   * The target got commits that the pending tip lacks: what waits for publishing is landed again on top of them, and what
   * was taken back beside the target stands there again, so that is asked for again. True when it is.
   */
  async requeue(): Promise<boolean> {
    const { ledger, repo, target } = this.#context
    const tip = await readTip(repo, target)
    if (tip.kind !== 'diverged') return false
    const given = await givenBack(repo, target)
    const standing = new Set(given?.landings.map(({ workstream }) => workstream))
    for (const { id, state } of ledger.rows.values()) {
      if (state.state !== 'landed' || state.published || standing.has(id)) continue
      const landing = ledger.landings.get(state.landing)
      if (landing === undefined) continue
      const { attempt, work, queuedAt } = landing
      const landings: Landing[] = [{ ...landing, stage: 'refused' }]
      await ledger.move(id, { state: 'queued', attempt, work, queuedAt }, `${target} has moved on: landed again`, {
        landings,
      })
    }
    const asked = given !== null && (await this.#takeBackAgain(given, tip.pending))
    await abandonPending(repo, target, tip.pending)
    return asked
  }

  /**
   * States follow the history: what stands on the target has landed, until it is taken back. So it is with what had landed
   * anew where that was given up; that work is where a `retry` begins.
   */
  async #takeBackAgain({ landings, at: askedAt }: GivenBack, pending: string): Promise<boolean> {
    const { ledger, target } = this.#context
    const id = `rollback-${pending}`
    // One that was cut off behind this has asked already.
    if (landings.length === 0 || (await ledger.store.request(id)) !== null) return false
    const workstreams: WorkstreamRow[] = []
    const refused: Landing[] = []
    const events: NewEvent[] = []
    for (const { workstream, landing, attempt, commit, at } of landings) {
      const row = ledger.rows.get(workstream)
      if (row === undefined || !isAtRest(row.state)) continue
      const to: WorkstreamState = { state: 'landed', attempt, landing, commit, at, published: true }
      workstreams.push({ ...row, state: to })
      const anew = row.state.state === 'landed' ? ledger.landings.get(row.state.landing) : undefined
      if (anew !== undefined) refused.push({ ...anew, stage: 'refused' })
      const why = `${target} has moved on without its rollback, which is done again`
      events.push({ type: 'workstream.state', from: row.state.state, to, why, workstream, attempt })
    }
    const ids = landings.map(({ workstream }) => workstream)
    const why = `Once more: ${target} has moved on before ${pending.slice(0, 10)} could be published.`
    const body = { kind: 'rollback', request: { ids }, cascade: false, why, begun: null } as const
    // As old as what it repeats: what was asked for since then comes after it.
    const request: Request = { id, at: askedAt, body, state: 'open', answer: null }
    await ledger.record({ workstreams, landings: refused, requests: [request], events })
    return true
  }

  async #tell(reason: string, paths: string[]): Promise<void> {
    if (this.#told === reason) return
    this.#told = reason
    await this.#context.ledger.record({ events: [{ type: 'publish.pending', reason, paths }] })
  }
}

/** Taken back, or landed anew, where landings went beside the target. */
function isAtRest(state: WorkstreamState): boolean {
  return state.state === 'reverted' || (state.state === 'landed' && !state.published)
}

function publishedLanding(landings: ReadonlyMap<string, Landing>, state: WorkstreamState): Landing[] {
  const landing = state.state === 'landed' ? landings.get(state.landing) : undefined
  return landing === undefined ? [] : [{ ...landing, published: true }]
}
