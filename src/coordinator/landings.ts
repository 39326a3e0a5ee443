/** The coordinator's side of landing: acceptance, the queue, what each result means for the workstream, publishing. */
import { changedPaths } from '../git/merge.ts'
import { readRef } from '../git/refs.ts'
import { decideLandings } from '../landing/decide.ts'
import { land, type LandResult, type LandingSteps, unpinCandidate } from '../landing/land.ts'
import { publish } from '../landing/publish.ts'
import { abandonPending, pendingRef, readTip } from '../landing/tip.ts'
import type { Check } from '../model/config.ts'
import type { NewEvent } from '../model/event.ts'
import type { Failure } from '../model/failure.ts'
import type { ConflictFile, Landing } from '../model/landing.ts'
import { passed } from '../model/landing.ts'
import type { WorkstreamState } from '../model/state.ts'
import type { Context } from './context.ts'
import { ask, redEvidence } from './gating.ts'

/** One landing at a time: the seam for speculation is `decideLandings`. */
const WINDOW = 1

export class Landings {
  readonly #context: Context
  readonly #tails: ReadonlyMap<string, number>
  /** The reason why publishing waits, told once. */
  #pendingTold: string | null = null

  constructor(context: Context, tails: ReadonlyMap<string, number>) {
    this.#context = context
    this.#tails = tails
  }

  /** Starts what can be started: acceptance checks, and the next landing. */
  async advance(): Promise<void> {
    const { ledger, tasks } = this.#context
    const landing: string[] = []
    const waiting = []
    for (const { id, state, definition } of ledger.rows.values()) {
      if (state.state === 'checking' && !tasks.has(`check ${id}`))
        tasks.start(`check ${id}`, (signal) => this.#check(id, signal))
      if (state.state === 'landing') landing.push(id)
      if (state.state !== 'queued') continue
      const tail = this.#tails.get(id) ?? 0
      waiting.push({ workstream: id, queuedAt: state.queuedAt, priority: definition.priority, tail })
    }
    for (const { workstream } of decideLandings({ waiting, landing, window: WINDOW })) await this.#begin(workstream)
  }

  /** The acceptance tests of a workstream, on its own commit. */
  async #check(id: string, signal: AbortSignal): Promise<void> {
    const { ledger, config } = this.#context
    const { state, definition } = ledger.row(id)
    if (state.state !== 'checking') return
    const { attempt, work } = state
    const tests = config.acceptance === 'run' ? definition.acceptance : []
    const checks: Check[] = tests.flatMap(({ name, run }) =>
      run === null ? [] : [{ name, run, timeoutMinutes: null, paths: [] }],
    )
    const log = `${id}.${attempt}.acceptance`
    const verdict = await ask(
      this.#context,
      { kind: 'acceptance', commit: work, tree: null, onto: null, checks, workstream: id, attempt, log },
      signal,
    )
    const now = ledger.state(id)
    // A person may have cancelled it meanwhile.
    if (now.state !== 'checking' || now.attempt !== attempt) return
    if (passed(verdict.results)) {
      const queued: NewEvent = { type: 'landing.queued', work, workstream: id, attempt }
      await ledger.move(id, { state: 'queued', attempt, work, queuedAt: ledger.now() }, null, { events: [queued] })
      return
    }
    const { message, evidence } = redEvidence(verdict.results)
    const outcome = { kind: 'acceptance', code: 'E502', message: `acceptance failed: ${message}`, evidence } as const
    await ledger.move(id, { state: 'open' }, null, { attempts: [{ ...ledger.attempt(id, attempt), outcome }] })
  }

  async #begin(id: string): Promise<void> {
    const { ledger, tasks } = this.#context
    const { state } = ledger.row(id)
    if (state.state !== 'queued') return
    const landing = this.#newLanding(id, state)
    await ledger.move(id, { ...state, state: 'landing', landing: landing.id }, null, { landings: [landing] })
    tasks.start(`land ${id}`, (signal) => this.#land(landing, signal))
  }

