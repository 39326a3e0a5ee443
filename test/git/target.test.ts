import { chmod, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRef } from '../../src/git/refs.ts'
import { type Repository, openRepository } from '../../src/git/repository.ts'
import { blocksMove, type Moved, type MovePlan, moveTarget, readTarget } from '../../src/git/target.ts'
import { type Scratch, scratch } from '../kit/repository.ts'

interface Move {
  at: Scratch
  repo: Repository
  before: string
  after: string
  plans: MovePlan[]
  move: () => Promise<Moved>
}

const FILES = { 'README.md': 'hello\n', 'same.txt': 'same\n', 'gone.txt': 'gone\n', '.gitignore': '*.ignored\n' }

/** The checkout is on `main` at `before`; `after` changes a file, adds two (one is ignored by rule), deletes one. */
async function toMove(at: Scratch): Promise<Move> {
  const before = await at.git(['rev-parse', 'HEAD'])
  await at.git(['checkout', '-q', '--detach'])
  await at.write('README.md', 'landed\n')
  await at.write('dir/new.txt', 'new\n')
  await at.write('x.ignored', 'landed\n')
  await at.git(['add', '-f', 'x.ignored'])
  await at.git(['rm', '-q', 'gone.txt'])
  const after = await at.commit('landing')
  await at.git(['checkout', '-q', 'main'])
  const repo = await openRepository(at.root)
  const plans: MovePlan[] = []
  const journal = async (plan: MovePlan): Promise<void> => void plans.push(plan)
  return { at, repo, before, after, plans, move: () => moveTarget(repo, 'main', before, after, journal) }
}

describe('a target that is not checked out', () => {
  it('moves by compare-and-swap, once, without a plan', async () => {
    await using at = await scratch({ files: FILES })
    const { repo, before, after, plans, move } = await toMove(at)
    await at.git(['switch', '-q', '-c', 'human'])
    expect(await move()).toEqual({ kind: 'moved', checkoutMs: 0 })
    expect(await move()).toEqual({ kind: 'moved', checkoutMs: 0 })
    expect(await readRef(repo, 'refs/heads/main')).toBe(after)
    expect(plans).toEqual([])
    expect(await at.git(['status', '--porcelain'])).toBe('')
    expect(await at.git(['rev-parse', 'HEAD'])).toBe(before)
  })

  it('says when somebody was faster', async () => {
    await using at = await scratch({ files: FILES })
    const { repo, move } = await toMove(at)
    const human = await at.commit('by hand')
    await at.git(['switch', '-q', '-c', 'human'])
    expect(await move()).toEqual({ kind: 'raced' })
    expect(await readRef(repo, 'refs/heads/main')).toBe(human)
  })
})

