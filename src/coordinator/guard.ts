/**
 * Watches over the target itself: nothing lands on one that has lost landings of ours, or that is red without us.
 *
 * A rewound target is a person's to explain. For a red one the culprit is searched; a landing of ours is taken back and
 * landings go on, anything else is a question. The question is part of the run's record, so `status` shows it, and it is
 * gone as soon as the target has moved to where there is nothing to ask.
 */
import { commitOf, readTip, type Tip } from '../landing/tip.ts'
import type { Failure } from '../model/failure.ts'
import type { Context } from './context.ts'
import { mendTarget, type RedTarget } from './culprit.ts'
import { rewound } from './rewound.ts'

const TASK = 'culprit'

export class Guard {
  readonly #context: Context
  readonly #wake: () => void
  /** The tip at which nothing may land, and why; its search may still be under way. */
  #red: { commit: string; failure: Failure | null } | null = null

  /** Tips whose red did not hold. */
  readonly #believed = new Set<string>()

  /** `wake`: landings may go on. */
  constructor(context: Context, wake: () => void) {
    this.#context = context
    this.#wake = wake
  }

  /** What a person has to settle before anything lands. */
  get question(): Failure | null {
    return this.#context.ledger.run.question ?? null
  }

  /** A culprit is searched, and may be taken back. */
  get isMending(): boolean {
    return this.#context.tasks.has(TASK)
  }

  /** The tip was red and then green: a red candidate on it is to blame for itself. */
  believes(tip: string): boolean {
    return this.#believed.has(tip)
  }

  /** Whether anything may land on this tip now. */
  async admits(tip: Tip): Promise<boolean> {
    const at = commitOf(tip)
    const { ledger, repo, target } = this.#context
    const lost = await rewound(repo, { target, tip: at, rows: ledger.rows.values(), what: 'landing' })
    if (this.#red !== null && this.#red.commit !== at) this.#red = null
    await this.#put(lost ?? this.#red?.failure ?? null, at)
    return lost === null && this.#red === null
  }

  /** Once more when the run ends: a landing may have been lost after the last one that was looked at. */
  async look(): Promise<void> {
    const { repo, target } = this.#context
    await this.admits(await readTip(repo, target))
  }

  /** Git refused to move the target from this commit: nothing lands until a person has looked, or it has moved. */
  async block(tip: string, failure: Failure): Promise<void> {
    this.#red = { commit: tip, failure }
    await this.#put(failure, tip)
  }

  /** The target is red without any candidate: nothing lands while it is found out why. */
  suspect(red: RedTarget): void {
    const { tasks } = this.#context
    if (this.#red?.commit === red.commit || tasks.has(TASK)) return
    this.#red = { commit: red.commit, failure: null }
    tasks.start(TASK, (signal) => this.#mend(red, signal))
  }

  async #mend(red: RedTarget, signal: AbortSignal): Promise<void> {
    const found = await mendTarget(this.#context, red, signal)
    if (found.kind === 'question') {
      this.#red = { commit: red.commit, failure: found.failure }
      await this.#put(found.failure, red.commit)
      return
    }
    this.#red = null
    if (found.kind === 'flaky') this.#believed.add(red.commit)
    this.#wake()
  }

  async #put(question: Failure | null, tip: string): Promise<void> {
    const { ledger } = this.#context
    if (this.question?.message === question?.message) return
    const event =
      question === null
        ? ({ type: 'target.thawed', tip } as const)
        : ({ type: 'target.frozen', failure: question } as const)
    await ledger.record({ runs: [{ ...ledger.run, question }], events: [event] })
  }
}
