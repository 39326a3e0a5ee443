/** `sluice status`: the document that programs rely on, and the screen that puts first what needs somebody. */
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../src/model/failure.ts'
import type { Pause } from '../../src/model/pause.ts'
import { addPoint, newSeries } from '../../src/model/series.ts'
import type { Vitals } from '../../src/model/vitals.ts'
import type { HeldUp } from '../../src/observe/needs-you.ts'
import { statusDocument, type StatusInput } from '../../src/observe/status.ts'
import { statusText } from '../../src/observe/status-text.ts'
import { PLAIN } from '../../src/observe/style.ts'
import { AT, commitId, sampleAttempt, sampleConflict, sampleLanding, sampleRow, sampleRun } from '../store/sample.ts'

const usedUp: Failure = { code: 'E602', message: '3 of 3 attempts are used up', fix: 'sluice retry ws-04' }
const conflict: Failure = { code: 'E402', message: 'merge conflict in ws-09' }

function night(fields: Partial<StatusInput> = {}): StatusInput {
  const running = sampleAttempt('ws-02', 2, {
    phase: 'running',
    endedAt: null,
    outcome: null,
    work: null,
    agent: 2,
    tool: 'copilot',
  })
  return {
    run: sampleRun(),
    rows: [
      sampleRow('ws-01', {
        state: 'landed',
        attempt: 1,
        landing: '7f3a-ws-01',
        commit: commitId('c'),
        at: AT,
        published: true,
      }),
      sampleRow('ws-02', { state: 'running', attempt: 2, agent: 2, startedAt: AT }),
      sampleRow('ws-03', { state: 'queued', attempt: 1, work: commitId('b'), queuedAt: AT }),
      sampleRow('ws-04', { state: 'failed', failure: usedUp }),
      sampleRow('ws-05', { state: 'open' }, { dependsOn: ['ws-04'] }),
      sampleRow('ws-06', { state: 'open' }, { dependsOn: ['ws-02', 'ws-03'] }),
      sampleRow('ws-07'),
      sampleRow('ws-09', { state: 'conflict', attempt: 2, work: commitId('b'), failure: conflict, since: AT }),
      sampleRow('ws-10', { state: 'waiting', for: 'manual', attempt: 1, since: AT }, { title: 'Decide\u001b[2J' }),
    ],
    attempts: [
      sampleAttempt('ws-01', 1),
      sampleAttempt('ws-02', 1),
      running,
      sampleAttempt('ws-09', 2, { tool: 'aider' }),
    ],
    landings: [sampleLanding('ws-01')],
    conflicts: [sampleConflict('ws-09')],
    predictions: [],
    pending: null,
    atWork: { ms: 250_000, starts: 1 },
    lockHeld: true,
    ...fields,
  }
}

