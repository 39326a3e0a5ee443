/**
 * The shapes that other programs rely on, as the contract writes them: fields may be added, never renamed or left out.
 * One repository in which everything occurs: landed, failed, blocked, waiting and conflict.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { heldGate, planned, type PlannedRepository, type Steps } from '../kit/plan.ts'
import { type Ended, sluice } from '../kit/sluice.ts'

const COMMIT = expect.stringMatching(/^[0-9a-f]{40}$/)
const RUN = expect.stringMatching(/^[0-9a-f]{6}$/)
const TEXT = expect.stringMatching(/./)
const NUMBER = expect.any(Number)
const LIST = expect.any(Array)

/** Every state that the contract names. */
const STATES =
  'pending ready running checking queued landing landed blocked waiting conflict failed discarded cancelled reverted held'.split(
    ' ',
  )

/** Two that change the same line; `b` goes on when `a` has landed. */
const readme = (text: string, wait: Steps = []): Steps => [...wait, { write: { path: 'README.md', text } }]

let repo: PlannedRepository
let run: Ended

async function json(...args: string[]): Promise<unknown> {
  const { exit, stdout, stderr } = await repo.sluice(...args, '--json')
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  return JSON.parse(stdout)
}

beforeAll(async () => {
  repo = await planned({
    files: { 'gate.sh': heldGate('gate', 'never.txt') },
    config: {
      gate: [{ name: 'tests', run: './gate.sh' }],
      tools: { order: ['demo', 'manual'], demo: { script: '../script.json' } },
      limits: { attempts: 1 },
      landing: { resolve: ['human'] },
    },
    workstreams: [
      { id: 'a', title: 'First', files_scope: ['README.md'], estimated_hours: 1, track: 'core', tool: 'demo' },
      { id: 'b', files_scope: ['README.md'], estimated_hours: 2 },
      { id: 'c', depends_on: ['a'], estimated_hours: '1-2' },
      { id: 'd', estimated_hours: 1 },
      { id: 'e', depends_on: ['d', 'd'], estimated_hours: 1 },
      { id: 'm', tool: 'manual', estimated_hours: 1 },
    ],
    script: {
      a: readme('by a\n', [{ signal: 'marks/a' }, { wait: 'marks/b' }]),
      b: readme('by b\n', [{ signal: 'marks/b' }, { wait: 'marks/a' }, { wait: 'marks/landed' }]),
      d: [{ exit: 1 }],
    },
  })
  const background = repo.start('run')
  await background.event({ type: 'landing.moved', workstream: 'a' })
  await repo.go('landed')
  run = await background.ended
})

afterAll(async () => repo[Symbol.asyncDispose]())

