/** The five log files: what is in which, and that no crash loses a line or writes one twice. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/model/event.ts'
import { openLogFiles } from '../../src/observe/log-files.ts'
import { createRedactor, secretsIn } from '../../src/process/redact.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { AT, commitId, sampleAttempt, sampleConflict } from '../store/sample.ts'

let root = ''
let folder = ''
let store: Store
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-logs-'))
  folder = join(root, 'logs')
  store = openStore(join(root, 'sluice.db'))
})
afterEach(async () => {
  await store.close()
  rmSync(root, { recursive: true, force: true })
})

const record = (run: string, ...events: NewEvent[]): Promise<unknown> => store.record({ run, at: AT, events })
const linesOf = (file: string): string[] => readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1)
const marksOf = (file: string): string[] => linesOf(file).map((line) => line.split(' ').at(-1)!)
const queued = (n: number): NewEvent => ({
  type: 'landing.queued',
  work: String(n).repeat(40),
  workstream: 'ws-1',
  attempt: 1,
})

describe('the five log files', () => {
  it('hold plain text for grep: time, level, who, what', async () => {
    const ws = { workstream: 'ws-22', attempt: 1 }
    await record(
      '7f3a',
      { type: 'run.started', target: 'main', base: commitId('a'), agents: 3, workstreams: 2 },
      { type: 'slot.prepared', slot: 'agent-2', created: true, ms: 80 },
      { type: 'attempt.started', tool: 'aider', agent: 2, base: commitId('a'), resumes: null, ...ws },
      { type: 'tool.fallback', from: 'aider', to: 'copilot', why: 'it crashed\nERROR faked line', code: 'E201', ...ws },
      { type: 'landing.moved', landing: '7f3a-1', commit: commitId('d'), published: true, ...ws },
      { type: 'conflict.found', conflict: sampleConflict('ws-09'), workstream: 'ws-09', attempt: 2 },
    )
    await openLogFiles(folder, store).advance('7f3a')
    expect(readdirSync(folder).sort()).toEqual([
      'agent_2.log',
      'conflicts.log',
      'orchestrator.log',
      'tool_fallback.log',
      'worktree_manager.log',
    ])
    const time = '2026-11-23T02:14:07.000Z'
    const fallback = 'W209 next tool: aider gives way to copilot: it crashed ERROR faked line (E201)'
    const conflict =
      'E402 conflict in src/api/user.ts:41-45 (also changed by ws-16); work kept at refs/sluice/wip/ws-09/2'
    const landed = `${time} INFO    ws-22 COMPLETE landed on main as ddddddddd #7f3a:5`
    expect(linesOf('orchestrator.log')).toEqual([
      `${time} INFO    run 7f3a began on main at aaaaaaaaa: 2 workstreams, 3 agents #7f3a:1`,
      `${time} INFO    agent-2 slot created in 80 ms #7f3a:2`,
      `${time} INFO    ws-22 agent-2 aider begins attempt 1 on aaaaaaaaa #7f3a:3`,
      `${time} WARNING ws-22 ${fallback} #7f3a:4`,
      landed,
      `${time} ERROR   ws-09 ${conflict} #7f3a:6`,
    ])
    expect(linesOf('agent_2.log')).toEqual([
      `${time} INFO    agent-2 slot created in 80 ms #7f3a:2`,
      `${time} INFO    ws-22 agent-2 aider begins attempt 1 on aaaaaaaaa #7f3a:3`,
      `${time} WARNING ws-22 ${fallback} #7f3a:4`,
      landed,
    ])
    expect(linesOf('worktree_manager.log')).toEqual([`${time} INFO    agent-2 slot created in 80 ms #7f3a:2`, landed])
    expect(linesOf('tool_fallback.log')).toEqual([
      `${time} WARNING ws-22 attempt=1 from=aider to=copilot code=E201 why=it crashed ERROR faked line #7f3a:4`,
    ])
    const fields = `attempt=2 onto=${commitId('a')} work=${commitId('b')} ref=refs/sluice/wip/ws-09/2 with=ws-16 tried=-`
    expect(linesOf('conflicts.log')).toEqual([
      `${time} ERROR   ws-09 E402 conflict ${fields} files=1 paths=src/api/user.ts:41-45 #7f3a:6`,
    ])
  })

  it('are there from the beginning, but for those of agents that have done nothing', async () => {
    await record('7f3a', { type: 'run.draining', by: 'signal' })
    await openLogFiles(folder, store).advance('7f3a')
    const files = ['conflicts.log', 'orchestrator.log', 'tool_fallback.log', 'worktree_manager.log']
    expect(readdirSync(folder).sort()).toEqual(files)
    expect(files.map((file) => linesOf(file).length)).toEqual([0, 1, 0, 0])
  })

  it('go on after the last line that is there, also in another process and in another run', async () => {
    await record('one', queued(1), queued(2))
    await openLogFiles(folder, store).advance('one')
    await record('one', queued(3))
    await record('two', queued(4), queued(5))
    const logs = openLogFiles(folder, store)
    await logs.advance('two')
    await logs.advance('two')
    expect(marksOf('orchestrator.log')).toEqual(['#one:1', '#one:2', '#one:3', '#two:4', '#two:5'])
  })

  it('know the seat of an attempt that began before this process', async () => {
    await store.record({
      run: 'one',
      at: AT,
      attempts: [sampleAttempt('ws-1', 1, { run: 'one', agent: 4 })],
      events: [queued(1)],
    })
    await openLogFiles(folder, store).advance('one')
    expect(marksOf('agent_4.log')).toEqual(['#one:1'])
  })

  it('a full disk makes the logs late; with room again every line is there, once', async () => {
    const path = join(folder, 'orchestrator.log')
    mkdirSync(folder)
    await record('one', queued(1))
    const logs = openLogFiles(folder, store)
    await logs.advance('one')
    renameSync(path, `${path}.aside`)
    symlinkSync('/dev/full', path)
    await record('one', queued(2), queued(3))
    await expect(logs.advance('one')).rejects.toMatchObject({ code: 'ENOSPC' })
    rmSync(path)
    renameSync(`${path}.aside`, path)
    await record('one', queued(4))
    await logs.advance('one')
    expect(marksOf('orchestrator.log')).toEqual(['#one:1', '#one:2', '#one:3', '#one:4'])
  })

  it('a file that has grown to its bound is set aside, the oldest goes, and no line is lost or written twice', async () => {
    const bytesMax = 400
    for (let n = 1; n <= 40; n++) await record('one', queued(n % 10))
    // As after a kill right behind the renaming: a writer that finds no file to read the last mark from.
    for (let round = 0; round < 3; round++) await openLogFiles(folder, store, { bytesMax }).advance('one')
    await record('one', queued(1))
    renameSync(join(folder, 'orchestrator.log'), join(folder, 'orchestrator.log.1'))
    await openLogFiles(folder, store, { bytesMax }).advance('one')
    expect(marksOf('orchestrator.log')).toEqual(['#one:41'])
    const names = readdirSync(folder).filter((name) => name.startsWith('orchestrator'))
    expect(names.sort()).toEqual(['orchestrator.log', ...[1, 2, 3, 4].map((n) => `orchestrator.log.${n}`)])
    const older = ['orchestrator.log.4', 'orchestrator.log.3', 'orchestrator.log.2'].flatMap(marksOf)
    const numbers = older.map((mark) => Number(mark.slice('#one:'.length)))
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0]! + index))
  })

  it('hold no secret, and no control character of anybody', async () => {
    const ws = { workstream: 'ws-1', attempt: 1 }
    const why = `401 for sk-proj-abcdefghijklmnopqrst0123 \u001b[31mand hunter2-hunter2`
    await record('one', { type: 'tool.fallback', from: 'aider', to: 'copilot', why, code: 'E107', ...ws })
    const redactor = createRedactor(secretsIn({ DB_PASSWORD: 'hunter2-hunter2' }))
    await openLogFiles(folder, store, { redactor }).advance('one')
    for (const file of ['orchestrator.log', 'tool_fallback.log']) {
      expect(linesOf(file)).toEqual([expect.stringContaining('401 for [redacted] and [redacted DB_PASSWORD]')])
    }
  })

  it('start anew when the store was reset, whose numbers begin again', async () => {
    putLog('orchestrator.log', '2026 INFO gone with its store #gone:500\n')
    await record('one', queued(1))
    await openLogFiles(folder, store).advance('one')
    expect(marksOf('orchestrator.log')).toEqual(['#gone:500', '#one:1'])
  })

  it('cut off a line that a full disk left half written, and write it again', async () => {
    await record('one', queued(1), queued(2), queued(3))
    await openLogFiles(folder, store).advance('one')
    const whole = readFileSync(join(folder, 'orchestrator.log'), 'utf8')
    truncateSync(join(folder, 'orchestrator.log'), whole.length - 9)
    await openLogFiles(folder, store).advance('one')
    expect(readFileSync(join(folder, 'orchestrator.log'), 'utf8')).toBe(whole)
  })

  it('leave out what a file already has when only orchestrator.log is behind', async () => {
    const built: NewEvent = { type: 'landing.built', landing: 'x', commit: commitId('c') }
    await record('one', built, built)
    await openLogFiles(folder, store).advance('one')
    const [first] = linesOf('orchestrator.log')
    putLog('orchestrator.log', `${first}\n`)
    await openLogFiles(folder, store).advance('one')
    expect(marksOf('orchestrator.log')).toEqual(['#one:1', '#one:2'])
    expect(marksOf('worktree_manager.log')).toEqual(['#one:1', '#one:2'])
  })

  it('throw what the file system throws, and go on later as if nothing had happened', async () => {
    await record('one', queued(1), queued(2))
    let isFull = true
    const failing: Pick<Store, 'events' | 'attempts'> = {
      attempts: (run) => store.attempts(run),
      events: async (...page) => {
        if (isFull) throw new Error('no space left on device')
        return await store.events(...page)
      },
    }
    const logs = openLogFiles(folder, failing)
    await expect(logs.advance('one')).rejects.toThrow('no space left')
    isFull = false
    await logs.advance('one')
    expect(marksOf('orchestrator.log')).toEqual(['#one:1', '#one:2'])
  })

  it('are written by one round at a time, however often they are asked for', async () => {
    const logs = openLogFiles(folder, store)
    const rounds: Promise<void>[] = []
    for (let n = 1; n <= 20; n++) {
      await record('one', queued(n))
      rounds.push(logs.advance('one'), logs.advance('one'))
    }
    await Promise.all(rounds)
    expect(marksOf('orchestrator.log')).toEqual(Array.from({ length: 20 }, (_, n) => `#one:${n + 1}`))
  })

  it('have every event exactly once after the writer was killed again and again', async () => {
    const writer = join(import.meta.dirname, 'log-writer.ts')
    for (let kill = 1; kill <= 4; kill++) {
      const args = [writer, join(root, 'sluice.db'), folder, 'one']
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      for await (const line of createInterface({ input: child.stdout })) {
        if (Number(line) >= kill * 3) child.kill('SIGKILL')
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
    await openLogFiles(folder, store).advance('one')
    const events = await store.events('one')
    const marks = events.map(({ seq }) => `#one:${seq}`)
    expect(marks.length).toBeGreaterThan(50)
    expect(marksOf('orchestrator.log')).toEqual(marks)
    expect(marksOf('agent_1.log')).toEqual(marks)
    const built = events.filter(({ type }) => type === 'landing.built').map(({ seq }) => `#one:${seq}`)
    expect(marksOf('worktree_manager.log')).toEqual(built)
  })
})

function putLog(file: string, text: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, file), text)
}
