import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { firstParentTrailers } from '../../src/git/history.ts'
import { casRef, deleteRef, listRefs, readRef, setRef } from '../../src/git/refs.ts'
import { openRepository } from '../../src/git/repository.ts'
import { scratch } from '../kit/repository.ts'

const REF = 'refs/sluice/target/main'

describe('refs', () => {
  it('moves only from where it is said to stand', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const first = repo.head.commit!
    const second = await at.commit('second')
    const third = await at.commit('third')
    expect(await readRef(repo, REF)).toBeNull()
    expect(await casRef(repo, REF, first, null, 'made')).toBe(true)
    expect(await casRef(repo, REF, second, null, 'made again')).toBe(false)
    expect(await casRef(repo, REF, second, first, 'moved')).toBe(true)
    expect(await casRef(repo, REF, second, first, 'replayed')).toBe(true)
    expect(await casRef(repo, REF, third, first, 'late')).toBe(false)
    expect(await readRef(repo, REF)).toBe(second)
    expect(await at.git(['reflog', 'show', '--format=%gs', REF])).toBe('moved\nmade')
  })

  it('has exactly one winner among racers', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const first = repo.head.commit!
    await setRef(repo, REF, first, 'start')
    const commits: string[] = []
    for (let n = 0; n < 8; n++) commits.push(await at.commit(`racer ${n}`))
    const won = await Promise.all(commits.map((commit) => casRef(repo, REF, commit, first, 'race')))
    expect(won.filter((one) => one)).toHaveLength(1)
    expect(await readRef(repo, REF)).toBe(commits[won.indexOf(true)])
  })

  it('names a lock that is in the way', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    await setRef(repo, REF, repo.head.commit!, 'start')
    const second = await at.commit('second')
    await at.write(join('.git', `${REF}.lock`), '')
    const failed = casRef(repo, REF, second, repo.head.commit, 'blocked')
    await expect(failed).rejects.toMatchObject({ failure: { code: 'E404', fix: expect.stringContaining('.lock') } })
  })

  it('lists and deletes, twice without harm', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const first = repo.head.commit!
    const second = await at.commit('second')
    await setRef(repo, 'refs/sluice/wip/b/1', second, 'b')
    await setRef(repo, 'refs/sluice/wip/a/1', first, 'a')
    expect(await listRefs(repo, 'refs/sluice/wip')).toEqual([
      { ref: 'refs/sluice/wip/a/1', object: first },
      { ref: 'refs/sluice/wip/b/1', object: second },
    ])
    expect(await deleteRef(repo, 'refs/sluice/wip/a/1', second)).toBe(false)
    expect(await deleteRef(repo, 'refs/sluice/wip/a/1', first)).toBe(true)
    expect(await deleteRef(repo, 'refs/sluice/wip/a/1', first)).toBe(true)
    expect(await deleteRef(repo, 'refs/sluice/wip/a/1')).toBe(true)
    expect(await listRefs(repo, 'refs/sluice/wip')).toHaveLength(1)
  })
})

describe('firstParentTrailers', () => {
  it('reads landings, reverts and human commits, newest first, without side branches', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    await at.git(['switch', '-q', '-c', 'side'])
    const side = await at.commit('on the side\n\nSluice-Landing: not-on-the-first-parent')
    await at.git(['switch', '-q', 'main'])
    const trailers = 'Sluice-Workstream: ws-1\nSluice-Landing: r-1\nSluice-Attempt: 2'
    await at.git(['merge', '-q', '--no-ff', '-m', `Land ws-1\n\n${trailers}`, 'side'])
    const landing = await at.git(['rev-parse', 'HEAD'])
    const human = await at.commit('by hand')
    const revert = await at.commit('Revert\n\nSluice-Reverts: r-1\nSluice-Reverts: r-0')
    const found = await firstParentTrailers(repo, revert, repo.head.commit)
    expect(found.map(({ commit }) => commit)).toEqual([revert, human, landing])
    expect(found[2]).toMatchObject({ landing: 'r-1', workstream: 'ws-1', attempt: 2, reverts: [] })
    expect(found[2]!.parents).toEqual([repo.head.commit, side])
    expect(found[1]).toMatchObject({ landing: null, workstream: null, attempt: null, reverts: [] })
    expect(found[0]!.reverts).toEqual(['r-1', 'r-0'])
    expect(await firstParentTrailers(repo, revert)).toHaveLength(4)
  })
})
