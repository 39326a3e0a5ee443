/**
 * People steer: hand in their own work, try again, go without, take out and put back, settle conflicts. Each command
 * does what it says at once when nobody is at work, and beside a live run it is that run which does it.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { held, planned, type PlannedRepository, type PlanOptions } from '../kit/plan.ts'

/** A person's work for a workstream: a commit on a branch, made elsewhere than in the checkout. */
async function byHand(repo: PlannedRepository, branch: string, path: string, text: string): Promise<string> {
  const folder = join(repo.dir, 'by-hand')
  await repo.git(['worktree', 'add', '-q', '-b', branch, folder, 'main'])
  await repo.write(join(folder, path), text)
  const commit = await repo.commit('by hand', folder)
  await repo.git(['worktree', 'remove', folder])
  return commit
}

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }
const FAIL = { exit: 1 }

describe.concurrent('submit', () => {
  const manual = { tools: { order: ['manual'] } }

  it('hands in what a person did: a manual workstream waits with its brief, and lands after the next run', async () => {
    await using repo = await planned({ config: manual, workstreams: [{ id: 'a', tasks: ['Turn the key'] }] })
    expect((await repo.sluice('run')).exit).toBe(3)
    const { needsYou, run } = await repo.status()
    expect(needsYou).toMatchObject([{ workstream: 'a', commands: ['sluice open a', 'sluice submit a'] }])
    const brief = await readFile(join(repo.root, '.sluice/runs', run!.id, 'attempts/a.1/brief.md'), 'utf8')
    expect(brief).toContain('Turn the key')
    const early = await repo.sluice('submit', 'a')
    expect(early).toMatchObject({ exit: 2, stderr: expect.stringContaining('E103 there is no commit ws/a') })
    const work = await byHand(repo, 'ws/a', 'a.txt', 'by hand\n')
    const submitted = await repo.sluice('submit', 'a')
    expect(submitted).toMatchObject({ exit: 0, stderr: '' })
    expect(submitted.stdout).toMatch(/^a: [0-9a-f]{10} is handed in: its checks come next\n.*`sluice run` goes on/)
    expect(await repo.git(['rev-parse', 'refs/sluice/wip/a/1'])).toBe(work)
    expect((await repo.sluice('status')).stdout).toContain('no coordinator is at work; sluice run goes on')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['show', 'main:a.txt'])).toBe('by hand')
    expect((await repo.report()).landings).toMatchObject([{ workstream: 'a', attempt: 1, tool: 'manual' }])
  })

  it('beside a live run is taken by it, while others work on', async () => {
    await using repo = await planned({
      config: { tools: { order: ['demo', 'manual'], demo: { script: '../script.json' } } },
      workstreams: [{ id: 'a' }, { id: 'm', tool: 'manual' }],
      script: { a: [...held('a'), WRITE] },
    })
    const run = repo.start('run')
    await repo.reached('a-began')
    await run.event({ type: 'workstream.state', workstream: 'm', to: { state: 'waiting' } })
    const work = await byHand(repo, 'mine', 'm.txt', 'by hand\n')
    const busy = await repo.sluice('submit', 'a', '--ref', 'mine')
    expect(busy).toMatchObject({ exit: 1, stderr: expect.stringMatching(/a is running.*sluice cancel a/) })
    expect(await repo.sluice('submit', 'm', '--ref', 'mine')).toMatchObject({ exit: 0, stderr: '' })
    await run.event({ type: 'landing.moved', workstream: 'm' })
    expect(await repo.git(['rev-parse', 'main^2'])).toBe(work)
    expect((await repo.row('a')).state).toBe('running')
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(0)
    expect(await repo.landed()).toEqual(['m', 'a'])
  })

  it('refuses what still holds conflict markers', async () => {
    await using repo = await planned({ config: manual })
    expect((await repo.sluice('run')).exit).toBe(3)
    await byHand(repo, 'ws/a', 'a.txt', '<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n')
    expect(await repo.sluice('submit', 'a')).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^E204 .*conflict markers/),
    })
    expect((await repo.row('a')).state).toBe('waiting')
  })
})

describe.concurrent('retry', () => {
  const tools = {
    order: ['demo', 'copy'],
    demo: { script: '../script.json' },
    copy: { command: ['cp', '{prompt_file}', 'a.txt'] },
  }
  const once: PlanOptions = {
    config: { limits: { attempts: 1, timeout_minutes: 1, idle_minutes: 1 }, tools },
    script: {
      a: [[{ write: { path: 'a/half.txt', text: 'half\n' } }, { say: 'Error: lost the thread' }, FAIL], [WRITE]],
    },
  }

  it('is what a failed workstream needs; another run alone leaves it alone', async () => {
    await using repo = await planned(once)
    expect((await repo.sluice('run')).exit).toBe(1)
    expect(await repo.row('a')).toMatchObject({ state: 'failed', failure: { code: 'E602' } })
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.report()).attempts).toHaveLength(1)
    expect((await repo.sluice('retry', 'a')).exit).toBe(0)
    expect((await repo.row('a')).state).toBe('ready')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['show', 'main:a/half.txt'])).toBe('half')
  })

  it('--tool and --note choose who tries and add a word to the brief, which tells what was tried', async () => {
    await using repo = await planned(once)
    expect((await repo.sluice('run')).exit).toBe(1)
    const unknown = await repo.sluice('retry', 'a', '--tool', 'cpy')
    expect(unknown).toMatchObject({ exit: 2, stderr: expect.stringContaining('did you mean copy?') })
    expect((await repo.sluice('retry', 'a', '--tool', 'copy', '--note', 'Mind the gap.')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    const brief = await repo.git(['show', 'main:a.txt'])
    expect(brief).toContain('Mind the gap.')
    expect(brief).toContain('lost the thread')
    expect((await repo.report()).attempts).toMatchObject([{ tool: 'demo' }, { tool: 'copy', outcome: 'ok' }])
  })

  it('--fresh starts from the target, and the earlier work stays pinned', async () => {
    await using repo = await planned(once)
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.sluice('retry', 'a', '--fresh')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['ls-tree', '-r', '--name-only', 'main'])).not.toContain('half.txt')
    expect(await repo.git(['show', 'refs/sluice/wip/a/1:a/half.txt'])).toBe('half')
  })
})