  #newLanding(id: string, state: Extract<WorkstreamState, { state: 'queued' }>): Landing {
    const { ledger } = this.#context
    return {
      id: `${ledger.run.id}-${ledger.landings.size + 1}`,
      run: ledger.run.id,
      workstream: id,
      attempt: state.attempt,
      work: state.work,
      stage: 'intent',
      onto: '',
      date: 0,
      commit: null,
      gate: [],
      queuedAt: state.queuedAt,
      at: null,
      published: false,
      failure: null,
      overheadMs: 0,
    }
  }

  async #land(start: Landing, signal: AbortSignal): Promise<void> {
    const { ledger } = this.#context
    const { workstream, attempt } = start
    const { title } = ledger.row(workstream).definition
    const { tool } = ledger.attempt(workstream, attempt)
    const names = { workstream, title, landing: start.id, attempt, tool }
    let result: LandResult
    try {
      result = await land(this.#steps(start), start, names, signal)
    } catch (error) {
      if (!signal.aborted) throw error
      await this.#requeue(start)
      return
    }
    await this.#settle(result)
  }

  #steps({ workstream, attempt, id }: Landing): LandingSteps {
    const { ledger, repo, target, config, identity, signs, paths, now } = this.#context
    return {
      repo,
      target,
      identity,
      signs,
      now,
      record: (change) => ledger.record(change),
      gate: (commit, tree, onto, signal) => {
        const checks = config.gate ?? []
        return ask(this.#context, { kind: 'gate', commit, tree, onto, checks, workstream, attempt, log: id }, signal)
      },
      move: (from, to) => publish(repo, target, from, to, paths.publishJournal),
      authorOf: (path, onto, work) => this.#authorOf(path, onto, work),
    }
  }

  /** The newest of our landings since the work began that changed the path. */
  async #authorOf(path: string, _onto: string, work: string): Promise<ConflictFile['other']> {
    const { ledger, repo } = this.#context
    const landed = [...ledger.landings.values()].filter((one) => one.stage === 'done' && one.work !== work)
    for (const one of landed.sort((a, b) => (b.at ?? 0) - (a.at ?? 0))) {
      if (one.commit === null || one.at === null) continue
      if ((await changedPaths(repo, one.onto, one.commit)).includes(path)) {
        return { workstream: one.workstream, commit: one.commit, at: one.at }
      }
    }
    return null
  }

  async #settle(result: LandResult): Promise<void> {
    const { ledger } = this.#context
    const { landing } = result
    const { workstream: id, attempt, work } = landing
    const named = { workstream: id, attempt }
    switch (result.kind) {
      case 'landed':
        return await this.#landed(landing, result.commit, result.at)
      case 'conflict': {
        const paths = result.conflict.files.map((file) => file.path)
        const failure = conflictFailure(id, result.conflict.ref, paths)
        const outcome = { kind: 'conflict', code: 'E402', message: failure.message } as const
        await this.#unpin(id)
        await ledger.move(id, { state: 'conflict', attempt, work, failure, since: ledger.now() }, failure.message, {
          landings: [{ ...landing, stage: 'refused', failure }],
          attempts: [{ ...ledger.attempt(id, attempt), outcome }],
          conflicts: [result.conflict],
          events: [
            { type: 'landing.refused', landing: landing.id, failure, ...named },
            { type: 'conflict.found', conflict: result.conflict, ...named },
          ],
        })
        return
      }
      case 'red': {
        const { message, evidence } = redEvidence(result.results)
        const failure: Failure = { code: 'E501', message: `the gate is red on the merged tree: ${message}` }
        const outcome = { kind: 'red', code: 'E501', message: failure.message, evidence } as const
        await this.#unpin(id)
        await ledger.move(id, { state: 'open' }, null, {
          landings: [{ ...landing, stage: 'refused', failure }],
          attempts: [{ ...ledger.attempt(id, attempt), outcome }],
          events: [{ type: 'landing.refused', landing: landing.id, failure, ...named }],
        })
        return
      }
      case 'raced':
        return await this.#requeue(landing)
      case 'diverged':
        await this.#requeue(landing)
        await this.requeueUnpublished()
    }
  }

  async #landed(landing: Landing, commit: string, at: number): Promise<void> {
    const { ledger } = this.#context
    const { workstream, attempt, id, published } = landing
    const state: WorkstreamState = { state: 'landed', attempt, landing: id, commit, at, published }
    await ledger.move(workstream, state, null, {
      landings: [{ ...landing, stage: 'done' }],
      events: [{ type: 'landing.moved', landing: id, commit, published, workstream, attempt }],
    })
    // The next landing need not wait for the broom.
    this.#context.bell.ring()
    await this.#unpin(workstream)
  }

  async #requeue(landing: Landing): Promise<void> {
    const { ledger } = this.#context
    const { workstream: id, attempt, work, queuedAt } = landing
    await this.#unpin(id)
    const refused: Landing = { ...landing, stage: 'refused' }
    await ledger.move(id, { state: 'queued', attempt, work, queuedAt }, 'back to the queue', { landings: [refused] })
  }

  async #unpin(id: string): Promise<void> {
    await unpinCandidate(this.#context.repo, id)
  }

  /** The target got commits that the pending tip lacks: what waits for publishing is landed again on top of them. */
  async requeueUnpublished(): Promise<void> {
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

  /** Brings the target to the pending tip when that has become possible. */
  async publishPending(): Promise<void> {
    const { ledger, repo, target, paths } = this.#context
    const unpublished = [...ledger.rows.values()].filter(({ state }) => state.state === 'landed' && !state.published)
    if (unpublished.length === 0) return
    const tip = await readTip(repo, target)
    if (tip.kind === 'diverged') return await this.requeueUnpublished()
    if (tip.kind === 'pending') {
      const result = await publish(repo, target, tip.published, tip.commit, paths.publishJournal)
      if (result.kind === 'pending') return await this.#tellPending(result.reason, result.paths)
      if (result.kind === 'raced') return this.#context.bell.ring()
      await readTip(repo, target)
    }
    this.#pendingTold = null
    await ledger.record({
      workstreams: unpublished.map((row) => ({ ...row, state: { ...row.state, published: true } as WorkstreamState })),
      landings: unpublished.flatMap(({ state }) => publishedLanding(ledger.landings, state)),
      events: [{ type: 'publish.done', tip: tip.commit, landings: unpublished.length }],
    })
  }

  async #tellPending(reason: string, paths: string[]): Promise<void> {
    if (this.#pendingTold === reason) return
    this.#pendingTold = reason
    await this.#context.ledger.record({ events: [{ type: 'publish.pending', reason, paths }] })
  }
}

function publishedLanding(landings: ReadonlyMap<string, Landing>, state: WorkstreamState): Landing[] {
  const landing = state.state === 'landed' ? landings.get(state.landing) : undefined
  return landing === undefined ? [] : [{ ...landing, published: true }]
}

function conflictFailure(id: string, ref: string, paths: string[]): Failure {
  return {
    code: 'E402',
    message: `merge conflict in ${id}: ${paths.join(', ')}`,
    fix: `settle it from ${ref}, then \`sluice resolve ${id} --ref REF\``,
    details: { paths, ref },
  }
}
