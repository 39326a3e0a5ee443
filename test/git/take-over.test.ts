import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listRefs, readRef } from '../../src/git/refs.ts'
import { assertKind, room } from './room.ts'

const WIP = 'refs/sluice/wip/a/1'

describe('takeOver', () => {
  it('takes commits and what was not committed, pinned and on the branch', async () => {
    await using r = await room()
    await r.write('one.txt', 'one\n')
    const one = await r.at.commit('one', r.slot.worktree)
    await r.write('two.txt', 'two\n')
    await r.write('README.md', 'changed\n')
    await r.write('.gitignore', '*.log\n')
    await r.write('debug.log', 'x')
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken).toMatchObject({ changed: ['.gitignore', 'README.md', 'one.txt', 'two.txt'], reports: [] })
    expect(await r.at.git(['rev-list', '--parents', '-1', taken.tip])).toBe(`${taken.tip} ${one}`)
    expect(await readRef(r.repo, WIP)).toBe(taken.tip)
    expect(await readRef(r.repo, 'refs/heads/ws/a')).toBe(taken.tip)
    expect(await r.at.exit(['fsck', '--strict'])).toBe(0)
  })

  it('takes the same again when it was cut off and repeated', async () => {
    await using r = await room()
    await r.write('two.txt', 'two\n')
    expect(await r.take()).toEqual(await r.take())
    await writeFile(`${r.slot.index}.lock`, '')
    assertKind(await r.take(), 'work')
  })

  it('is empty when nothing differs from the base', async () => {
    await using r = await room()
    expect(await r.take()).toEqual({ kind: 'empty', tip: r.base, reports: [], repairs: [], strays: [] })
    expect(await listRefs(r.repo, 'refs/sluice/wip', 'refs/heads/ws')).toEqual([])
  })

  it('sees deletions, modes, links, files that become folders and the other way round', async () => {
    await using r = await room({ files: { gone: 'x', file: 'x', 'folder/in': 'x', run: 'x' } })
    const at = (path: string): string => join(r.slot.worktree, path)
    await rm(at('gone'))
    await rm(at('file'))
    await r.write('file/inner', 'x')
    await rm(at('folder'), { recursive: true })
    await r.write('folder', 'now a file')
    await chmod(at('run'), 0o755)
    await symlink('/etc/passwd', at('link'))
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(await r.at.git(['ls-tree', '-r', '--format=%(objectmode) %(path)', taken.tip])).toBe(
      '100644 file/inner\n100644 folder\n120000 link\n100755 run',
    )
  })

  it('hole 5: what the agent tells its index does not hide a change', async () => {
    await using r = await room({ files: { 'a.txt': 'aaaa\n', 'b.txt': 'bbbb\n', 'c.txt': 'cccc\n' } })
    await r.agent('update-index', '--assume-unchanged', 'a.txt')
    await r.agent('update-index', '--skip-worktree', 'b.txt')
    const c = join(r.slot.worktree, 'c.txt')
    const before = await stat(c)
    await r.write('a.txt', 'AAAA\n')
    await r.write('b.txt', 'BBBB\n')
    await r.write('c.txt', 'CCCC\n')
    await utimes(c, before.atime, before.mtime)
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['a.txt', 'b.txt', 'c.txt'])
  })

  it('leaves nested repositories out and says so', async () => {
    await using r = await room()
    await r.write('mine.txt', 'x')
    await r.agent('init', '-q', 'empty')
    await r.agent('init', '-q', 'deep/er')
    await r.write('deep/er/file', 'x')
    await r.at.commit('nested', join(r.slot.worktree, 'deep/er'))
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['mine.txt'])
    expect(taken.reports.sort()).toEqual([
      'left out, a repository of its own: deep/er',
      'left out, a repository of its own: empty',
    ])
  })

  it('does not move a branch that the user has checked out', async () => {
    await using r = await room()
    await r.at.git(['switch', '-q', '-c', 'ws/a'])
    await r.write('two.txt', 'two\n')
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.reports).toEqual([`branch ws/a does not follow: it is checked out at ${r.at.root}`])
    expect(await readRef(r.repo, 'refs/heads/ws/a')).toBe(r.base)
    expect(await readRef(r.repo, WIP)).toBe(taken.tip)
  })

  it('pins the work even when the branch cannot follow', async () => {
    await using r = await room()
    await r.at.git(['branch', 'ws'])
    await r.write('two.txt', 'two\n')
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.reports.join()).toContain('branch ws/a does not follow')
    expect(await readRef(r.repo, WIP)).toBe(taken.tip)
  })
})

