/** A machine that gives less than a run needs: read-only places, no more open files, no more watches (faults 25 to 27). */
import { spawnSync } from 'node:child_process'
import { describe, it } from 'vitest'
import { held, planned } from '../kit/plan.ts'
import { startSluice } from '../kit/sluice.ts'
import { straysOf } from '../kit/traces.ts'

const wrote = (id: string) => ({ write: { path: `${id}.txt`, text: `by ${id}\n` } })

/** A reason for skipping, in a name; nothing where the program works. */
function unless(works: boolean, reason: string): string {
  return works ? '' : ` (skipped: ${reason})`
}

const canLimit = spawnSync('prlimit', ['--version']).status === 0
const unlimited = unless(canLimit, 'needs prlimit, of util-linux')

/** `0`: for who is in this namespace the kernel has no watch of files left, whoever else has some. */
const WITHOUT_WATCHES = [
  'unshare',
  '--user',
  '--map-root-user',
  'sh',
  '-c',
  'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"',
  'sh',
]
const canSpend = spawnSync(WITHOUT_WATCHES[0]!, [...WITHOUT_WATCHES.slice(1), 'true']).status === 0
const unspent = unless(canSpend, 'needs a user namespace')

describe.concurrent('a machine that has no more', () => {
  it.skipIf(!canLimit)(
    `fault 26: open files: it is told once, everything waits, and goes on${unlimited}`,
    async ({ expect }) => {
      await using repo = await planned({
        config: { agents: 1 },
        workstreams: [{ id: 'a', priority: 1 }, { id: 'b' }],
        script: { a: [wrote('a'), ...held('a')] },
      })
      const run = repo.start('run')
      await repo.reached('a-began')
      const limit = (files: number) =>
        expect(spawnSync('prlimit', ['--pid', `${run.pid}`, `--nofile=${files}:`]).status).toBe(0)
      // Below three all numbers are in use: from now on nothing can be opened.
      limit(3)
      await repo.go('a-go')
      const short = await run.event({ type: 'disk.full' })
      expect(short).toMatchObject({ failure: { code: 'E305', message: expect.stringMatching(/opens no more files/) } })
      limit(1024)
      expect(await run.ended).toMatchObject({ exit: 0, stderr: '' })
      expect(run.events.map(({ type }) => type).filter((type) => type === 'disk.full')).toHaveLength(1)
      const { attempts } = await repo.report()
      expect(attempts).toMatchObject(['a', 'b'].map((workstream) => ({ workstream, attempt: 1, outcome: 'ok' })))
      expect(await repo.landed()).toEqual(['a', 'b'])
      expect(straysOf(repo.dir)).toEqual([])
    },
  )

  it.skipIf(!canSpend)(
    `fault 27: watches of files: what others ask for is found by looking${unspent}`,
    async ({ expect }) => {
      await using repo = await planned({
        config: { agents: 1 },
        workstreams: [{ id: 'a', priority: 1 }, { id: 'b' }],
        script: { a: [wrote('a'), ...held('a')] },
      })
      const run = startSluice(['run'], repo.place, WITHOUT_WATCHES)
      await repo.reached('a-began')
      expect(await repo.sluice('hold', 'b')).toMatchObject({ exit: 0, stdout: 'b is held\n' })
      await run.event({ type: 'request.applied' })
      await repo.go('a-go')
      expect((await run.ended).exit).toBe(3)
      expect(await repo.landed()).toEqual(['a'])
      expect(await repo.row('b')).toMatchObject({ state: 'held' })
    },
  )
})
