/** A workstream opened for a person: where it is, what is in it, and that plain git finishes a merge there. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openedRef, openWork, readOpened, setAside, takeOpened } from '../../src/git/open-work.ts'
import { readRef } from '../../src/git/refs.ts'
import { openSlotAt, removeSlot } from '../../src/git/slot.ts'
import { type Yard, yard } from '../landing/room.ts'
import { assertKind, PERSON } from './room.ts'

const FILES = { 'shared.txt': 'one\ntwo\nthree\n', 'gone.txt': 'gone\n', 'far.txt': 'far\n' }

async function bench() {
  const y = await yard({ files: FILES })
  const slot = openSlotAt(join(y.at.dir, 'work'), 'a')
  const opening = { target: 'main', branch: 'ws/a', identity: PERSON, dateSeconds: 1_700_000_000 }
  return {
    ...y,
    slot,
    inside: (...args: string[]) => y.at.git(args, slot.worktree),
    edit: (path: string, text: string) => y.at.write(join(slot.worktree, path), text),
    async open(work: string | null) {
      return await openWork(y.repo, slot, { ...opening, tip: await y.tip(), work })
    },
    async take() {
      const opened = await readOpened(slot)
      const order = { workstream: 'a', author: PERSON, dateSeconds: 1_700_000_000 }
      return await takeOpened(y.repo, slot, opened!, order)
    },
    async [Symbol.asyncDispose]() {
      await y.at[Symbol.asyncDispose]()
    },
  } satisfies Yard & Record<string, unknown>
}

/** Work and target that changed the same line, and a file that one of them removed and the other one changed. */
async function clash(y: Yard): Promise<{ work: string; tip: string }> {
  const work = await y.work({ 'shared.txt': 'one\nby work\nthree\n', 'gone.txt': null, 'mine.txt': 'mine\n' })
  const tip = await y.push({ 'shared.txt': 'one\nby target\nthree\n', 'gone.txt': 'changed\n', 'theirs.txt': 't\n' })
  return { work, tip }
}

describe('opening a workstream', () => {
  it('without work is the target, in a place that the user does not see in his worktrees', async () => {
    await using b = await bench()
    expect(await b.open(null)).toEqual({ kind: 'fresh', base: b.base, conflicts: [] })
    expect(await b.inside('rev-parse', 'HEAD', '--abbrev-ref', 'HEAD')).toBe(`${b.base}\nws/a`)
    expect((await b.at.git(['worktree', 'list'])).split('\n')).toHaveLength(1)
    expect(await b.inside('status', '--porcelain')).toBe('')
    expect(await readRef(b.repo, 'refs/sluice/base/open-a')).toBe(b.base)
  })

  it('continues the work, and brings it to the target where the two merge', async () => {
    await using b = await bench()
    const work = await b.work({ 'mine.txt': 'mine\n' })
    expect(await b.open(work)).toEqual({ kind: 'continued', base: b.base, conflicts: [] })
    const tip = await b.push({ 'theirs.txt': 't\n' })
    expect(await b.open(work)).toEqual({ kind: 'merged', base: tip, conflicts: [] })
    expect(await b.inside('rev-parse', 'HEAD^1', 'HEAD^2')).toBe(`${work}\n${tip}`)
    expect(await b.inside('status', '--porcelain')).toBe('')
  })

  it('in conflict is in the middle of the merge, and an ordinary commit ends it', async () => {
    await using b = await bench()
    const { work, tip } = await clash(b)
    expect(await b.open(work)).toEqual({ kind: 'conflict', base: b.base, conflicts: ['gone.txt', 'shared.txt'] })
    expect(await b.inside('status', '--porcelain')).toBe('DU gone.txt\nUU shared.txt\nA  theirs.txt')
    expect(await b.inside('status')).toContain('You have unmerged paths')
    expect(await b.at.read(join(b.slot.worktree, 'shared.txt'))).toBe(
      'one\n<<<<<<< ws/a\nby work\n=======\nby target\n>>>>>>> origin/main\nthree\n',
    )
    expect(await b.inside('show', ':2:shared.txt')).toContain('by work')
    expect(await b.inside('show', ':3:shared.txt')).toContain('by target')
    await b.edit('shared.txt', 'one\nby both\nthree\n')
    await b.inside('rm', '-q', 'gone.txt')
    await b.inside('add', 'shared.txt')
    await b.inside('commit', '-q', '--no-edit')
    expect(await b.inside('log', '-1', '--format=%P %s')).toBe(`${work} ${tip} Merge origin/main into ws/a`)
    expect(await b.inside('status', '--porcelain')).toBe('')
    const taken = await b.take()
    assertKind(taken, 'work')
    expect(await readRef(b.repo, openedRef('a'))).toBe(taken.tip)
    expect(await b.at.git(['rev-parse', `${taken.tip}^1`, `${taken.tip}^2`])).toBe(`${work}\n${tip}`)
    expect(await b.at.git(['show', `${taken.tip}:shared.txt`])).toBe('one\nby both\nthree')
    // Whether it is accepted is not known yet.
    expect(await readRef(b.repo, 'refs/heads/ws/a')).toBe(null)
  })

  it('in conflict may be given up by plain git: then the work is as it was', async () => {
    await using b = await bench()
    const { work } = await clash(b)
    await b.open(work)
    await b.inside('merge', '--abort')
    expect(await b.inside('status', '--porcelain')).toBe('')
    expect(await b.take()).toMatchObject({ kind: 'work', tip: work })
  })
})

