import { describe, expect, it } from 'vitest'
import { firstParentTrailers } from '../../src/git/history.ts'
import { landable } from '../../src/landing/reland.ts'
import { planRollback } from '../../src/landing/rollback.ts'
import { landedIn } from '../../src/landing/standing.ts'
import { undoLandings } from '../../src/landing/undo.ts'
import { assertKind } from '../git/room.ts'
import { PERSON, type Yard, yard } from './room.ts'

/** Lands work as `landing`, as it is or (again) as what `landable` makes of it. Gives what was merged. */
async function lands(y: Yard, work: string, landing: string, again: boolean): Promise<string> {
  const history = await firstParentTrailers(y.repo, await y.tip())
  const order = { history, workstream: 'a', work, identity: PERSON, dateSeconds: 1_800_000_000 }
  const merged = again ? await landable(y.repo, order) : work
  await y.land('a', merged, { landing })
  return merged
}

async function rollBack(y: Yard): Promise<void> {
  const tip = await y.tip()
  const history = await firstParentTrailers(y.repo, tip)
  const request = { ids: ['a'] }
  const { undo } = planRollback({ history, unpublished: new Set(), workstreams: [], request, cascade: false })
  const undone = await undoLandings(y.repo, { tip, undo, why: '', identity: PERSON, dateSeconds: 1_800_000_000 })
  assertKind(undone, 'clean')
  await y.at.git(['update-ref', 'refs/heads/main', undone.tip, tip])
}

const files = async (y: Yard): Promise<string> => y.at.git(['ls-tree', '--name-only', 'main'])
const landed = async (y: Yard): Promise<string[]> =>
  [...(await landedIn(y.repo, await y.tip())).values()].map(({ landing }) => landing)

describe('work that was taken back', () => {
  it('lands again, as often as that happens, beside what others did', async () => {
    await using y = await yard()
    const work = await y.work({ work: 'w\n' })
    await lands(y, work, 'r-1', false)
    const merged = new Set([work])
    for (const round of [2, 3, 4]) {
      await rollBack(y)
      await y.push({ [`later-${round}`]: 'l\n' })
      expect(await files(y)).not.toContain('work')
      expect(await landed(y)).toEqual([])
      merged.add(await lands(y, work, `r-${round}`, true))
      expect(await files(y)).toContain(`later-${round}\nwork`)
      expect(await landed(y)).toEqual([`r-${round}`])
    }
    expect(merged.size).toBe(4)
    // Without a replay it would have been lost, though the history says that it has landed.
    await rollBack(y)
    await lands(y, work, 'r-9', false)
    expect(await files(y)).not.toContain('work')
  })

  it('lands with what was built on it since, on the old work or on its replay', async () => {
    await using y = await yard()
    const work = await y.work({ work: 'w\n' })
    await lands(y, work, 'r-1', false)
    await rollBack(y)
    const replayed = await lands(y, await y.work({ more: 'm\n' }, work), 'r-2', true)
    expect(await files(y)).toBe('README.md\nmore\nwork')
    await rollBack(y)
    expect(await files(y)).toBe('README.md')
    await lands(y, await y.work({ most: 'm\n' }, replayed), 'r-3', true)
    expect(await files(y)).toBe('README.md\nmore\nmost\nwork')
  })
})

describe('work that knows only an older revert', () => {
  it('is not taken for the last word', async () => {
    await using y = await yard()
    await lands(y, await y.work({ work: 'w\n' }), 'r-1', false)
    await rollBack(y)
    await rollBack(y)
    const work = await y.work({ more: 'm\n' }, await y.tip())
    await rollBack(y)
    expect(await files(y)).toBe('README.md')
    await lands(y, work, 'r-2', true)
    expect(await files(y)).toBe('README.md\nmore\nwork')
  })
})

describe('work is landed as it is', () => {
  const asIs = async (y: Yard, work: string, workstream = 'a'): Promise<boolean> => {
    const history = await firstParentTrailers(y.repo, await y.tip())
    const order = { history, workstream, work, identity: PERSON, dateSeconds: 1_800_000_000 }
    return (await landable(y.repo, order)) === work
  }

  it('when nothing of it was taken back', async () => {
    await using y = await yard()
    const work = await y.work({ work: 'w\n' })
    expect(await asIs(y, work)).toBe(true)
    await lands(y, work, 'r-1', false)
    expect(await asIs(y, work)).toBe(true)
    await rollBack(y)
    expect(await asIs(y, work)).toBe(false)
    expect(await asIs(y, work, 'another workstream')).toBe(true)
    expect(await asIs(y, await y.work({ anew: 'n\n' }))).toBe(true)
    // Brought back by a rollback of the rollback: there is nothing to replay.
    await rollBack(y)
    expect(await asIs(y, work)).toBe(true)
  })

  it('when it knows the revert: what it holds is meant', async () => {
    await using y = await yard()
    const work = await y.work({ work: 'w\n' })
    await lands(y, work, 'r-1', false)
    await rollBack(y)
    const knows = await y.work({ instead: 'i\n' }, await y.tip())
    expect(await asIs(y, knows)).toBe(true)
    await lands(y, knows, 'r-2', true)
    expect(await files(y)).toBe('README.md\ninstead')
  })
})