describe('--json gives one document on stdout:', () => {
  it('plan', async () => {
    const document = await json('plan', '--agents', '2')
    expect(document).toMatchObject({
      schema: 'sluice.plan/1',
      summary: {
        workstreams: 6,
        dependencies: 2,
        duplicateDependencies: 1,
        roots: 4,
        longestChain: 2,
        widestLevel: 4,
        overlaps: 1,
        bound: { criticalPathMinutes: 150, workMinutes: 450, agents: 2, makespanMinutes: 225 },
      },
      workstreams: expect.arrayContaining([
        expect.objectContaining({
          id: 'a',
          file: 'workstreams/plan.json',
          title: 'First',
          dependsOn: [],
          level: 0,
          scope: ['README.md'],
          estimateMinutes: 60,
          tool: 'demo',
          track: 'core',
        }),
        expect.objectContaining({ id: 'c', dependsOn: ['a'], level: 1, estimateMinutes: 90, tool: null, track: null }),
      ]),
      overlaps: [{ a: 'a', b: 'b', paths: [['README.md', 'README.md']] }],
      diagnostics: LIST,
      schedule: { agents: 2, makespanMinutes: NUMBER, eta: { p50: NUMBER, p80: NUMBER }, order: LIST },
    })
    expect(await json('plan', '--graph', 'dot')).toMatchObject({
      schema: 'sluice.graph/1',
      format: 'dot',
      text: expect.stringMatching(/^digraph plan \{[^]*"a" -> "c"/),
      diagnostics: LIST,
    })
    const { diagnostics, schedule } = document as { diagnostics: object[]; schedule: { order: object[] } }
    const warning = {
      severity: 'warning',
      file: 'workstreams/plan.json',
      line: NUMBER,
      column: NUMBER,
      message: TEXT,
      fix: TEXT,
    }
    expect(diagnostics).toContainEqual({
      ...warning,
      code: 'E103',
      workstream: 'e',
      message: expect.stringMatching(/twice|duplicate|again/),
    })
    expect(schedule.order).toHaveLength(6)
    for (const slice of schedule.order) {
      expect(slice).toMatchObject({ workstream: TEXT, agent: NUMBER, startMinute: NUMBER, endMinute: NUMBER })
    }
  })

  it('status', async () => {
    const document = await json('status')
    expect(document).toMatchObject({
      schema: 'sluice.status/1',
      run: { id: RUN, state: 'ended', target: 'main', startedAt: NUMBER, endedAt: NUMBER },
      counts: { landed: 2, conflict: 1, failed: 1, blocked: 1, waiting: 1, running: 0 },
    })
    const { counts, workstreams, needsYou } = document as {
      counts: object
      workstreams: { id: string }[]
      needsYou: object[]
    }
    expect(Object.keys(counts).sort()).toEqual([...STATES].sort())
    const rows = Object.fromEntries(workstreams.map((row) => [row.id, row]))
    const nothing = { agent: null, failure: null, landing: null, blockedBy: [] }
    expect(rows['a']).toMatchObject({
      ...nothing,
      state: 'landed',
      attempt: 1,
      tool: 'demo',
      branch: 'ws/a',
      landing: { commit: COMMIT, at: NUMBER },
    })
    expect(rows['b']).toMatchObject({
      ...nothing,
      state: 'conflict',
      branch: 'ws/b',
      failure: { code: 'E402', message: TEXT },
    })
    expect(rows['d']).toMatchObject({
      ...nothing,
      state: 'failed',
      branch: null,
      failure: { code: 'E602', message: TEXT },
    })
    expect(rows['e']).toMatchObject({ ...nothing, state: 'blocked', attempt: null, tool: null, blockedBy: ['d'] })
    expect(rows['m']).toMatchObject({ ...nothing, state: 'waiting', attempt: 1, tool: 'manual' })
    const commands = expect.arrayContaining([expect.stringMatching(/^sluice /)])
    expect(needsYou).toMatchObject([
      { workstream: 'b', code: 'E402', question: TEXT, commands },
      { workstream: 'm', code: null, question: TEXT, commands },
    ])
  })

  it('report', async () => {
    const document = await json('report')
    const gate = [{ name: 'tests', exit: 0, ms: NUMBER }]
    expect(document).toMatchObject({
      schema: 'sluice.report/1',
      run: { id: RUN, state: 'ended', target: 'main' },
      counts: { landed: 2, conflict: 1, failed: 1 },
      landings: [
        { workstream: 'a', commit: COMMIT, parents: [COMMIT, COMMIT], gate, at: NUMBER },
        { workstream: 'c', commit: COMMIT, parents: [COMMIT, COMMIT], gate, at: NUMBER },
      ],
      attempts: expect.arrayContaining([
        expect.objectContaining({ workstream: 'd', attempt: 1, tool: 'demo', outcome: 'crash', code: 'E201' }),
      ]),
      fixes: [],
      conflicts: [{ workstream: 'b', files: [{ path: 'README.md' }] }],
      timings: { makespanMs: NUMBER, boundMs: NUMBER },
    })
  })

  it('report --out, the same into a file', async () => {
    const file = join(repo.dir, 'report.json')
    expect(await repo.sluice('report', '--format', 'json', '--out', file)).toMatchObject({ exit: 0 })
    const { schema, landings } = JSON.parse(await readFile(file, 'utf8')) as { schema: string; landings: object[] }
    expect({ schema, landings: landings.length }).toEqual({ schema: 'sluice.report/1', landings: 2 })
    const page = join(repo.dir, 'report.html')
    expect(await repo.sluice('report', '--format', 'html', '--out', page)).toMatchObject({ exit: 0, stdout: '' })
    expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>[^]*<\/html>\s*$/)
  })

  it('doctor, also as preflight', async () => {
    for (const command of ['doctor', 'preflight']) {
      const { exit, stdout, stderr } = await repo.sluice(command, '--json')
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
      const { schema, go, checks } = JSON.parse(stdout) as { schema: string; go: boolean; checks: { id: string }[] }
      expect({ schema, go }).toEqual({ schema: 'sluice.doctor/1', go: true })
      expect(checks.map(({ id }) => id)).toEqual(
        expect.arrayContaining([
          'git',
          'repository',
          'target',
          'configuration',
          'plan',
          'gate',
          'tools',
          'disk',
          'memory',
        ]),
      )
      for (const check of checks) {
        expect(check).toMatchObject({ id: TEXT, status: expect.stringMatching(/^(ok|warn)$/), message: TEXT })
        expect(check).toHaveProperty('fix')
      }
    }
  })

  it('doctor, no-go: the same on stdout, exit 5', async () => {
    const { exit, stdout, stderr } = await sluice(['doctor', '--json'], { ...repo.place, cwd: join(repo.dir, 'home') })
    expect({ exit, stderr }).toEqual({ exit: 5, stderr: '' })
    const { go, checks } = JSON.parse(stdout) as { go: boolean; checks: object[] }
    expect(go).toBe(false)
    expect(checks).toContainEqual(
      expect.objectContaining({ id: 'repository', status: 'fail', message: TEXT, fix: TEXT }),
    )
  })

  it('tools, every built-in, installed or not', async () => {
    const document = await json('tools')
    const { schema, tools } = document as { schema: string; tools: { id: string }[] }
    expect(schema).toBe('sluice.tools/1')
    const builtIn = ['aider', 'copilot', 'claude', 'codex', 'gemini', 'opencode', 'qwen', 'acp', 'manual']
    expect(tools.map(({ id }) => id)).toEqual(expect.arrayContaining(builtIn))
    for (const tool of tools) {
      expect(Object.keys(tool)).toEqual(
        expect.arrayContaining(['id', 'installed', 'version', 'path', 'auth', 'abilities', 'reason']),
      )
    }
  })

  it('explain, logs and the commands that steer', async () => {
    expect(await json('explain', 'E402')).toMatchObject({
      schema: 'sluice.explain/1',
      code: 'E402',
      symptom: TEXT,
      diagnosis: TEXT,
      manual: LIST,
    })
    expect(await json('explain', 'e')).toMatchObject({
      schema: 'sluice.explain/1',
      workstream: 'e',
      state: 'blocked',
      lines: LIST,
    })
    expect(await json('logs', 'a')).toMatchObject({ schema: 'sluice.logs/1', file: TEXT, lines: LIST })
    expect(await json('skip', 'd')).toMatchObject({
      schema: 'sluice.request/1',
      request: { id: TEXT, state: 'done', answer: TEXT },
    })
  })
})