describe('taking over what was opened', () => {
  it('takes what is not committed too, and what was committed elsewhere besides', async () => {
    await using b = await bench()
    await b.open(null)
    await b.inside('switch', '-q', '-c', 'aside')
    await b.edit('aside.txt', 'aside\n')
    const aside = await b.at.commit('aside', b.slot.worktree)
    await b.inside('switch', '-q', 'ws/a')
    await b.edit('mine.txt', 'mine\n')
    const taken = await b.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['mine.txt'])
    expect(await readRef(b.repo, `refs/sluice/stray/a/${aside.slice(0, 12)}`)).toBe(aside)
  })

  it('refuses a merge that was not finished, keeps it as it is, and what is in it', async () => {
    await using b = await bench()
    const { work } = await clash(b)
    await b.open(work)
    await b.edit('shared.txt', 'half\n')
    expect(await b.take()).toMatchObject({ kind: 'refused', reason: 'unfinished', message: 'a merge was not finished' })
    expect(await b.inside('status', '--porcelain')).toContain('UU shared.txt')
    const [stray] = (await b.at.git(['for-each-ref', '--format=%(refname)', 'refs/sluice/stray/a'])).split('\n')
    expect(await b.at.git(['show', `${stray}:shared.txt`])).toBe('half')
    expect(await readRef(b.repo, openedRef('a'))).toBe(null)
  })

  it('says when there is nothing, and can be set aside before it is opened afresh', async () => {
    await using b = await bench()
    await b.open(null)
    expect(await b.take()).toMatchObject({ kind: 'empty' })
    await b.edit('mine.txt', 'mine\n')
    const taken = await b.take()
    assertKind(taken, 'work')
    const ref = await setAside(b.repo, 'a', taken.tip)
    expect(await b.at.git(['show', `${ref}:mine.txt`])).toBe('mine')
    expect(await readRef(b.repo, openedRef('a'))).toBe(null)
    await b.open(null)
    expect(existsSync(join(b.slot.worktree, 'mine.txt'))).toBe(false)
  })

  it('takes what was committed when the folder is gone', async () => {
    await using b = await bench()
    await b.open(null)
    await b.edit('mine.txt', 'mine\n')
    const mine = await b.at.commit('mine', b.slot.worktree)
    await rm(b.slot.worktree, { recursive: true })
    expect(await b.take()).toMatchObject({ kind: 'work', tip: mine })
    await removeSlot(b.repo, b.slot)
    expect(existsSync(b.slot.dir)).toBe(false)
    expect(await readRef(b.repo, 'refs/sluice/base/open-a')).toBe(null)
  })
})
