/**
 * When the git that moves a checkout was killed alone, the run that had started it forgot the move and left its lock there:
 * the user could neither commit nor stash, and everything that landed afterwards waited beside the target.
 */
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { planned, type PlannedRepository } from '../kit/plan.ts'

/** From now on git runs this for each `.txt` file that it writes into the checkout; its parent is that git. */
async function atEachFile(repo: PlannedRepository, script: string): Promise<void> {
  const filter = join(repo.dir, 'filter')
  await writeFile(filter, `#!/bin/sh\n${script}\n`)
  await chmod(filter, 0o755)
  await repo.write('.git/info/attributes', '*.txt filter=stop\n')
  await repo.git(['config', 'filter.stop.smudge', filter])
}

/** The first git that writes a file is killed in the middle. */
const killOnce = (repo: PlannedRepository): string => `mkdir ${repo.mark('killed')} 2>/dev/null && kill -9 $PPID; cat`

it('a move whose git was killed is completed by the same run', async () => {
  await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b' }] })
  await atEachFile(repo, killOnce(repo))

  expect(await repo.sluice('run', '--no-input')).toMatchObject({ exit: 0 })

  expect(repo.has(repo.mark('killed'))).toBe(true)
  expect((await repo.landed()).sort()).toEqual(['a', 'b'])
  expect(await repo.git(['status', '--porcelain'])).toBe('')
  expect(repo.has('.git/index.lock')).toBe(false)
  expect(repo.has('.sluice/publish.json')).toBe(false)
})

it('what somebody wrote there meanwhile is kept, he can use git, and the move is completed when it is out of the way', async () => {
  await using repo = await planned()
  await atEachFile(repo, `mkdir ${repo.mark('killed')} 2>/dev/null && { echo mine >a.txt; kill -9 $PPID; }; cat`)

  expect(await repo.sluice('run', '--no-input')).toMatchObject({ exit: 3 })

  expect(await repo.read('a.txt')).toBe('mine\n')
  await repo.git(['add', 'a.txt'])
  await repo.git(['stash', '-q'])
  expect(await repo.sluice('run', '--no-input')).toMatchObject({ exit: 0 })
  expect(await repo.landed()).toEqual(['a'])
  expect(await repo.git(['show', 'stash@{0}:a.txt'])).toBe('mine')
})

it('a lock that somebody else has taken since stays, and is told with its code', async () => {
  const files = ['a.md', 'a.txt'].map((path) => ({ write: { path, text: 'by a\n' } }))
  await using repo = await planned({ workstreams: [{ id: 'a', files_scope: ['a.*'] }], script: { a: files } })
  const lock = join(repo.root, '.git/index.lock')
  // As a `git commit -a` that waits for its editor leaves it: an index without the move, and no file is open.
  await atEachFile(
    repo,
    `mkdir ${repo.mark('killed')} 2>/dev/null && { cp ${repo.root}/.git/index ${lock}; kill -9 $PPID; }; cat`,
  )

  const torn = await repo.sluice('run', '--no-input')
  expect(torn).toMatchObject({ exit: 3, stderr: expect.stringContaining('W407') as string })
  expect(torn.stderr).toContain('index.lock')
  const next = await repo.sluice('run', '--no-input')
  expect(next).toMatchObject({ exit: 3, stderr: expect.stringContaining(`E404`) as string })
  expect(next.stderr).toContain(lock)
  expect(repo.has(lock)).toBe(true)

  await rm(lock)
  expect(await repo.sluice('run', '--no-input')).toMatchObject({ exit: 0 })
  expect(await repo.git(['status', '--porcelain'])).toBe('')
})