describe('run --json', () => {
  it('gives events, one a line, the last one run.ended; nothing on stderr', () => {
    expect(run).toMatchObject({ exit: 3, stderr: '' })
    const events = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown> & { seq: number })
    for (const [index, event] of events.entries()) {
      expect(event).toMatchObject({
        schema: 'sluice.event/1',
        seq: NUMBER,
        at: NUMBER,
        type: expect.stringMatching(/^[a-z]+(\.[a-z]+)?$/),
        run: RUN,
      })
      expect(event).toHaveProperty('workstream')
      expect(event).toHaveProperty('attempt')
      if (index > 0) expect(event.seq).toBeGreaterThanOrEqual(events[index - 1]!.seq)
    }
    expect(events[0]).toMatchObject({ type: 'run.started', target: 'main', workstream: null, attempt: null })
    expect(events.at(-1)).toMatchObject({ type: 'run.ended', exit: 3, counts: { landed: 2 } })
  })
})

describe('a failure with --json', () => {
  it('is one document on stderr, with exactly code, message, fix and details, and nothing on stdout', async () => {
    for (const args of [
      ['retry', 'nobody'],
      ['resolve', 'b'],
      ['explain', 'E999'],
      ['run', '--only', 'nobody'],
    ]) {
      const { exit, stdout, stderr } = await repo.sluice(...args, '--json')
      expect({ args, exit, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
        args,
        exit: 2,
        stdout: '',
        lines: 1,
      })
      expect(JSON.parse(stderr)).toEqual({
        schema: 'sluice.error/1',
        error: { code: expect.stringMatching(/^[EW]\d{3}$/), message: TEXT, fix: TEXT, details: expect.any(Object) },
      })
    }
  })

  it('of the plan lists every diagnostic with its place', async () => {
    await using broken = await planned({ workstreams: [{ id: 'a', depends_on: ['x'] }, { id: 'a' }] })
    const { exit, stderr } = await broken.sluice('run', '--json')
    expect(exit).toBe(2)
    const { error } = JSON.parse(stderr) as { error: { details: { diagnostics: object[] } } }
    const place = {
      severity: 'error',
      file: 'workstreams/plan.json',
      line: NUMBER,
      column: NUMBER,
      message: TEXT,
      fix: TEXT,
    }
    expect(error.details.diagnostics).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...place, code: 'E102' }),
        expect.objectContaining({ ...place, code: 'E103' }),
      ]),
    )
  })

  it('of usage has exit 2', async () => {
    for (const args of [
      ['rnu'],
      ['run', '--agents', '0'],
      ['report', '--format', 'pdf'],
      ['retry'],
      ['cancel', '--all', '--drain', '--now'],
    ]) {
      expect({ args, ...(await repo.sluice(...args)) }).toMatchObject({
        args,
        exit: 2,
        stdout: '',
        stderr: expect.stringMatching(/^error: /),
      })
      const { exit, stdout, stderr } = await repo.sluice(...args, '--json')
      expect({ args, exit, stdout }).toEqual({ args, exit: 2, stdout: '' })
      expect(JSON.parse(stderr)).toMatchObject({
        schema: 'sluice.error/1',
        error: { code: 'E103', message: TEXT, fix: TEXT },
      })
    }
    expect(await repo.sluice('--version')).toMatchObject({ exit: 0, stderr: '' })
    expect(await repo.sluice('--help')).toMatchObject({ exit: 0, stderr: '' })
  })
})
