/** What ended processes leave behind: `doctor` finds it, `--fix` takes it away, and looking again is the proof. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DoctorDocument } from '../../src/playbook/doctor.ts'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { sluice } from '../kit/sluice.ts'

/** As on systems that have none. */
const WITHOUT_PROC = ['unshare', '--mount', 'sh', '-c', 'mount -t tmpfs none /proc && exec "$@"', 'sh']
const canHideProc = spawnSync(WITHOUT_PROC[0]!, [...WITHOUT_PROC.slice(1), 'true']).status === 0

const LONG_AGO = new Date('2020-01-01')

async function doctor(repo: PlannedRepository, ...args: string[]): Promise<DoctorDocument> {
  return JSON.parse((await repo.sluice('doctor', ...args, '--json')).stdout) as DoctorDocument
}

function statusOf({ checks }: DoctorDocument, ids: readonly string[]): unknown[] {
  return ids.map((id) => checks.find((check) => check.id === id)!.status)
}

/** The mark of the first attempt of the only run. */
function nonceOf(repo: PlannedRepository, attempt: string): string {
  const runs = join(repo.root, '.sluice/runs')
  const file = join(runs, readdirSync(runs)[0]!, 'attempts', attempt, 'spec.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { nonce: string }).nonce
}

/** A process that carries a mark, as a daemon of an agent would. Ended by its test, or by `--fix`. */
function carrying(nonce: string): ChildProcess {
  return spawn('sleep', ['1000'], { env: { PATH: process.env['PATH']!, SLUICE_NONCE: nonce }, stdio: 'ignore' })
}

/** Where the slots of the repository are: the only folder of its state. */
function slotsOf(repo: PlannedRepository): string {
  const folder = join(repo.state, 'sluice')
  return join(folder, readdirSync(folder)[0]!)
}

const IDS = ['locks', 'worktrees', 'orphans', 'slots']

describe.concurrent('doctor --fix', () => {
  it('removes stale locks, forgets lost worktrees, ends orphans, removes slots without a seat; each is proven', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(statusOf(await doctor(repo), IDS)).toEqual(['ok', 'ok', 'ok', 'ok'])
    const lock = join(repo.root, '.git/refs/heads/main.lock')
    await writeFile(lock, '')
    await utimes(lock, LONG_AGO, LONG_AGO)
    const lost = join(repo.dir, 'lost')
    await repo.git(['worktree', 'add', '-q', '-b', 'lost', lost])
    await rm(lost, { recursive: true })
    const half = join(slotsOf(repo), 'agents/agent-9/worktree')
    await mkdir(half, { recursive: true })
    const orphan = carrying(nonceOf(repo, 'a.1'))
    const ended = once(orphan, 'exit')

    expect(statusOf(await doctor(repo), IDS)).toEqual(['warn', 'warn', 'warn', 'warn'])
    const { fixed, ...after } = await doctor(repo, '--fix')
    expect(fixed!.map(({ code, proof }) => [code, proof])).toEqual(
      ['E404', 'E401', 'E403', 'E401'].map((code) => [code, 'a second look found none']),
    )
    expect(statusOf(after as DoctorDocument, IDS)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(await ended).toEqual([null, 'SIGTERM'])
    expect([lock, half].filter(existsSync)).toEqual([])
    expect(await repo.git(['worktree', 'list', '--porcelain'])).not.toContain('lost')
    expect((await repo.report()).fixes.map(({ code }) => code)).toEqual(['E404', 'E401', 'E403', 'E401'])
  })

  it('fault 34: leaves a lock that is young, or that somebody has open, and a process whose mark it does not know', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    const [young, open] = ['refs/heads/main.lock', 'packed-refs.lock'].map((name) => join(repo.root, '.git', name))
    await writeFile(young!, '')
    await writeFile(open!, '')
    await utimes(open!, LONG_AGO, LONG_AGO)
    const holder = spawn('sleep', ['1000'], { stdio: ['ignore', openSync(open!, 'r'), 'ignore'] })
    const stranger = carrying('somebody-elses-mark-0123456789')
    expect((await doctor(repo, '--fix')).fixed).toEqual([])
    expect([young, open].map((path) => existsSync(path!))).toEqual([true, true])
    expect([holder.exitCode, stranger.exitCode]).toEqual([null, null])
    for (const child of [holder, stranger]) child.kill('SIGKILL')
  })

  it.skipIf(!canHideProc)(
    `without /proc says what nobody can tell, and leaves it${canHideProc ? '' : ' (skipped: needs to mount)'}`,
    async () => {
      await using repo = await planned()
      expect((await repo.sluice('run')).exit).toBe(0)
      const lock = join(repo.root, '.git/packed-refs.lock')
      await writeFile(lock, '')
      await utimes(lock, LONG_AGO, LONG_AGO)
      const orphan = carrying(nonceOf(repo, 'a.1'))
      const { stdout } = await sluice(['doctor', '--fix', '--json'], repo.place, WITHOUT_PROC)
      const { checks, fixed } = JSON.parse(stdout) as DoctorDocument
      expect(fixed).toEqual([])
      const found = (id: string) => checks.find((check) => check.id === id)
      expect(found('locks')).toMatchObject({ status: 'warn', code: 'E404', fix: expect.stringContaining(`rm ${lock}`) })
      expect(found('orphans')).toMatchObject({ status: 'warn', code: 'E403', fix: 'ps axeww | grep SLUICE_NONCE' })
      for (const id of ['locks', 'orphans']) expect(found(id)!.message).toMatch(/this system does not tell/)
      expect([existsSync(lock), orphan.exitCode]).toEqual([true, null])
      orphan.kill('SIGKILL')
    },
  )

  it('beside a live run touches nothing of that run', async () => {
    await using repo = await planned({ script: { a: [...held('a'), { write: { path: 'a.txt', text: 'x\n' } }] } })
    const run = repo.start('run')
    await repo.reached('a-began')
    expect((await doctor(repo, '--fix')).fixed).toEqual([])
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
  })

  it('after a kill keeps what is not settled: the tool at work, and its slot', async () => {
    await using repo = await planned({ script: { a: [...held('a'), { write: { path: 'a.txt', text: 'x\n' } }] } })
    const run = repo.start('run')
    await repo.reached('a-began')
    await run.kill()
    expect((await doctor(repo, '--fix')).fixed).toEqual([])
    await repo.go('a-go')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect((await repo.report()).attempts).toMatchObject([{ attempt: 1, outcome: 'ok' }])
  })
})
