/** Where a branch is checked out: told from files where they are plain, by git where they are not, and alike. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkoutsOf } from '../../src/git/checkout.ts'
import { openRepository } from '../../src/git/repository.ts'
import { scratch } from '../kit/repository.ts'

it('is the worktree around the git directory, as long as its configuration says nothing else', async () => {
  await using at = await scratch()
  const { gitDir } = await openRepository(at.root)
  const main = { path: at.root, gitDir, kind: 'attached' }
  expect(await checkoutsOf({ gitDir }, 'main')).toEqual([main])
  expect(await checkoutsOf({ gitDir }, 'other')).toEqual([])
  await at.git(['config', 'core.bare', 'true'])
  expect(await checkoutsOf({ gitDir }, 'main')).toEqual([])
  // Under a run that knows better.
  const hidden = { ...main, kind: 'hidden' }
  expect(await checkoutsOf({ gitDir, stateRoot: at.root }, 'main')).toEqual([hidden])
  expect(await checkoutsOf({ gitDir, stateRoot: at.root }, 'other')).toEqual([])
  await at.git(['config', 'core.bare', 'false'])
  await writeFile(join(at.dir, 'more'), '[core]\n\tbare = true\n')
  await at.git(['config', 'include.path', join(at.dir, 'more')])
  expect(await checkoutsOf({ gitDir }, 'main')).toEqual([])
})

it('is a linked worktree too, and the one in the middle of a rebase', async () => {
  await using at = await scratch()
  const { gitDir } = await openRepository(at.root)
  const linked = join(at.dir, 'linked')
  await at.git(['worktree', 'add', '-q', '-b', 'topic', linked])
  const admin = join(gitDir, 'worktrees', 'linked')
  expect(await checkoutsOf({ gitDir }, 'topic')).toEqual([{ path: linked, gitDir: admin, kind: 'attached' }])
  expect(await checkoutsOf({ gitDir }, 'main')).toEqual([{ path: at.root, gitDir, kind: 'attached' }])
  await at.git(['checkout', '-q', '--detach'])
  await mkdir(join(gitDir, 'rebase-merge'))
  await writeFile(join(gitDir, 'rebase-merge', 'head-name'), 'refs/heads/main\n')
  expect(await checkoutsOf({ gitDir }, 'main')).toEqual([{ path: at.root, gitDir, kind: 'rebase' }])
})