describe('sluice.status/1', () => {
  it('has the run, a count for every state, and a row for every workstream', () => {
    const status = statusDocument(night())
    expect(status.schema).toBe('sluice.status/1')
    expect(status.run).toEqual({
      id: '7f3a',
      state: 'running',
      target: 'main',
      base: commitId('a'),
      agents: 3,
      startedAt: AT,
      endedAt: null,
      exit: null,
      waits: [],
      pauses: [],
    })
    expect(status.counts).toEqual({
      landed: 1,
      landing: 0,
      queued: 1,
      checking: 0,
      running: 1,
      ready: 1,
      pending: 1,
      held: 0,
      waiting: 1,
      conflict: 1,
      blocked: 1,
      failed: 1,
      discarded: 0,
      cancelled: 0,
      reverted: 0,
    })
    const rows = new Map(status.workstreams.map((row) => [row.id, row]))
    expect(rows.get('ws-01')).toEqual({
      id: 'ws-01',
      title: 'Title of ws-01',
      state: 'landed',
      attempt: 1,
      tool: 'claude',
      agent: null,
      since: null,
      branch: 'ws/ws-01',
      failure: null,
      parked: null,
      warnings: [],
      spending: null,
      landing: { id: '7f3a-ws-01', commit: commitId('c'), at: AT, published: true },
      blockedBy: [],
      buildsOn: [],
      use: null,
      alerts: [],
    })
    expect(rows.get('ws-02')).toMatchObject({
      state: 'running',
      attempt: 2,
      tool: 'copilot',
      agent: 2,
      branch: 'ws/ws-02',
      since: AT,
    })
    expect(rows.get('ws-04')).toMatchObject({
      failure: { code: 'E602', message: '3 of 3 attempts are used up' },
      attempt: null,
      branch: null,
    })
    expect(rows.get('ws-05')).toMatchObject({ state: 'blocked', blockedBy: ['ws-04'] })
    expect(rows.get('ws-06')).toMatchObject({ state: 'pending', blockedBy: ['ws-02', 'ws-03'] })
    expect(rows.get('ws-09')).toMatchObject({
      state: 'conflict',
      failure: { code: 'E402', message: 'merge conflict in ws-09' },
    })
  })

  it('has what agents and the machine use, and the thresholds that they are beyond, while somebody looks', () => {
    const alert = {
      metric: 'cpu',
      level: 'warning',
      code: 'W201',
      message: 'CPU at 90 % of a core',
      since: AT,
    } as const
    const series = addPoint(newSeries(AT), AT, { cpu: 90, memory: 410.25, disk: 3, changes: 0.4 })
    const memory = { totalBytes: 16e9, availableBytes: 4e9 }
    const disks = [{ what: 'the slots', path: '/', freeBytes: 18.25 * 1024 ** 3, totalBytes: 1e12 }]
    const machine = { memory, memoryPressure: 12.4, load: 1.23, disks }
    const short = { ...alert, metric: 'memory', code: 'W202', message: 'memory at 75 % (warning above 70 %)' } as const
    const vitals: Vitals[] = [
      { workstream: null, attempt: null, series: newSeries(AT), alerts: [short], machine },
      // Of an earlier attempt: over.
      { workstream: 'ws-02', attempt: 1, series, alerts: [alert, alert] },
      { workstream: 'ws-02', attempt: 2, series, alerts: [alert] },
    ]
    const status = statusDocument(night({ vitals }))
    expect(status.machine).toEqual({
      memoryPercent: 75,
      memoryPressure: 12.4,
      load: 1.2,
      freeBytes: 18.25 * 1024 ** 3,
      alerts: [short],
    })
    const row = status.workstreams.find(({ id }) => id === 'ws-02')
    expect(row).toMatchObject({
      use: { cpuPercent: 90, memoryMb: 410.3, diskMbPerSecond: 3, fileChangesPerMinute: 0.4 },
      alerts: [alert],
    })
    const text = statusText(status, PLAIN, AT).join('\n')
    expect(text).toContain('\n  memory 75 % (pressure 12 %), load 1.2, 18.3 GB left on the fullest disk\n')
    expect(text).toContain('\n  W202 memory at 75 % (warning above 70 %)\n')
    expect(text).toContain('Title of ws-02  90 % CPU, 410 MB, 0.4 files/min\n      W201 CPU at 90 % of a core\n')
    // Without a coordinator nobody looks, and nothing is known.
    const left = statusDocument(night({ vitals, lockHeld: false }))
    expect(left.machine).toBeNull()
    expect(left.workstreams.find(({ id }) => id === 'ws-02')).toMatchObject({ use: null, alerts: [] })
  })

  it('says of what is on its way what it was begun on top of, until that has landed', () => {
    const speculation = ['ws-01', 'ws-03'].map((workstream) => ({ workstream, attempt: 1, work: commitId('b') }))
    const fields = { phase: 'running', outcome: null, work: null, speculation } as const
    const attempts = [...night().attempts, sampleAttempt('ws-02', 3, fields), sampleAttempt('ws-07', 1, fields)]
    const status = statusDocument(night({ attempts }))
    const on = new Map(status.workstreams.map(({ id, buildsOn }) => [id, buildsOn]))
    expect(on.get('ws-02')).toEqual(['ws-03'])
    expect(on.get('ws-07')).toEqual([])
    expect(statusText(status, PLAIN, AT).join('\n')).toMatch(/ws-02 {2}agent-2 .*, on top of ws-03 /)
  })

  it('asks exactly what makes `run` end with exit 3, each with commands that can be typed', () => {
    const rows = [
      ...night().rows,
      sampleRow('ws-11', { state: 'held' }),
      sampleRow('ws-12', { state: 'reverted', landing: '7f3a-12' }),
      sampleRow('ws-13', {
        state: 'landed',
        attempt: 1,
        landing: 'x',
        commit: commitId('d'),
        at: AT + 1,
        published: false,
      }),
      sampleRow('ws-14', {
        state: 'landed',
        attempt: 1,
        landing: 'y',
        commit: commitId('e'),
        at: AT + 2,
        published: false,
      }),
    ]
    const { needsYou } = statusDocument(night({ rows }))
    expect(needsYou.map(({ workstream, code }) => [workstream, code])).toEqual([
      ['ws-09', 'E402'],
      ['ws-10', null],
      ['ws-11', null],
      ['ws-12', null],
      ['ws-14', 'W407'],
    ])
    expect(needsYou[0]).toEqual({
      workstream: 'ws-09',
      code: 'E402',
      question: 'merge conflict in src/api/user.ts, also changed by ws-16: how do the two go together?',
      commands: [
        'sluice open ws-09',
        'sluice resolve ws-09',
        'sluice resolve ws-09 --tool aider',
        'sluice resolve ws-09 --discard',
      ],
      since: AT,
    })
    const w407 = (heldUp: HeldUp | null) => statusDocument(night({ rows, pending: { heldUp } })).needsYou[4]
    const what = '2 landings cannot be shown in your checkout of main'
    expect(w407(null)).toMatchObject({
      question: `${what} yet; nothing is in the way any more`,
      commands: ['sluice run'],
    })
    expect(w407({ reason: 'it would overwrite files of yours', paths: ['a.txt', "it's.txt"] })).toMatchObject({
      question: `${what}: it would overwrite files of yours (a.txt, it's.txt)`,
      commands: ['git status', `git stash push --all -- a.txt 'it'\\''s.txt'`, 'sluice run'],
    })
    expect(w407({ reason: 'a merge is in progress', paths: ['/home/me/repo'] })).toMatchObject({
      question: `${what}: a merge is in progress (/home/me/repo)`,
      commands: ['git status', 'sluice run'],
    })
    const undone = statusDocument(night({ pending: { heldUp: { reason: 'a merge is in progress', paths: [] } } }))
    expect(undone.needsYou.at(-1)).toEqual({
      workstream: null,
      code: 'W407',
      question: 'what was done last cannot be shown in your checkout of main: a merge is in progress',
      commands: ['git status', 'sluice run'],
      since: null,
    })
  })

  it('says what led to a question for a human, and keeps the ways out of a conflict without its report', () => {
    const outcome = { kind: 'auth', code: 'E107', message: 'no key' } as const
    const asked = sampleAttempt('ws-10', 2, { tool: 'manual', agent: 0, outcome: null })
    const attempts = [sampleAttempt('ws-10', 1, { outcome }), asked]
    const { needsYou } = statusDocument(night({ attempts, conflicts: [] }))
    expect(needsYou[1]).toMatchObject({ workstream: 'ws-10', code: 'E107' })
    expect(needsYou[0]?.commands).toEqual([
      'sluice open ws-09',
      'sluice resolve ws-09',
      'sluice resolve ws-09 --discard',
    ])
  })

  it('tells a run whose coordinator is gone from one that works, and says so where nothing ran', () => {
    expect(statusDocument(night({ lockHeld: false })).run?.state).toBe('interrupted')
    const ended = sampleRun({ state: 'ended', endedAt: AT + 1, exit: 3 })
    expect(statusDocument(night({ run: ended, lockHeld: false })).run).toMatchObject({ state: 'ended', exit: 3 })
    const nothing = statusDocument({
      run: null,
      rows: [],
      attempts: [],
      landings: [],
      conflicts: [],
      predictions: [],
      pending: null,
      atWork: null,
      lockHeld: false,
    })
    expect(nothing).toMatchObject({ run: null, workstreams: [], needsYou: [] })
    expect(statusText(nothing, PLAIN, AT)).toEqual([
      'nothing has run here yet',
      '  next    sluice doctor, then sluice run',
    ])
  })
})

