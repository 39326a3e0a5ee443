/** How a rollback reads before it is done. */
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/model/failure.ts'
import type { RollbackPlan, Undo } from '../../src/model/rollback.ts'
import {
  type RollbackContext,
  rollbackCommand,
  rollbackDocument,
  rollbackText,
} from '../../src/observe/rollback-text.ts'
import { PLAIN } from '../../src/observe/style.ts'
import { AT, commitId } from '../store/sample.ts'

const COMMON = { reverts: '', at: AT, published: true, asked: true }
const WS_09: Undo = {
  ...COMMON,
  action: 'take-back',
  dependents: [],
  workstream: 'ws-09',
  title: 'Use the parser',
  landing: '7f3a-12',
  commit: commitId('c'),
  asked: false,
}
const WS_1: Undo = {
  ...COMMON,
  action: 'take-back',
  dependents: ['ws-09'],
  workstream: 'ws-1',
  title: 'Split the parser',
  landing: '7f3a-3',
  commit: commitId('a'),
}
const PLAN: RollbackPlan = {
  undo: [WS_09, WS_1],
  method: { kind: 'revert' },
  kept: [
    { commit: commitId('d'), kind: 'landing', workstream: 'ws-11', landing: '7f3a-13' },
    { commit: commitId('b'), kind: 'person', workstream: null, landing: null },
  ],
  problems: [],
}
const CONTEXT: RollbackContext = { target: 'main', tip: commitId('e'), request: { ids: ['ws-1'] }, cascade: true }

describe('a rollback that may be done', () => {
  it('names what goes, newest first, what depends on it, what stays, and the command', () => {
    expect(rollbackText(PLAN, CONTEXT, PLAIN)).toEqual([
      'would take 2 landings back, newest first',
      '  - ws-09  7f3a-12  ccccccccc  Use the parser',
      '      by --cascade',
      '  - ws-1   7f3a-3   aaaaaaaaa  Split the parser',
      '      depended on by ws-09',
      '  how     2 revert commits on main, gated before it moves',
      '  kept    1 later landing, 1 commit of people (ws-11)',
      '  safe    branches, pinned work and journal stay; a rollback can be rolled back',
      '  next    sluice rollback ws-1 --cascade',
    ])
  })

  it('says so when it brings something back, and when nobody has seen it yet', () => {
    const again: Undo = { ...WS_1, action: 'bring-back', needs: ['ws-0'], published: false }
    const plan: RollbackPlan = { ...PLAN, undo: [again], method: { kind: 'reset', to: commitId('f') }, kept: [] }
    expect(rollbackText(plan, { ...CONTEXT, cascade: false }, PLAIN)).toEqual([
      'would bring 1 landing back, newest first',
      '  + ws-1  7f3a-3  aaaaaaaaa  Split the parser',
      '      depends on ws-0',
      '      not published yet',
      '  how     main does not have them yet: landings go on from fffffffff',
      '  safe    branches, pinned work and journal stay; a rollback can be rolled back',
      '  next    sluice rollback ws-1',
    ])
    const both = rollbackText({ ...plan, undo: [WS_09, again] }, CONTEXT, PLAIN)
    expect(both[0]).toBe('would take 1 landing back and bring 1 landing back, newest first')
  })

  it('shows a bounded number of rows, and nothing in a title that acts', () => {
    const undo = Array.from({ length: 14 }, (): Undo => ({ ...WS_1, dependents: [], title: '\u001b[2Jx\ny' }))
    const lines = rollbackText({ ...PLAN, undo }, CONTEXT, PLAIN)
    expect(lines[1]).toBe('  - ws-1  7f3a-3  aaaaaaaaa  x y')
    expect(lines).toContain('  and 2 more')
  })

  it('is asked for by the command that it shows', () => {
    expect(rollbackCommand({ request: { ids: ['a', 'b'] }, cascade: false })).toBe('sluice rollback a b')
    expect(rollbackCommand({ request: { to: '7f3a-3' }, cascade: true })).toBe('sluice rollback --to 7f3a-3 --cascade')
    expect(rollbackCommand({ request: { run: '7f3a' }, cascade: false })).toBe('sluice rollback --run 7f3a')
  })
})

describe('a rollback that may not be done', () => {
  const problem: Failure = { code: 'E103', message: 'ws-1 cannot be taken back alone', fix: 'add --cascade' }

  it('shows why instead of the command', () => {
    expect(rollbackText({ ...PLAN, undo: [WS_1], problems: [problem] }, CONTEXT, PLAIN).slice(-3)).toEqual([
      '',
      'E103 ws-1 cannot be taken back alone',
      '  next    add --cascade   (more: sluice explain E103)',
    ])
    expect(rollbackText({ ...PLAN, undo: [], kept: [], problems: [problem] }, CONTEXT, PLAIN)).toEqual([
      'E103 ws-1 cannot be taken back alone',
      '  next    add --cascade   (more: sluice explain E103)',
    ])
    expect(rollbackDocument({ ...PLAN, problems: [problem] }, CONTEXT)).toMatchObject({
      problems: [{ ...problem, details: {} }],
      command: null,
    })
  })
})

describe('a rollback for programs', () => {
  it('has every field there', () => {
    expect(rollbackDocument(PLAN, CONTEXT)).toEqual({
      schema: 'sluice.rollback/1',
      target: 'main',
      tip: commitId('e'),
      method: 'revert',
      resetTo: null,
      undo: [
        { ...WS_09, needs: [] },
        { ...WS_1, needs: [] },
      ],
      kept: PLAN.kept,
      problems: [],
      command: 'sluice rollback ws-1 --cascade',
    })
    const reset = rollbackDocument({ ...PLAN, method: { kind: 'reset', to: commitId('f') } }, CONTEXT)
    expect(reset).toMatchObject({ method: 'reset', resetTo: commitId('f') })
  })
})
