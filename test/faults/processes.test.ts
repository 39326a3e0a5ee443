/**
 * Processes that die, or will not (faults 2 and 4 to 9; 1 and 3 are in `cli/`): whoever belonged to an attempt is dead when
 * it has ended, and nobody else ever gets a signal.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { describe, it } from 'vitest'
import { attemptFolder, readRun, type RunRecord } from '../../src/process/attempt-folder.ts'
import { cgroupBase } from '../../src/process/cgroup.ts'
import { identify, type ProcessIdentity } from '../../src/process/identity.ts'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { UNBOXED } from '../kit/sandbox.ts'
import { endStrays, straysOf } from '../kit/traces.ts'
import { newMark, PROGRAMS, survivors } from '../process/adversaries.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }
const HALF = { write: { path: 'a/half.txt', text: 'half\n' } }

/** Half the work and a child that would outlive the tool, which waits then; the second try does the rest. */
const TWICE = { a: [[HALF, { run: 'setsid sleep 600 >/dev/null 2>&1 &' }, ...held('a')], [WRITE]] }

type Vitest = Pick<typeof import('vitest'), 'expect'>

/** The first try is lost, its work is not, and the second one lands. */
async function goneOnFrom({ expect }: Vitest, repo: PlannedRepository): Promise<void> {
  expect((await repo.report()).attempts).toMatchObject([{ outcome: 'lost' }, { outcome: 'ok' }])
  expect(await repo.git(['show', 'main:a/half.txt'])).toBe('half')
  expect(await repo.landed()).toEqual(['a'])
  expect(straysOf(repo.dir)).toEqual([])
}

describe.concurrent('a shim', () => {
  it('fault 2: killed by -9: its tree dies, the attempt is lost, and the next one goes on from its work', async ({
    expect,
  }) => {
    await using repo = await planned({ script: TWICE })
    const run = repo.start('run')
    await repo.reached('a-began')
    const record = (await readRun(await repo.attemptFolder('a.1')))!
    process.kill(record.shim.pid, 'SIGKILL')
    expect(await run.ended).toMatchObject({ exit: 0, stderr: '' })
    await goneOnFrom({ expect }, repo)
  })
})

/** `enclosed`: such a one is found by nobody who looks for it, so a box or a control group has to hold it. */
const CANNOT_HOLD = UNBOXED !== null && cgroupBase() === null
const LEAVES: { name: string; program: string; enclosed?: true }[] = [
  { name: 'fault 4: who ignores TERM is dead when the attempt has ended', program: 'ignores TERM' },
  { name: 'fault 5: a daemon in a session of its own is dead when the attempt has ended', program: 'is a daemon' },
  {
    name: 'fault 6: a daemon without an environment is dead when the attempt has ended',
    program: 'is a daemon with an empty environment',
    enclosed: true,
  },
  { name: 'fault 7: a storm of forks is over when the attempt has ended', program: 'forks and forks' },
]

describe.concurrent('left behind by a tool', () => {
  for (const { name, program, enclosed = false } of LEAVES) {
    const isSkipped = enclosed && CANNOT_HOLD
    it.skipIf(isSkipped)(
      `${name}${isSkipped ? ' (skipped: needs bubblewrap or a control group)' : ''}`,
      async ({ expect }) => {
        using mark = newMark()
        const start = `sh -c '${PROGRAMS[program]!.replaceAll("'", `'\\''`)}' sh "$TMPDIR/up" ${mark.text} &`
        const text = `${start}\nuntil [ -e "$TMPDIR/up" ]; do sleep 0.02; done; echo by a >a.txt`
        await using repo = await planned({
          config: {
            sandbox: enclosed && UNBOXED === null ? 'auto' : 'off',
            tools: { order: ['script'], script: { command: ['sh', '-c', text] } },
          },
        })
        expect(await repo.sluice('run')).toMatchObject({ exit: 0 })
        expect(survivors(mark.text, [])).toEqual([])
        expect((await repo.report()).attempts).toMatchObject([{ attempt: 1, outcome: 'ok' }])
        expect(await repo.landed()).toEqual(['a'])
        expect(straysOf(repo.dir)).toEqual([])
      },
    )
  }
})

describe.concurrent('a number that somebody else has by now', () => {
  /** Orchestrator, shim and tool are dead, and `forge` says whose numbers the record names. */
  async function rerun(
    { expect }: Vitest,
    forge: (record: RunRecord, stranger: ProcessIdentity) => RunRecord,
  ): Promise<void> {
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' })
    const died = once(stranger, 'exit')
    try {
      await using repo = await planned({ script: TWICE })
      const run = repo.start('run')
      await repo.reached('a-began')
      await run.kill()
      endStrays(repo.dir)
      const folder = await repo.attemptFolder('a.1')
      const forged = forge((await readRun(folder))!, identify(stranger.pid!)!)
      await writeFile(attemptFolder(folder).run, JSON.stringify(forged))
      expect((await repo.sluice('run')).exit).toBe(0)
      await goneOnFrom({ expect }, repo)
      expect([stranger.exitCode, stranger.signalCode]).toEqual([null, null])
    } finally {
      stranger.kill('SIGKILL')
      await died
    }
  }

  it('fault 8: given out again: its process gets no signal, and the attempt is lost', async ({ expect }) => {
    await rerun({ expect }, ({ shim, tool }, { pid }) => ({ shim: { ...shim, pid }, tool: { ...tool, pid } }))
  })

  it('fault 9: after a reboot (a boot id that is not this one): no signal though all else is the same; it is lost', async ({
    expect,
  }) => {
    const bootId = '00000000-0000-0000-0000-000000000000'
    await rerun({ expect }, (_, stranger) => ({ shim: { ...stranger, bootId }, tool: { ...stranger, bootId } }))
  })
})
