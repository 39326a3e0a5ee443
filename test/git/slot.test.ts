import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRef } from '../../src/git/refs.ts'
import { openRepository } from '../../src/git/repository.ts'
import { prepareSlot, removeSlot, slotAt } from '../../src/git/slot.ts'
import { snapshot } from '../../src/git/snapshot.ts'
import { scratch } from '../kit/repository.ts'
import { PERSON, assertKind, room } from './room.ts'

describe('prepareSlot', () => {
  it('gives an agent a clean checkout on its own branch, and the user nothing to see', async () => {
    await using r = await room()
    expect(await r.agent('status', '--porcelain=v2', '--branch')).toBe(`# branch.oid ${r.base}\n# branch.head ws/a`)
    expect(await r.agent('config', 'user.email')).toBe(PERSON.email)
    expect(await r.agent('rev-parse', 'main', 'origin/main', 'origin/HEAD')).toBe(`${r.base}\n${r.base}\n${r.base}`)
    expect(await readRef(r.repo, 'refs/sluice/base/agent-1')).toBe(r.base)
    expect(await r.at.git(['worktree', 'list', '--porcelain'])).not.toContain('agent-1')
    expect(await r.at.git(['branch', '--format=%(refname:short)'])).toBe('human\nmain')
    expect(await r.at.git(['status', '--porcelain'])).toBe('')
  })

  it('hole 1: push, fetch and pull of an agent work and stay in its hub', async () => {
    await using r = await room()
    await r.at.git(['remote', 'add', 'origin', 'https://example.org/x.git'])
    await r.prepare()
    await r.write('new.txt', 'new\n')
    await r.at.commit('work', r.slot.worktree)
    await r.agent('push', '-q', 'origin', 'HEAD:evil')
    await r.agent('fetch', '-q', 'origin')
    expect(await r.agent('rev-parse', 'origin/evil')).toBe(await r.agent('rev-parse', 'HEAD'))
    expect(await r.agent('diff', '--name-only', 'origin/main')).toBe('new.txt')
    expect(await r.at.git(['for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/remotes'])).toBe(
      'refs/heads/human\nrefs/heads/main',
    )
  })

  it('reuses what is there: at the new base, clean, with what is to be kept', async () => {
    await using r = await room()
    await r.write('.gitignore', 'cache/\nother/\n')
    await r.write('cache/warm', 'x')
    await r.write('other/cold', 'x')
    await r.write('untracked', 'x')
    await r.write('README.md', 'changed\n')
    await r.at.write('second.txt', 'two\n')
    const second = await r.at.commit('second')
    expect(await r.prepare({ base: second, keep: ['cache'] })).toEqual({ created: false })
    expect(await r.agent('status', '--porcelain', '--ignored')).toBe('?? cache/')
    expect(await r.agent('rev-parse', 'HEAD')).toBe(second)
    expect(await r.read('README.md')).toBe('hello\n')
    expect(await r.read('cache/warm')).toBe('x')
    expect(existsSync(join(r.slot.worktree, 'other'))).toBe(false)
    expect(await readRef(r.repo, 'refs/sluice/base/agent-1')).toBe(second)
  })

  it('writes no file again that the last attempt left alone', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n', 'b.txt': 'b\n' } })
    const file = join(r.slot.worktree, 'a.txt')
    const { ino } = await stat(file)
    await r.write('b.txt', 'changed\n')
    await r.prepare()
    expect((await stat(file)).ino).toBe(ino)
    expect(await r.read('b.txt')).toBe('b\n')
  })

  it('brings everything back that an attempt can break', async () => {
    await using r = await room()
    const { slot } = r
    const outside = join(r.at.dir, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'precious'), 'x')
    const breakages: (() => Promise<unknown>)[] = [
      () => rm(join(slot.worktree, '.git')),
      () => rm(slot.worktree, { recursive: true }),
      () => rm(slot.hub, { recursive: true }),
      () => rm(slot.admin, { recursive: true }),
      () => writeFile(join(slot.admin, 'HEAD'), 'garbage'),
      () => writeFile(join(slot.admin, 'index'), 'garbage'),
      () => writeFile(join(slot.admin, 'index.lock'), ''),
      () => writeFile(join(slot.hub, 'config'), 'garbage ['),
      () => writeFile(join(slot.hub, 'refs/heads/ws/a'), '0'.repeat(40)),
      () => writeFile(join(slot.hub, 'packed-refs.lock'), ''),
      () => writeFile(slot.index, 'garbage'),
      () => writeFile(`${slot.index}.lock`, ''),
      () => r.agent('init', '-q', join(slot.worktree, 'nested')),
      () => r.agent('checkout', '-q', '--orphan', 'other'),
      async () => {
        await rm(slot.worktree, { recursive: true })
        await symlink(outside, slot.worktree)
      },
      async () => {
        await rm(slot.hub, { recursive: true })
        await writeFile(slot.hub, `gitdir: ${r.at.root}/.git\n`)
      },
    ]
    for (const breakIt of breakages) {
      await breakIt()
      await r.prepare()
      expect(await r.agent('status', '--porcelain=v2', '--branch')).toBe(`# branch.oid ${r.base}\n# branch.head ws/a`)
      expect(await r.read('README.md')).toBe('hello\n')
    }
    expect(await readFile(join(outside, 'precious'), 'utf8')).toBe('x')
  })

  it('builds again when it was cut off before it was ready', async () => {
    await using r = await room()
    await rm(join(r.slot.dir, 'ready'))
    await writeFile(join(r.slot.worktree, 'half'), 'x')
    expect(await r.prepare()).toEqual({ created: true })
    expect(existsSync(join(r.slot.worktree, 'half'))).toBe(false)
    expect(await r.prepare()).toEqual({ created: false })
  })

  it('detaches a gate at exactly the commit, candidates that only a pin holds included', async () => {
    await using r = await room()
    const gate = slotAt(join(r.at.dir, 'work'), 'gates', 2)
    const tree = await r.at.git(['rev-parse', 'HEAD^{tree}'])
    const candidate = await r.at.git(['commit-tree', '-p', r.base, '-m', 'candidate', tree])
    await prepareSlot(r.repo, gate, { base: candidate, branch: null, keep: [] })
    expect(gate.name).toBe('gate-2')
    expect(await r.at.git(['rev-parse', 'HEAD'], gate.worktree)).toBe(candidate)
    expect(await r.at.exit(['symbolic-ref', '-q', 'HEAD'], gate.worktree)).toBe(1)
    expect((await snapshot(gate)).tree).toBe(tree)
  })

  it('hole 4: the gc and repack of the user during a run do no harm', async () => {
    await using r = await room()
    await r.at.write('gone.txt', 'only in a commit that nothing but the pin holds\n')
    const dropped = await r.at.commit('to be dropped')
    await r.prepare({ base: dropped })
    await r.at.git(['reset', '-q', '--hard', 'HEAD~1'])
    await r.at.git(['reflog', 'expire', '--expire=now', '--all'])
    await r.write('more.txt', 'x\n')
    await r.at.git(['gc', '-q', '--prune=now'])
    await r.at.git(['repack', '-adfq'])
    expect(await r.agent('show', 'HEAD:gone.txt')).toContain('only in a commit')
    const taken = await r.take({ base: dropped })
    assertKind(taken, 'work')
    await r.at.git(['gc', '-q', '--prune=now'])
    expect(await r.at.git(['show', `${taken.tip}:more.txt`])).toBe('x')
    expect(await r.at.exit(['fsck', '--strict'])).toBe(0)
  })

  it.each([
    { name: 'with space #ü', objectFormat: 'sha1' as const },
    { name: 'new\nline', objectFormat: 'sha1' as const },
    { name: 'wide', objectFormat: 'sha256' as const },
  ])('works for $name ($objectFormat), from preparation to taking over', async (options) => {
    await using r = await room(options)
    await r.write('new.txt', 'new\n')
    await r.at.commit('work', r.slot.worktree)
    await r.write('rest.txt', 'rest\n')
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['new.txt', 'rest.txt'])
    expect(await r.at.git(['show', 'ws/a:rest.txt'])).toBe('rest')
  })

  it('works for a shallow clone, and for a linked worktree as the checkout', async () => {
    await using at = await scratch()
    await at.commit('second')
    const shallow = join(at.dir, 'shallow')
    await at.git(['clone', '-q', '--depth=1', `file://${at.root}`, shallow])
    const linked = join(at.dir, 'linked')
    await at.git(['worktree', 'add', '-q', '-b', 'side', linked], shallow)
    const repo = await openRepository(linked)
    const slot = slotAt(join(at.dir, 'work'), 'agents', 1)
    const base = repo.head.commit!
    await prepareSlot(repo, slot, { base, branch: 'ws/a', keep: [], identity: PERSON })
    expect(await at.git(['rev-list', '--count', 'HEAD'], slot.worktree)).toBe('1')
    expect(await at.git(['status', '--porcelain'], slot.worktree)).toBe('')
  })

  it('keeps working after the repository has moved', async () => {
    await using r = await room()
    const elsewhere = join(r.at.dir, 'elsewhere')
    await rename(r.at.root, elsewhere)
    const repo = await openRepository(elsewhere)
    await prepareSlot(repo, r.slot, { base: r.base, branch: 'ws/a', keep: [], identity: PERSON })
    expect(await r.agent('status', '--porcelain')).toBe('')
  })
})

describe('removeSlot', () => {
  it('leaves neither folder nor pin, twice', async () => {
    await using r = await room()
    await removeSlot(r.repo, r.slot)
    await removeSlot(r.repo, r.slot)
    expect(existsSync(r.slot.dir)).toBe(false)
    expect(await readRef(r.repo, 'refs/sluice/base/agent-1')).toBeNull()
  })
})

describe('the hub', () => {
  it('never starts a gc of its own', async () => {
    await using r = await room()
    expect(await r.agent('config', '--get-regexp', '^(gc|maintenance)')).toBe('gc.auto 0\nmaintenance.auto false')
  })
})
