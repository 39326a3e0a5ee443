/** Prices of models: found by name, and an estimate wherever they are used. */
import { describe, expect, it } from 'vitest'
import type { Usage } from '../../src/model/attempt.ts'
import { PRICES } from '../../src/tools/price-table.ts'
import { priced, priceOf } from '../../src/tools/prices.ts'

const usage = (more: Partial<Usage> = {}): Usage => ({
  tokensIn: 1_000_000,
  tokensCached: 0,
  tokensOut: 100_000,
  costUsd: 1,
  ...more,
})

describe('a price', () => {
  it('is found by the name of the model, whoever serves it and of whichever date it is', () => {
    expect(priceOf('gpt-5-mini-2025-08-07')).toEqual(priceOf('gpt-5-mini'))
    expect(priceOf('openrouter/anthropic/Claude-Opus-4-5-20251101')).toEqual(priceOf('claude-opus-4-5'))
    expect(priceOf('gemini-3.1-pro-preview')).toEqual(priceOf('gemini-3.1-pro'))
    expect(priceOf('openai/gpt-5')).toEqual(priceOf('gpt-5'))
    expect(priceOf('gpt-5')).not.toEqual(priceOf('gpt-5-mini'))
  })

  it('is that of no other model: a newer one may cost a third or three times as much', () => {
    expect(priceOf('claude-opus-4')).not.toEqual(priceOf('claude-opus-4-6'))
    for (const name of ['gpt-50', 'gpt-5-huge', 'claude-opus-4-99', 'some-model', 'constructor'])
      expect(priceOf(name)).toBeNull()
  })

  it('is less for what comes from a cache and more for what comes out', () => {
    for (const [name, { input, cached, output }] of PRICES) {
      expect([name, cached > 0 && cached < input && input < output]).toEqual([name, true])
    }
  })

  it('makes an estimate, except where the tool says what it cost', () => {
    expect(priced(usage(), 'gpt-5', null)).toEqual(usage())
    const silent = usage({ costUsd: null, tokensCached: 400_000 })
    expect(priced(silent, 'gpt-5', null)).toEqual({ ...silent, costUsd: 0.75 + 0.05 + 1, isEstimate: true })
    expect(priced(silent, 'gpt-5', { input: 1, cached: 1, output: 2 }).costUsd).toBeCloseTo(1.2)
    expect(priced(silent, 'some-model', null)).toEqual(silent)
    expect(priced(silent, null, null)).toEqual(silent)
  })
})
