/** Holds what has been spent against `limits.budget_usd`, and puts it on record when that is used up. */
import type { Attempt } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'
import { overBudget, spendingOf } from '../schedule/budget.ts'
import type { Context } from './context.ts'

export class Budget {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Why no agent begins any more in this run, as it is on record. */
  get question(): Failure | null {
    return this.#context.ledger.run.overBudget ?? null
  }

  /** Looks again, and records when it has become another answer. */
  async advance(): Promise<void> {
    const { ledger, config } = this.#context
    const limit = config.limits.budgetUsd
    if (limit === null && this.question === null) return
    const spending = spendingOf([...ledger.attempts.values()].flat())
    const found = overBudget(spending, limit, { what: 'the run', key: 'limits.budget_usd', next: 'sluice run' })
    if ((found === null) === (this.question === null)) return
    const events = found === null ? [] : [{ type: 'warning', failure: found } as const]
    await ledger.record({ runs: [{ ...ledger.run, overBudget: found }], events })
  }

  /** Why no agent begins this workstream any more, or null. */
  of(workstream: string, attempts: readonly Attempt[]): Failure | null {
    const { config } = this.#context
    return overBudget(spendingOf(attempts), config.limits.workstreamBudgetUsd, {
      what: workstream,
      key: 'limits.workstream_budget_usd',
      next: `sluice retry ${workstream}`,
    })
  }
}
