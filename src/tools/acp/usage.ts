/**
 * What a turn took of the model. The protocol is about to have a place for it, which Copilot fills already; Qwen Code and
 * Gemini CLI put it beside the protocol, in `_meta`. Costs are told of a session and only grow.
 */
import type { PromptResponse, SessionUpdate } from '@agentclientprotocol/sdk/unstable'
import type { Usage } from '../../model/attempt.ts'
import { fieldsOf } from '../../process/files.ts'
import { addUsage } from '../heard.ts'
import { usageOf } from '../json-lines.ts'
import type { ToolEvent } from '../tool.ts'

export class TurnUsage {
  #steps: Usage | null = null
  /** In dollars, of the session: when the turn began, and now; null: it does not say. */
  #usd: { before: number; now: number } | null = null
  #hasBegun = false

  /** The prompt is sent: what an earlier attempt took in this session does not count. */
  begin(): void {
    this.#hasBegun = true
  }

  update(update: SessionUpdate): void {
    if (update.sessionUpdate === 'usage_update' && update.cost?.currency === 'USD') {
      const { amount } = update.cost
      this.#usd = this.#hasBegun ? { before: this.#usd?.before ?? 0, now: amount } : { before: amount, now: amount }
    }
    if (update.sessionUpdate !== 'agent_message_chunk' || !this.#hasBegun) return
    const { usage } = update._meta ?? {}
    if (usage !== undefined) this.#steps = addUsage(this.#steps, fromCounts(fieldsOf(usage), false))
  }

  /** Of all of the turn, `end` being its answer where there is one; none where nobody says. */
  used(end: PromptResponse | null): ToolEvent[] {
    const tokens = end?.usage ? fromCounts(end.usage, true) : (this.#steps ?? quotaIn(end))
    const costUsd = this.#usd === null ? null : this.#usd.now - this.#usd.before
    if (tokens === null && costUsd === null) return []
    return [{ type: 'used', of: 'all', usage: { ...(tokens ?? usageOf(NOTHING)), costUsd } }]
  }
}

const NOTHING = { input: 0, cached: 0, output: 0 }

/** By the protocol every kind of token is counted by itself; Qwen Code counts what came from a cache as input too. */
function fromCounts(counts: Readonly<Record<string, unknown>>, isCachedOnTop: boolean): Usage {
  const { inputTokens: input, cachedReadTokens: cached, outputTokens: output } = counts
  const written = counts['cachedWriteTokens']
  const all = typeof input === 'number' && typeof written === 'number' && isCachedOnTop ? input + written : input
  return usageOf({ input: all, cached, output, isCachedOnTop })
}

function quotaIn(end: PromptResponse | null): Usage | null {
  const { token_count: tokens } = fieldsOf(end?._meta?.['quota'])
  if (tokens === undefined) return null
  const { input_tokens: input, output_tokens: output } = fieldsOf(tokens)
  return usageOf({ input, cached: 0, output })
}
