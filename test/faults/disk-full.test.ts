/** A disk that is full, or fails, in the middle of a run (faults 19 to 24): it waits, goes on by itself, and nothing is lost. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, rmSync, statfsSync, statSync } from 'node:fs'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { untilExists } from '../../src/process/appear.ts'
import { attemptFolder } from '../../src/process/attempt-folder.ts'
import { OUTPUT_BYTES_MAX } from '../../src/process/output-cap.ts'
import { openStore } from '../../src/store/open.ts'
import { held, planned, type PlannedRepository, untilMark } from '../kit/plan.ts'
import { PATIENCE_MS } from '../kit/sluice.ts'
import { NO_SMALL_DISK, smallDisk, type SmallDisk } from '../kit/small-disk.ts'
import { straysOf } from '../kit/traces.ts'

const wrote = (id: string) => ({ write: { path: `${id}.txt`, text: `by ${id}\n` } })

/** Both tools have done their work, and end when the test says so. */
const WORKED = { a: [wrote('a'), ...held('a')], b: [wrote('b'), ...held('b')] }
const PLAN = { workstreams: [{ id: 'a' }, { id: 'b' }], script: WORKED }

const ballastOf = ({ root }: PlannedRepository): string => join(root, '.sluice', 'ballast')

/** Fills the disk, and sees to it that there is no ballast to drop. */
function fillUp(disk: SmallDisk, repo: PlannedRepository): void {
  do {
    rmSync(ballastOf(repo), { force: true })
    disk.fill()
  } while (existsSync(ballastOf(repo)) || statfsSync(disk.path).bfree > 0)
}

async function begun(repo: PlannedRepository) {
  const run = repo.start('run')
  await Promise.all(['a', 'b'].map((id) => repo.reached(`${id}-began`)))
  return run
}

/** Everything has landed, by one try each. */
async function allLanded({ expect }: { expect: Vitest }, repo: PlannedRepository): Promise<void> {
  expect((await repo.landed()).toSorted()).toEqual(['a', 'b'])
  for (const id of ['a', 'b']) {
    expect(await repo.git(['show', `main:${id}.txt`])).toBe(`by ${id}`)
    expect(await repo.row(id)).toMatchObject({ state: 'landed', attempt: 1 })
  }
  expect(straysOf(repo.dir)).toEqual([])
  expect(existsSync(ballastOf(repo))).toBe(false)
}

type Vitest = typeof import('vitest').expect

