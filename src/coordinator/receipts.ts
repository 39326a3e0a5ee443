/**
 * Receipts as git notes, beside the loop: what the store says of a landing then goes wherever its commit goes. What has
 * no note yet is written at the next turn, also what an orchestrator that was killed has left.
 */
import { GitError } from '../git/git.ts'
import { notedCommits, writeNote } from '../git/notes.ts'
import { receiptText } from '../landing/receipt.ts'
import { messageOf, SluiceError } from '../model/failure.ts'
import type { Landing } from '../model/landing.ts'
import type { Context } from './context.ts'

const TASK = 'receipts'

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
    const { repo, identity } = this.#context
    this.#noted ??= await notedCommits(repo)
    for (const { id, receipt, date } of landings) {
      this.#settled.add(id)
      if (receipt === undefined || this.#noted.has(receipt.commit)) continue
      const note = { commit: receipt.commit, text: receiptText(receipt), author: identity, dateSeconds: date }
      try {
        await writeNote(repo, note)
      } catch (error) {
        // The store has the receipt; a note that cannot be written must not cost the run.
        if (!(error instanceof GitError) && !(error instanceof SluiceError)) throw error
        await this.#warn(id, messageOf(error))
      }
    }
  }

  async #warn(landing: string, why: string): Promise<void> {
    const failure = {
      code: 'E404',
      message: `the receipt of landing ${landing} could not be written as a git note: ${why}`,
      fix: 'sluice report has it; see who holds refs/notes/sluice',
    } as const
    await this.#context.ledger.record({ events: [{ type: 'warning', failure }] })
  }
}
