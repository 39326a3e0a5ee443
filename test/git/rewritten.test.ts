/** Work that does not descend from its base: taken for what it means, without taking back what the base brought. */
import { describe, expect, it } from 'vitest'
import { readRef } from '../../src/git/refs.ts'
import type { Taken } from '../../src/git/take-over.ts'
import { assertKind, room } from './room.ts'

describe('rewritten history', () => {
  /** A base that brings `src.txt`, on top of the first commit; the slot stands on it. */
  async function onSecond(
    r: Awaited<ReturnType<typeof room>>,
  ): Promise<{ second: string; take: () => Promise<Taken> }> {
    await r.at.write('src.txt', '1\n2\n3\n')
    await r.at.write('kept.txt', 'kept\n')
    const second = await r.at.commit('second')
    await r.prepare({ base: second })
    return { second, take: () => r.take({ base: second }) }
  }

  it('of the base, by an amend: its files are the work, as one commit on the base; the commits are kept', async () => {
    await using r = await room()
    const { second, take } = await onSecond(r)
    await r.write('src.txt', '1\nTWO\n3\n')
    await r.agent('commit', '-qa', '--amend', '-m', 'better')
    const amended = await r.agent('rev-parse', 'HEAD')
    await r.write('more.txt', 'not committed\n')
    const taken = await take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['more.txt', 'src.txt'])
    expect(await r.at.git(['rev-list', '--parents', '-1', taken.tip])).toBe(`${taken.tip} ${second}`)
    expect(await r.at.git(['show', `${taken.tip}:src.txt`])).toBe('1\nTWO\n3')
    expect(taken.reports[0]).toContain('history was rewritten')
    expect(taken.strays).toHaveLength(1)
    expect(await r.at.exit(['merge-base', '--is-ancestor', amended, taken.strays[0]!.ref])).toBe(0)
    expect(await readRef(r.repo, 'refs/sluice/wip/a/1')).toBe(taken.tip)
  })

  it('of a base that is the first commit there is', async () => {
    await using r = await room()
    await r.write('README.md', 'amended\n')
    await r.agent('commit', '-qa', '--amend', '-m', 'better')
    await r.write('two.txt', 'two\n')
    await r.at.commit('two', r.slot.worktree)
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['README.md', 'two.txt'])
    expect(await r.at.git(['rev-list', '--parents', '-1', taken.tip])).toBe(`${taken.tip} ${r.base}`)
  })

  it('of the base, by a rebase', async () => {
    await using r = await room()
    const { take } = await onSecond(r)
    await r.write('one.txt', 'one\n')
    await r.at.commit('one', r.slot.worktree)
    await r.agent('-c', 'sequence.editor=sed -i 1s/pick/edit/', 'rebase', '-q', '-i', 'HEAD~2')
    await r.write('src.txt', '1\nTWO\n3\n')
    await r.agent('commit', '-qa', '--amend', '--no-edit')
    await r.agent('rebase', '--continue')
    const taken = await take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['one.txt', 'src.txt'])
    expect(await r.at.git(['show', `${taken.tip}:src.txt`])).toBe('1\nTWO\n3')
  })

  it('that differs in nothing but words is no work', async () => {
    await using r = await room()
    await r.agent('commit', '-q', '--amend', '-m', 'better words')
    expect(await r.take()).toMatchObject({ kind: 'empty' })
  })

  it('does not take back what the base brought: work on an older commit is merged with it', async () => {
    await using r = await room()
    const { second, take } = await onSecond(r)
    await r.agent('checkout', '-q', '-b', 'older', 'HEAD~1')
    await r.write('one.txt', 'one\n')
    await r.at.commit('one', r.slot.worktree)
    const taken = await take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['one.txt'])
    expect(await r.at.git(['rev-list', '--parents', '-1', taken.tip])).toBe(`${taken.tip} ${second}`)
    expect(taken.reports[0]).toContain('an older commit')
  })

  it('is refused where it conflicts with the base, and kept', async () => {
    await using r = await room()
    const { take } = await onSecond(r)
    await r.agent('checkout', '-q', '-b', 'older', 'HEAD~1')
    await r.write('src.txt', 'mine\n')
    const mine = await r.at.commit('mine', r.slot.worktree)
    const taken = await take()
    assertKind(taken, 'refused')
    expect(taken).toMatchObject({ reason: 'unrelated', message: expect.stringContaining('src.txt'), kept: null })
    expect(taken.strays.map(({ commit }) => commit)).toEqual([mine])
  })
})
