/**
 * Beginning on top of what is still in the landing queue (C14), and throwing back what stood on work that does not land, or
 * that had landed and was taken back.
 *
 * The base of such an attempt is what the target will be: its tip with the queued work merged in, made in memory. The
 * attempt's own work hangs on that commit, so it merges onto the landing of its foundation like any other work does.
 */
import { commitTree, mergeInMemory } from '../git/merge.ts'
import { type Attempt, type Foundation, isSpent, type Outcome } from '../model/attempt.ts'
import type { Landing } from '../model/landing.ts'
import { lostFoundation, thrownBack } from '../schedule/speculation.ts'
import { END } from '../attempt/watch.ts'
import type { Context } from './context.ts'
import type { Ledger } from './ledger.ts'

export interface Ground {
  base: string
  /** What is in the base and has not landed; empty for an ordinary attempt. */
  speculation: Foundation[]
}

export class Speculation {
  readonly #context: Context
  /** What did not merge, or not with the work so far: that begins when its dependencies have landed. */
  readonly #unmergeable = new Set<string>()

  constructor(context: Context) {
    this.#context = context
  }

  /** Whether a workstream may begin before its dependencies have landed, as far as it depends on itself. */
  allows(id: string): boolean {
    const { config, ledger } = this.#context
    if (!config.landing.speculate) return false
    if (this.#unmergeable.size > 0 && this.#unmergeable.has(this.#keyOf(id))) return false
    // A try that failed on this very ground may have failed because of it: the next one waits until it is proven.
    const last = ledger.attempts.get(id)?.at(-1)
    if (last?.speculation === undefined || last.outcome === null) return true
    return !isSpent(last.outcome.kind) || !ledger.stands(last)
  }

  /** The base of an attempt that begins on top of `parents`; null when it has to wait for them after all. */
  async groundFor(id: string, parents: readonly string[], tip: string): Promise<Ground | null> {
    const { repo, ledger, identity } = this.#context
    const key = this.#keyOf(id)
    const speculation: Foundation[] = []
    for (const workstream of parents) {
      const { state } = ledger.row(workstream)
      // It has come to an end since this was decided: the next decision knows.
      if (state.state !== 'queued' && state.state !== 'landing') return null
      speculation.push({ workstream, attempt: state.attempt, work: state.work })
    }
    const checkpoint = ledger.checkpoint(id)?.work ?? null
    let base = tip
    for (const { workstream, work } of speculation) {
      const merge = await mergeInMemory(repo, base, work)
      if (merge.kind === 'conflict') return this.#waits(key)
      const message = `Merge the queued work of ${workstream}\n\nThe base of an attempt of ${id}, begun before that has landed.\n`
      const dateSeconds = Math.floor(ledger.now() / 1000)
      const made = { tree: merge.tree, parents: [base, work], message, author: identity, committer: identity }
      base = await commitTree(repo, { ...made, dateSeconds })
    }
    if (checkpoint !== null && (await mergeInMemory(repo, base, checkpoint)).kind === 'conflict')
      return this.#waits(key)
    return { base, speculation }
  }

  #waits(key: string): null {
    this.#unmergeable.add(key)
    return null
  }

  /** Names what would be merged: other work of a dependency is another question. */
  #keyOf(id: string): string {
    const { ledger } = this.#context
    const works = ledger.row(id).definition.dependsOn.map((one) => {
      const state = ledger.rows.get(one)?.state
      return state !== undefined && 'work' in state ? state.work : ''
    })
    return [id, ...works].join(' ')
  }

  /** Throws back what has lost its foundation: a tool at work is ended, and its end settles it; the rest is open again at once. */
  async throwBack(): Promise<void> {
    const { ledger, tasks } = this.#context
    // What was thrown back may itself have been built on.
    for (;;) {
      const all = thrownBack(ledger.rows.values(), (id, number) =>
        ledger.attempts.get(id)?.find((one) => one.number === number),
      )
      const idle = all.filter(({ workstream: id }) => ledger.state(id).state !== 'running')
      for (const { workstream: id } of all) {
        tasks.abort(END, `attempt ${id}`)
        tasks.abort(END, `check ${id}`)
      }
      if (idle.length === 0) return
      for (const { workstream: id, attempt: number, lost } of idle) {
        const attempt = ledger.attempt(id, number)
        const outcome = fallen(ledger, attempt, lost, attempt.work)
        const landings = [...ledger.landings.values()]
          .filter((one) => one.workstream === id && one.attempt === number && one.stage === 'intent')
          .map((one): Landing => ({ ...one, stage: 'refused' }))
        await ledger.move(id, { state: 'open' }, outcome.message, { attempts: [{ ...attempt, outcome }], landings })
      }
    }
  }
}

/** How the attempt ends when it has lost what it stands on, whatever the tool has made of it; else null. */
export function fallOf(ledger: Ledger, attempt: Attempt, work: string | null): Outcome | null {
  const lost = lostFoundation(attempt, (id) => ledger.rows.get(id)?.state)
  return lost === null ? null : fallen(ledger, attempt, lost, work)
}

function fallen(ledger: Ledger, { workstream: id, number }: Attempt, lost: Foundation, work: string | null): Outcome {
  const kept = work === null ? '' : `; its own work is kept as ${work.slice(0, 12)} (refs/sluice/wip/${id}/${number})`
  const hadLanded = [...ledger.landings.values()].some(
    (one) => one.workstream === lost.workstream && one.attempt === lost.attempt && one.stage === 'done',
  )
  const what = hadLanded ? 'was taken back' : 'did not land'
  const why = `thrown back: it was built on the work of ${lost.workstream} (attempt ${lost.attempt}), which ${what}`
  return { kind: 'thrown-back', code: null, message: `${why}${kept}` }
}