describe.concurrent('skip, hold and release', () => {
  const chain: PlanOptions = {
    workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }],
    script: { a: [FAIL] },
  }

  it('skip --satisfy lets go on what depends on it', async () => {
    await using repo = await planned(chain)
    expect((await repo.sluice('run')).exit).toBe(1)
    expect(await repo.row('b')).toMatchObject({ state: 'blocked', blockedBy: ['a'] })
    expect((await repo.sluice('skip', 'a')).exit).toBe(0)
    expect(await repo.row('b')).toMatchObject({ state: 'blocked', blockedBy: ['a'] })
    expect((await repo.sluice('skip', 'a', '--satisfy')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['b'])
  })

  it('hold takes out of a live run what has not begun, release puts it back', async () => {
    await using repo = await planned({
      config: { agents: 1 },
      workstreams: [{ id: 'a', priority: 1 }, { id: 'b' }],
      script: { a: [...held('a'), WRITE] },
    })
    const run = repo.start('run')
    await repo.reached('a-began')
    expect((await repo.sluice('hold', 'b')).exit).toBe(0)
    expect(await repo.sluice('hold', 'a')).toMatchObject({ exit: 1, stderr: expect.stringContaining('a is running') })
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(3)
    expect((await repo.status()).needsYou).toMatchObject([{ workstream: 'b', commands: ['sluice release b'] }])
    expect((await repo.sluice('release', 'b')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b'])
  })
})

describe.concurrent('resolve', () => {
  /** Both change the same file and wait for each other, so the second to land meets a conflict; `c` needs `b`. */
  const clash: PlanOptions = {
    config: { landing: { resolve: ['human'] } },
    workstreams: [
      { id: 'a', files_scope: ['README.md'] },
      { id: 'b', files_scope: ['README.md'] },
      { id: 'c', depends_on: ['b'] },
    ],
    script: {
      a: [{ signal: 'marks/a' }, { wait: 'marks/b' }, { write: { path: 'README.md', text: 'by a\n' } }],
      b: [
        { signal: 'marks/b' },
        { wait: 'marks/a' },
        { wait: 'marks/landed' },
        { write: { path: 'README.md', text: 'by b\n' } },
      ],
    },
  }

  async function conflicted(): Promise<PlannedRepository> {
    const repo = await planned(clash)
    const run = repo.start('run')
    await run.event({ type: 'landing.moved', workstream: 'a' })
    await repo.go('landed')
    expect((await run.ended).exit).toBe(3)
    expect((await repo.row('b')).state).toBe('conflict')
    expect(await repo.row('c')).toMatchObject({ state: 'blocked', blockedBy: ['b'] })
    return repo
  }

  it('--ref takes that commit as the work, pins and queues it; the next run gates and lands it', async () => {
    await using repo = await conflicted()
    const work = await byHand(repo, 'settled', 'README.md', 'by a and b\n')
    expect(await repo.sluice('resolve', 'b', '--ref', 'settled')).toMatchObject({ exit: 0, stderr: '' })
    const { attempt, state } = await repo.row('b')
    expect(state).toBe('queued')
    expect(await repo.git(['rev-parse', `refs/sluice/wip/b/${attempt}`])).toBe(work)
    expect(await repo.git(['rev-parse', 'ws/b'])).toBe(work)
    expect((await repo.status()).needsYou).toEqual([])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b', 'c'])
    expect(await repo.git(['show', 'main:README.md'])).toBe('by a and b')
  })

  it('--discard gives it up: what depends on it stays blocked, unless --satisfy', async () => {
    await using repo = await conflicted()
    const { exit, stderr } = await repo.sluice('resolve', 'b', '--ref', 'nope')
    expect({ exit, stderr }).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('sluice resolve b --ref BRANCH'),
    })
    expect(await repo.sluice('resolve', 'b')).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/^E103 .*\n[^]*--ref REF/),
    })
    expect(await repo.sluice('resolve', 'b', '--tool', 'nobody')).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/^E103 there is no tool nobody in tools.order/),
    })
    expect((await repo.sluice('resolve', 'b', '--discard')).exit).toBe(0)
    expect(await repo.row('c')).toMatchObject({ state: 'blocked', blockedBy: ['b'] })
    expect((await repo.sluice('run')).exit).toBe(4)
    expect((await repo.sluice('resolve', 'b', '--discard', '--satisfy')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'c'])
  })
})