describe('where the work is', () => {
  it('on another branch', async () => {
    await using r = await room()
    await r.agent('switch', '-q', '-c', 'feature')
    await r.write('two.txt', 'two\n')
    const tip = await r.at.commit('two', r.slot.worktree)
    await r.agent('switch', '-q', 'ws/a')
    expect(await r.take()).toMatchObject({ kind: 'work', tip, reports: [] })
  })

  it('on a detached HEAD that was left again', async () => {
    await using r = await room()
    await r.agent('checkout', '-q', '--detach')
    await r.write('two.txt', 'two\n')
    const tip = await r.at.commit('two', r.slot.worktree)
    await r.agent('checkout', '-q', 'ws/a')
    expect(await r.take()).toMatchObject({ kind: 'work', tip, reports: [] })
  })

  it('whatever else the refs of the user say: one that leads nowhere, as any does while it is deleted', async () => {
    await using r = await room()
    await r.write('two.txt', 'two\n')
    await writeFile(join(r.repo.gitDir, 'refs', 'heads', 'nowhere'), `${'1'.repeat(r.base.length)}\n`)
    expect(await r.take()).toMatchObject({ kind: 'work', changed: ['two.txt'], reports: [] })
  })

  it('not in commits that were thrown away by a reset or an amend', async () => {
    await using r = await room()
    await r.write('two.txt', 'two\n')
    await r.at.commit('two', r.slot.worktree)
    await r.agent('commit', '-q', '--amend', '-m', 'better')
    const better = await r.agent('rev-parse', 'HEAD')
    expect(await r.take()).toMatchObject({ kind: 'work', tip: better, reports: [] })
    await r.agent('reset', '-q', '--hard', r.base)
    expect(await r.take()).toMatchObject({ kind: 'empty', reports: [] })
  })

  it('where the worktree stands, when lines of work diverge; the others are kept and reported', async () => {
    await using r = await room()
    await r.write('one.txt', 'one\n')
    const one = await r.at.commit('one', r.slot.worktree)
    await r.agent('switch', '-q', '-c', 'other', 'main')
    await r.write('two.txt', 'two\n')
    const two = await r.at.commit('two', r.slot.worktree)
    await r.write('three.txt', 'three\n')
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['three.txt', 'two.txt'])
    expect(await r.at.exit(['merge-base', '--is-ancestor', two, taken.tip])).toBe(0)
    const ref = `refs/sluice/stray/a/1/${one.slice(0, 12)}`
    expect(taken.reports).toEqual([`kept besides the work: ${one.slice(0, 12)} as ${ref}`])
    expect(taken.strays).toEqual([{ ref, commit: one }])
    expect(await readRef(r.repo, ref)).toBe(one)
  })

  it('a worktree that looks at an older commit takes nothing back', async () => {
    await using r = await room()
    await r.write('one.txt', 'one\n')
    await r.at.commit('one', r.slot.worktree)
    await r.write('two.txt', 'two\n')
    const tip = await r.at.commit('two', r.slot.worktree)
    await r.agent('checkout', '-q', 'HEAD~1')
    expect(await r.take()).toMatchObject({ kind: 'work', tip, changed: ['one.txt', 'two.txt'] })
  })

  it('a moved main in the hub means nothing, here and in the repository', async () => {
    await using r = await room()
    const tree = await r.agent('rev-parse', 'HEAD^{tree}')
    const moved = await r.agent('commit-tree', '-p', r.base, '-m', 'moved', tree)
    await r.agent('update-ref', 'refs/heads/main', moved)
    expect(await r.take()).toMatchObject({ kind: 'empty', reports: [] })
    await r.write('two.txt', 'two\n')
    expect(await r.take()).toMatchObject({ kind: 'work', changed: ['two.txt'] })
    expect(await readRef(r.repo, 'refs/heads/main')).toBe(r.base)
  })
})

