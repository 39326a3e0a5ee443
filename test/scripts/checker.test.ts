/** Each promise can be broken, and its check says so: on a repository that looks as if a run had ended well, and then does not. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { linesOf } from '../../scripts/aftermath.ts'
import { START_BYSTANDER } from '../../scripts/fuzz/bystander.ts'
import { INVARIANTS, violations } from '../../scripts/fuzz/checker/checker.ts'
import type { Check } from '../../scripts/fuzz/checker/evidence.ts'
import { HAS_BOXES } from '../../scripts/fuzz/checker/running.ts'
import { untouchedOf } from '../../scripts/fuzz/checker/untouched.ts'
import { commitOf, firstCommit, GATE, RUN, type Scenario } from '../../scripts/fuzz/scenario.ts'
import { makeStage, type Stage } from '../../scripts/fuzz/stage.ts'
import { createJudge } from '../../scripts/gate-history.ts'

const LOOK_MS = 10
const ROOT = join(import.meta.dirname, '../..')

const scenario: Scenario = {
  name: 'one has landed',
  steps: [{ command: RUN, exit: 0 }],
  between: null,
  ends: { a: 'landed' },
  attempts: 1,
  reverts: 0,
  prepare: () => Promise.reject(new Error('it is ready')),
  cues: [],
  isBoxed: true,
  acts: [],
  kills: null,
  waits: false,
}

let stage: Stage
let check: Check

beforeAll(async () => {
  stage = makeStage()
  const base = await firstCommit(stage, { '.gitignore': '.sluice/\n', 'user.txt': 'as committed\n' })
  const work = await commitOf(stage, base, { 'a.txt': 'by a attempt 1\n' })
  await stage.git('update-ref', 'refs/sluice/wip/a/1', work)
  await stage.git('update-ref', 'refs/heads/ws/a', work)
  await stage.git('switch', '-q', '-c', 'elsewhere')
  const landing = await land(work, 'Sluice-Workstream: a\nSluice-Landing: r-1\nSluice-Attempt: 1')
  record(landing, work)
  const attempt = join(stage.repo, '.sluice', 'runs', 'r', 'attempts', 'a.1')
  mkdirSync(attempt, { recursive: true })
  writeFileSync(join(attempt, 'out.log'), 'began a 1 in pid:[1]\nmade a.txt\n')
  writeFileSync(join(attempt, 'spec.json'), JSON.stringify({ nonce: 'n' }))
  const logs = join(stage.repo, '.sluice', 'logs')
  mkdirSync(logs)
  writeFileSync(join(logs, 'orchestrator.log'), [1, 2, 3, 4, 5].map((seq) => `told #r:${seq}\n`).join(''))
  const judge = createJudge({ commands: [GATE], env: { PATH: process.env['PATH']! }, folder: tmpdir() })
  const prepared = { base, person: null, works: {} }
  check = { stage, scenario, prepared, untouched: await untouchedOf(stage), judge, kills: 0, printed: [] }
  await stage.save('sound')
})
beforeEach(() => stage.restore('sound'))
afterAll(() => stage[Symbol.dispose]())

/** Moves the target to a commit with the tree of `from` on top of it, as a landing does. */
async function land(from: string, trailers: string): Promise<string> {
  const onto = await stage.git('rev-parse', 'refs/heads/main')
  const tree = await stage.git('rev-parse', `${from}^{tree}`)
  const commit = await stage.git('commit-tree', tree, '-p', onto, '-m', 'land', '-m', trailers)
  await stage.git('update-ref', '--create-reflog', '-m', 'sluice: landing', 'refs/heads/main', commit, onto)
  return commit
}

function sql(...statements: string[]): void {
  using database = new DatabaseSync(join(stage.repo, '.sluice', 'sluice.db'))
  for (const statement of statements) database.exec(statement)
}

