/**
 * Receipts as git notes, beside the loop: what the store says of a landing then goes wherever its commit goes. What has
 * no note yet is written at the next turn, also what an orchestrator that was killed has left.
 */
import { GitError } from '../git/git.ts'
import { notedCommits, writeNotes } from '../git/notes.ts'
import { receiptText } from '../landing/receipt.ts'
import { messageOf, SluiceError } from '../model/failure.ts'
import type { Landing } from '../model/landing.ts'
import type { Context } from './context.ts'

const TASK = 'receipts'

/** Notes of one commit: each is a process of git, and they run side by side. */
const TOGETHER_MAX = 8

export class Receipts {
  readonly #context: Context
  /** Landings whose note is there, or cannot be written: not asked again. */
  readonly #settled = new Set<string>()
  #noted: Set<string> | null = null

  constructor(context: Context) {
    this.#context = context
  }

  /** Writes what is missing. Called once a turn; returns at once. */
  advance(): void {
    const { tasks, ledger } = this.#context
    // While the queue is at work a landing waits for git; its end leads to another turn.
    if (tasks.has(TASK) || tasks.has('queue')) return
    const missing = [...ledger.landings.values()].filter(
      ({ id, stage, receipt }) => stage === 'done' && receipt !== undefined && !this.#settled.has(id),
    )
    if (missing.length > 0) tasks.start(TASK, () => this.#write(missing))
  }

  async #write(landings: readonly Landing[]): Promise<void> {
    const { repo, identity, room } = this.#context
    this.#noted ??= await notedCommits(repo)
    const missing = landings.filter(({ receipt }) => receipt !== undefined && !this.#noted!.has(receipt.commit))
    for (const { id } of landings) this.#settled.add(id)
    for (let at = 0; at < missing.length; at += TOGETHER_MAX) {
      const part = missing.slice(at, at + TOGETHER_MAX)
      const notes = part.map(({ receipt }) => ({ commit: receipt!.commit, text: receiptText(receipt!) }))
      try {
        await room.hold(() => writeNotes(repo, notes, { author: identity, dateSeconds: part.at(-1)!.date }))
      } catch (error) {
        // The store has the receipts; a note that cannot be written must not cost the run.
        if (!(error instanceof GitError) && !(error instanceof SluiceError)) throw error
        await this.#warn(
          part.map(({ id }) => id),
          messageOf(error),
        )
      }
    }
  }

  async #warn(landings: readonly string[], why: string): Promise<void> {
    const which =
      landings.length === 1 ? `receipt of landing ${landings[0]}` : `receipts of ${landings.length} landings`
    const failure = {
      code: 'E404',
      message: `the ${which} could not be written as a git note: ${why}`,
      fix: 'sluice report has it; see who holds refs/notes/sluice',
      details: { landings },
    } as const
    await this.#context.ledger.record({ events: [{ type: 'warning', failure }] })
  }
}
