import { describe, expect, it } from 'vitest'
import { treeOf } from '../../src/git/ancestry.ts'
import { commitTree, type Merge } from '../../src/git/merge.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { takeBack } from '../../src/git/revert.ts'
import { type Scratch, scratch } from '../kit/repository.ts'
import { FILES, grow, randomHistories } from './random-history.ts'
import { assertKind, PERSON } from './room.ts'

/** What `git revert` does in a checkout of its own: the tree, or the paths in conflict. */
async function byHand(at: Scratch, tip: string, commits: readonly string[]): Promise<string | string[]> {
  const place = `${at.dir}/by-hand`
  await at.git(['worktree', 'add', '-q', '--detach', place, tip])
  try {
    for (const commit of commits) {
      const isMerge = (await at.git(['rev-list', '--parents', '-1', commit])).split(' ').length > 2
      const exit = await at.exit(['revert', '--no-commit', ...(isMerge ? ['-m', '1'] : []), commit], place)
      if (exit !== 0) return (await at.git(['diff', '--name-only', '--diff-filter=U'], place)).split('\n')
    }
    return await at.git(['write-tree'], place)
  } finally {
    await at.git(['worktree', 'remove', '-f', '-f', place])
  }
}

/** The same in memory, one commit each. */
async function inMemory(repo: Repository, tip: string, commits: readonly string[]): Promise<Merge> {
  let at = tip
  let merge: Merge = { kind: 'clean', tree: await treeOf(repo, tip) }
  for (const commit of commits) {
    merge = await takeBack(repo, at, commit)
    if (merge.kind === 'conflict') return merge
    const order = { tree: merge.tree, parents: [at], message: 'revert\n', author: PERSON, committer: PERSON }
    at = await commitTree(repo, { ...order, dateSeconds: 1_700_000_000 })
  }
  return merge
}

function answer(merge: Merge): string | string[] {
  return merge.kind === 'clean' ? merge.tree : merge.files.map(({ path }) => path).sort()
}

describe('taking a commit back', () => {
  it.each(randomHistories(1, 6, 10))(
    'gives what git revert gives, for one landing and for several (%#)',
    async (...changes) => {
      await using at = await scratch({ files: FILES })
      const repo = await openRepository(at.root)
      const { tip, merges } = await grow(at, changes)
      const asked = [
        ...merges.slice(-4).map((merge) => [merge]),
        merges.slice(-3).toReversed(),
        merges.slice(1, 3).toReversed(),
      ]
      for (const commits of asked) {
        expect(answer(await inMemory(repo, tip, commits))).toEqual(await byHand(at, tip, commits))
      }
    },
  )

  it.each(randomHistories(2, 3, 8))(
    'newest first, down to the base, gives exactly the tree from before (%#)',
    async (...changes) => {
      await using at = await scratch({ files: FILES })
      const repo = await openRepository(at.root)
      const { base, tip } = await grow(at, changes)
      const all = (await at.git(['rev-list', '--first-parent', `${base}..${tip}`])).split('\n')
      expect(all.length).toBeGreaterThan(3)
      expect(answer(await inMemory(repo, tip, all))).toBe(await treeOf(repo, base))
    },
  )

  it('works for a revert too: what it removed comes back', async () => {
    await using at = await scratch({ files: FILES })
    const repo = await openRepository(at.root)
    await at.write('f0', 'changed\n')
    const commit = await at.commit('change')
    await at.git(['revert', '--no-edit', commit])
    const revert = await at.git(['rev-parse', 'HEAD'])
    await at.write('f1', 'of somebody else\n')
    const tip = await at.commit('later')
    const merge = await takeBack(repo, tip, revert)
    assertKind(merge, 'clean')
    expect(merge.tree).toBe(await byHand(at, tip, [revert]))
    expect(await at.git(['cat-file', 'blob', `${merge.tree}:f0`])).toBe('changed')
    expect(await at.git(['cat-file', 'blob', `${merge.tree}:f1`])).toBe('of somebody else')
  })

  it('names the files in which somebody changed the same lines since, and writes nothing but objects', async () => {
    await using at = await scratch({ files: FILES })
    const repo = await openRepository(at.root)
    await at.write('f0', 'changed\n')
    const commit = await at.commit('change')
    await at.write('f0', 'changed again\n')
    const tip = await at.commit('later')
    const before = await at.git(['for-each-ref'])
    const merge = await takeBack(repo, tip, commit)
    assertKind(merge, 'conflict')
    expect(merge.files).toMatchObject([{ path: 'f0', kind: 'content' }])
    expect(await takeBack(repo, tip, commit)).toEqual(merge)
    expect(await at.git(['for-each-ref'])).toBe(before)
    expect(await at.git(['status', '--porcelain'])).toBe('')
  })

  it('cannot be asked of a commit with nothing before it', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    await expect(takeBack(repo, repo.head.commit!, repo.head.commit!)).rejects.toMatchObject({ name: 'GitError' })
  })
})
