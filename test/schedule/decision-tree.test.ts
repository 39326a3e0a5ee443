/** The decision tree has a branch for every end, and one only; what it says of attempts is what is counted. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isSpent, type OutcomeKind } from '../../src/model/attempt.ts'
import { BRANCHES, branchOf, isSpentBy, spentTries, taken } from '../../src/schedule/decision-tree.ts'

const MODEL = readFileSync(join(import.meta.dirname, '../../src/model/attempt.ts'), 'utf8')
const union = MODEL.slice(MODEL.indexOf('export type OutcomeKind'), MODEL.indexOf('export interface Outcome'))
const KINDS = [...union.matchAll(/\| '([a-z-]+)'/g)].map(([, kind]) => kind as OutcomeKind)

describe('the decision tree', () => {
  it('has every end in exactly one branch', () => {
    expect(KINDS).toContain('ok')
    expect(BRANCHES.flatMap(({ kinds }) => kinds).toSorted()).toEqual(KINDS.toSorted())
    for (const kind of KINDS) expect(branchOf(kind).kinds).toContain(kind)
  })

  it('has only ends in a branch that count alike', () => {
    for (const branch of BRANCHES) {
      for (const kind of branch.kinds) expect([kind, isSpent(kind)]).toEqual([kind, isSpentBy(branch)])
    }
  })

  it('shows which try took which branch', () => {
    const ended = (number: number, tool: string, kind: OutcomeKind) => ({ number, tool, outcome: { kind } })
    const tries = [ended(1, 'aider', 'rate'), ended(2, 'aider', 'network'), ended(3, 'copilot', 'crash')]
    const found = taken(tries).filter((one) => one.tries.length > 0)
    expect(found.map(({ branch, tries: list }) => [branch.move, list.map(({ number }) => number)])).toEqual([
      ['wait', [1, 2]],
      ['give-up', [3]],
    ])
    expect(spentTries(tries)).toBe(1)
  })
})
