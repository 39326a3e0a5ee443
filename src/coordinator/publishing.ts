/**
 * Bringing the target branch to where landings went while it could not be moved, and landing again what it left behind
 * when it moved on by itself.
 */
import { readRef } from '../git/refs.ts'
import { publish } from '../landing/publish.ts'
import { abandonPending, pendingRef, readTip } from '../landing/tip.ts'
import type { Landing } from '../model/landing.ts'
import type { WorkstreamState } from '../model/state.ts'
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

  /** Brings the target to the pending tip when that has become possible. */
  async advance(): Promise<void> {
    const { ledger, repo, target, paths } = this.#context
    const unpublished = [...ledger.rows.values()].filter(({ state }) => state.state === 'landed' && !state.published)
    if (unpublished.length === 0 && !this.#mayWait) return
    const tip = await readTip(repo, target)
    if (tip.kind === 'diverged') return await this.requeue()
    this.#mayWait = tip.kind === 'pending'
    if (tip.kind === 'pending') {
      const result = await publish(repo, target, tip.published, tip.commit, paths.publishJournal)
      if (result.kind === 'pending') return await this.#tell(result.reason, result.paths)
      if (result.kind === 'raced') return this.#context.bell.ring()
      await readTip(repo, target)
      this.#mayWait = false
    } else if (unpublished.length === 0) return
    this.#told = null
    await ledger.record({
      workstreams: unpublished.map((row) => ({ ...row, state: { ...row.state, published: true } as WorkstreamState })),
      landings: unpublished.flatMap(({ state }) => publishedLanding(ledger.landings, state)),
      events: [{ type: 'publish.done', tip: tip.commit, landings: unpublished.length }],
    })
  }

  /** The target got commits that the pending tip lacks: what waits for publishing is landed again on top of them. */
  async requeue(): Promise<void> {
    const { ledger, repo, target } = this.#context
    const pending = await readRef(repo, pendingRef(target))
    if (pending === null) return
    for (const { id, state } of ledger.rows.values()) {
      if (state.state !== 'landed' || state.published) continue
      const landing = ledger.landings.get(state.landing)
      if (landing === undefined) continue
      const { attempt, work, queuedAt } = landing
      const landings: Landing[] = [{ ...landing, stage: 'refused' }]
      await ledger.move(id, { state: 'queued', attempt, work, queuedAt }, `${target} has moved on: landed again`, {
        landings,
      })
    }
    await abandonPending(repo, target, pending)
  }

  async #tell(reason: string, paths: string[]): Promise<void> {
    if (this.#told === reason) return
    this.#told = reason
    await this.#context.ledger.record({ events: [{ type: 'publish.pending', reason, paths }] })
  }
}

function publishedLanding(landings: ReadonlyMap<string, Landing>, state: WorkstreamState): Landing[] {
  const landing = state.state === 'landed' ? landings.get(state.landing) : undefined
  return landing === undefined ? [] : [{ ...landing, published: true }]
}
