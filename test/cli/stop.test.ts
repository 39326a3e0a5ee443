/** Stopping, by a person or by a limit: the whole tree of a tool ends, its work is pinned, and nothing is lost. */
import { describe, expect, it } from 'vitest'
import { held, heldGate, planned, type PlannedRepository, type PlanOptions, type Steps } from '../kit/plan.ts'
import { snapshot } from '../kit/snapshot.ts'
import { straysOf } from '../kit/traces.ts'

const INTERRUPTED = 130

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

/** Half the work, a child in a session of its own that would outlive the tool, and then the tool waits for the test. */
const HALF: Steps = [{ write: { path: 'a/half.txt', text: 'half\n' } }, { run: 'setsid sleep 600 >/dev/null 2>&1 &' }]

/** `a` is half done and waits; `b` comes after it, because there is one agent. */
const OPTIONS: PlanOptions = {
  config: { agents: 1 },
  workstreams: [{ id: 'a', priority: 1 }, { id: 'b' }],
  script: { a: [[...HALF, ...held('a'), WRITE], [WRITE]] },
}

async function expectPinned(repo: PlannedRepository): Promise<void> {
  expect(await repo.git(['show', 'refs/sluice/wip/a/1:a/half.txt'])).toBe('half')
  expect(await repo.git(['show', 'ws/a:a/half.txt'])).toBe('half')
  expect(straysOf(repo.dir)).toEqual([])
}

describe.concurrent('cancel', () => {
  it('ends a running workstream with its whole tree and keeps its work; the rest goes on', async () => {
    await using repo = await planned(OPTIONS)
    const run = repo.start('run')
    await repo.reached('a-began')
    expect(await repo.sluice('cancel', 'a')).toMatchObject({ exit: 0, stderr: '' })
    expect((await run.ended).exit).toBe(0)
    expect(await repo.row('a')).toMatchObject({ state: 'cancelled' })
    expect(await repo.landed()).toEqual(['b'])
    await expectPinned(repo)
    expect((await repo.sluice('retry', 'a')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['show', 'main:a/half.txt'])).toBe('half')
  })

  it('--all lets the running attempts come to their end, and starts nothing more', async () => {
    await using repo = await planned(OPTIONS)
    const run = repo.start('run')
    await repo.reached('a-began')
    expect((await repo.sluice('cancel', '--all', '--drain')).exit).toBe(0)
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(INTERRUPTED)
    expect(await repo.landed()).toEqual(['a'])
    expect((await repo.row('b')).state).toBe('ready')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b'])
  })

  it('--all --now ends them at once; the next run goes on from their work', async () => {
    await using repo = await planned(OPTIONS)
    const run = repo.start('run')
    await repo.reached('a-began')
    expect((await repo.sluice('cancel', '--all', '--now')).exit).toBe(0)
    expect((await run.ended).exit).toBe(INTERRUPTED)
    await expectPinned(repo)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect((await repo.report()).attempts).toMatchObject([
      { workstream: 'a', outcome: 'cancelled' },
      { outcome: 'ok' },
      { outcome: 'ok' },
    ])
    expect(await repo.git(['show', 'main:a/half.txt'])).toBe('half')
  })
})

describe.concurrent('Ctrl-C', () => {
  it('once drains: what runs comes to its end and lands, nothing more is started', async () => {
    await using repo = await planned(OPTIONS)
    const run = repo.start('run')
    await repo.reached('a-began')
    run.signal('SIGINT')
    await run.event({ type: 'run.draining', by: 'signal' })
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(INTERRUPTED)
    expect(await repo.landed()).toEqual(['a'])
    expect((await repo.row('b')).state).toBe('ready')
    expect(straysOf(repo.dir)).toEqual([])
  })

  it('twice stops: the trees are dead, the work is pinned, and the next run goes on', async () => {
    await using repo = await planned(OPTIONS)
    const run = repo.start('run')
    await repo.reached('a-began')
    run.signal('SIGINT')
    await run.event({ type: 'run.draining' })
    run.signal('SIGINT')
    expect((await run.ended).exit).toBe(INTERRUPTED)
    await expectPinned(repo)
    expect(await repo.landed()).toEqual([])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect((await repo.landed()).sort()).toEqual(['a', 'b'])
  })

  it('while the gate runs on the untouched target leaves nothing but its slot', async () => {
    await using repo = await planned({
      files: { 'gate.sh': heldGate('gate', 'README.md') },
      config: { gate: ['./gate.sh'] },
    })
    const before = snapshot(repo.root)
    const run = repo.start('run')
    await repo.reached('gate-began')
    run.signal('SIGINT')
    expect((await run.ended).exit).toBe(INTERRUPTED)
    expect(snapshot(repo.root)).toEqual(before)
    expect(straysOf(repo.dir)).toEqual([])
  })
})

describe.concurrent('a signal of the system', () => {
  it('TERM stops like Ctrl-C twice: trees dead, work pinned', async () => {
    await using repo = await planned(OPTIONS)
    const run = repo.start('run')
    await repo.reached('a-began')
    run.signal('SIGTERM')
    expect((await run.ended).exit).toBe(INTERRUPTED)
    await expectPinned(repo)
  })

  it('HUP, a terminal that goes away, leaves the tools at work; the next run adopts them', async () => {
    await using repo = await planned(OPTIONS)
    const first = repo.start('run')
    await repo.reached('a-began')
    first.signal('SIGHUP')
    expect((await first.ended).exit).toBe(INTERRUPTED)
    expect((await repo.row('a')).state).toBe('running')
    const second = repo.start('run')
    await second.event({ type: 'attempt.adopted', workstream: 'a', attempt: 1 })
    await repo.go('a-go')
    expect((await second.ended).exit).toBe(0)
    expect((await repo.report()).attempts).toMatchObject([{ workstream: 'a', attempt: 1, outcome: 'ok' }, {}])
    expect(straysOf(repo.dir)).toEqual([])
  })
})

describe.concurrent('a limit', () => {
  const limited = (limits: Record<string, number>, steps: Steps): PlanOptions => ({
    config: { limits: { attempts: 1, timeout_minutes: 1, idle_minutes: 1, ...limits } },
    script: { a: steps },
  })

  it('on time ends the whole tree: E203, and the work is pinned', async () => {
    await using repo = await planned(limited({ timeout_minutes: 0.02 }, [...HALF, { hang: 'busy' }]))
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.report()).attempts).toMatchObject([{ outcome: 'timeout', code: 'E203' }])
    expect(await repo.row('a')).toMatchObject({ state: 'failed', failure: { code: 'E602' } })
    await expectPinned(repo)
  })

  it('fault 12: on silence ends the whole tree of a tool that hangs, without output, CPU or a file: E202', async () => {
    await using repo = await planned(limited({ idle_minutes: 0.01 }, [...HALF, { hang: 'quiet' }]))
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.report()).attempts).toMatchObject([{ outcome: 'hang', code: 'E202' }])
    await expectPinned(repo)
  })

  it('on silence spares a tool that computes without a word', async () => {
    await using repo = await planned(limited({ idle_minutes: 0.01, timeout_minutes: 0.03 }, [{ hang: 'busy' }]))
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.report()).attempts).toMatchObject([{ outcome: 'timeout' }])
  })
})
