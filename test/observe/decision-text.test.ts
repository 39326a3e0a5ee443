/** The decision tree as `explain ID` prints it. */
import { describe, expect, it } from 'vitest'
import type { OutcomeKind } from '../../src/model/attempt.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import { decisionText, type DecisionTold } from '../../src/observe/decision-text.ts'
import { clockText } from '../../src/observe/units.ts'
import { BRANCHES, taken } from '../../src/schedule/decision-tree.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const OPEN: WorkstreamState = { state: 'open' }

function told(kinds: readonly OutcomeKind[], more: Partial<DecisionTold> = {}): DecisionTold {
  const tries = kinds.map((kind, index) => ({ number: index + 1, tool: 'aider', outcome: { kind } }))
  const next = { kind: 'try', tool: 'copilot', notBefore: 0 } as const
  const tools = ['aider', 'copilot', 'manual']
  return {
    tools,
    absent: [],
    forbidden: [],
    forced: null,
    spent: 1,
    attemptsMax: 3,
    branches: taken(tries),
    next,
    ...more,
  }
}

describe('the decision tree', () => {
  it('marks the branch that a try has taken, and says where that leads', () => {
    const lines = decisionText(told(['rate', 'crash']), OPEN, 3, NOW)
    expect(lines[0]).toBe('aider, then copilot, then manual; 1 of 3 attempts spent')
    expect(lines.slice(1, -1).map((line) => line.slice(0, 2))).toEqual(['├─', '├─', '├▶', '├─', '├▶', '├─'])
    expect(lines[3]).toMatch(/^├▶ rate limit, overload, network → .*; it does not count {3}◀ 1 aider$/)
    expect(lines[5]).toMatch(/^├▶ crash, .* → the next tool; the last one repeats {3}◀ 2 aider$/)
    expect(lines.at(-1)).toBe('└▶ so attempt 3 is for copilot')
  })

  it('is not in the way while nothing has gone wrong', () => {
    expect(decisionText(told([]), OPEN, 1, NOW)).toHaveLength(1)
    expect(decisionText(told(['ok']), { state: 'checking', attempt: 1, work: 'c' }, 2, NOW)).toHaveLength(1)
  })

  it('says what is missing and what a person chose', () => {
    const [line] = decisionText(told([], { tools: ['manual'], absent: ['aider'], forced: 'manual' }), OPEN, 1, NOW)
    expect(line).toBe('manual; 1 of 3 attempts spent; not to be had: aider (sluice tools); a person chose manual')
  })

  it.each<[string, WorkstreamState, Partial<DecisionTold>]>([
    [
      `attempt 2 is for aider at ${clockText(NOW + 5000)}`,
      OPEN,
      { next: { kind: 'try', tool: 'aider', notBefore: NOW + 5000 } },
    ],
    ['a person is asked next', OPEN, { next: { kind: 'try', tool: 'manual', notBefore: 0 } }],
    ['a person is asked', { state: 'waiting', for: 'manual', attempt: 2, since: NOW }, {}],
    ['attempt 2 is under way', { state: 'running', attempt: 2, agent: 1, startedAt: NOW }, {}],
    ['nobody goes on: E602', { state: 'failed', failure: { code: 'E602', message: 'used up' } }, {}],
    ['nobody can go on: no tool of the order is there', OPEN, { next: null }],
    [
      'nobody goes on: E602 used up',
      OPEN,
      { next: { kind: 'exhausted', failure: { code: 'E602', message: 'used up' } } },
    ],
  ])('leads to: %s', (end, state, more) => {
    expect(decisionText(told(['crash'], more), state, 2, NOW).at(-1)).toBe(`└▶ so ${end}`)
  })

  it('has no end of its own where tools have nothing more to say', () => {
    const lines = decisionText(told(['crash']), { state: 'held' }, 2, NOW)
    expect(lines).toHaveLength(1 + BRANCHES.length)
    expect(lines.at(-1)).toMatch(/^└─ lost with us/)
  })
})