describe('the status screen', () => {
  it('tells how long somebody was at work, not how long ago it began', () => {
    const run = sampleRun({ state: 'ended', endedAt: AT + 9_000_000, exit: 3 })
    const status = statusDocument(night({ run, lockHeld: false, atWork: { ms: 250_000, starts: 2 } }))
    expect(status.timings).toEqual({ makespanMs: 250_000, starts: 2 })
    expect(statusText(status, PLAIN, AT + 9_000_000)[0]).toBe('sluice run 7f3a  main  ended - 4m10 at work in 2 starts')
  })

  it('puts first what needs you, then who works on what and what waits', () => {
    expect(statusText(statusDocument(night()), PLAIN, AT + 250_000).join('\n')).toBe(`\
sluice run 7f3a  main  running - 4m10

! E402 ws-09  merge conflict in src/api/user.ts, also changed by ws-16: how do the two go together?  (waiting 4m10)
    sluice open ws-09
    sluice resolve ws-09
    sluice resolve ws-09 --tool aider
    sluice resolve ws-09 --discard
! ws-10  do by hand: Decide  (waiting 4m10)
    sluice open ws-10
    sluice submit ws-10

1 landed, 1 queued, 1 running, 1 ready, 1 pending, 1 waiting, 1 conflict, 1 blocked, 1 failed (of 9)

at work
  ws-02  agent-2 copilot attempt 2 4m10  Title of ws-02

landing queue
  ws-03  queued

ready
  ws-07  Title of ws-07

failed
  ws-04  E602 3 of 3 attempts are used up; next: sluice explain ws-04, sluice retry ws-04

blocked
  ws-05  by ws-04

pending
  ws-06  after ws-02, ws-03

landed
  ws-01  ccccccccc Title of ws-01`)
  })

  it('says why fewer agents work, while a coordinator is there', () => {
    const memory: Pause = { of: 'memory', agents: 2, all: 3, since: AT, until: AT, code: 'E301', met: ['ws-02'] }
    const run = sampleRun({ pauses: [memory] })
    const text = (lockHeld: boolean): string =>
      statusText(statusDocument(night({ run, lockHeld })), PLAIN, AT).join('\n')
    expect(text(true)).toMatch(/^ {2}2 of 3 agents \(memory\): ws-02 ran out of it; .* \(sluice explain E301\)$/m)
    expect(text(false)).not.toContain('(memory)')
  })

  it('names the work in flight that would conflict', () => {
    const predictions = [{ a: 'ws-02', b: 'ws-03', paths: ['src/a.ts', 'b', 'c', 'd\u001b[2J'] }]
    const status = statusDocument(night({ predictions }))
    expect(status.predictedConflicts).toEqual(predictions)
    expect(statusText(status, PLAIN, AT).slice(-2)).toEqual([
      'predicted conflicts',
      '  ws-02 and ws-03  src/a.ts, b, c and 1 more',
    ])
  })

  it('claims nothing to be at work when nobody is, and says what would go on', () => {
    const run = sampleRun({ state: 'ended', endedAt: AT, exit: 3 })
    const rows = [sampleRow('ws-03', { state: 'checking', attempt: 1, work: commitId('b') })]
    const attempts = [sampleAttempt('ws-03', 1, { tool: 'manual' })]
    const given = { run, rows, attempts, conflicts: [], landings: [], lockHeld: false }
    const lines = statusText(statusDocument(night(given)), PLAIN, AT)
    expect(lines[1]).toBe('  no coordinator is at work; sluice run goes on where it stopped')
    expect(lines.at(-1)).toBe('  ws-03  attempt 1 of manual, to be checked against its acceptance tests')
    const done = night({ ...given, rows: [sampleRow('ws-03', { state: 'failed', failure: usedUp })] })
    expect(statusText(statusDocument(done), PLAIN, AT).join('\n')).not.toContain('no coordinator')
  })

  it('names what edits the gate that it is judged by', () => {
    const warnings = [{ code: 'W508', message: 'it changes what it is judged by: gate.sh' } as const]
    const status = statusDocument(night({ attempts: [sampleAttempt('ws-01', 1, { warnings })] }))
    expect(status.workstreams[0]).toMatchObject({ id: 'ws-01', warnings })
    expect(statusText(status, PLAIN, AT).slice(-2)).toEqual([
      'worth a look',
      '  ws-01  W508 it changes what it is judged by: gate.sh; how: sluice explain ws-01',
    ])
  })

  it('names what was parked, and how to have it', () => {
    const parked = { paths: ['a.txt', 'b.txt', 'c', 'd'], patch: '/r/.sluice/runs/7f3a/attempts/ws-01.1/parked.patch' }
    const status = statusDocument(night({ attempts: [sampleAttempt('ws-01', 1, { parked })] }))
    expect(status.workstreams[0]).toMatchObject({ id: 'ws-01', parked })
    expect(statusText(status, PLAIN, AT).slice(-2)).toEqual([
      'parked: outside its scope, so it does not land',
      `  ws-01  a.txt, b.txt, c and 1 more; to have it: git apply ${parked.patch}`,
    ])
  })

  it('counts all, also where only some are listed', () => {
    const status = statusDocument(night())
    const listed = { ...status, workstreams: status.workstreams.slice(0, 1) }
    expect(statusText(listed, PLAIN, AT)).toContain(
      '1 landed, 1 queued, 1 running, 1 ready, 1 pending, 1 waiting, 1 conflict, 1 blocked, 1 failed (of 9)',
    )
  })

  it('says how to go on after a crash, and counts what does not fit', () => {
    const rows = Array.from({ length: 15 }, (_, n) => sampleRow(`ws-${n}`))
    const lines = statusText(statusDocument(night({ rows, conflicts: [], lockHeld: false })), PLAIN, AT)
    expect(lines[1]).toBe('  no coordinator is at work; sluice run goes on where it stopped')
    expect(lines.at(-1)).toBe('  and 3 more')
  })
})