describe(
  `a full disk in the middle${NO_SMALL_DISK === null ? '' : ` (skipped: ${NO_SMALL_DISK})`}`,
  // They wait, mostly.
  { concurrent: true, skip: NO_SMALL_DISK !== null },
  () => {
    for (const [name, place] of [
      [
        'fault 19: of everything, the database too: told once, and all lands when there is room again',
        (disk: SmallDisk) => ({ within: disk.path }),
      ],
      ['of the slots: the same', (disk: SmallDisk) => ({ config: { paths: { work: join(disk.path, 'work') } } })],
    ] as const) {
      it(name, async ({ expect }) => {
        using disk = smallDisk()
        await using repo = await planned({ ...PLAN, ...place(disk) })
        const run = await begun(repo)
        fillUp(disk, repo)
        await Promise.all([repo.go('a-go'), repo.go('b-go')])
        const full = await run.event({ type: 'disk.full' })
        expect(full).toMatchObject({
          failure: { code: 'E302', message: expect.stringMatching(/ is full: 0 MB left at /) },
        })
        disk.free()
        expect(await run.ended).toMatchObject({ exit: 0 })
        const told = run.events.map(({ type }) => type).filter((type) => type.startsWith('disk.'))
        expect(told).toEqual(['disk.full', 'disk.again'])
        await allLanded({ expect }, repo)
      })
    }

    it('fault 21: of the repository, where merges are made: what finds no room is no hostile work, and lands later', async ({
      expect,
    }) => {
      using disk = smallDisk()
      using other = smallDisk()
      await using repo = await planned({
        ...PLAN,
        within: disk.path,
        config: { paths: { work: join(other.path, 'work') } },
      })
      const run = await begun(repo)
      fillUp(disk, repo)
      await Promise.all([repo.go('a-go'), repo.go('b-go')])
      await run.event({ type: 'disk.full' })
      disk.free()
      expect(await run.ended).toMatchObject({ exit: 0 })
      await allLanded({ expect }, repo)
    })

    it('with a ballast: that is room enough for what was begun', async ({ expect }) => {
      using disk = smallDisk()
      await using repo = await planned({ ...PLAN, within: disk.path })
      const run = await begun(repo)
      expect(await untilExists(ballastOf(repo), { timeoutMs: PATIENCE_MS })).toBe(true)
      disk.fill()
      await Promise.all([repo.go('a-go'), repo.go('b-go')])
      expect(await run.ended).toMatchObject({ exit: 0 })
      expect(run.events.map(({ type }) => type)).toContain('disk.full')
      disk.free()
      await allLanded({ expect }, repo)
    })

    it('ended while it waits: what waits is taken up by the next run', async ({ expect }) => {
      using disk = smallDisk()
      await using repo = await planned({ ...PLAN, within: disk.path })
      const run = await begun(repo)
      fillUp(disk, repo)
      await Promise.all([repo.go('a-go'), repo.go('b-go')])
      await run.event({ type: 'disk.full' })
      // A tool that is still at work would be ended with the run, and begin another try.
      while (straysOf(repo.dir).some(({ command }) => command.includes('sluice-shim')))
        await new Promise((resolve) => setImmediate(resolve))
      run.signal('SIGTERM')
      const { exit, stderr } = await run.ended
      expect(exit).toBe(130)
      expect(stderr).toMatch(/"code":"E302"/)
      expect(stderr).not.toMatch(/bug/)
      disk.free()
      expect(await repo.sluice('run')).toMatchObject({ exit: 0 })
      await allLanded({ expect }, repo)
    })

    it('a gate that is red for lack of room has no verdict: it is asked again', async ({ expect }) => {
      using disk = smallDisk()
      const gate = `#!/bin/sh
[ -e a.txt ] || exit 0
echo >>{marks}/gate-began
${untilMark('gate-go')}
head -c 33554432 /dev/zero >"$TMPDIR/big"
status=$?
rm -f "$TMPDIR/big"
exit $status
`
      await using repo = await planned({
        within: disk.path,
        config: { gate: [{ name: 'room', run: './gate' }] },
        files: { gate },
      })
      const run = repo.start('run')
      await repo.reached('gate-began')
      fillUp(disk, repo)
      await repo.go('gate-go')
      await run.event({ type: 'disk.full' })
      disk.free()
      expect(await run.ended).toMatchObject({ exit: 0 })
      const types = run.events.map(({ type }) => type)
      expect(types).not.toContain('landing.flaky')
      expect(types).not.toContain('landing.refused')
      expect(await repo.landed()).toEqual(['a'])
    })

    it('fault 20: of the state files of attempts: how a tool ended is on record, the next one begins when there is room', async ({
      expect,
    }) => {
      using disk = smallDisk()
      await using repo = await planned({
        ...PLAN,
        config: { agents: 1 },
        workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }],
        script: { a: WORKED.a },
      })
      await mkdir(join(repo.root, '.sluice'))
      await symlink(disk.path, join(repo.root, '.sluice', 'runs'))
      const run = repo.start('run')
      await repo.reached('a-began')
      disk.fill()
      await repo.go('a-go')
      const full = await run.event({ type: 'disk.full' })
      expect(full).toMatchObject({ failure: { code: 'E302' } })
      expect(await repo.row('a')).toMatchObject({ state: 'landed' })
      disk.free()
      expect(await run.ended).toMatchObject({ exit: 0 })
      await allLanded({ expect }, repo)
    })

    it('fault 22: of the logs: they catch up', async ({ expect }) => {
      using disk = smallDisk()
      await using repo = await planned({ ...PLAN, config: { paths: { logs: join(disk.path, 'logs') } } })
      const run = await begun(repo)
      disk.fill()
      await repo.go('a-go')
      await run.event({ type: 'landing.moved', workstream: 'a' })
      disk.free()
      await repo.go('b-go')
      expect(await run.ended).toMatchObject({ exit: 0 })
      const log = await repo.read(join(disk.path, 'logs', 'orchestrator.log'))
      const marks = [...log.matchAll(/#\S+:(\d+)$/gm)].map(([, seq]) => Number(seq))
      expect(marks).toEqual(marks.map((_, index) => index + 1))
      expect(marks).toHaveLength(run.events.filter(({ type }) => type !== 'run.progress').length)
    })
  },
)

