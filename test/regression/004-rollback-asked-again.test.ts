/**
 * A rollback that was killed is asked for again: that took back what it had to and then, because the first request was still
 * waiting, brought it back. Killed between the move and its record it also left `status` telling of what was gone, and
 * a pin for ever.
 */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { planned, type PlannedRepository, untilMark } from '../kit/plan.ts'

/** Waits for the test when that has asked for it. */
const GATE = `#!/bin/sh
[ -e {marks}/hold ] || exit 0
echo >{marks}/gate
${untilMark('go')}
`

/** `a`, which changes a file and adds another, has landed, and then `b`: `b` alone was never gated, so a rollback has to. */
async function landed(): Promise<PlannedRepository> {
  const files = ['README.md', 'a.txt'].map((path) => ({ write: { path, text: 'by a\n' } }))
  const repo = await planned({
    config: { gate: ['./gate.sh'], agents: 1 },
    workstreams: [{ id: 'a', files_scope: ['README.md', 'a.txt'], priority: 1 }, { id: 'b' }],
    script: { a: files },
    files: { 'gate.sh': GATE },
  })
  const { exit, stderr } = await repo.sluice('run', '--no-input')
  if (exit !== 0) throw new Error(stderr)
  return repo
}

async function expectTakenBack(repo: PlannedRepository): Promise<void> {
  const reverts = await repo.git(['log', '--first-parent', '--grep=^Sluice-Reverts:', '--format=%h', 'main'])
  expect(reverts.split('\n')).toHaveLength(1)
  expect(repo.has('a.txt')).toBe(false)
  expect(repo.has('b.txt')).toBe(true)
  expect(await repo.git(['status', '--porcelain'])).toBe('')
  expect((await repo.row('a')).state).toBe('reverted')
  expect(await repo.git(['for-each-ref', 'refs/sluice/rollback'])).toBe('')
}

/** The rollback is asked for, and killed while its gate runs; whoever gates after that is not held up. */
async function killInGate(repo: PlannedRepository): Promise<void> {
  await repo.go('hold')
  const first = repo.start('rollback', 'a')
  await repo.reached('gate')
  await first.kill()
  await repo.go('go')
}

it('fault 50: killed while its gate runs, and asked again, it is done once', async () => {
  await using repo = await landed()
  await killInGate(repo)

  expect(await repo.sluice('rollback', 'a')).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^taken back: a; main is at/) as string,
  })

  await expectTakenBack(repo)
})

it('killed while it moves the checkout, and asked again, it says what it has done', async () => {
  await using repo = await landed()
  const filter = join(repo.dir, 'filter')
  await writeFile(filter, '#!/bin/sh\nkill -9 $(ps -o ppid= -p $PPID)\ncat\n')
  await chmod(filter, 0o755)
  await repo.write('.git/info/attributes', 'README.md filter=stop\n')
  await repo.git(['config', 'filter.stop.smudge', filter])
  expect(await repo.sluice('rollback', 'a')).toMatchObject({ exit: 128 + 9 })
  await repo.git(['config', '--unset', 'filter.stop.smudge'])

  expect(await repo.sluice('rollback', 'a')).toMatchObject({
    exit: 0,
    stdout: expect.stringMatching(/^taken back: a; main is at/) as string,
  })

  await expectTakenBack(repo)
})

it('carried out by a run after it was killed, and asked again, it gives the answer that nobody was told', async () => {
  await using repo = await landed()
  await killInGate(repo)
  expect(await repo.sluice('run', '--no-input')).toMatchObject({ exit: 3 })

  expect((await repo.sluice('rollback', 'a')).stdout).toMatch(/^taken back: a; main is at/)
  await expectTakenBack(repo)
  // Told by now: asked once more, it is meant.
  expect((await repo.sluice('rollback', 'a')).stdout).toMatch(/^brought back: a; main is at/)
})
