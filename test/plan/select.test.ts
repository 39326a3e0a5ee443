import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../src/model/failure.ts'
import type { StateName } from '../../src/model/state.ts'
import { select } from '../../src/plan/select.ts'
import { workstream } from '../kit/workstream.ts'

const plan = [
  workstream('ws-01', { track: 'core', filesScope: ['src/a.ts'] }),
  workstream('ws-02', { track: 'core', filesCreate: ['docs/x.md'], dependsOn: ['ws-01'] }),
  workstream('ws-03', { track: 'gui', filesScope: ['gui/'], dependsOn: ['ws-02'] }),
  workstream('other', { dependsOn: [] }),
]
const states: Record<string, StateName> = { 'ws-01': 'landed', 'ws-02': 'failed' }
const stateOf = (id: string): StateName => states[id] ?? 'pending'
const ids = (...selectors: string[]) => select(plan, selectors, { stateOf })

function refusal(...selectors: string[]): SluiceError {
  try {
    ids(...selectors)
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown
  }
  throw new Error('it was not refused')
}

describe('selectors', () => {
  it.each([
    [[], ['ws-01', 'ws-02', 'ws-03', 'other']],
    [['ws-02'], ['ws-02']],
    [['WS-02'], ['ws-02']],
    [
      ['ws-03', 'ws-01'],
      ['ws-01', 'ws-03'],
    ],
    [['ws-03,other'], ['ws-03', 'other']],
    [['ws-0{1,3}, other'], ['ws-01', 'ws-03', 'other']],
    [['ws-*'], ['ws-01', 'ws-02', 'ws-03']],
    [['+ws-02'], ['ws-01', 'ws-02']],
    [['ws-02+'], ['ws-02', 'ws-03']],
    [['+ws-02+'], ['ws-01', 'ws-02', 'ws-03']],
    [['state:failed'], ['ws-02']],
    [['state:failed+'], ['ws-02', 'ws-03']],
    [['state:running'], []],
    [['track:core'], ['ws-01', 'ws-02']],
    [['track:*'], ['ws-01', 'ws-02', 'ws-03']],
    [['file:src/**'], ['ws-01']],
    [['file:gui/main.ts'], ['ws-03']],
    [['file:docs'], ['ws-02']],
  ])('%j', (selectors, expected) => {
    expect(ids(...selectors)).toEqual(expected)
  })

  it.each([
    ['ws-20', 'no workstream ws-20', /did you mean "ws-0/],
    ['zzz*', 'no workstream zzz*', /there are: ws-01, ws-02/],
    ['state:faild', 'no state faild', /did you mean "failed"/],
    ['track:coer', 'no track coer', /did you mean "core"/],
    ['file:nowhere/**', 'no workstream has nowhere/** in its scope', /plan --json/],
    ['track:', 'selector "track:" names nothing', /track:core/],
    [' , ', 'an empty selector', /at least one/],
  ])('%s is refused', (selector, message, fix) => {
    const { failure, exit } = refusal(selector)
    expect(failure).toMatchObject({ code: 'E103', message })
    expect(failure.fix).toMatch(fix)
    expect(exit).toBe(2)
  })
})
