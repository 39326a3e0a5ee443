/** Work brought onto a target anew: where a merge of it as it is does not go, and where nothing goes. */
import { describe, expect, it } from 'vitest'
import { type Rebased, rebaseWork } from '../../src/git/rebase.ts'
import { type Yard, yard } from '../landing/room.ts'
import { assertKind, PERSON } from './room.ts'

const LINES = (middle: string): Record<string, string> => ({ 'shared.txt': `one\n${middle}\nthree\n` })

async function rebase(y: Yard, work: string, onto: string, base = y.base): Promise<Rebased> {
  const order = { committer: PERSON, dateSeconds: 1_700_000_000, message: 'Bring a onto main\n' }
  return await rebaseWork(y.repo, { work, base, onto, ...order })
}

describe('rebaseWork', () => {
  it('leaves work as it is that merges', async () => {
    await using y = await yard({ files: LINES('two') })
    const work = await y.work({ 'a.txt': 'a\n' })
    const onto = await y.push({ 'b.txt': 'b\n' })
    expect(await rebase(y, work, onto)).toEqual({ kind: 'clean', how: 'as-it-is', commit: work })
  })

  it('goes commit by commit where the target has a part of it already', async () => {
    await using y = await yard({ files: LINES('two') })
    const first = await y.work(LINES('two, better'))
    const work = await y.work({ ...LINES('two, best'), 'a.txt': 'a\n' }, first)
    // With another file: the same change in another commit.
    const onto = await y.push({ ...LINES('two, better'), 'b.txt': 'b\n' })
    expect(await y.at.exit(['merge-tree', '--write-tree', onto, work])).toBe(1)
    const rebased = await rebase(y, work, onto)
    assertKind(rebased, 'clean')
    expect(rebased.how).toBe('commits')
    expect(await y.at.git(['rev-parse', `${rebased.commit}^`])).toBe(onto)
    expect(await y.at.git(['show', `${rebased.commit}:shared.txt`])).toBe('one\ntwo, best\nthree')
    expect(await y.at.git(['log', '-1', '--format=%an %cn %s', rebased.commit])).toBe('Test Agent work')
    expect(await y.at.git(['log', '-1', '--format=%at', rebased.commit])).toBe(
      await y.at.git(['log', '-1', '--format=%at', work]),
    )
  })

  it('does not bring back what a rewritten target has dropped', async () => {
    await using y = await yard({ files: LINES('two') })
    const dropped = await y.work({ 'dropped.txt': 'dropped\n', ...LINES('dropped') })
    const work = await y.work({ 'a.txt': 'a\n' }, dropped)
    const onto = await y.push({ 'b.txt': 'b\n' })
    const rebased = await rebase(y, work, onto, dropped)
    assertKind(rebased, 'clean')
    expect(await y.at.git(['ls-tree', '--name-only', rebased.commit])).toBe('a.txt\nb.txt\nshared.txt')
    expect(await y.at.git(['show', `${rebased.commit}:shared.txt`])).toBe('one\ntwo\nthree')
  })

  it('goes as a whole where a commit on the way conflicts that a later one takes back', async () => {
    await using y = await yard({ files: LINES('two') })
    const dropped = await y.work({ 'dropped.txt': 'dropped\n' })
    const detour = await y.work(LINES('detour'), dropped)
    const work = await y.work({ ...LINES('two'), 'a.txt': 'a\n' }, detour)
    const onto = await y.push(LINES('theirs'))
    const rebased = await rebase(y, work, onto, dropped)
    assertKind(rebased, 'clean')
    expect(rebased.how).toBe('whole')
    expect(await y.at.git(['log', '-1', '--format=%P %s', rebased.commit])).toBe(`${onto} Bring a onto main`)
    expect(await y.at.git(['show', `${rebased.commit}:shared.txt`])).toBe('one\ntheirs\nthree')
  })

  it('is nothing on top of a target that has all of it', async () => {
    await using y = await yard({ files: LINES('two') })
    const first = await y.work(LINES('better'))
    const work = await y.work(LINES('best'), first)
    // The same lines, dropped from its history since: merging would be no way.
    await y.push({ ...LINES('better'), 'b.txt': 'b\n' })
    const onto = await y.push(LINES('best'))
    expect(await rebase(y, work, onto, first)).toEqual({ kind: 'clean', how: 'commits', commit: onto })
  })

  it('stays a conflict where both mean the same lines', async () => {
    await using y = await yard({ files: LINES('two') })
    const work = await y.work(LINES('mine'))
    const onto = await y.push(LINES('theirs'))
    expect(await rebase(y, work, onto)).toMatchObject({ kind: 'conflict', files: [{ path: 'shared.txt' }] })
  })
})
