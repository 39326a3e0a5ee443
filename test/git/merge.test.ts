import { describe, expect, it } from 'vitest'
import { conflictLines, leftoverMarkers } from '../../src/git/markers.ts'
import { changedPaths, commitTree, mergeInMemory } from '../../src/git/merge.ts'
import { openRepository } from '../../src/git/repository.ts'
import { type Scratch, scratch } from '../kit/repository.ts'
import { PERSON, assertKind } from './room.ts'

/** Two branches from the same commit: what each of them does, and their tips. */
async function fork(
  at: Scratch,
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
): Promise<{ ours: string; theirs: string }> {
  const start = await at.git(['rev-parse', 'HEAD'])
  await ours()
  const one = await at.commit('ours')
  await at.git(['checkout', '-q', '--detach', start])
  await theirs()
  const two = await at.commit('theirs')
  return { ours: one, theirs: two }
}

describe('mergeInMemory', () => {
  it('merges without touching the checkout', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const { ours, theirs } = await fork(
      at,
      () => at.write('a', 'a\n'),
      () => at.write('b', 'b\n'),
    )
    await at.write('README.md', 'dirty\n')
    const merge = await mergeInMemory(repo, ours, theirs)
    assertKind(merge, 'clean')
    expect(await at.git(['ls-tree', '--name-only', merge.tree])).toBe('README.md\na\nb')
    expect(await at.git(['status', '--porcelain'])).toBe(' M README.md')
    expect(await changedPaths(repo, ours, merge.tree)).toEqual(['b'])
  })

  it('names every conflict with its kind, its sides and where it is', async () => {
    await using at = await scratch({ files: { text: '1\n2\n3\n', gone: 'x\n', 'odd\nname "ü"': 'a\n' } })
    const repo = await openRepository(at.root)
    const { ours, theirs } = await fork(
      at,
      async () => {
        await at.write('text', '1\nours\n3\n')
        await at.write('gone', 'changed\n')
        await at.write('both', 'ours\n')
        await at.write('odd\nname "ü"', 'ours\n')
      },
      async () => {
        await at.write('text', '1\ntheirs\n3\n')
        await at.git(['rm', '-q', 'gone'])
        await at.write('both', 'theirs\n')
        await at.write('odd\nname "ü"', 'theirs\n')
      },
    )
    const merge = await mergeInMemory(repo, ours, theirs)
    assertKind(merge, 'conflict')
    const kinds = Object.fromEntries(merge.files.map(({ path, kind }) => [path, kind]))
    expect(kinds).toEqual({
      text: 'content',
      gone: 'modify/delete',
      both: 'add/add',
      'odd\nname "ü"': 'content',
    })
    const gone = merge.files.find(({ path }) => path === 'gone')!
    expect(Object.keys(gone.stages)).toEqual(['1', '2'])
    expect(gone.message).toContain('gone')
    expect(await conflictLines(repo, merge.tree, 'text')).toEqual([{ start: 2, end: 6 }])
    expect(await conflictLines(repo, merge.tree, 'odd\nname "ü"')).toEqual([{ start: 1, end: 5 }])
    expect(await conflictLines(repo, merge.tree, 'missing')).toEqual([])
  })

  it('names a folder whose files went to several places as a conflict of its own', async () => {
    const lines = (name: string): string => Array.from({ length: 20 }, (_, n) => `${name} ${n}\n`).join('')
    await using at = await scratch({ files: { 'd/a': lines('a'), 'd/b': lines('b') } })
    const repo = await openRepository(at.root)
    const { ours, theirs } = await fork(
      at,
      async () => {
        await at.git(['rm', '-q', '-r', 'd'])
        await at.write('e/a', lines('a'))
        await at.write('f/b', lines('b'))
      },
      () => at.write('d/new', 'new\n'),
    )
    const merge = await mergeInMemory(repo, ours, theirs)
    assertKind(merge, 'conflict')
    expect(merge.files).toMatchObject([{ path: 'd', kind: expect.stringContaining('split'), stages: {} }])
  })

  it('refuses to merge what has no common history', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const alone = await at.git(['commit-tree', '-m', 'alone', 'HEAD^{tree}'])
    await expect(mergeInMemory(repo, repo.head.commit!, alone)).rejects.toMatchObject({ name: 'GitError' })
  })
})

describe('commitTree', () => {
  it('gives the same id for the same input', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const tree = await at.git(['rev-parse', 'HEAD^{tree}'])
    const commit = {
      tree,
      parents: [repo.head.commit!],
      message: 'Land ws-1\n\nSluice-Landing: r-1\n',
      author: PERSON,
      committer: { name: 'Sluice', email: 'sluice@localhost' },
      dateSeconds: 1_700_000_000.9,
    }
    const id = await commitTree(repo, commit)
    await at.git(['config', 'i18n.commitEncoding', 'latin1'])
    await at.git(['config', 'commit.gpgSign', 'true'])
    expect(await commitTree(repo, commit)).toBe(id)
    expect(await at.git(['log', '-1', '--format=%an %cn %at %ct %(trailers:key=Sluice-Landing,valueonly)', id])).toBe(
      'Agent Sluice 1700000000 1700000000 r-1\n',
    )
  })
})

describe('leftoverMarkers', () => {
  it('finds markers that were added, and nothing else that is odd', async () => {
    await using at = await scratch({ files: { old: '<<<<<<< old\n' } })
    const repo = await openRepository(at.root)
    await at.write('old', '<<<<<<< old\nmore\n')
    await at.write('title.md', 'Install\n=======\n')
    await at.write('spaces', 'x  \n \ty\n\n\n')
    await at.write('dir/left', 'a\n<<<<<<< one\nb\n=======\nc\n>>>>>>> two\n')
    await at.write('half', '>>>>>>> two\n')
    const tip = await at.commit('work')
    expect(await leftoverMarkers(repo, repo.head.commit!, tip)).toEqual(['dir/left', 'half'])
  })
})
