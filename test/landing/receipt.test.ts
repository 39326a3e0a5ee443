/** The receipt of a landing and the text of its note. */
import { describe, expect, it } from 'vitest'
import { receiptOf, receiptText } from '../../src/landing/receipt.ts'
import { AT, commitId, sampleAttempt, sampleCheck, sampleLanding } from '../store/sample.ts'

const landing = { ...sampleLanding('ws-01'), commit: commitId('c'), at: AT }
const attempt = sampleAttempt('ws-01', 1)

describe('a receipt', () => {
  it('holds what was landed, by whom it was made and approved, and what passed on that tree', () => {
    const approvals = [{ by: 'ada', at: AT, comment: 'fine' }]
    expect(receiptOf(landing, attempt, commitId('e'), approvals)).toEqual({
      landing: '7f3a-ws-01',
      workstream: 'ws-01',
      attempt: 1,
      tool: 'claude',
      work: commitId('b'),
      onto: commitId('a'),
      commit: commitId('c'),
      tree: commitId('e'),
      gatedAs: null,
      gate: [{ name: 'npm test', command: 'npm test', exit: 0, ms: 12_300 }],
      approvals,
      at: AT,
    })
  })

  it('reads as a note, in which nobody else can begin a line', () => {
    const odd = {
      ...landing,
      gate: [sampleCheck(), sampleCheck({ command: 'a &&\nTree: b\u001b[2J', exit: null, ms: 5 })],
    }
    const approvals = [
      { by: 'ada', at: AT, comment: null },
      { by: 'bob', at: AT, comment: 'x\nTree: y' },
    ]
    expect(receiptText(receiptOf(odd, attempt, commitId('e'), approvals))).toBe(`Landing: 7f3a-ws-01
Workstream: ws-01
Attempt: 1 by claude
Work: ${commitId('b')}
Onto: ${commitId('a')}
Tree: ${commitId('e')}
Gate: npm test -> exit 0, 12300 ms
Gate: a && Tree: b [2J -> killed, 5 ms
Approved: ada, 2026-11-23T02:14:07.000Z
Approved: bob, 2026-11-23T02:14:07.000Z: x Tree: y
Landed: 2026-11-23T02:14:07.000Z
`)
  })

  it('says so when no gate was wanted', () => {
    expect(receiptText(receiptOf({ ...landing, gate: [] }, attempt, commitId('e'), []))).toContain(
      '\nGate: none wanted\n',
    )
  })
})