describe('what survives', () => {
  const cases: [
    string,
    (r: Awaited<ReturnType<typeof room>>) => Promise<unknown>,
    { files: boolean; commits: boolean },
  ][] = [
    ['a deleted .git file', (r) => rm(join(r.slot.worktree, '.git')), { files: true, commits: true }],
    ['a .git that is a repository', replaceByRepository, { files: true, commits: true }],
    ['a deleted worktree', (r) => rm(r.slot.worktree, { recursive: true }), { files: false, commits: true }],
    ['an emptied worktree', emptyWorktree, { files: false, commits: true }],
    ['a garbage HEAD', (r) => writeFile(join(r.slot.admin, 'HEAD'), 'garbage\0'), { files: true, commits: true }],
    ['a zeroed branch', (r) => writeFile(join(r.slot.hub, 'refs/heads/ws/a'), ''), { files: true, commits: true }],
    ['a garbage index', (r) => writeFile(join(r.slot.admin, 'index'), 'garbage'), { files: true, commits: true }],
    ['a missing admin directory', (r) => rm(r.slot.admin, { recursive: true }), { files: true, commits: true }],
    ['a missing hub', (r) => rm(r.slot.hub, { recursive: true }), { files: true, commits: false }],
    ['missing objects', (r) => rm(join(r.slot.hub, 'objects'), { recursive: true }), { files: true, commits: false }],
    ['zeroed objects', zeroObjects, { files: true, commits: false }],
    ['a flipped core.bare', (r) => r.agent('config', 'core.bare', 'false'), { files: true, commits: true }],
    ['a worktree moved away and back', moveAway, { files: true, commits: true }],
  ]

  it.each(cases)('%s', async (_, damage, survives) => {
    await using r = await room()
    await r.write('committed.txt', 'one\n')
    const commit = await r.at.commit('one', r.slot.worktree)
    await r.write('uncommitted.txt', 'two\n')
    await damage(r)
    const taken = await r.take()
    assertKind(taken, 'work')
    const files = ['committed.txt', ...(survives.files ? ['uncommitted.txt'] : [])]
    expect(taken.changed).toEqual(files)
    expect(await r.at.exit(['merge-base', '--is-ancestor', commit, taken.tip])).toBe(survives.commits ? 0 : 128)
    await r.prepare()
    expect(await r.agent('status', '--porcelain')).toBe('')
  })
})

type Broken = Awaited<ReturnType<typeof room>>

async function replaceByRepository(r: Broken): Promise<void> {
  await rm(join(r.slot.worktree, '.git'))
  await r.agent('init', '-q')
}

async function emptyWorktree(r: Broken): Promise<void> {
  for (const name of await readdir(r.slot.worktree)) await rm(join(r.slot.worktree, name), { recursive: true })
}

async function zeroObjects(r: Broken): Promise<void> {
  const objects = join(r.slot.hub, 'objects')
  for (const file of await readdir(objects, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.parentPath.endsWith('info')) continue
    await rm(join(file.parentPath, file.name))
    await writeFile(join(file.parentPath, file.name), '')
  }
}

async function moveAway(r: Broken): Promise<void> {
  const away = join(r.at.dir, 'away')
  await rename(r.slot.worktree, away)
  await mkdir(r.slot.worktree)
  await rm(r.slot.worktree, { recursive: true })
  await rename(away, r.slot.worktree)
}

