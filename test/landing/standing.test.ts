import { describe, expect, it } from 'vitest'
import { inEffect, landedIn, standings, takenBack } from '../../src/landing/standing.ts'
import { land, past, person, revert } from './past.ts'
import { yard } from './room.ts'

const A = land('a', 'r-1')

const landed = (history: ReturnType<typeof past>): string[] =>
  [...inEffect(standings(history)).values()].map(({ workstream, landing }) => `${workstream} ${landing}`)

describe('what a history stands for', () => {
  it('turns round with every revert of what was newest', () => {
    const chain = [A, revert('r-1', 'c1'), revert('c1', 'c2'), revert('c2', 'c3')]
    expect(landed(past(A))).toEqual(['a r-1'])
    expect(landed(past(...chain.slice(0, 2)))).toEqual([])
    expect(landed(past(...chain.slice(0, 3)))).toEqual(['a r-1'])
    expect(landed(past(...chain))).toEqual([])
    expect(standings(past(...chain)).map(({ undoneBy }) => undoneBy)).toEqual([null, 'c3', null, 'c1'])
    expect([...takenBack(standings(past(...chain)))]).toEqual(['c2', 'r-1'])
  })

  it('is that of the newest landing in effect, whatever else happened', () => {
    const again = land('a', 'r-2')
    expect(landed(past(A, revert('r-1', 'c1'), person('p'), again))).toEqual(['a r-2'])
    expect(landed(past(A, revert('r-1', 'c1'), again, revert('r-2', 'c2')))).toEqual([])
    expect(landed(past(A, revert('r-1', 'c1'), again, revert('r-2', 'c2'), revert('c2', 'c3')))).toEqual(['a r-2'])
    expect(landed(past(land('b', 'r-0'), A, revert('r-1', 'c1'), person('p')))).toEqual(['b r-0'])
  })

  it('says what is taken back also of a landing that lies further back', () => {
    const [newest] = past(A, revert('r-1', 'c1'))
    expect([...takenBack(standings([newest!]))]).toEqual(['r-1'])
  })

  it('is read from git, where a side branch has no say', async () => {
    await using y = await yard()
    const landing = await y.land('a', await y.work({ 'a.txt': 'a' }))
    const ids = async (tip: string, until?: string): Promise<string[]> => [
      ...(await landedIn(y.repo, tip, until)).keys(),
    ]
    expect(await ids(await y.tip())).toEqual(['a'])
    expect(await ids(await y.tip(), landing)).toEqual([])
    const tree = await y.at.git(['rev-parse', `${y.base}^{tree}`])
    const commit = (message: string, ...parents: string[]): Promise<string> =>
      y.at.git(['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message])
    const reverted = await commit('Revert a\n\nSluice-Reverts: r-a', landing)
    expect(await ids(reverted)).toEqual([])
    expect(await ids(await commit(`Bring back\n\nSluice-Reverts: ${reverted}`, reverted))).toEqual(['a'])
    expect(await ids(await commit('a merge of a person', y.base, landing))).toEqual([])
  })
})
