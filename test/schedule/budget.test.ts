import { describe, expect, it } from 'vitest'
import type { Usage } from '../../src/model/attempt.ts'
import { overBudget, spendingOf } from '../../src/schedule/budget.ts'
import { spendingText } from '../../src/observe/spending-text.ts'

const usage = (more: Partial<Usage> = {}): Usage => ({
  tokensIn: 1_000_000,
  tokensCached: 0,
  tokensOut: 100_000,
  costUsd: 1,
  ...more,
})
const ABOUT = { what: 'the run', key: 'limits.budget_usd', next: 'sluice run' }

describe('what was spent', () => {
  it('counts attempts that have ended and those that run, and names what is not known', () => {
    const heard = { session: null, bytes: 0, usage: usage({ costUsd: 0.5, isEstimate: true }) }
    const spending = spendingOf([{ usage: usage() }, { heard }, { usage: usage({ costUsd: null }) }, {}])
    expect(spending).toEqual({ tokensIn: 3e6, tokensOut: 3e5, usd: 1.5, isEstimate: true, unknown: 1 })
    expect(spendingText(spending)).toBe('about $1.50, 3.0M tokens in, 300k out; the cost of 1 attempt is not known')
    expect(spendingText(spendingOf([{ usage: usage({ costUsd: null, tokensIn: 12_345, tokensOut: 7 }) }]))).toBe(
      '12k tokens in, 7 out; the cost of 1 attempt is not known',
    )
  })

  it('is enough when it has reached the limit', () => {
    const spending = spendingOf([{ usage: usage() }])
    expect(overBudget(spending, null, ABOUT)).toBeNull()
    expect(overBudget(spending, 1.01, ABOUT)).toBeNull()
    expect(overBudget(spending, 1, ABOUT)).toMatchObject({
      code: 'E601',
      message: 'the budget of the run is used up: $1.00 of $1.00',
      fix: 'raise limits.budget_usd in sluice.yaml, then `sluice run`',
    })
    expect(overBudget({ ...spending, isEstimate: true }, 1, ABOUT)?.message).toContain('about $1.00')
  })
})
