/** What was used of models, in words. */
import { dollars, type Spending } from '../schedule/budget.ts'
import { count } from './units.ts'

/** `about $1.20, 212k tokens in, 4k out; the cost of 2 attempts is not known`. */
export function spendingText({ tokensIn, tokensOut, usd, isEstimate, unknown }: Spending): string {
  const tokens = `${tokenText(tokensIn)} tokens in, ${tokenText(tokensOut)} out`
  const isKnown = usd > 0 || unknown === 0
  const cost = isKnown ? `${isEstimate ? 'about ' : ''}${dollars(usd)}, ` : ''
  const rest = unknown === 0 ? '' : `; the cost of ${count(unknown, 'attempt')} is not known`
  return `${cost}${tokens}${rest}`
}

/** `812`, `12k`, `1.4M`. */
function tokenText(tokens: number): string {
  if (tokens < 1_000) return String(tokens)
  return tokens < 999_500 ? `${Math.round(tokens / 1_000)}k` : `${(tokens / 1e6).toFixed(1)}M`
}