/** The store after a run of one workstream, as far as it is looked at. */
function record(commit: string, work: string): void {
  mkdirSync(join(stage.repo, '.sluice'))
  const landed = { state: 'landed', commit, landing: 'r-1', published: true }
  const gate = [{ exit: 0 }]
  const docs: [table: string, doc: object][] = [
    ['runs', { id: 'r', state: 'ended', agents: 1 }],
    ['attempts', { workstream: 'a', number: 1, nonce: 'n', phase: 'settled', work, outcome: { kind: 'ok' } }],
    ['landings', { id: 'r-1', stage: 'done', commit, published: true, gate }],
    ['requests', { state: 'done' }],
  ]
  const events: [type: string, doc: object][] = [
    ['attempt.started', {}],
    ['attempt.ended', {}],
    ['workstream.state', { from: 'open', to: { state: 'queued' } }],
    ['landing.intent', {}],
    ['workstream.state', { from: 'landing', to: landed }],
  ]
  sql(
    ...docs.flatMap(([table, doc]) => [
      `create table ${table} (doc text)`,
      `insert into ${table} values ('${JSON.stringify(doc)}')`,
    ]),
    'create table workstreams (id text, state text)',
    `insert into workstreams values ('a', '${JSON.stringify(landed)}')`,
    'create table events (seq integer primary key, type text, workstream text, attempt integer, doc text)',
    ...events.map(
      ([type, doc]) =>
        `insert into events (type, workstream, attempt, doc) values ('${type}', 'a', 1, '${JSON.stringify(doc)}')`,
    ),
  )
}

/** What breaks each promise. Given back is what ends it again, where it has to be. */
const BROKEN: Readonly<Record<string, () => Promise<AsyncDisposable | void>>> = {
  async I1() {
    await land(await commitOf(stage, await stage.git('rev-parse', 'main'), { 'b.txt': 'b is broken\n' }), 'Of: nobody')
  },
  async I2() {
    await land('refs/heads/main', 'Sluice-Workstream: a\nSluice-Landing: r-2\nSluice-Attempt: 2')
  },
  async I3() {
    await stage.git('update-ref', '-m', 'moved back', 'refs/heads/main', check.prepared.base)
  },
  async I4() {
    writeFileSync(join(stage.repo, 'user.txt'), 'edited by somebody else\n')
  },
  async I5() {
    const left = spawn('sleep', ['60'], { cwd: stage.repo, stdio: 'ignore' })
    const ended = once(left, 'exit')
    return {
      async [Symbol.asyncDispose]() {
        left.kill('SIGKILL')
        await ended
      },
    }
  },
  async I6() {
    mkdirSync(join(stage.repo, '.sluice', 'runs', 'r', 'attempts', 'a.2'))
  },
  async I7() {
    sql(`insert into events (type, workstream, attempt, doc) values ('attempt.started', 'a', 1, '{}')`)
  },
  async I8() {
    await stage.git('update-ref', '-d', 'refs/sluice/wip/a/1')
  },
  async I9() {
    sql('delete from events where seq = 2')
  },
  async I10() {
    appendFileSync(join(stage.repo, '.sluice', 'logs', 'agent_1.log'), `its key is ${stage.secret}\n`)
  },
  async I11() {
    const log = join(stage.repo, '.sluice', 'runs', 'r', 'attempts', 'a.1', 'out.log')
    appendFileSync(log, `began a 1 in ${readlinkSync('/proc/self/ns/pid')}\n`)
  },
  async I12() {
    sql(`update requests set doc = '{"state":"open"}'`)
  },
  async I13() {
    const { notes } = stage.bystander
    execFileSync('bash', ['-c', START_BYSTANDER], { env: { ...process.env, FUZZ_BYSTANDER: notes } })
    const until = async (hasCome: () => boolean): Promise<void> => {
      while (!hasCome()) await delay(LOOK_MS)
    }
    await until(() => stage.bystander.pids().length === 2)
    process.kill(stage.bystander.pids()[0]!, 'SIGTERM')
    await until(() => linesOf(notes).length > 1)
  },
  async I14() {
    await land('refs/heads/main', 'Sluice-Reverts: r-1')
  },
}

describe('the checker', () => {
  it('has a check for each promise', () => {
    const numbers = Object.keys(INVARIANTS)
    expect(numbers).toEqual(Array.from({ length: 14 }, (_, index) => `I${index + 1}`))
    expect(Object.keys(BROKEN)).toEqual(numbers)
  })

  it('finds nothing where all is well', async () => {
    expect(await violations(check)).toEqual([])
  })

  it.each(Object.keys(BROKEN).filter((name) => name !== 'I11' || HAS_BOXES))('finds %s broken', async (name) => {
    await using _ = (await BROKEN[name]!()) ?? null
    expect((await violations(check)).map((line) => line.split(' ', 1)[0])).toContain(name)
  })

  it('takes nothing from what it checks', () => {
    const folder = join(ROOT, 'scripts', 'fuzz', 'checker')
    const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
    expect(texts.filter((text) => /from '[./]*\/src\//.test(text))).toEqual([])
  })
})