describe('a target that is checked out', () => {
  it('is brought forward, files and all, and the plan comes first', async () => {
    await using at = await scratch({ files: FILES })
    const { before, after, plans, move } = await toMove(at)
    expect(await move()).toMatchObject({ kind: 'moved' })
    expect(await at.git(['status', '--porcelain'])).toBe('')
    expect(await at.git(['rev-parse', 'main'])).toBe(after)
    expect(await at.read('dir/new.txt')).toBe('new\n')
    expect(at.has('gone.txt')).toBe(false)
    expect(plans).toEqual([{ before, after, path: at.root, gitDir: join(at.root, '.git'), absent: [] }])
    expect(await at.git(['reflog', '-1', '--format=%gs', 'main'])).toContain('sluice: landing')
  })

  it('in a linked worktree too', async () => {
    await using at = await scratch({ files: FILES })
    const { after, move } = await toMove(at)
    await at.git(['switch', '-q', '-c', 'human'])
    const linked = join(at.dir, 'linked\nübung')
    await at.git(['worktree', 'add', '-q', linked, 'main'])
    expect(await move()).toMatchObject({ kind: 'moved' })
    expect(await at.git(['rev-parse', 'HEAD'], linked)).toBe(after)
    expect(await at.git(['status', '--porcelain'], linked)).toBe('')
    expect(await at.git(['status', '--porcelain'])).toBe('')
  })

  it('keeps what the user has in hand: edits, staged, untracked, intent to add, stash', async () => {
    await using at = await scratch({ files: { ...FILES, 'staged.txt': 's\n' } })
    const { move } = await toMove(at)
    await at.write('same.txt', 'stashed\n')
    await at.git(['stash', '-q'])
    const stash = await at.git(['rev-parse', 'refs/stash'])
    await at.write('same.txt', 'edited\n')
    await at.write('staged.txt', 'staged\n')
    await at.git(['add', 'staged.txt'])
    await at.write('intent.txt', 'i\n')
    await at.git(['add', '-N', 'intent.txt'])
    await at.write('untracked.txt', 'u\n')
    const before = await at.git(['status', '--porcelain'])
    expect(await move()).toMatchObject({ kind: 'moved' })
    expect(await at.git(['status', '--porcelain'])).toBe(before)
    expect(await at.read('same.txt')).toBe('edited\n')
    expect(await at.git(['rev-parse', 'refs/stash'])).toBe(stash)
  })

  it.each([
    ['an edit', async (at: Scratch) => at.write('README.md', 'mine\n'), ['README.md']],
    [
      'a staged edit',
      async (at: Scratch) => (await at.write('README.md', 'mine\n'), at.git(['add', '-A'])),
      ['README.md'],
    ],
    ['a deletion', async (at: Scratch) => at.git(['rm', '-q', 'README.md']), ['README.md']],
    ['a deletion on disk', async (at: Scratch) => rm(join(at.root, 'README.md')), ['README.md']],
    ['an edit of what it deletes', async (at: Scratch) => at.write('gone.txt', 'mine\n'), ['gone.txt']],
    ['an untracked file in the way', async (at: Scratch) => at.write('dir/new.txt', 'mine\n'), ['dir/new.txt']],
    ['hole 6: an ignored file in the way', async (at: Scratch) => at.write('x.ignored', 'mine\n'), ['x.ignored']],
    [
      'an edit that is hidden from git',
      async (at: Scratch) => {
        await at.git(['update-index', '--assume-unchanged', 'README.md'])
        await at.write('README.md', 'mine\n')
      },
      ['README.md'],
    ],
  ])('waits for %s, and hole 6: changes nothing', async (_, edit, paths) => {
    await using at = await scratch({ files: FILES })
    const { repo, before, plans, move } = await toMove(at)
    await at.git(['config', 'merge.autoStash', 'true'])
    await edit(at)
    const status = await at.git(['status', '--porcelain', '--ignored'])
    expect(await move()).toMatchObject({ kind: 'pending', paths })
    expect(await at.git(['status', '--porcelain', '--ignored'])).toBe(status)
    expect(await readRef(repo, 'refs/heads/main')).toBe(before)
    expect(await readRef(repo, 'refs/stash')).toBeNull()
    expect(plans).toEqual([])
  })

  it('hole 6: git itself refuses what appears after we have looked', async () => {
    await using at = await scratch({ files: FILES })
    const { repo, before, after } = await toMove(at)
    await at.git(['config', 'merge.autoStash', 'true'])
    const moved = await moveTarget(repo, 'main', before, after, async () => {
      await at.write('x.ignored', 'mine\n')
      await at.write('same.txt', 'an edit that autostash would carry\n')
    })
    expect(moved).toMatchObject({ kind: 'pending', paths: ['x.ignored'] })
    expect(await at.read('x.ignored')).toBe('mine\n')
    await rm(join(at.root, 'x.ignored'))
    const late = await moveTarget(repo, 'main', before, after, () => at.write('README.md', 'mine\n'))
    expect(late).toMatchObject({ kind: 'pending', paths: ['README.md'] })
    expect(await at.read('README.md')).toBe('mine\n')
    expect(await readRef(repo, 'refs/stash')).toBeNull()
    expect(await readRef(repo, 'refs/heads/main')).toBe(before)
  })

  it('waits when a file stands where a folder has to come, and the other way round', async () => {
    await using at = await scratch({ files: FILES })
    const { repo, before, move } = await toMove(at)
    await at.write('dir', 'a file of mine\n')
    expect(await move()).toMatchObject({ kind: 'pending' })
    expect(await at.read('dir')).toBe('a file of mine\n')
    await rm(join(at.root, 'dir'))
    await at.write('dir/new.txt/mine', 'a file of mine\n')
    expect(await move()).toMatchObject({ kind: 'pending' })
    expect(await at.read('dir/new.txt/mine')).toBe('a file of mine\n')
    expect(await readRef(repo, 'refs/heads/main')).toBe(before)
  })

  it('runs no hook and no merge driver', async () => {
    await using at = await scratch({ files: FILES })
    const { move } = await toMove(at)
    for (const hook of [
      'post-merge',
      'post-checkout',
      'reference-transaction',
      'pre-merge-commit',
      'post-index-change',
    ]) {
      await at.write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch ${at.dir}/ran\n`)
      await chmod(join(at.root, '.git/hooks', hook), 0o755)
    }
    expect(await move()).toMatchObject({ kind: 'moved' })
    expect(at.has(join(at.dir, 'ran'))).toBe(false)
  })

  it('writes files the way the user has configured them', async () => {
    await using at = await scratch({ files: FILES })
    const { move } = await toMove(at)
    await at.git(['config', 'core.autocrlf', 'true'])
    expect(await move()).toMatchObject({ kind: 'moved' })
    expect(await at.read('dir/new.txt')).toBe('new\r\n')
    expect(await at.git(['status', '--porcelain'])).toBe('')
  })
})

describe('what blocks a move', () => {
  it.each([
    ['a merge', async (at: Scratch) => at.git(['merge', '-q', '--no-ff', '--no-commit', 'side'])],
    ['a cherry-pick', async (at: Scratch) => at.exit(['cherry-pick', 'side-conflict'])],
    ['a revert', async (at: Scratch) => at.exit(['revert', 'side-conflict'])],
    ['a rebase', async (at: Scratch) => at.exit(['rebase', 'side-conflict'])],
    ['a bisect', async (at: Scratch) => (await at.git(['bisect', 'start']), at.git(['bisect', 'bad']))],
    ['another git command', async (at: Scratch) => at.write('.git/index.lock', '')],
  ])('%s in progress', async (words, begin) => {
    await using at = await scratch({ files: FILES })
    await at.git(['switch', '-q', '-c', 'side'])
    await at.write('side.txt', 'side\n')
    await at.commit('side')
    await at.git(['switch', '-q', '-c', 'side-conflict'])
    await at.write('same.txt', 'other\n')
    await at.commit('conflict')
    await at.git(['switch', '-q', 'main'])
    await at.write('same.txt', 'ours\n')
    await at.commit('ours')
    const { repo, before, move } = await toMove(at)
    await begin(at)
    const target = await readTarget(repo, 'main')
    expect(target.checkouts.map(({ path }) => path)).toEqual([at.root])
    expect(await move()).toMatchObject({ kind: 'pending', reason: expect.stringContaining(words) })
    expect(await readRef(repo, 'refs/heads/main')).toBe(before)
  })

  it.each([
    [
      'is a symbolic link',
      'main',
      async (at: Scratch) => {
        await rm(join(at.root, '.git', 'HEAD'))
        await symlink('refs/heads/main', join(at.root, '.git', 'HEAD'))
      },
    ],
    [
      'names an alias of the branch',
      'main',
      async (at: Scratch) => {
        await at.git(['symbolic-ref', 'refs/heads/trunk', 'refs/heads/main'])
        await at.git(['symbolic-ref', 'HEAD', 'refs/heads/trunk'])
      },
    ],
    [
      'is in a linked worktree',
      'side',
      async (at: Scratch) => at.git(['worktree', 'add', '-q', '-b', 'side', '../side']),
    ],
  ])('a checkout whose HEAD %s is seen', async (_, branch, change) => {
    await using at = await scratch({ files: FILES })
    await change(at)
    const { checkouts } = await readTarget(await openRepository(at.root), branch)
    expect(checkouts).toMatchObject([{ kind: 'attached' }])
    expect((await readTarget(await openRepository(at.root), 'other')).checkouts).toEqual([])
  })

  it('two checkouts, but not one whose folder is gone', async () => {
    await using at = await scratch({ files: FILES })
    const { move } = await toMove(at)
    const linked = join(at.dir, 'linked')
    await at.git(['worktree', 'add', '-q', '--force', linked, 'main'])
    expect(await move()).toEqual({ kind: 'pending', reason: 'it is checked out in 2 places', paths: [at.root, linked] })
    await rm(linked, { recursive: true })
    expect(await move()).toMatchObject({ kind: 'moved' })
  })

  it('nothing, when nobody has it', () => {
    expect(blocksMove({ checkouts: [], operation: null })).toBeNull()
    expect(blocksMove({ checkouts: [{ path: '/a', gitDir: '/a/.git', kind: 'attached' }], operation: null })).toBeNull()
  })
})
