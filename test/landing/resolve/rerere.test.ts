import { describe, expect, it } from 'vitest'
import { git } from '../../../src/git/git.ts'
import { listRefs } from '../../../src/git/refs.ts'
import { forget, learnFrom, replay } from '../../../src/landing/resolve/rerere.ts'
import { sortConflicts } from '../../../src/landing/resolve/plain.ts'
import { type Conflicted, type Forge, forge, NOT_PLAIN, NOT_PLAIN_FILES } from './room.ts'

const lines = (...middle: string[]): string => ['one', 'two', 'three', ...middle, 'four', 'five', ''].join('\n')

async function replayed(f: Forge, conflict: Conflicted, path = 'a'): Promise<string | null> {
  const { plain } = await sortConflicts(f.repo, conflict, conflict.files)
  const known = await replay(
    f.repo,
    plain.find((one) => one.path === path)!,
  )
  return known === null ? null : `${await f.at.git(['cat-file', 'blob', known.object])}\n`
}

/** A conflict in `a`, and a merge commit in which it has been settled by both lines. */
async function resolved(f: Forge): Promise<{ conflict: Conflicted; merge: string }> {
  const conflict = await f.fork({ a: lines('ours') }, { a: lines('work') })
  const merge = await f.commit([conflict.work, conflict.onto], { a: lines('work and ours') }, conflict.tree)
  return { conflict, merge }
}

const remembered = async (f: Forge): Promise<number> => (await listRefs(f.repo, 'refs/sluice/rerere')).length

describe('a resolution that was learned', () => {
  it('settles the same conflict again, whichever side is whose, and wherever else the file has changed', async () => {
    await using f = await forge({ a: lines('base') })
    const { conflict, merge } = await resolved(f)
    expect(await replayed(f, conflict)).toBe(null)
    const learned = await learnFrom(f.repo, { tip: merge, base: f.base })
    expect(learned).toMatchObject([{ path: 'a', commit: merge }])
    expect(await replayed(f, conflict)).toBe(lines('work and ours'))
    const turned = { ...conflict, onto: conflict.work, work: conflict.onto }
    const files = conflict.files.map((file) => ({
      ...file,
      stages: { ...file.stages, 2: file.stages[3]!, 3: file.stages[2]! },
    }))
    expect(await replayed(f, { ...turned, files })).toBe(lines('work and ours'))
    const longer = await f.fork({ a: `zero\n${lines('ours')}` }, { a: `${lines('work')}six\n` })
    expect(await replayed(f, longer)).toBe(`zero\n${lines('work and ours')}six\n`)
  })

  it('survives a gc of the user and is the same when it is learned twice', async () => {
    await using f = await forge({ a: lines('base') })
    const { conflict, merge } = await resolved(f)
    await learnFrom(f.repo, { tip: merge, base: f.base })
    const [before] = await listRefs(f.repo, 'refs/sluice/rerere')
    await learnFrom(f.repo, { tip: merge, base: f.base })
    expect(await listRefs(f.repo, 'refs/sluice/rerere')).toEqual([before])
    await f.at.git(['branch', 'work', conflict.work])
    await f.at.git(['branch', 'onto', conflict.onto])
    await f.at.git(['reflog', 'expire', '--expire=now', '--all'])
    await f.at.git(['gc', '-q', '--prune=now'])
    expect(await replayed(f, conflict)).toBe(lines('work and ours'))
  })

  it('settles nothing else: other lines, another base, other surroundings', async () => {
    await using f = await forge({ a: lines('base') })
    const { merge } = await resolved(f)
    await learnFrom(f.repo, { tip: merge, base: f.base })
    expect(await replayed(f, await f.fork({ a: lines('ours') }, { a: lines('work', 'more') }))).toBe(null)
    const other = await f.commit([f.base], { a: lines('another', 'base') })
    expect(await replayed(f, await f.fork({ a: lines('ours') }, { a: lines('work') }, other))).toBe(null)
    const elsewhere = await f.commit([f.base], { a: 'A\nbase\nB\n' })
    const moved = await f.fork({ a: 'A\nours\nB\n' }, { a: 'A\nwork\nB\n' }, elsewhere)
    expect(await replayed(f, moved)).toBe(null)
  })

  it('can be forgotten', async () => {
    await using f = await forge({ a: lines('base') })
    const { conflict, merge } = await resolved(f)
    const [learned] = await learnFrom(f.repo, { tip: merge, base: f.base })
    await forget(f.repo, learned!.id)
    await forget(f.repo, learned!.id)
    expect(await replayed(f, conflict)).toBe(null)
  })
})

