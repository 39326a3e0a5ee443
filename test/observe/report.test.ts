/** The report of a run, as data and as Markdown: proof per landing, and nothing foreign that acts as markup. */
import { describe, expect, it } from 'vitest'
import { reportDocument } from '../../src/observe/report.ts'
import { reportMarkdown } from '../../src/observe/report-markdown.ts'
import { AT, commitId, sampleAttempt, sampleConflict, sampleLanding, sampleRow, sampleRun } from '../store/sample.ts'
import { night, RECEIPT } from './night.ts'

describe('sluice.report/1', () => {
  it('proves each landing by commit, parents and the gate on that commit, and counts only what moved', () => {
    const report = reportDocument(night())
    expect(report.schema).toBe('sluice.report/1')
    expect(report.landings).toEqual([
      {
        workstream: 'ws-01',
        title: 'Title of ws-01',
        landing: '7f3a-ws-01',
        attempt: 2,
        tool: 'copilot',
        commit: commitId('c'),
        parents: [commitId('a'), commitId('b')],
        gate: [
          { name: 'npm test', command: 'npm test', exit: 0, ms: 12_300 },
          { name: 'lint', command: 'lint | sort', exit: 0, ms: 800 },
        ],
        gateCached: false,
        at: AT + 20_000,
        published: true,
        receipt: RECEIPT,
      },
    ])
    expect(report.counts).toMatchObject({ landed: 1, failed: 1, conflict: 1, blocked: 2 })
    expect(report.timings).toEqual({ makespanMs: 192_000, boundMs: 125_000, starts: 1 })
  })

  it('lists attempts with their outcome, conflicts with what they block, failures and fixes', () => {
    const report = reportDocument(night())
    expect(
      report.attempts.map(({ workstream, attempt, tool, outcome, code, ms, changed }) => [
        workstream,
        attempt,
        tool,
        outcome,
        code,
        ms,
        changed,
      ]),
    ).toEqual([
      ['ws-01', 1, 'claude', 'crash', 'E201', 3200, 0],
      ['ws-01', 2, 'copilot', 'ok', null, 3200, 1],
      ['ws-09', 3, 'claude', 'running', null, null, 0],
    ])
    const commands = ['sluice open ws-09', 'sluice resolve ws-09', 'sluice resolve ws-09 --discard']
    expect(report.conflicts).toEqual([{ ...sampleConflict('ws-09'), blocked: ['ws-10'], commands }])
    expect(report.failures.map(({ workstream, state, message }) => [workstream, state, message])).toEqual([
      ['ws-04', 'failed', '3 of 3 attempts are used up'],
      ['ws-05', 'blocked', 'waits for ws-04'],
      ['ws-10', 'blocked', 'waits for ws-09'],
    ])
    expect(report.fixes).toEqual([
      { code: 'E404', workstream: null, problem: 'stale lock', action: 'removed', proof: 'status works', at: AT },
    ])
  })

  it('lists what waits for approval, and who approved what', () => {
    const state = {
      state: 'waiting',
      for: 'approval',
      attempt: 1,
      work: commitId('b'),
      rule: 'gate>=3',
      since: AT,
    } as const
    const approvals = [{ by: 'ada', at: AT, comment: 'fine' }]
    const attempts = [sampleAttempt('ws-01', 1, { approvals }), sampleAttempt('ws-22', 1)]
    const rows = [sampleRow('ws-22', state, { title: 'Pay | by card' })]
    const report = reportDocument({ ...night(), rows, attempts })
    expect(report.attempts.map((attempt) => attempt.approvals)).toEqual([approvals, []])
    const { work, rule } = state
    expect(report.approvals).toEqual([
      { workstream: 'ws-22', title: 'Pay | by card', attempt: 1, work, rule, since: AT },
    ])
    expect(reportMarkdown(report)).toContain(String.raw`| ws-22 | Pay \| by card | ${'`bbbbbbbbb`'} | ${'`gate>=3`'} |`)
  })

  it('has no bound while no run has ended', () => {
    const report = reportDocument({ ...night(), run: sampleRun(), lockHeld: true, boundMs: null })
    expect(report.run.state).toBe('running')
    expect(report.timings.boundMs).toBe(null)
  })
})

