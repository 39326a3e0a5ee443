/** What a person says about tools, and what becomes of the order. */
import { describe, expect, it } from 'vitest'
import type { ToolChoice, ToolRule } from '../../src/model/run.ts'
import { toolOrder } from '../../src/schedule/fallback.ts'
import { NO_CHOICE, ruled } from '../../src/schedule/tool-choice.ts'

const ORDER = ['aider', 'copilot', 'manual']

function after(...rules: [ToolRule, string][]): ToolChoice {
  let choice = NO_CHOICE
  for (const [rule, tool] of rules) {
    const found = ruled(choice, rule, tool, ORDER)
    if (found.kind === 'refused') throw new Error(found.why)
    choice = found.choice
  }
  return choice
}

const orderOf = (choice: ToolChoice, own: string | null = null): string[] =>
  toolOrder({ tool: own, fallback: [] }, ORDER, choice).tools

describe('a person who', () => {
  it('says nothing leaves the order as it is', () => {
    expect(orderOf(NO_CHOICE)).toEqual(ORDER)
    expect(orderOf(NO_CHOICE, 'copilot')).toEqual(['copilot', 'aider', 'manual'])
  })

  it('forces a tool has it taken first, whatever a workstream prefers; the others stay behind it', () => {
    expect(orderOf(after(['force', 'manual']), 'copilot')).toEqual(['manual', 'copilot', 'aider'])
  })

  it('forbids a tool has nobody begin with it, not even who asks for it', () => {
    expect(orderOf(after(['forbid', 'copilot']), 'copilot')).toEqual(['aider', 'manual'])
    expect(orderOf(after(['forbid', 'aider'], ['forbid', 'copilot']))).toEqual(['manual'])
  })

  it('says the opposite later is believed', () => {
    expect(after(['forbid', 'aider'], ['force', 'aider'])).toEqual({ first: 'aider', forbidden: [] })
    expect(after(['force', 'aider'], ['forbid', 'aider'])).toEqual({ first: null, forbidden: ['aider'] })
    expect(after(['forbid', 'aider'], ['force', 'copilot'], ['allow', 'aider'])).toEqual({
      first: 'copilot',
      forbidden: [],
    })
    expect(after(['force', 'copilot'], ['allow', 'copilot'])).toEqual(NO_CHOICE)
  })

  it('would leave nobody is refused', () => {
    const most = after(['forbid', 'aider'], ['forbid', 'copilot'])
    expect(ruled(most, 'forbid', 'manual', ORDER)).toEqual({
      kind: 'refused',
      why: expect.stringContaining('manual is the last tool that is left'),
    })
  })
})