describe('a tool that writes without end', () => {
  it('fault 23: a log bomb: its log is cut to the end, which is kept, and its work lands', async ({ expect }) => {
    const bomb = 'yes "an error that repeats" | head -n 6000000; echo the end; echo by a >a.txt'
    await using repo = await planned({ config: { tools: { order: ['bomb'], bomb: { command: ['sh', '-c', bomb] } } } })
    expect((await repo.sluice('run')).exit).toBe(0)
    const out = attemptFolder(await repo.attemptFolder('a.1')).out
    expect(statSync(out).size).toBeLessThanOrEqual(OUTPUT_BYTES_MAX)
    const text = await repo.read(out)
    expect(text).toMatch(/^\[sluice: the log was cut here; \d+ bytes before this are gone\]\n/)
    expect(text.slice(-50)).toMatch(/repeats\nthe end\n$/)
    expect(await repo.landed()).toEqual(['a'])
  })
})

describe('a disk that fails', () => {
  const canInject = spawnSync('strace', ['-qq', '-o', '/dev/null', '-e', 'inject=fsync:error=EIO', 'true']).status === 0

  it.skipIf(!canInject)(
    `fault 24: EIO on fsync: stops the run with a code, and the next one goes on${canInject ? '' : ' (skipped: needs strace)'}`,
    async ({ expect }) => {
      await using repo = await planned(PLAN)
      const run = await begun(repo)
      const inject = ['-qq', '-f', '-o', '/dev/null', '-e', 'inject=fsync,fdatasync:error=EIO', '-p', `${run.pid}`]
      const tracer = spawn('strace', inject, { stdio: 'ignore' })
      await untilTraced(run.pid)
      await repo.go('a-go')
      const { exit, stderr } = await run.ended
      tracer.kill()
      expect(exit).toBe(1)
      expect(stderr).toMatch(/"code":"E605".*disk fails/)
      // All that was told was on the disk.
      const store = openStore(join(repo.root, '.sluice', 'sluice.db'))
      const kept = (await store.events(run.events[0]!.run)).map(({ seq, type }) => ({ seq, type }))
      await store.close()
      const told = run.events.map(({ seq, type }) => ({ seq, type }))
      expect(kept.slice(0, told.length)).toEqual(told)
      // The tool that was still at work was ended with the run; its work so far is what the next try begins with.
      await repo.go('b-go')
      expect(await repo.sluice('run')).toMatchObject({ exit: 0 })
      expect((await repo.landed()).toSorted()).toEqual(['a', 'b'])
      expect(straysOf(repo.dir)).toEqual([])
    },
  )
})

/** The kernel says of a process who traces it. */
async function untilTraced(pid: number): Promise<void> {
  while (/^TracerPid:\t0$/m.test(await readFile(`/proc/${pid}/status`, 'utf8')))
    await new Promise((resolve) => setImmediate(resolve))
}