describe('what is refused', () => {
  it('an unfinished merge or rebase, with the files; the state is kept', async () => {
    await using r = await room()
    await r.write('README.md', 'ours\n')
    await r.at.commit('ours', r.slot.worktree)
    await r.agent('switch', '-q', '-c', 'other', 'main')
    await r.write('README.md', 'theirs\n')
    await r.at.commit('theirs', r.slot.worktree)
    await r.at.exit(['merge', 'ws/a'], r.slot.worktree)
    const merging = await r.take()
    assertKind(merging, 'refused')
    expect(merging).toMatchObject({ reason: 'unfinished', message: 'a merge was not finished', paths: ['README.md'] })
    expect(new Set(await listRefs(r.repo, 'refs/sluice/stray'))).toEqual(
      new Set(merging.strays.map(({ ref, commit }) => ({ ref, object: commit }))),
    )
    expect(merging.strays.length).toBeGreaterThan(0)
    await r.agent('merge', '--abort')
    await r.at.exit(['rebase', 'ws/a'], r.slot.worktree)
    expect(await r.take()).toMatchObject({ kind: 'refused', message: 'a rebase was not finished' })
  })

  it('an operation in the middle, but not what its branch had before: that is pinned to go on from', async () => {
    await using r = await room()
    await r.agent('switch', '-q', '-c', 'other')
    await r.write('README.md', 'theirs\n')
    const theirs = await r.at.commit('theirs', r.slot.worktree)
    await r.agent('switch', '-q', 'ws/a')
    await r.write('README.md', 'ours\n')
    const ours = await r.at.commit('ours', r.slot.worktree)
    for (const operation of ['merge', 'rebase']) {
      expect(await r.at.exit([operation, 'other'], r.slot.worktree)).not.toBe(0)
      const taken = await r.take()
      assertKind(taken, 'refused')
      expect(taken.kept).toEqual({ tip: ours, changed: ['README.md'] })
      expect(await readRef(r.repo, WIP)).toBe(ours)
      expect(await readRef(r.repo, 'refs/heads/ws/a')).toBe(ours)
      const strays = await r.at.git(['rev-list', '--no-walk', ...taken.strays.map(({ ref }) => ref), theirs])
      expect(strays.split('\n')).toContain(theirs)
      await r.agent(operation, '--abort')
    }
  })

  it.each(['.git', '.GIT', 'git~1', '..', '.'])('a tree with an entry named %j', async (name) => {
    await using r = await room()
    const blob = await r.agent('hash-object', '-w', join(r.slot.worktree, 'README.md'))
    const tree = await plant(r, Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]))
    const commit = await r.agent('commit-tree', '-p', r.base, '-m', 'hostile', tree)
    await r.agent('update-ref', 'refs/heads/ws/a', commit)
    await r.agent('read-tree', '--empty')
    await rm(join(r.slot.admin, 'logs'), { recursive: true, force: true })
    await writeFile(join(r.slot.admin, 'HEAD'), `${r.base}\n`)
    const taken = await r.take()
    assertKind(taken, 'refused')
    expect(taken.reason).toBe('hostile')
    expect(await listRefs(r.repo, 'refs/sluice/wip', 'refs/heads/ws')).toEqual([])
    expect(await r.at.exit(['cat-file', '-e', commit])).not.toBe(0)
    expect(await r.at.exit(['fsck', '--strict'])).toBe(0)
  })

  it('a commit whose objects are missing', async () => {
    await using r = await room()
    const tree = await plant(r, Buffer.concat([Buffer.from('100644 lost\0'), Buffer.alloc(20, 7)]))
    const commit = await r.agent('commit-tree', '-p', r.base, '-m', 'hollow', tree)
    await r.agent('update-ref', 'refs/heads/ws/a', commit)
    await writeFile(join(r.slot.admin, 'HEAD'), `${r.base}\n`)
    expect(await r.take()).toMatchObject({ kind: 'refused', reason: 'damaged' })
    expect(await listRefs(r.repo, 'refs/sluice/wip')).toEqual([])
  })

  it('an object whose content is not what its name says', async () => {
    await using r = await room()
    await r.write('new.txt', 'what it says\n')
    await r.at.commit('work', r.slot.worktree)
    await r.write('other.txt', 'something else entirely\n')
    const good = await r.agent('rev-parse', 'HEAD:new.txt')
    const bad = await r.agent('hash-object', '-w', 'other.txt')
    await rm(join(r.slot.worktree, 'other.txt'))
    const file = (id: string): string => join(r.slot.hub, 'objects', id.slice(0, 2), id.slice(2))
    await rename(file(bad), file(good))
    const taken = await r.take()
    expect(taken.kind === 'work' ? taken.reports.join() : taken.kind).toMatch(/refused|history is lost/)
    expect(await r.at.exit(['fsck', '--strict'])).toBe(0)
  })

  it('an unrelated root', async () => {
    await using r = await room()
    await r.agent('checkout', '-q', '--orphan', 'alone')
    const alone = await r.at.commit('alone', r.slot.worktree)
    expect(await r.take()).toMatchObject({ kind: 'refused', reason: 'unrelated' })
    expect((await listRefs(r.repo, 'refs/sluice/stray')).map(({ object }) => object)).toEqual([alone])
    expect(await readRef(r.repo, 'refs/heads/ws/a')).toBeNull()
  })

  it('more than the limit', async () => {
    await using r = await room()
    await r.write('big', randomBytes(200_000).toString('hex'))
    expect(await r.take({ maxBytes: 50_000 })).toMatchObject({ kind: 'refused', reason: 'too-large' })
    assertKind(await r.take(), 'work')
  })

  it('nothing for its number of files', async () => {
    await using r = await room()
    for (let n = 0; n < 2100; n++) await r.write(`many/${n % 50}/${n}`, `${n}\n`)
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toHaveLength(2100)
    expect(await r.at.exit(['fsck', '--strict'])).toBe(0)
  })
})

/** Writes a tree object without git's checks. */
async function plant(r: Broken, content: Buffer): Promise<string> {
  const file = join(r.at.dir, 'tree')
  await writeFile(file, content)
  return r.agent('hash-object', '--literally', '-w', '-t', 'tree', file)
}
