import { describe, expect, it } from 'vitest'
import { commitTree, mergeInMemory } from '../../src/git/merge.ts'
import { brought, replay } from '../../src/git/replay.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { takeBack } from '../../src/git/revert.ts'
import { type Scratch, scratch } from '../kit/repository.ts'
import { FILES, grow, randomHistories } from './random-history.ts'
import { assertKind, PERSON } from './room.ts'

const AT = { author: PERSON, committer: PERSON, dateSeconds: 1_800_000_000 }

/** A commit on `parents` with one file changed, none of them checked out. */
async function commit(at: Scratch, parents: readonly string[], path: string, text: string): Promise<string> {
  const env = { GIT_INDEX_FILE: `${at.dir}/commit.index` }
  await at.git(['read-tree', parents[0]!], at.root, env)
  await at.write(`${at.dir}/blob`, text)
  const blob = await at.git(['hash-object', '-w', `${at.dir}/blob`])
  await at.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], at.root, env)
  const tree = await at.git(['write-tree'], at.root, env)
  return at.git(['commit-tree', tree, '-m', path, ...parents.flatMap((parent) => ['-p', parent])])
}

async function merge(repo: Repository, onto: string, work: string): Promise<string> {
  const merged = await mergeInMemory(repo, onto, work)
  assertKind(merged, 'clean')
  return await commitTree(repo, { tree: merged.tree, parents: [onto, work], message: 'merge\n', ...AT })
}

async function revert(repo: Repository, tip: string, commit: string): Promise<string | null> {
  const back = await takeBack(repo, tip, commit)
  if (back.kind === 'conflict') return null
  return await commitTree(repo, { tree: back.tree, parents: [tip], message: 'revert\n', ...AT })
}

const filesOf = (at: Scratch, commit: string): Promise<string> => at.git(['ls-tree', '--name-only', commit])

describe('landing again what was taken back', () => {
  it('loses the work without a replay, and brings it back with one, beside what others did since', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const base = repo.head.commit!
    const work = await commit(at, [base], 'work', 'w\n')
    const before = await commit(at, [base], 'earlier', 'e\n')
    const landing = await merge(repo, before, work)
    const tip = await commit(at, [(await revert(repo, landing, landing))!], 'later', 'l\n')
    expect(await filesOf(at, tip)).toBe('README.md\nearlier\nlater')

    expect(await filesOf(at, await merge(repo, tip, work))).toBe('README.md\nearlier\nlater')
    const again = await replay(repo, { work, before, message: 'again\n', ...AT })
    expect(await filesOf(at, await merge(repo, tip, again))).toBe('README.md\nearlier\nlater\nwork')
    expect(await at.git(['rev-list', '--count', `${tip}..${again}`])).toBe('1')
  })

  it('brings what was built on it since, too', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const base = repo.head.commit!
    const work = await commit(at, [base], 'work', 'w\n')
    const landing = await merge(repo, await commit(at, [base], 'earlier', 'e\n'), work)
    const tip = (await revert(repo, landing, landing))!
    const more = await commit(at, [work], 'more', 'm\n')

    expect(await filesOf(at, await merge(repo, tip, more))).toBe('README.md\nearlier\nmore')
    const again = await replay(repo, { work: more, before: `${landing}^1`, message: 'again\n', ...AT })
    expect(await filesOf(at, await merge(repo, tip, again))).toBe('README.md\nearlier\nmore\nwork')
  })

  it('does not bring back what the work had taken from others and the target gave up since', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const base = repo.head.commit!
    const other = await commit(at, [base], 'other', 'o\n')
    // The work merged the other branch, and a newer target: two bases, none of them older than the other.
    const target = await commit(at, [base], 'target', 't\n')
    const work = await commit(at, [await merge(repo, await merge(repo, base, target), other)], 'work', 'w\n')
    const landedOther = await merge(repo, target, other)
    expect(await at.git(['merge-base', '--all', landedOther, work])).toContain('\n')
    const landing = await merge(repo, landedOther, work)
    const withoutWork = (await revert(repo, landing, landing))!
    const tip = (await revert(repo, withoutWork, landedOther))!
    expect(await filesOf(at, tip)).toBe('README.md\ntarget')

    const again = await replay(repo, { work, before: landedOther, message: 'again\n', ...AT })
    expect(await filesOf(at, await merge(repo, tip, again))).toBe('README.md\ntarget\nwork')
  })

  it.each(randomHistories(3, 4, 8))('gives what taking the revert back gives (%#)', async (...changes) => {
    await using at = await scratch({ files: FILES })
    const repo = await openRepository(at.root)
    const { tip, merges } = await grow(at, changes)
    let compared = 0
    for (const landing of merges.slice(-5)) {
      const reverted = await revert(repo, tip, landing)
      if (reverted === null) continue
      const restored = await takeBack(repo, reverted, reverted)
      assertKind(restored, 'clean')
      const again = await replay(repo, { work: `${landing}^2`, before: `${landing}^1`, message: 'again\n', ...AT })
      const merged = await mergeInMemory(repo, reverted, again)
      if (merged.kind === 'conflict') continue
      expect(merged.tree).toBe(restored.tree)
      compared++
    }
    expect(compared).toBeGreaterThan(0)
  })
})

describe('what a landing brought', () => {
  it('is its work, and part of what was built on that or knows the landing', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const base = repo.head.commit!
    const work = await commit(at, [base], 'work', 'w\n')
    const before = await commit(at, [base], 'earlier', 'e\n')
    const landing = await merge(repo, before, work)
    expect(await brought(repo, landing, work)).toBe(true)
    expect(await brought(repo, landing, await commit(at, [work], 'more', 'm\n'))).toBe(true)
    expect(await brought(repo, landing, await commit(at, [landing], 'on top', 't\n'))).toBe(true)
    expect(await brought(repo, landing, await commit(at, [before], 'beside', 'b\n'))).toBe(false)
    expect(await brought(repo, landing, base)).toBe(false)
    const again = await replay(repo, { work, before, message: 'again\n', ...AT })
    expect(await brought(repo, landing, again)).toBe(false)
  })
})
