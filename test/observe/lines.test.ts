/** The progress lines of a run, as somebody without a terminal reads them. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { EventBody } from '../../src/model/event.ts'
import type { PredictedConflict } from '../../src/model/landing.ts'
import { createProgress } from '../../src/observe/lines.ts'
import { PLAIN, styleOf } from '../../src/observe/style.ts'
import { AT, commitId, sampleCheck, sampleConflict, sampleEvent } from '../store/sample.ts'

beforeAll(() => {
  process.env['TZ'] = 'UTC'
})

type Place = { workstream?: string; attempt?: number; at?: number }

function render(bodies: [EventBody, Place?][], style = PLAIN, ids: string[] = []): string[] {
  const progress = createProgress(style, ids)
  return bodies.flatMap(([body, place = {}]) => progress(sampleEvent(body, place)))
}

const at22 = { workstream: 'ws-22', attempt: 1 }
const second = { workstream: 'ws-22', attempt: 2 }

describe('progress lines', () => {
  it('tell a run from its beginning to its end', () => {
    const lines = render([
      [{ type: 'run.started', target: 'main', base: commitId('a'), agents: 3, workstreams: 12 }],
      [{ type: 'check.started', kind: 'base', names: ['npm test'], commit: commitId('a') }],
      [
        {
          type: 'check.ended',
          kind: 'base',
          commit: commitId('a'),
          results: [sampleCheck()],
          cached: false,
          ms: 12_300,
        },
      ],
      [{ type: 'slot.prepared', slot: 'agent-1', created: true, ms: 80 }],
      [{ type: 'attempt.started', tool: 'claude', agent: 1, base: commitId('a'), resumes: null }, at22],
      [{ type: 'attempt.launched', tool: 'claude', agent: 1, pid: 42 }, at22],
      [
        {
          type: 'attempt.ended',
          tool: 'claude',
          agent: 1,
          outcome: {
            kind: 'crash',
            code: 'E201',
            message: 'exit 3',
            evidence: 'first\n\u001b[31mTypeError: x\u001b[0m\n',
          },
          work: commitId('b'),
          changed: 1,
          ms: 3200,
        },
        at22,
      ],
      [{ type: 'tool.fallback', from: 'claude', to: 'copilot', why: 'it crashed', code: 'E201' }, at22],
      [{ type: 'attempt.started', tool: 'copilot', agent: 1, base: commitId('a'), resumes: commitId('b') }, second],
      [
        {
          type: 'attempt.ended',
          tool: 'copilot',
          agent: 1,
          outcome: { kind: 'ok', code: null, message: 'done' },
          work: commitId('c'),
          changed: 4,
          ms: 250_000,
        },
        second,
      ],
      [{ type: 'landing.queued', work: commitId('c') }, second],
      [{ type: 'landing.intent', landing: '7f3a-1', onto: commitId('a') }, second],
      [{ type: 'landing.built', landing: '7f3a-1', commit: commitId('d') }, second],
      [{ type: 'check.started', kind: 'gate', names: ['npm test'], commit: commitId('d') }, second],
      [
        {
          type: 'check.ended',
          kind: 'gate',
          commit: commitId('d'),
          results: [sampleCheck()],
          cached: false,
          ms: 12_300,
        },
        second,
      ],
      [{ type: 'landing.gated', landing: '7f3a-1', commit: commitId('d'), ms: 12_300 }, second],
      [{ type: 'landing.moved', landing: '7f3a-1', commit: commitId('d'), published: true }, second],
      [
        {
          type: 'run.progress',
          counts: { landed: 1, running: 2 },
          etaMinutes: [25, 80],
          working: ['ws-23 (agent-2 claude)'],
        },
      ],
      [{ type: 'run.ended', exit: 0, counts: { landed: 12 }, makespanMs: 192_000, boundMs: 125_000 }],
    ])
    expect(lines).toEqual([
      '02:14:07 run      7f3a began on main at aaaaaaaaa: 12 workstreams, 3 agents',
      '02:14:07 run      the gate runs first on the target as it is, aaaaaaaaa: npm test',
      '02:14:07 run      base ok on aaaaaaaaa (12.3 s)',
      '02:14:07 ws-22    agent-1 claude begins attempt 1 on aaaaaaaaa',
      '02:14:07 ws-22    agent-1 claude attempt 1 crashed after 3.2 s: E201 exit 3; work kept as bbbbbbbbb',
      '                  | first',
      '                  | TypeError: x',
      '02:14:07 ws-22    W209 next tool: claude gives way to copilot: it crashed (E201)',
      '02:14:07 ws-22    agent-1 copilot begins attempt 2 on aaaaaaaaa, goes on from bbbbbbbbb',
      '02:14:07 ws-22    agent-1 copilot attempt 2 is done after 4m10: 4 files changed; work kept as ccccccccc',
      '02:14:07 ws-22    gate runs on ddddddddd: npm test',
      '02:14:07 ws-22    landed on main as ddddddddd, gate ok (12.3 s)',
      '02:14:07 run      1 landed, 2 running; ETA 02:40 to 03:35; at work: ws-23 (agent-2 claude)',
      '02:14:07 run      ended after 3m12 (the estimates allow 2m05 at best): 12 landed; exit 0',
    ])
  })

  it('say what was not run again, and name each check after the run', () => {
    const check = {
      type: 'check.ended' as const,
      commit: commitId('d'),
      results: [sampleCheck()],
      cached: true,
      ms: 0,
    }
    expect(
      render([
        [{ ...check, kind: 'gate' }, at22],
        [{ type: 'landing.gated', landing: '7f3a-1', commit: commitId('d'), ms: 12_300 }, at22],
        [{ type: 'landing.moved', landing: '7f3a-1', commit: commitId('d'), published: true }, at22],
        [{ ...check, kind: 'acceptance' }, at22],
        [{ ...check, kind: 'acceptance', cached: false, ms: 99_000 }, at22],
        [{ ...check, kind: 'after' }],
      ]),
    ).toEqual([
      '02:14:07 ws-22    landed on the target as ddddddddd, gate ok (known from the same tree)',
      '02:14:07 ws-22    acceptance ok on ddddddddd (known from the same tree)',
      '02:14:07 ws-22    acceptance ok on ddddddddd (12.3 s)',
      '02:14:07 run      after npm test ok on ddddddddd (known from the same tree)',
    ])
  })

  it('measure what went on from when it went on', () => {
    const lines = render([
      [{ type: 'run.resumed', target: 'main', tip: commitId('a'), agents: 1, landed: 1, adopted: 0 }],
      [
        { type: 'run.ended', exit: 0, counts: { landed: 2 }, makespanMs: 9_000_000, boundMs: 125_000 },
        { at: AT + 3200 },
      ],
    ])
    expect(lines[1]).toBe(
      '02:14:10 run      ended after 3.2 s, 2h30 at work in all (the estimates allow 2m05 at best): 2 landed; exit 0',
    )
  })

  it('name the conflicts that are predicted, and say when there are none left', () => {
    const pair = (b: string): PredictedConflict => ({ a: 'ws-1', b, paths: ['src/a.ts', 'b.ts', 'c.ts'] })
    const conflicts = ['ws-2', 'ws-3', 'ws-4', 'ws-5'].map(pair)
    const lines = render([
      [{ type: 'radar.predicted', conflicts: conflicts.slice(0, 1), asked: 3, ms: 20 }],
      [{ type: 'radar.predicted', conflicts, asked: 3, ms: 20 }],
      [{ type: 'radar.predicted', conflicts: [], asked: 0, ms: 0 }],
    ])
    expect(lines[0]).toMatch(/run +1 conflict predicted: ws-1 and ws-2 in src\/a\.ts, b\.ts and 1 more$/)
    expect(lines[1]).toContain('4 conflicts predicted: ')
    expect(lines[1]).toMatch(/ and 1 more$/)
    expect(lines[2]).toMatch(/no two workstreams in flight would conflict now$/)
  })

  it('tell what a person has to know: red gate, conflict, publishing, failure, question', () => {
    const red = sampleCheck({ exit: 1, ms: 2300, tail: 'ok 1\nnot ok 2 - adds\n' })
    const lines = render([
      [{ type: 'run.resumed', target: 'main', tip: commitId('a'), agents: 3, landed: 17, adopted: 1 }],
      [{ type: 'attempt.adopted', tool: 'claude', agent: 2, pid: 42 }, at22],
      [{ type: 'check.ended', kind: 'gate', commit: commitId('d'), results: [red], cached: false, ms: 2300 }, at22],
      [
        {
          type: 'landing.refused',
          landing: '7f3a-1',
          failure: { code: 'E501', message: 'the gate is red', fix: 'sluice logs ws-22' },
        },
        at22,
      ],
      [{ type: 'landing.rebuilt', landing: '7f3a-1', onto: commitId('e'), why: 'main moved' }, at22],
      [{ type: 'publish.pending', reason: 'the checkout has changes', paths: ['a.txt', 'b.txt'] }],
      [{ type: 'landing.moved', landing: '7f3a-1', commit: commitId('d'), published: false }, at22],
      [{ type: 'publish.done', tip: commitId('d'), landings: 2 }],
      [
        { type: 'conflict.found', conflict: sampleConflict('ws-09') },
        { workstream: 'ws-09', attempt: 2 },
      ],
      [
        { type: 'landing.refused', landing: '7f3a-2', failure: { code: 'E402', message: 'conflict' } },
        { workstream: 'ws-09' },
      ],
      [
        {
          type: 'workstream.state',
          from: 'open',
          to: {
            state: 'failed',
            failure: { code: 'E602', message: '3 of 3 attempts are used up', fix: 'sluice retry ws-22' },
          },
          why: null,
        },
        at22,
      ],
      [
        {
          type: 'workstream.state',
          from: 'open',
          to: { state: 'waiting', for: 'manual', attempt: 3, since: AT },
          why: 'it is yours',
        },
        at22,
      ],
      [
        {
          type: 'workstream.state',
          from: 'checking',
          to: { state: 'waiting', for: 'approval', attempt: 3, work: commitId('b'), rule: 'gate>=3', since: AT },
          why: 'landing.approve: gate>=3',
        },
        at22,
      ],
      [
        {
          type: 'request.applied',
          request: { kind: 'reject', ids: ['ws-22'], works: {}, comment: 'Use "the"\nother', by: 'ada' },
          answer: 'declined',
        },
      ],
      [{ type: 'request.applied', request: { kind: 'skip', ids: ['ws-30'], satisfy: true }, answer: 'skipped' }],
      [{ type: 'fix.recorded', code: 'E404', problem: 'stale lock', action: 'removed', proof: 'status works' }],
      [{ type: 'run.draining', by: 'signal' }],
      [{ type: 'run.progress', counts: {}, etaMinutes: null, working: [] }],
    ])
    expect(lines).toEqual([
      '02:14:07 run      7f3a goes on with main at aaaaaaaaa: 17 landed, 1 still at work, 3 agents',
      '02:14:07 ws-22    agent-2 claude attempt 1 is still at work (process 42); watching it again',
      '02:14:07 ws-22    gate is RED on ddddddddd: npm test exit 1 after 2.3 s',
      '                  | ok 1',
      '                  | not ok 2 - adds',
      '02:14:07 ws-22    not landed: E501 the gate is red',
      '                  next    sluice logs ws-22',
      '02:14:07 ws-22    built again onto eeeeeeeee: main moved',
      '02:14:07 run      W407 landings wait beside main: the checkout has changes (a.txt, b.txt)',
      '02:14:07 ws-22    landed beside main, which cannot be moved yet, as ddddddddd',
      '02:14:07 run      main was brought forward by 2 landings to ddddddddd',
      '02:14:07 ws-09    E402 conflict in src/api/user.ts:41-45 (also changed by ws-16); work kept at refs/sluice/wip/ws-09/2',
      '                    src/api/user.ts:41-45  also changed by ws-16, landed 02:13:07',
      '                    safe    work kept at refs/sluice/wip/ws-09/2 (bbbbbbbbb); the queue goes on without it',
      '                    next    sluice open ws-09   (begins the merge in a worktree: settle it there, commit)',
      '                            sluice resolve ws-09   (hands in what you made there: it is gated and lands)',
      '                    or      sluice resolve ws-09 --tool TOOL   (a tool of tools.order settles it)',
      '                            sluice resolve ws-09 --discard   (give this work up)',
      '                    more    sluice explain ws-09   (what each side has there), sluice explain E402',
      '02:14:07 ws-22    failed: E602 3 of 3 attempts are used up',
      '                  next    sluice retry ws-22',
      '02:14:07 ws-22    waits for you: it is yours',
      '                  next    sluice open ws-22, then sluice submit ws-22',
      '02:14:07 ws-22    E603 bbbbbbbbb waits for your approval: landing.approve: gate>=3',
      '                  next    sluice approve ws-22 --show',
      String.raw`02:14:07 run      approve ws-22 --reject --comment "Use \"the\" other": declined`,
      '02:14:07 run      skip ws-30 --satisfy: skipped',
      '02:14:07 run      repaired E404: stale lock; removed; status works',
      '02:14:07 run      stopping: nothing new begins, what runs may finish; Ctrl-C again stops now',
      '02:14:07 run      nothing to do; ETA ?',
    ])
  })

  it('tell what does not go on, why, and until when', () => {
    const ids = ['ws-24', 'ws-31', 'ws-40', 'ws-41']
    const lines = render([
      [{ type: 'tool.waiting', tool: 'aider', until: AT + 30_000, why: 'rate' }, second],
      [{ type: 'dependents.blocked', ids, count: 13 }, at22],
      [{ type: 'dependents.freed', ids: ids.slice(0, 2), count: 2 }, at22],
      [{ type: 'run.progress', counts: { ready: 1 }, etaMinutes: [0, 0], working: [] }],
      [{ type: 'run.waiting', for: ['ws-22', 'ws-23'] }],
      [{ type: 'run.detached', working: [] }],
      [{ type: 'run.detached', working: ['ws-22'] }],
    ])
    expect(lines).toEqual([
      '02:14:07 ws-22    waits until 02:14:37, then attempt 2 by aider: the last one hit a rate limit',
      '02:14:07 ws-22    blocks 13: ws-24, ws-31, ws-40 and 10 more',
      '02:14:07 ws-22    no longer blocks ws-24, ws-31',
      '02:14:07 run      1 ready; ETA 02:15',
      '02:14:07 run      only you can go on: ws-22, ws-23; sluice status says what to type, q leaves',
      '02:14:07 run      detached; sluice run goes on',
      '02:14:07 run      detached, ws-22 still at work; sluice run goes on',
    ])
  })

  it('keep their columns where ids are long', () => {
    const queued = (workstream: string): [EventBody, Place] => [
      { type: 'warning', failure: { code: 'W210', message: 'look', fix: 'sluice status' } },
      { workstream },
    ]
    const ids = ['a', 'ws-04-split-auth', 'x'.repeat(64)]
    expect(render(ids.slice(0, 2).map(queued), PLAIN, ids.slice(0, 2))).toEqual([
      '02:14:07 a                W210 look',
      '                          next    sluice status',
      '02:14:07 ws-04-split-auth W210 look',
      '                          next    sluice status',
    ])
    expect(render(ids.map(queued), PLAIN, ids)[0]).toBe(`02:14:07 a${' '.repeat(28)}W210 look`)
  })

  it('say what an attempt is begun on top of', () => {
    const started = { type: 'attempt.started', tool: 'claude', agent: 1, base: commitId('a'), resumes: null } as const
    const lines = render([
      [
        { ...started, buildsOn: ['ws-20', 'ws-21'] },
        { workstream: 'ws-22', attempt: 1 },
      ],
    ])
    expect(lines).toEqual([
      '02:14:07 ws-22    agent-1 claude begins attempt 1 on aaaaaaaaa, on top of ws-20, ws-21, about to land',
    ])
  })

  it('let no text of a tool or a file act on the terminal or begin a line', () => {
    const lines = render(
      [
        [{ type: 'warning', failure: { code: 'W210', message: 'a\n::error::b \u001b[2J\u001b]0;x\u0007 c' } }],
        [{ type: 'publish.pending', reason: 'r', paths: ['a\nb', '\u001b[31m'] }],
      ],
      { colour: false, unicode: true, github: true },
    )
    expect(lines).toEqual([
      '::warning title=run::run W210 a ::error::b  c',
      '::warning title=run::run W407 landings wait beside the target: r (a b, )',
    ])
  })

  it('become annotations and groups on GitHub Actions', () => {
    const red = sampleCheck({ exit: 1, tail: 'one ##[error]x\ntwo' })
    const lines = render(
      [
        [
          { type: 'check.ended', kind: 'base', commit: commitId('d'), results: [red], cached: false, ms: 1 },
          { workstream: 'a' },
        ],
        [{ type: 'warning', failure: { code: 'W210', message: '100% wrong', fix: 'look' } }, { workstream: 'a' }],
        [{ type: 'landing.rebuilt', landing: 'x', onto: commitId('b'), why: 'main moved' }, { workstream: 'a' }],
      ],
      { colour: false, unicode: true, github: true },
    )
    expect(lines).toEqual([
      '::error title=a::a base is RED on ddddddddd: npm test exit 1 after 12.3 s',
      '::group::a',
      '                  | one # #[error]x',
      '                  | two',
      '::endgroup::',
      '::warning title=a::a W210 100%25 wrong',
      '                  next    look',
      '02:14:07 a        built again onto bbbbbbbbb: main moved',
    ])
  })

  it('have colour only where the place can show it', () => {
    const moved: [EventBody, Place] = [
      { type: 'landing.moved', landing: 'x', commit: commitId('d'), published: true },
      at22,
    ]
    expect(render([moved], { colour: true, unicode: true, github: false })).toEqual([
      '\u001b[2m02:14:07\u001b[0m \u001b[1mws-22   \u001b[0m \u001b[32mlanded on the target as ddddddddd\u001b[0m',
    ])
    const utf8 = { LANG: 'C.UTF-8' }
    expect(styleOf(utf8, true)).toEqual({ colour: true, unicode: true, github: false })
    expect(styleOf({ ...utf8, NO_COLOR: '1' }, true).colour).toBe(false)
    expect(styleOf({ ...utf8, NO_COLOR: '' }, true).colour).toBe(true)
    expect(styleOf({ ...utf8, TERM: 'dumb' }, true).colour).toBe(false)
    expect(styleOf(utf8, false).colour).toBe(false)
    expect(styleOf({ LC_ALL: 'C', LANG: 'C.UTF-8' }, true).unicode).toBe(false)
    expect(styleOf({ GITHUB_ACTIONS: 'true' }, false).github).toBe(true)
  })
})
