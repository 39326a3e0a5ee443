/**
 * What models cost, for tools that tell their tokens and not their price. It is reckoned by a table of list prices, so what it
 * gives is an estimate and is called one; `tools.NAME.price` in sluice.yaml says it better, and what a tool says itself counts
 * first.
 */
import type { Usage } from '../model/attempt.ts'
import { type Price, PRICES } from './price-table.ts'

/** What vendors put behind the name of the very same model: a date, or that it is the newest of its kind. */
const VERSION = /-(\d{8}|\d{4}-\d{2}-\d{2}|latest|preview(-[\d-]+)?)$/

/** The price of a model by its name, with or without a provider before it and a date behind it; null: not in the table. */
export function priceOf(model: string): Price | null {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase()
  return PRICES.get(name) ?? PRICES.get(name.replace(VERSION, '')) ?? null
}

/** The usage with what it costs, where the tool does not say it and a price is known. */
export function priced(usage: Usage, model: string | null, own: Price | null): Usage {
  if (usage.costUsd !== null) return usage
  const price = own ?? (model === null ? null : priceOf(model))
  if (price === null) return usage
  const fresh = usage.tokensIn - usage.tokensCached
  const dollars = fresh * price.input + usage.tokensCached * price.cached + usage.tokensOut * price.output
  return { ...usage, costUsd: dollars / 1e6, isEstimate: true }
}