describe('learning', () => {
  it('takes nothing from merges without a conflict, with markers left, or without the file', async () => {
    await using f = await forge({ a: lines('base'), b: 'b\n' })
    const conflict = await f.fork({ a: lines('ours') }, { a: lines('work') })
    const parents = [conflict.work, conflict.onto]
    const withMarkers = await f.commit(parents, {}, conflict.tree)
    const removed = await f.commit(parents, { a: null }, conflict.tree)
    const side = await f.commit([f.base], { b: 'c\n' })
    const clean = await f.commit([conflict.work, side], { b: 'c\n' })
    for (const tip of [withMarkers, removed, clean]) expect(await learnFrom(f.repo, { tip, base: f.base })).toEqual([])
    expect(await remembered(f)).toBe(0)
  })

  it('takes nothing from one that was mended on top, for only the tip has passed', async () => {
    await using f = await forge({ a: lines('base') })
    const { conflict, merge } = await resolved(f)
    const tip = await f.commit([merge], { a: lines('mended') }, merge)
    expect(await learnFrom(f.repo, { tip, base: f.base })).toEqual([])
    expect(await replayed(f, conflict)).toBe(null)
  })

  it('takes the later of two resolutions', async () => {
    await using f = await forge({ a: lines('base') })
    const { conflict, merge } = await resolved(f)
    const again = await f.commit([conflict.work, conflict.onto], { a: lines('better') }, conflict.tree)
    await learnFrom(f.repo, { tip: merge, base: f.base })
    await learnFrom(f.repo, { tip: again, base: f.base })
    expect(await replayed(f, conflict)).toBe(lines('better'))
    expect(await remembered(f)).toBe(1)
  })

  it.each(NOT_PLAIN)('takes nothing from $name', async ({ ours, theirs }) => {
    await using f = await forge(NOT_PLAIN_FILES)
    const conflict = await f.fork(ours, theirs)
    const tip = await f.commit([conflict.work, conflict.onto], {})
    expect(await learnFrom(f.repo, { tip, base: f.base })).toEqual([])
  })

  it('does not mind merges of histories that have nothing in common', async () => {
    await using f = await forge({ a: lines('base') })
    const stranger = await f.at.git(['commit-tree', '-m', 'stranger', `${f.base}^{tree}`])
    const tip = await f.commit([f.base, stranger], {})
    expect(await learnFrom(f.repo, { tip, base: f.base })).toEqual([])
  })

  it('keeps five hundred, and forgets the oldest', async () => {
    await using f = await forge({ a: lines('base') })
    const { conflict, merge } = await resolved(f)
    const old = await f.at.git(['commit-tree', '-m', 'old', `${f.base}^{tree}`], f.at.root, {
      GIT_COMMITTER_DATE: '2001-01-01T00:00:00Z',
    })
    const updates = Array.from({ length: 500 }, (_, n) => `update refs/sluice/rerere/${n} ${old}\n`).join('')
    await git(['update-ref', '--stdin'], { gitDir: f.repo.gitDir, input: updates })
    await learnFrom(f.repo, { tip: merge, base: f.base })
    expect(await remembered(f)).toBe(500)
    expect(await replayed(f, conflict)).toBe(lines('work and ours'))
  })
})