describe('the report as Markdown', () => {
  it('reads as a page: decisions first, then proof', () => {
    expect(reportMarkdown(reportDocument(night()))).toBe(String.raw`# Sluice run 7f3a

Target ${'`main`'}, begun 2026-11-23T02:14:07.000Z at ${'`aaaaaaaaa`'}, ended. 3 agents, 3m12 (the estimates allow 2m05 at best).

**1 landed, 1 conflict, 2 blocked, 1 failed**

## Needs you: conflicts

### ws-09 (attempt 2)

| file | lines | kind | also changed by |
| --- | --- | --- | --- |
| ${'`src/api/user.ts`'} | 41-45 | content | ws-16 (ddddddddd) |

Work kept at ${'`refs/sluice/wip/ws-09/2`'} (${'`'}${commitId('b')}${'`'}). It blocks ws-10.

${'```'}sh
sluice open ws-09   # begins the merge in a worktree: settle it there, commit
sluice resolve ws-09   # hands in what you made there
# or give this work up: sluice resolve ws-09 --discard
${'```'}

## Not landed

| workstream | state | why | next |
| --- | --- | --- | --- |
| ws-04 | failed | E602 3 of 3 attempts are used up | ${'`sluice retry ws-04`'} |
| ws-05 | blocked | waits for ws-04 | ${'`sluice explain ws-05`'} |
| ws-10 | blocked | waits for ws-09 | ${'`sluice explain ws-10`'} |

## Landings

| workstream | commit | tree | parents | gate on that tree | attempt | approved by | at |
| --- | --- | --- | --- | --- | --- | --- | --- |
| ws-01 | ${'`ccccccccc`'} | ${'`eeeeeeeee`'} | ${'`aaaaaaaaa`'} ${'`bbbbbbbbb`'} | ${'`npm test`'} exit 0, 12.3 s; ${'`lint \\| sort`'} exit 0, 800 ms | 2 by copilot | ada | 2026-11-23T02:14:27.000Z |

## Attempts

| workstream | attempt | tool | outcome | time | files | said |
| --- | --- | --- | --- | --- | --- | --- |
| ws-01 | 1 | claude | crash E201 | 3.2 s | 0 | exit 3 \| &lt;b&gt; bold |
| ws-01 | 2 | copilot | ok | 3.2 s | 1 | done |
| ws-09 | 3 | claude | running |  | 0 |  |

## Worth a look

| workstream | attempt | what |
| --- | --- | --- |
| ws-01 | 2 | W508 it changes \| what it is judged by |
| ws-01 | 1 | kept besides the work: ${'`refs/sluice/stray/ws-01/1/bbbbbbbbbbbb`'} |

## Checks after the run

| check | result | time |
| --- | --- | --- |
| tests | exit 1 | 900 ms |

## Repairs

| code | workstream | problem | action | proof |
| --- | --- | --- | --- | --- |
| E404 |  | stale lock | removed | status works |
`)
  })

  it('says what was not run, and how often the run was started', () => {
    const input = night()
    const atWork = { ms: 60_000, starts: 3 }
    const run = sampleRun({ agents: 1 })
    const text = reportMarkdown(reportDocument({ ...input, run, known: new Set([commitId('c')]), atWork }))
    expect(text).toContain('1 agent, 1m at work in 3 starts (the estimates allow 2m05 at best).')
    expect(text).toContain('exit 0, 800 ms (known from the same tree, not run again) |')
  })

  it('says which workstreams and paths meet conflicts, over all runs', () => {
    const failure = { code: 'E402', message: 'c', details: { paths: ['src/a.ts'] } } as const
    const landings = [sampleLanding('ws-01'), sampleLanding('ws-09', { stage: 'refused', failure })]
    const history = { landings, attempts: [sampleAttempt('ws-01', 1)] }
    const report = reportDocument({ ...night(), history })
    expect(report.conflictStatistics.workstreams.map(({ id, rate }) => [id, rate])).toEqual([
      ['ws-09', 1],
      ['ws-01', 0],
    ])
    const text = reportMarkdown(report)
    expect(text.slice(text.indexOf('## Conflicts so far'), text.indexOf('## Worth a look'))).toBe(`## Conflicts so far

| workstream | tries to land | conflicts | rate |
| --- | --- | --- | --- |
| ws-09 | 1 | 1 | 100 % |

| path | landings | conflicts | rate |
| --- | --- | --- | --- |
| \`src/a.ts\` | 1 | 1 | 50 % |

`)
  })
})
