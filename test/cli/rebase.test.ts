/** `resolve --rebase`: a conflict that has become mergeable lands without a person; any other one stays as it is. */
import { describe, expect, it } from 'vitest'
import { clashed, limited } from '../kit/clash.ts'
import { planned } from '../kit/plan.ts'

describe.concurrent('resolve --rebase', () => {
  it('lands what merges since the target has moved on', async () => {
    await using repo = await clashed()
    const work = await repo.git(['rev-parse', 'ws/b'])
    await repo.write('settings.txt', limited('limit = 10'))
    await repo.commit('as it was')
    expect(await repo.sluice('resolve', 'b', '--rebase')).toMatchObject({ exit: 0, stderr: '' })
    expect(await repo.git(['rev-parse', 'ws/b'])).toBe(work)
    expect(await repo.git(['for-each-ref', 'refs/sluice/rebased'])).toBe('')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b', 'c'])
    expect(await repo.git(['show', 'main:settings.txt'])).toBe(limited('limit = 10 per user').trimEnd())
  })

  it('lands the rest of work of which the target has a part', async () => {
    const commit = (limit: string) => [{ write: { path: 'settings.txt', text: limited(limit) } }, { commit: limit }]
    await using repo = await clashed({
      script: {
        b: [
          { signal: 'marks/b' },
          { wait: 'marks/a' },
          { wait: 'marks/landed' },
          ...commit('limit = 30'),
          ...commit('limit = 30 per user'),
        ],
      },
    })
    await repo.write('settings.txt', limited('limit = 30'))
    await repo.commit('picked by hand')
    expect(await repo.sluice('resolve', 'b', '--rebase')).toMatchObject({ exit: 0, stderr: '' })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b', 'c'])
    expect(await repo.git(['show', 'main:settings.txt'])).toBe(limited('limit = 30 per user').trimEnd())
  })

  it('is refused with the conflict where it still is one, and changes nothing', async () => {
    await using repo = await clashed()
    const refs = await repo.git(['for-each-ref'])
    const { exit, stderr } = await repo.sluice('resolve', 'b', '--rebase', '--json')
    expect(exit).toBe(3)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'E402', details: { paths: ['settings.txt'] }, fix: expect.stringContaining('sluice open b') },
    })
    expect((await repo.row('b')).state).toBe('conflict')
    expect(await repo.git(['for-each-ref'])).toBe(refs)
  })

  it('is for conflicts only', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    const { exit, stderr } = await repo.sluice('resolve', 'a', '--rebase')
    expect({ exit, stderr }).toMatchObject({ exit: 1, stderr: expect.stringContaining('a is landed, not in conflict') })
    expect((await repo.sluice('resolve', 'a', '--rebase', '--discard')).exit).toBe(2)
    const alone = await repo.sluice('resolve', 'a')
    expect(alone).toMatchObject({ exit: 2, stderr: expect.stringContaining('E103 a is landed, not in conflict') })
  })
})
