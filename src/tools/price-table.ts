/**
 * List prices of models, as their vendors published them: data and nothing else. The state is that of November 2026; whoever
 * mends an entry looks at the others too and sets the month anew, here and in docs/tools.md.
 *
 * Read on the vendors' own pages (Anthropic, DeepSeek, and OpenAI for `gpt-5-nano`, `gpt-5-codex` and `gpt-6*`), for the
 * rest in the tables of those who resell them at list price. A model that none of them names is not here: no price is
 * better than a wrong one. Where a price has steps it is that of a request of 200,000 tokens at the dearest hour, so that a
 * budget stops a run rather too early.
 */

/** Dollars for a million tokens. */
export interface Price {
  input: number
  /** Of what comes from a cache. */
  cached: number
  output: number
}

/** By the name of the model without a date. */
export const PRICES: ReadonlyMap<string, Price> = new Map(
  Object.entries({
    'claude-3-5-haiku': { input: 0.8, cached: 0.08, output: 4 },
    'claude-fable-5': { input: 10, cached: 1, output: 50 },
    'claude-fable-5-1': { input: 10, cached: 0.25, output: 50 },
    'claude-haiku-4-5': { input: 1, cached: 0.1, output: 5 },
    'claude-haiku-5-5': { input: 0.5, cached: 0.05, output: 2.5 },
    'claude-opus-4': { input: 15, cached: 1.5, output: 75 },
    'claude-opus-4-1': { input: 15, cached: 1.5, output: 75 },
    'claude-opus-4-5': { input: 5, cached: 0.5, output: 25 },
    'claude-opus-4-6': { input: 5, cached: 0.5, output: 25 },
    'claude-opus-4-7': { input: 5, cached: 0.5, output: 25 },
    'claude-opus-4-8': { input: 5, cached: 0.5, output: 25 },
    'claude-opus-5': { input: 5, cached: 0.5, output: 25 },
    'claude-opus-5-5': { input: 4, cached: 0.2, output: 20 },
    'claude-sonnet-4': { input: 3, cached: 0.3, output: 15 },
    'claude-sonnet-4-5': { input: 3, cached: 0.3, output: 15 },
    'claude-sonnet-4-6': { input: 3, cached: 0.3, output: 15 },
    'claude-sonnet-5': { input: 2, cached: 0.2, output: 10 },
    'claude-sonnet-5-5': { input: 2, cached: 0.1, output: 10 },
    'deepseek-flash': { input: 0.3, cached: 0.006, output: 1.2 },
    'deepseek-v4-flash': { input: 0.3, cached: 0.006, output: 1.2 },
    'deepseek-v4-pro': { input: 1.32, cached: 0.044, output: 3.96 },
    'gemini-2.5-flash': { input: 0.3, cached: 0.03, output: 2.5 },
    'gemini-2.5-flash-lite': { input: 0.1, cached: 0.01, output: 0.4 },
    'gemini-2.5-pro': { input: 1.25, cached: 0.125, output: 10 },
    'gemini-3-flash': { input: 0.5, cached: 0.05, output: 3 },
    'gemini-3-pro': { input: 2, cached: 0.2, output: 12 },
    'gemini-3.1-pro': { input: 2, cached: 0.2, output: 12 },
    'gemini-3.5-flash': { input: 1.5, cached: 0.15, output: 9 },
    'gpt-4.1': { input: 2, cached: 0.5, output: 8 },
    'gpt-4o': { input: 2.5, cached: 1.25, output: 10 },
    'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
    'gpt-5': { input: 1.25, cached: 0.125, output: 10 },
    'gpt-5-codex': { input: 1.25, cached: 0.125, output: 10 },
    'gpt-5-mini': { input: 0.25, cached: 0.025, output: 2 },
    'gpt-5-nano': { input: 0.05, cached: 0.005, output: 0.4 },
    'gpt-5.1': { input: 1.25, cached: 0.125, output: 10 },
    'gpt-5.2': { input: 1.75, cached: 0.175, output: 14 },
    'gpt-5.2-codex': { input: 1.75, cached: 0.175, output: 14 },
    'gpt-5.3-codex': { input: 1.75, cached: 0.175, output: 14 },
    'gpt-5.4': { input: 2.5, cached: 0.25, output: 15 },
    'gpt-5.4-mini': { input: 0.75, cached: 0.075, output: 4.5 },
    'gpt-5.4-nano': { input: 0.2, cached: 0.02, output: 1.25 },
    'gpt-5.5': { input: 5, cached: 0.5, output: 30 },
    'gpt-5.6-luna': { input: 0.2, cached: 0.02, output: 1.2 },
    'gpt-5.6-sol': { input: 5, cached: 0.5, output: 30 },
    'gpt-5.6-terra': { input: 2, cached: 0.2, output: 12 },
    'gpt-6-sol': { input: 2, cached: 0.2, output: 10 },
    'gpt-6.1-sol': { input: 2, cached: 0.1, output: 10 },
    'gpt-6.2-sol': { input: 2, cached: 0.1, output: 10 },
  }),
)
