import { describe, expect, it } from 'vitest'
import { treeOf } from '../../src/git/ancestry.ts'
import { firstParentTrailers } from '../../src/git/history.ts'
import { openRepository, type Repository } from '../../src/git/repository.ts'
import { landingMessage } from '../../src/landing/message.ts'
import { planRollback } from '../../src/landing/rollback.ts'
import { landedIn } from '../../src/landing/standing.ts'
import { type Undone, undoLandings } from '../../src/landing/undo.ts'
import type { RollbackRequest } from '../../src/model/rollback.ts'
import { FILES, grow, randomHistories } from '../git/random-history.ts'
import { assertKind } from '../git/room.ts'
import { scratch } from '../kit/repository.ts'
import { names, intent, PERSON, type Yard, yard } from './room.ts'

/** Plans on the history of `tip` and carries it out. */
async function rollBack(repo: Repository, tip: string, request: RollbackRequest): Promise<Undone> {
  const history = await firstParentTrailers(repo, tip)
  const { undo, problems } = planRollback({
    history,
    unpublished: new Set(),
    workstreams: [],
    request,
    cascade: false,
  })
  expect(problems).toEqual([])
  return await undoLandings(repo, { tip, undo, why: 'because', identity: PERSON, dateSeconds: 1_800_000_000 })
}

async function clean(repo: Repository, tip: string, request: RollbackRequest): Promise<string> {
  const undone = await rollBack(repo, tip, request)
  assertKind(undone, 'clean')
  return undone.tip
}

/** Lands a workstream that writes these files. */
async function lands(y: Yard, id: string, files: Record<string, string>): Promise<void> {
  await y.land(id, await y.work(files))
}

const filesOf = async (y: Yard, commit: string): Promise<string[]> =>
  (await y.at.git(['ls-tree', '--name-only', commit])).split('\n')
const landedAt = async (y: Yard, commit: string): Promise<string[]> =>
  [...(await landedIn(y.repo, commit)).keys()].sort()

describe('undoing landings', () => {
  it('makes one revert commit each on top of the tip, and moves nothing', async () => {
    await using y = await yard()
    await lands(y, 'a', { a: 'a\n' })
    await lands(y, 'b', { b: 'b\n' })
    await y.push({ person: 'p\n' })
    await lands(y, 'c', { c: 'c\n' })
    const tip = await y.tip()
    const before = await y.at.git(['for-each-ref'])
    const undone = await rollBack(y.repo, tip, { ids: ['a', 'b'] })
    assertKind(undone, 'clean')
    expect(await y.at.git(['for-each-ref'])).toBe(before)
    expect(await filesOf(y, undone.tip)).toEqual(['README.md', 'c', 'person'])
    expect(await landedAt(y, undone.tip)).toEqual(['c'])
    const made = await firstParentTrailers(y.repo, undone.tip, tip)
    expect(made.map(({ commit }) => commit).toReversed()).toEqual(undone.commits)
    expect(made.map(({ reverts, parents }) => [reverts, parents.length])).toEqual([
      [['r-a'], 1],
      [['r-b'], 1],
    ])
    expect(await y.at.git(['log', '-1', '--format=%an %at %s', undone.tip])).toBe('Lander 1800000000 Revert r-a: a')
    expect(await rollBack(y.repo, tip, { ids: ['b', 'a'] })).toEqual(undone)
  })

  it('brings back what was taken back, and takes it back again, beside what came between', async () => {
    await using y = await yard()
    await lands(y, 'a', { a: 'a\n' })
    await lands(y, 'b', { b: 'b\n' })
    const gone = await clean(y.repo, await y.tip(), { ids: ['a'] })
    const later = await y.work({ later: 'l\n' }, gone)
    const back = await clean(y.repo, later, { ids: ['a'] })
    expect(await filesOf(y, back)).toEqual(['README.md', 'a', 'b', 'later'])
    expect(await landedAt(y, back)).toEqual(['a', 'b'])
    const again = await clean(y.repo, back, { ids: ['a'] })
    expect(await filesOf(y, again)).toEqual(['README.md', 'b', 'later'])
    expect(await landedAt(y, again)).toEqual(['b'])
    expect(await treeOf(y.repo, again)).toBe(await treeOf(y.repo, later))
    const trailers = await firstParentTrailers(y.repo, again, later)
    expect(trailers.map(({ reverts }) => reverts)).toEqual([[back], [gone]])
  })

  it('stops at the first that cannot be reverted, and shows where', async () => {
    await using y = await yard()
    await lands(y, 'a', { shared: 'a\n' })
    await lands(y, 'b', { b: 'b\n' })
    const edited = await y.work({ shared: 'edited by a person\n' }, await y.tip())
    const undone = await rollBack(y.repo, edited, { ids: ['a', 'b'] })
    assertKind(undone, 'conflict')
    expect(undone).toMatchObject({ item: { workstream: 'a' }, files: [{ path: 'shared', kind: 'modify/delete' }] })
    expect(await filesOf(y, undone.onto)).toEqual(['README.md', 'shared'])
  })
})

const messageOf = (number: number): string => landingMessage(names({ ...intent(`w${number}`, ''), id: `r-${number}` }))

describe('a rollback of everything', () => {
  it.each(randomHistories(4, 4, 8))('gives exactly the tree from before (%#)', async (...changes) => {
    await using at = await scratch({ files: FILES })
    const repo = await openRepository(at.root)
    const branches = changes.map((change) => ({ ...change, begun: change.begun ?? 0 }))
    const { base, tip, merges } = await grow(at, branches, messageOf)
    expect(merges.length).toBeGreaterThan(2)
    const before = await clean(repo, tip, { run: 'r' })
    expect(await treeOf(repo, before)).toBe(await treeOf(repo, base))
    expect((await landedIn(repo, before)).size).toBe(0)
    // And a rollback of that gives exactly what was there.
    const ids = [...(await landedIn(repo, tip)).keys()]
    const after = await clean(repo, before, { ids })
    expect(await treeOf(repo, after)).toBe(await treeOf(repo, tip))
    expect([...(await landedIn(repo, after)).keys()]).toEqual(ids)
    // Down to a landing in the middle it is the tree of that landing.
    const middle = merges[1]!
    const { landing } = (await firstParentTrailers(repo, middle))[0]!
    expect(await treeOf(repo, await clean(repo, tip, { to: landing! }))).toBe(await treeOf(repo, middle))
  })
})
