/** `sluice explain ID`: for every state a reason, and where time alone does not help, a command. */
import { describe, expect, it } from 'vitest'
import type { StateName, WorkstreamState } from '../../src/model/state.ts'
import { explainWorkstream, type WorkstreamSituation } from '../../src/playbook/explain-workstream.ts'
import { AT, commitId, sampleAttempt, sampleConflict, sampleLanding, sampleRow } from '../store/sample.ts'

const usedUp = { code: 'E602', message: '3 of 3 attempts are used up' } as const

function situation(state: WorkstreamState, fields: Partial<WorkstreamSituation> = {}): WorkstreamSituation {
  const name: StateName = state.state
  const row = sampleRow('ws-31', state)
  const nothing = {
    attempts: [],
    buildsOn: [],
    landing: null,
    conflict: null,
    blockers: [],
    blocks: [],
    noRoom: [],
    pauses: [],
    decision: [],
    brief: null,
    isLive: true,
  }
  return { row, view: { name, blockedBy: [] }, ...nothing, ...fields }
}

describe('explain ID', () => {
  it('names what it waits for, why that does not come, and whom to ask about it', () => {
    const lines = explainWorkstream(
      situation(
        { state: 'open' },
        {
          view: { name: 'blocked', blockedBy: ['ws-22'] },
          blockers: [{ id: 'ws-22', state: 'failed', failure: usedUp }],
        },
      ),
    )
    expect(lines).toEqual([
      'ws-31 is blocked: Title of ws-31',
      '  why     it waits for ws-22, which is failed (E602 3 of 3 attempts are used up)',
      '  next    sluice explain ws-22',
    ])
  })

  it('says what it was begun on top of', () => {
    const running = { state: 'running', attempt: 1, agent: 2, startedAt: AT } as const
    expect(explainWorkstream(situation(running, { buildsOn: ['ws-01', 'ws-02'] }))).toEqual([
      'ws-31 is running: Title of ws-31',
      '  why     agent-2 works on it (attempt 1)',
      '          it builds on ws-01, ws-02, about to land; if that does not, it is thrown back and begins anew',
    ])
  })

  it('tells every try and how it ended', () => {
    const crash = { kind: 'crash', code: 'E201', message: 'exit 3' } as const
    const attempts = [
      sampleAttempt('ws-31', 1, { tool: 'aider', outcome: crash }),
      sampleAttempt('ws-31', 2, {
        tool: 'copilot',
        outcome: { kind: 'no-change', code: 'E205', message: 'changed nothing' },
        work: null,
      }),
    ]
    expect(explainWorkstream(situation({ state: 'failed', failure: usedUp }, { attempts }))).toEqual([
      'ws-31 is failed: Title of ws-31',
      '  why     E602 3 of 3 attempts are used up',
      '  tried   1 aider: crash E201: exit 3 (1 file kept)',
      '          2 copilot: no-change E205: changed nothing',
      '  next    sluice logs ws-31',
      '          sluice retry ws-31 --note "what to do differently"',
      '          sluice skip ws-31 --satisfy   (what depends on it goes on without it)',
      '          sluice explain E602',
    ])
  })

  it('says what a try left besides its work, and how to get at it', () => {
    const patch = '/repo/.sluice/runs/7f3a/attempts/ws-31.1/parked.patch'
    const ref = 'refs/sluice/stray/ws-31/1/bbbbbbbbbbbb'
    const parked = { paths: ['a.txt', 'b.txt', 'c.txt', 'd.txt'], patch }
    const attempts = [sampleAttempt('ws-31', 1, { parked, strays: [{ ref, commit: commitId('b') }] })]
    const lines = explainWorkstream(
      situation({ state: 'queued', attempt: 1, work: commitId('b'), queuedAt: AT }, { attempts }),
    )
    expect(lines.slice(3)).toEqual([
      `  kept    attempt 1: a.txt, b.txt, c.txt and 1 more outside the scope: git apply ${patch}`,
      `          attempt 1: besides the work: git log -p ${ref}`,
    ])
  })

  it('shows the last ten tries and says that there are more', () => {
    const attempts = Array.from({ length: 14 }, (_, n) => sampleAttempt('ws-31', n + 1))
    const lines = explainWorkstream(situation({ state: 'failed', failure: usedUp }, { attempts }))
    expect(lines[2]).toBe('  tried   (4 earlier ones: sluice report)')
    expect(lines.filter((line) => line.includes('claude'))).toHaveLength(10)
  })

  const work = commitId('b')
  const landed = { attempt: 1, landing: 'L', commit: 'abc', at: AT }
  const cases: [WorkstreamState, Partial<WorkstreamSituation>, string, string | null][] = [
    [{ state: 'open' }, { view: { name: 'ready', blockedBy: [] } }, 'as soon as a seat is free', null],
    [{ state: 'open' }, { view: { name: 'ready', blockedBy: [] }, isLive: false }, 'as soon as a run', 'sluice run'],
    [
      { state: 'open' },
      { view: { name: 'pending', blockedBy: ['a'] }, blockers: [{ id: 'a', state: 'running', failure: null }] },
      'it waits for a, which is running',
      null,
    ],
    [{ state: 'running', attempt: 2, agent: 3, startedAt: AT }, {}, 'agent-3 works on it (attempt 2)', null],
    [{ state: 'checking', attempt: 2, work }, {}, 'acceptance tests run', null],
    [{ state: 'checking', attempt: 2, work }, { isLive: false }, 'acceptance tests are next', 'sluice run'],
    [{ state: 'queued', attempt: 2, work, queuedAt: AT }, {}, 'waits for its turn', null],
    [{ state: 'queued', attempt: 2, work, queuedAt: AT }, { isLive: false }, 'it lands next', 'sluice run'],
    [
      { state: 'landing', attempt: 2, work, queuedAt: AT, landing: 'L' },
      { landing: sampleLanding('ws-31', { stage: 'built' }) },
      'landing L is under way: built',
      null,
    ],
    [{ state: 'landed', ...landed, published: true }, {}, 'landing L, commit abc', null],
    [{ state: 'landed', ...landed, published: false }, {}, 'does not show it yet', null],
    [{ state: 'waiting', for: 'manual', attempt: 1, since: AT }, {}, 'by a person', 'sluice open ws-31'],
    [
      { state: 'waiting', for: 'approval', attempt: 2, work, rule: 'gate>=3', since: AT },
      {},
      'E603 attempt 2 is done; it lands when somebody approves it (landing.approve: gate>=3)',
      'sluice approve ws-31 --show',
    ],
    [
      { state: 'conflict', attempt: 2, work, failure: { code: 'E402', message: 'm' }, since: AT },
      { conflict: sampleConflict('ws-31') },
      'src/api/user.ts:41-45 was also changed by ws-16',
      'sluice open ws-31',
    ],
    [{ state: 'discarded', satisfied: true }, {}, 'may go on', 'sluice retry ws-31'],
    [{ state: 'discarded', satisfied: false }, {}, 'given up', 'sluice retry ws-31'],
    [{ state: 'cancelled' }, {}, 'stopped by a person', 'sluice retry ws-31'],
    [{ state: 'held' }, {}, 'taken out', 'sluice release ws-31'],
    [{ state: 'reverted', landing: 'L' }, {}, 'landing L was undone', 'sluice retry ws-31'],
  ]
  it.each(cases)('%j', (state, fields, why, next) => {
    const lines = explainWorkstream(situation(state, fields))
    expect(lines.join('\n')).toContain(why)
    expect(lines.find((line) => line.startsWith('  next'))?.slice('  next    '.length) ?? null).toSatisfy(
      (found: string | null) => (next === null ? found === null : found !== null && found.startsWith(next)),
    )
  })
})
