/**
 * What landings teach: resolutions in the merge commits of what has passed a gate are remembered (`resolve/rerere.ts`),
 * beside the loop. Only of what lands while we look: what a kill has left out is learned when it comes again.
 */
import { GitError } from '../git/git.ts'
import { haveMerges, learnFrom } from '../landing/resolve/rerere.ts'
import { SluiceError } from '../model/failure.ts'
import type { Landing } from '../model/landing.ts'
import type { Context } from './context.ts'

const TASK = 'lessons'

export class Lessons {
  readonly #context: Context
  readonly #learned: Set<string>

  constructor(context: Context) {
    this.#context = context
    this.#learned = new Set(done(context).map(({ id }) => id))
  }

  /** Nothing that has landed is left to be learned from. */
  get areLearned(): boolean {
    return !this.#context.tasks.has(TASK) && this.#unlearned().length === 0
  }

  /** Learns from what has landed since. Called once a turn; returns at once. */
  advance(): void {
    const { tasks } = this.#context
    // While the queue is at work a landing waits for git; its end leads to another turn.
    if (tasks.has(TASK) || tasks.has('queue')) return
    const landings = this.#unlearned()
    if (landings.length > 0) tasks.start(TASK, () => this.#learn(landings))
  }

  #unlearned(): Landing[] {
    return done(this.#context).filter(({ id }) => !this.#learned.has(id))
  }

  async #learn(landings: readonly Landing[]): Promise<void> {
    const { repo, room } = this.#context
    for (const { id } of landings) this.#learned.add(id)
    const works = landings.map(({ work }) => work)
    try {
      // Each has landed on top of those before, so what the first was built on is behind all of them.
      if (!(await haveMerges(repo, works, landings[0]!.onto))) return
    } catch (error) {
      return forgive(error)
    }
    for (const { work, onto } of landings) {
      await room.hold(() => learnFrom(repo, { tip: work, base: onto })).catch(forgive)
    }
  }
}

/** A lesson that is lost costs a rung of the ladder one day, and must not cost the run. */
function forgive(error: unknown): void {
  if (!(error instanceof GitError) && !(error instanceof SluiceError)) throw error
}

function done({ ledger }: Context): Landing[] {
  return [...ledger.landings.values()].filter(({ stage }) => stage === 'done')
}
