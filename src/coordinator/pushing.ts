/**
 * Pushing the target to a remote after landings, when the configuration names one (`landing.push`). It goes on beside the
 * loop, and nothing that lands waits for it: what cannot be pushed is told once, and tried again when the target has moved.
 *
 * A remote that has moved on is merged into the target as a pull would do it, the target's side first, and the gate has to
 * pass on that like on any other candidate. What has landed is never moved again: the target is the user's checkout, and
 * that only goes forward.
 */
import { commitTree, mergeInMemory } from '../git/merge.ts'
import { fetchBranch, pushCommit, type RemoteBranch, remoteRef } from '../git/push.ts'
import { deleteRef, readRef, setRef } from '../git/refs.ts'
import { isAncestor } from '../git/repository.ts'
import { publish } from '../landing/publish.ts'
import { readTip } from '../landing/tip.ts'
import { unpushed } from '../landing/unpushed.ts'
import { passed } from '../model/landing.ts'
import type { Context } from './context.ts'
import { ask } from './gating.ts'

const TASK = 'push'

/** A remote that moves on while the gate runs is caught up with this often before a person is asked. */
const ROUNDS_MAX = 3

type CaughtUp = { kind: 'caught-up'; commit: string } | { kind: 'raced' } | { kind: 'failed'; message: string }

export class Pushing {
  readonly #context: Context
  /** The target's tip when it was last looked at. */
  #seen: string | null = null
  /** The remote has moved on, which is settled when nothing lands: a candidate of ours would throw back those of the queue. */
  #isBehind = false
  #problem: string | null = null

  constructor(context: Context) {
    this.#context = context
  }

  /** What was told last stands: a person has to look. */
  get hasFailed(): boolean {
    return this.#problem !== null
  }

  /** Pushes when the target has moved. Called once a turn; the push itself goes on beside the loop. */
  async advance(): Promise<void> {
    const { config, repo, target, tasks } = this.#context
    const remote = config.landing.push
    if (remote === null || tasks.has(TASK)) return
    const tip = await readRef(repo, `refs/heads/${target}`)
    if (tip === null || (tip === this.#seen && !(this.#isBehind && this.#isIdle()))) return
    this.#seen = tip
    tasks.start(TASK, (signal) => this.#push({ remote, branch: target }, signal))
  }

  #isIdle(): boolean {
    const { ledger } = this.#context
    return ![...ledger.rows.values()].some(({ state }) => state.state === 'queued' || state.state === 'landing')
  }

  async #push(to: RemoteBranch, signal: AbortSignal): Promise<void> {
    const { repo } = this.#context
    this.#isBehind = false
    let commit = (await unpushed(repo, to.remote, to.branch))?.[0]?.commit ?? null
    if (commit === null) this.#problem = null
    for (let round = 1; commit !== null; round++) {
      const pushed = await pushCommit(repo, to, commit, signal)
      if (pushed.kind === 'pushed') return await this.#done(to, commit)
      if (pushed.kind === 'failed') return await this.#fail(to, pushed.message)
      if (round > ROUNDS_MAX) return await this.#fail(to, 'it moves on again and again')
      if (!this.#isIdle()) {
        this.#isBehind = true
        return
      }
      const fetched = await fetchBranch(repo, to, signal)
      if (fetched.kind === 'failed') return await this.#fail(to, fetched.message)
      const result = await this.#catchUp(to, fetched.commit, signal)
      if (result.kind === 'failed') return await this.#fail(to, result.message)
      if (result.kind === 'caught-up') commit = result.commit
    }
  }

  /** Brings the target to where it has the remote's commits too. */
  async #catchUp({ remote, branch }: RemoteBranch, theirs: string, signal: AbortSignal): Promise<CaughtUp> {
    const { repo, target, identity, signs, config, ledger, paths } = this.#context
    const tip = await readTip(repo, target)
    if (tip.kind !== 'published')
      return { kind: 'failed', message: 'it has moved on, and landings wait beside the target' }
    if (await isAncestor(repo, theirs, tip.commit)) return { kind: 'caught-up', commit: tip.commit }
    const merge = await mergeInMemory(repo, tip.commit, theirs)
    if (merge.kind === 'conflict') {
      const paths = merge.files.map(({ path }) => path).slice(0, 3)
      return { kind: 'failed', message: `its new commits conflict with what has landed: ${paths.join(', ')}` }
    }
    const { tree } = merge
    const parents = [tip.commit, theirs]
    const message = `Merge ${remote}/${branch}\n`
    const dateSeconds = Math.floor(ledger.now() / 1000)
    const by = { author: identity, committer: identity, dateSeconds, sign: signs }
    const commit = await commitTree(repo, { tree, parents, message, ...by })
    const pin = `refs/sluice/pull/${branch}`
    await setRef(repo, pin, commit, `sluice: with ${remote}`)
    try {
      const asked = { kind: 'gate', commit, tree, onto: tip.commit, workstream: null, attempt: null } as const
      const log = `pull.${commit.slice(0, 12)}`
      const checks = { ...asked, checks: config.gate ?? [], log }
      // Like a candidate: red is asked once more on the same commit.
      const green =
        passed((await ask(this.#context, checks, signal)).results) ||
        passed((await ask(this.#context, checks, signal)).results)
      if (!green) return { kind: 'failed', message: 'the gate is red on the target with its new commits' }
      const moved = await publish(repo, target, tip.commit, commit, paths.publishJournal)
      if (moved.kind === 'raced') return { kind: 'raced' }
      if (moved.kind === 'pending') return { kind: 'failed', message: `it has moved on, and ${moved.reason}` }
    } finally {
      await deleteRef(repo, pin, commit)
    }
    await ledger.record({ events: [{ type: 'push.merged', remote, theirs, commit }] })
    return { kind: 'caught-up', commit }
  }

  async #done(to: RemoteBranch, commit: string): Promise<void> {
    const { repo, ledger } = this.#context
    this.#problem = null
    await setRef(repo, remoteRef(to), commit, 'sluice: pushed')
    await ledger.record({ events: [{ type: 'push.done', remote: to.remote, commit }] })
  }

  async #fail({ remote, branch }: RemoteBranch, message: string): Promise<void> {
    if (this.#problem === message) return
    this.#problem = message
    const failure = {
      code: 'W407',
      message: `${branch} could not be pushed to ${remote}: ${message}`,
      fix: `git push ${remote} ${branch}`,
    } as const
    await this.#context.ledger.record({ events: [{ type: 'warning', failure }] })
  }
}
