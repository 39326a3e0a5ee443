/** Cleaning: dry unless asked, never what is needed, pins first, archives that do not nest; and the weekly check-up. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../src/git/repository.ts'
import type { HealthDocument } from '../../src/playbook/health.ts'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { snapshot } from '../kit/snapshot.ts'

interface Cleaned {
  dry: boolean
  freedBytes: number
  items: { action: 'remove' | 'keep'; what: string; name: string; why: string }[]
  archive: string | null
}

async function clean(repo: PlannedRepository, ...args: string[]): Promise<Cleaned> {
  return JSON.parse((await repo.sluice('clean', ...args, '--json')).stdout) as Cleaned
}

function names({ items }: Cleaned, action: 'remove' | 'keep'): string[] {
  return items.filter((item) => item.action === action).map(({ name }) => name)
}

function slots(repo: PlannedRepository): string {
  const folder = join(repo.state, 'sluice')
  return join(folder, readdirSync(folder)[0]!)
}

const LOGS = '.sluice/logs'

describe.concurrent('clean', () => {
  it('shows what it would free and changes nothing; with --yes it does exactly that, and no work is lost', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b' }] })
    expect((await repo.sluice('run')).exit).toBe(0)
    // What a tool unpacks for all slots, once.
    await mkdir(join(slots(repo), 'shared/copilot'), { recursive: true })
    const before = [snapshot(repo.root), snapshot(repo.state)]
    const dry = await clean(repo)
    expect([snapshot(repo.root), snapshot(repo.state)]).toEqual(before)
    expect(dry.dry).toBe(true)
    expect(names(dry, 'remove')).toEqual(
      expect.arrayContaining(['agent-1', 'agent-2', 'shared-copilot', 'ws/a', 'ws/b']),
    )
    const pins = await repo.git(['for-each-ref', 'refs/sluice/wip'])
    const main = await repo.git(['rev-parse', 'main'])
    const done = await clean(repo, '--yes')
    expect(done.items).toEqual(dry.items)
    expect(readdirSync(join(slots(repo), 'agents'))).toEqual(
      ['init.sha1'].filter((name) => existsSync(join(slots(repo), 'agents', name))),
    )
    expect(readdirSync(join(slots(repo), 'shared'))).toEqual([])
    expect(await repo.git(['for-each-ref', 'refs/heads/ws'])).toBe('')
    expect(await repo.git(['for-each-ref', 'refs/sluice/wip'])).toBe(pins)
    expect(await repo.git(['rev-parse', 'main'])).toBe(main)
    expect(existsSync(join(slots(repo), 'quarantine'))).toBe(false)
    expect((await repo.sluice('clean')).stdout).toBe('nothing to clean\n')
    expect((await repo.sluice('run')).exit).toBe(0)
  })

  it('keeps what is needed: work that is not settled, what a person has open, a branch that nothing else holds', async () => {
    const config = { tools: { order: ['demo', 'manual'], demo: { script: '../script.json' } } }
    await using repo = await planned({
      config,
      workstreams: [{ id: 'a' }, { id: 'b' }, { id: 'm', tool: 'manual' }],
      script: { b: [...held('b'), { write: { path: 'b.txt', text: 'b\n' } }] },
    })
    const run = repo.start('run')
    await run.event({ type: 'landing.moved', workstream: 'a' })
    await repo.reached('b-began')
    expect(await repo.sluice('clean', '--yes')).toMatchObject({ exit: 6 })
    await run.kill()
    await repo.sluice('open', 'm')
    await repo.git(['branch', '-f', 'ws/a', await repo.git(['commit-tree', '-m', 'mine', 'main^{tree}'])])
    const kept = names(await clean(repo, '--yes'), 'keep')
    expect(kept).toEqual(expect.arrayContaining(['open-m', 'ws/a']))
    await repo.go('b-go')
    expect((await repo.sluice('run')).exit).toBe(3)
    const ofB = (await repo.report()).attempts.filter(({ workstream }) => workstream === 'b')
    expect(ofB).toMatchObject([{ attempt: 1, outcome: 'ok' }])
  })

  it('removes temporary files of this repository only, and a quarantine that was cut off', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    const { gitDir } = await openRepository(repo.root)
    const hash = createHash('sha256').update(gitDir).digest('hex').slice(0, 16)
    const [ours, theirs] = [hash, '0'.repeat(16)].map((mark) => join(repo.tmp, `sluice-git-${mark}-abc`))
    await mkdir(ours!)
    await mkdir(theirs!)
    await mkdir(join(slots(repo), 'quarantine/20200101T000000/agent-7'), { recursive: true })
    await clean(repo, '--yes')
    expect([ours, theirs].map((path) => existsSync(path!))).toEqual([false, true])
    expect(existsSync(join(slots(repo), 'quarantine'))).toBe(false)
    await rm(theirs!, { recursive: true })
  })

  it('archives logs by day without nesting, and the next run writes on where the old ones end', async () => {
    await using repo = await planned({
      workstreams: [{ id: 'a', tool: 'manual' }],
      config: { tools: { order: ['manual'] } },
    })
    expect((await repo.sluice('run')).exit).toBe(3)
    const archives = (): string[] => readdirSync(join(repo.root, LOGS)).filter((name) => name.startsWith('logs_'))
    const { archive } = await clean(repo, '--yes', '--archive-logs')
    expect(archive).toMatch(/logs_\d{8}$/)
    const old = readFileSync(join(archive!, 'orchestrator.log'), 'utf8')
    const second = await clean(repo, '--yes', '--archive-logs')
    expect(archives()).toEqual([archive, second.archive].map((path) => path!.slice(path!.lastIndexOf('/') + 1)))
    expect(readdirSync(archive!).some((name) => name.startsWith('logs_'))).toBe(false)
    expect((await repo.sluice('run')).exit).toBe(3)
    const fresh = readFileSync(join(repo.root, LOGS, 'orchestrator.log'), 'utf8')
    const marks = (text: string): string[] => [...text.matchAll(/ (#\S+:\d+)$/gm)].map(([, mark]) => mark!)
    expect(marks(fresh)[0]).toBe(marks(old).at(-1))
    expect(
      marks(fresh)
        .slice(1)
        .some((mark) => marks(old).includes(mark)),
    ).toBe(false)
  })
})

describe.concurrent('health', () => {
  const health = async (repo: PlannedRepository): Promise<{ exit: number; found: HealthDocument }> => {
    const { exit, stdout } = await repo.sluice('health', '--json')
    return { exit, found: JSON.parse(stdout) as HealthDocument }
  }
  const failed = ({ checks }: HealthDocument): string[] =>
    checks.flatMap(({ id, status }) => (status === 'fail' ? [id] : []))

  it('is go in a repository in order, and 5 with what is broken: objects, pins, the store', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await health(repo)).toMatchObject({ exit: 0, found: { schema: 'sluice.health/1', go: true } })
    const work = await repo.git(['rev-parse', 'refs/sluice/wip/a/1'])
    await repo.git(['update-ref', '-d', 'refs/sluice/wip/a/1'])
    const unpinned = await health(repo)
    expect([unpinned.exit, failed(unpinned.found)]).toEqual([5, ['pins']])
    expect(unpinned.found.checks.find(({ id }) => id === 'pins')!.fix).toBe(
      `git update-ref refs/sluice/wip/a/1 ${work}`,
    )
    await clean(repo, '--yes')
    expect(await repo.git(['rev-parse', 'refs/sluice/wip/a/1'])).toBe(work)
    const blob = await repo.git(['rev-parse', 'main:a.txt'])
    await rm(join(repo.root, '.git/objects', blob.slice(0, 2), blob.slice(2)), { force: true })
    expect(failed((await health(repo)).found)).toEqual(['objects'])
    await writeFile(join(repo.root, '.sluice/sluice.db'), 'not a database, and long enough to be looked at'.repeat(100))
    await utimes(join(repo.root, '.sluice/sluice.db'), new Date(), new Date())
    expect(failed((await health(repo)).found)).toEqual(expect.arrayContaining(['objects', 'store']))
  })

  it('prints what makes it weekly', async () => {
    await using repo = await planned()
    const { stdout, exit } = await repo.sluice('health', '--timer')
    expect(exit).toBe(0)
    expect(stdout).toMatch(/^17 5 \* \* 1 cd \/.* health --no-input$/m)
    expect(stdout).toContain('OnCalendar=Mon 05:17')
  })
})
