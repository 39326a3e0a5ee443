/**
 * The conflict radar beside the loop: whenever some workstream has newer work, it is compared with all other work in
 * flight. What comes of it orders the queue, is told to a tool at its next attempt, and shows in `status`.
 *
 * It only ever advises. So it runs as a task of its own, nothing waits for it, and when git cannot answer the run goes on
 * without.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { GitError } from '../git/git.ts'
import { type Pair, predictMerges } from '../git/predict.ts'
import { type Answers, conflictsAmong, type Head, headsOf, remember, unasked } from '../landing/radar.ts'
import type { NewEvent } from '../model/event.ts'
import type { PredictedConflict } from '../model/landing.ts'
import type { Context } from './context.ts'

const TASK = 'radar'

export class Radar {
  readonly #context: Context
  #answers: Answers = new Map()
  /** The heads that were looked at last. */
  #seen = ''
  #hasWarned = false

  constructor(context: Context) {
    this.#context = context
    // What a kill left there would otherwise stay until there are two pieces of work to compare again.
    rmSync(this.#scratch, { recursive: true, force: true })
  }

  /** For the objects that git makes while it is asked. */
  get #scratch(): string {
    return join(this.#context.paths.work, 'radar')
  }

  /** Looks whether there is newer work, and if so has it compared. Called once a turn; returns at once. */
  advance(): void {
    const { ledger, tasks } = this.#context
    // While the queue is at work a landing waits for git; its end leads to another turn.
    if (tasks.has(TASK) || tasks.has('queue')) return
    const heads = headsOf(ledger.rows.values(), (id) => ledger.attempts.get(id) ?? [])
    const seen = heads.map(({ id, commit }) => `${id} ${commit}`).join('\n')
    if (seen === this.#seen) return
    this.#seen = seen
    const asked = unasked(heads, this.#answers)
    if (asked.length > 0 || !isSame(ledger.predictions, conflictsAmong(heads, this.#answers)))
      tasks.start(TASK, (signal) => this.#compare(heads, asked, signal))
  }

  /** Workstreams whose work would conflict with that of `id`, as far as is known. */
  conflictsWith(id: string): string[] {
    return this.#context.ledger.predictions.flatMap(({ a, b }) => (a === id ? [b] : b === id ? [a] : []))
  }

  async #compare(heads: readonly Head[], asked: readonly Pair[], signal: AbortSignal): Promise<void> {
    const { ledger, repo, room, now } = this.#context
    const began = now()
    try {
      const predictions = await room.hold(() => predictMerges(repo, asked, { scratch: this.#scratch, signal }), signal)
      this.#answers = remember(heads, this.#answers, asked, predictions)
    } catch (error) {
      if (!(error instanceof GitError)) throw error
      await this.#warn(error)
      return
    }
    const conflicts = conflictsAmong(heads, this.#answers)
    const predicted: NewEvent = { type: 'radar.predicted', conflicts, asked: asked.length, ms: now() - began }
    const events = isSame(pairsIn(ledger.predictions), pairsIn(conflicts)) ? [] : [predicted]
    if (!isSame(ledger.predictions, conflicts)) await ledger.record({ predictions: conflicts, events })
  }

  /** Once a run: what git cannot read now it will not read the next time. */
  async #warn({ stderr, message }: GitError): Promise<void> {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const failure = {
      code: 'E605',
      message: `conflicts cannot be predicted: ${stderr.trim() || message}`,
      fix: 'git fsck --connectivity-only shows what is missing; the run goes on without predictions',
    } as const
    await this.#context.ledger.record({ events: [{ type: 'warning', failure }] })
  }
}

function pairsIn(conflicts: readonly PredictedConflict[]): [string, string][] {
  return conflicts.map(({ a, b }) => [a, b])
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
