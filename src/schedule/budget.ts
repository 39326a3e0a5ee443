/**
 * What has been spent, and whether that is enough, purely. A budget ends nothing that runs: work that is half done is
 * worth less than what it would cost to finish. It keeps agents from beginning, and then somebody is asked.
 */
import type { Attempt, Usage } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'

export interface Spending {
  tokensIn: number
  tokensOut: number
  /** Of the attempts whose cost is known. */
  usd: number
  /** Some of it was reckoned from a table of prices. */
  isEstimate: boolean
  /** Attempts that used a model, and nobody knows what that costs. */
  unknown: number
}

/** All that these attempts have used, as far as they have told: also of those that still run. */
export function spendingOf(attempts: Iterable<Pick<Attempt, 'usage' | 'heard'>>): Spending {
  const spending = { tokensIn: 0, tokensOut: 0, usd: 0, isEstimate: false, unknown: 0 }
  for (const attempt of attempts) {
    const usage = usageOf(attempt)
    if (usage === null) continue
    spending.tokensIn += usage.tokensIn
    spending.tokensOut += usage.tokensOut
    spending.usd += usage.costUsd ?? 0
    spending.isEstimate ||= usage.isEstimate === true
    spending.unknown += usage.costUsd === null ? 1 : 0
  }
  return spending
}

/** What an attempt has used so far, or null. */
export function usageOf({ usage, heard }: Pick<Attempt, 'usage' | 'heard'>): Usage | null {
  return usage ?? heard?.usage ?? null
}

/** Why no agent is begun any more, or null. `what`: whose budget it is, and `key` where it stands in sluice.yaml. */
export function overBudget(
  { usd, isEstimate }: Spending,
  limitUsd: number | null,
  { what, key, next }: { what: string; key: string; next: string },
): Failure | null {
  if (limitUsd === null || usd < limitUsd) return null
  const about = isEstimate ? 'about ' : ''
  return {
    code: 'E601',
    message: `the budget of ${what} is used up: ${about}${dollars(usd)} of ${dollars(limitUsd)}`,
    fix: `raise ${key} in sluice.yaml, then \`${next}\``,
    details: { spentUsd: usd, limitUsd, isEstimate },
  }
}

/** `$0.07`, `$11.20`. */
export function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`
}
