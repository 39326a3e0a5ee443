/**
 * What models cost, for tools that tell their tokens and not their price. It is a table of list prices, so what it gives is an
 * estimate and is called one; `tools.NAME.price` in sluice.yaml says it better, and what a tool says itself counts first.
 */
import type { Usage } from '../model/attempt.ts'

/** Dollars for a million tokens. */
export interface Price {
  input: number
  /** Of what comes from a cache. */
  cached: number
  output: number
}

/** By the beginning of a model's name, the longest that fits; list prices of the vendors, without discounts for batches. */
const PRICES: Readonly<Record<string, Price>> = {
  'claude-opus-4': { input: 15, cached: 1.5, output: 75 },
  'claude-opus-4-5': { input: 5, cached: 0.5, output: 25 },
  'claude-sonnet-4': { input: 3, cached: 0.3, output: 15 },
  'claude-haiku-4': { input: 1, cached: 0.1, output: 5 },
  'claude-3-5-haiku': { input: 0.8, cached: 0.08, output: 4 },
  'deepseek-chat': { input: 0.28, cached: 0.028, output: 0.42 },
  'deepseek-reasoner': { input: 0.28, cached: 0.028, output: 0.42 },
  'gemini-2.5-flash': { input: 0.3, cached: 0.03, output: 2.5 },
  'gemini-2.5-flash-lite': { input: 0.1, cached: 0.01, output: 0.4 },
  'gemini-2.5-pro': { input: 1.25, cached: 0.125, output: 10 },
  'gpt-4.1': { input: 2, cached: 0.5, output: 8 },
  'gpt-4.1-mini': { input: 0.4, cached: 0.1, output: 1.6 },
  'gpt-4o': { input: 2.5, cached: 1.25, output: 10 },
  'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
  'gpt-5': { input: 1.25, cached: 0.125, output: 10 },
  'gpt-5-mini': { input: 0.25, cached: 0.025, output: 2 },
  'gpt-5-nano': { input: 0.05, cached: 0.005, output: 0.4 },
  o3: { input: 2, cached: 0.5, output: 8 },
  'o4-mini': { input: 1.1, cached: 0.275, output: 4.4 },
}

/** The price of a model by its name, with or without the name of a provider before it; null: not in the table. */
export function priceOf(model: string): Price | null {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase()
  const known = Object.keys(PRICES).filter((prefix) => name === prefix || name.startsWith(`${prefix}-`))
  const best = known.toSorted((a, b) => b.length - a.length)[0]
  return best === undefined ? null : PRICES[best]!
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
