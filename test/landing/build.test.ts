import { describe, expect, it } from 'vitest'
import { candidateRef, unpinCandidate } from '../../src/landing/build.ts'
import { moveTo } from '../../src/landing/move.ts'
import { yard } from './room.ts'

describe('a candidate', () => {
  it('is a merge of the work onto what is ahead, with its trailers, and pinned', async () => {
    await using y = await yard()
    const work = await y.work({ 'a.txt': 'a\n' })
    const built = await y.build({ a: work })
    expect(built.landings).toMatchObject([
      { workstream: 'a', stage: 'built', commit: built.commit, date: 1_800_000_000 },
    ])
    expect(await y.at.git(['log', '-1', '--format=%P%n%an <%ae>%n%ct', built.commit])).toBe(
      `${y.base} ${work}\nLander <lander@example.org>\n1800000000`,
    )
    expect(built.tree).toBe(await y.at.git(['rev-parse', `${built.commit}^{tree}`]))
    expect(await y.at.git(['rev-parse', candidateRef('a')])).toBe(built.commit)
    expect(await y.tip()).toBe(y.base)
  })

  it('of several pieces of work is a chain of merges, each pinned', async () => {
    await using y = await yard()
    const works = { a: await y.work({ 'a.txt': 'a\n' }), b: await y.work({ 'b.txt': 'b\n' }) }
    const { landings, commit } = await y.build(works)
    const [first, second] = landings.map((landing) => landing.commit)
    expect(commit).toBe(second)
    expect(await y.at.git(['rev-parse', `${second}^1`, `${second}^2`])).toBe(`${first}\n${works.b}`)
    expect(await y.at.git(['rev-parse', candidateRef('a'), candidateRef('b')])).toBe(`${first}\n${second}`)
  })

  it('is the same commit when it is built again from the same intent', async () => {
    await using y = await yard()
    const works = { a: await y.work({ 'a.txt': 'a\n' }), b: await y.work({ 'b.txt': 'b\n' }) }
    expect((await y.build(works)).commit).toBe((await y.build(works)).commit)
  })

  it('goes without what conflicts with a part ahead of it, and says with which', async () => {
    await using y = await yard({ files: { 'a.txt': '1\n2\n3\n', 'c.txt': 'c\n' } })
    const works = {
      a: await y.work({ 'a.txt': '1\nfirst\n3\n' }),
      b: await y.work({ 'a.txt': '1\nsecond\n3\n' }),
      c: await y.work({ 'c.txt': 'fine\n' }),
    }
    const { landings, conflicts } = await y.build(works)
    expect(landings.map(({ workstream }) => workstream)).toEqual(['a', 'c'])
    expect(conflicts).toMatchObject([
      { landing: { workstream: 'b' }, onto: landings[0]!.commit, ahead: ['a'], merge: { files: [{ path: 'a.txt' }] } },
    ])
    expect(await y.at.exit(['rev-parse', '-q', '--verify', candidateRef('b')])).toBe(1)
  })

  it('of nothing but a conflict has no commit of its own', async () => {
    await using y = await yard({ files: { 'a.txt': 'a\n' } })
    await y.land('a', await y.work({ 'a.txt': 'first\n' }))
    const built = await y.build({ b: await y.work({ 'a.txt': 'second\n' }) })
    expect(built).toMatchObject({ landings: [], commit: await y.tip(), tree: '', conflicts: [{ ahead: [] }] })
  })

  it('of work that the target contains is an empty commit', async () => {
    await using y = await yard()
    const work = await y.push({ 'a.txt': 'by hand\n' })
    const { commit } = await y.build({ a: work })
    expect(await y.at.git(['diff', '--stat', work, commit])).toBe('')
    expect(await y.at.git(['rev-parse', `${commit}^1`])).toBe(work)
  })

  it('loses its pin only to who knows the commit, so that a newer one keeps its own', async () => {
    await using y = await yard()
    const { commit } = await y.build({ a: await y.work({ 'a.txt': 'a\n' }) })
    await unpinCandidate(y.repo, 'a', y.base)
    expect(await y.at.git(['rev-parse', candidateRef('a')])).toBe(commit)
    await unpinCandidate(y.repo, 'a', commit)
    await unpinCandidate(y.repo, 'a', commit)
    expect(await y.at.exit(['rev-parse', '-q', '--verify', candidateRef('a')])).toBe(1)
  })
})

describe('moving to a candidate', () => {
  it('fails when somebody has moved the target meanwhile, and changes nothing', async () => {
    await using y = await yard()
    const { commit } = await y.build({ a: await y.work({ 'a.txt': 'a\n' }) })
    const pushed = await y.push({ 'human.txt': 'h\n' })
    await expect(y.land('b', await y.work({ 'b.txt': 'b\n' }))).resolves.toMatch(/^[0-9a-f]{40}$/)
    const move = { repo: y.repo, target: 'main', from: y.base, to: commit, isPending: false }
    const raced = { kind: 'raced' } as const
    expect(await moveTo({ ...move, publish: async () => raced })).toEqual(raced)
    expect(await y.at.git(['rev-parse', 'main^1'])).toBe(pushed)
  })

  it('goes on beside a target that cannot be moved, each landing on top of the last', async () => {
    await using y = await yard({ isFree: false })
    await y.at.write('README.md', 'edited\n')
    const first = await y.land('a', await y.work({ 'README.md': 'landed\n' }))
    const second = await y.land('b', await y.work({ 'b.txt': 'b\n' }))
    expect(await y.at.git(['rev-parse', `${second}^1`])).toBe(first)
    expect(await y.tip()).toBe(y.base)
    expect(await y.at.read('README.md')).toBe('edited\n')
    expect(await y.landed('refs/sluice/target/main')).toEqual(['a', 'b'])
  })
})
