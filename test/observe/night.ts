/** A night with one of each: a landing after a crash, a conflict, a failure, and what they hold up. */
import type { Receipt } from '../../src/model/receipt.ts'
import type { ReportInput } from '../../src/observe/report.ts'
import {
  AT,
  commitId,
  sampleAttempt,
  sampleCheck,
  sampleConflict,
  sampleLanding,
  sampleRow,
  sampleRun,
} from '../store/sample.ts'

export const RECEIPT: Receipt = {
  landing: '7f3a-ws-01',
  workstream: 'ws-01',
  attempt: 2,
  tool: 'copilot',
  work: commitId('b'),
  onto: commitId('a'),
  commit: commitId('c'),
  tree: commitId('e'),
  gatedAs: null,
  gate: [],
  approvals: [{ by: 'ada', at: AT, comment: null }],
  at: AT,
}

const STRAY = { ref: 'refs/sluice/stray/ws-01/1/bbbbbbbbbbbb', commit: commitId('b') }

export function night(): ReportInput {
  const crash = { kind: 'crash', code: 'E201', message: 'exit 3 | <b>\nbold' } as const
  return {
    run: sampleRun({ state: 'ended', endedAt: AT + 192_000, exit: 4 }),
    rows: [
      sampleRow('ws-01', {
        state: 'landed',
        attempt: 2,
        landing: '7f3a-ws-01',
        commit: commitId('c'),
        at: AT,
        published: true,
      }),
      sampleRow('ws-04', { state: 'failed', failure: { code: 'E602', message: '3 of 3 attempts are used up' } }),
      sampleRow('ws-05', { state: 'open' }, { dependsOn: ['ws-04'] }),
      sampleRow('ws-09', {
        state: 'conflict',
        attempt: 2,
        work: commitId('b'),
        failure: { code: 'E402', message: 'c' },
        since: AT,
      }),
      sampleRow('ws-10', { state: 'open' }, { dependsOn: ['ws-09'] }),
    ],
    attempts: [
      sampleAttempt('ws-01', 1, { outcome: crash, work: null, changed: [], strays: [STRAY] }),
      sampleAttempt('ws-01', 2, { tool: 'copilot' }),
      sampleAttempt('ws-09', 3, { phase: 'running', endedAt: null, outcome: null, work: null, changed: [] }),
    ],
    landings: [
      sampleLanding('ws-01', {
        attempt: 2,
        receipt: RECEIPT,
        gate: [sampleCheck(), sampleCheck({ name: 'lint', command: 'lint | sort', ms: 800 })],
      }),
      sampleLanding('ws-09', { stage: 'refused', commit: commitId('f') }),
      sampleLanding('ws-02', { stage: 'built', at: null }),
    ],
    conflicts: [sampleConflict('ws-09')],
    fixes: [
      {
        run: '7f3a',
        code: 'E404',
        workstream: null,
        problem: 'stale lock',
        action: 'removed',
        proof: 'status works',
        at: AT,
      },
    ],
    parents: new Map([[commitId('c'), [commitId('a'), commitId('b')]]]),
    warnings: [{ workstream: 'ws-01', attempt: 2, code: 'W508', message: 'it changes | what it is judged by', at: AT }],
    after: [sampleCheck({ name: 'tests', exit: 1, ms: 900 })],
    known: new Set(),
    atWork: { ms: 192_000, starts: 1 },
    boundMs: 125_000,
    lockHeld: false,
    history: { landings: [], attempts: [] },
  }
}
