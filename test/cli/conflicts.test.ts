/** `plan --conflicts`: is it safe to merge these now? Asked of work that is pinned, whatever became of the attempts. */
import { describe, expect, it } from 'vitest'
import { held, planned, type Steps } from '../kit/plan.ts'

/** Work that stays in flight: the attempt crashes, and what it wrote is pinned. */
const unfinished = (path: string, text: string): Steps => [{ write: { path, text } }, { exit: 1 }]

describe('plan --conflicts', () => {
  it('answers for every pair in flight, and writes nothing', async () => {
    await using repo = await planned({
      config: { limits: { attempts: 1 } },
      workstreams: [
        { id: 'a', files_scope: ['README.md'] },
        { id: 'b', files_scope: ['README.md'] },
        { id: 'c' },
        { id: 'done' },
      ],
      script: {
        a: unfinished('README.md', 'by a\n'),
        b: unfinished('README.md', 'by b\n'),
        c: unfinished('c.txt', 'by c\n'),
      },
    })
    expect((await repo.sluice('plan', '--conflicts')).stderr).toContain('nothing was run here yet')
    await repo.sluice('run', '--no-input')
    const before = [await repo.git(['show-ref']), await repo.git(['count-objects', '-v'])]

    const all = await repo.sluice('plan', '--conflicts', '--json')
    expect({ exit: all.exit, stderr: all.stderr }).toEqual({ exit: 0, stderr: '' })
    const conflict = { verdict: 'conflict', files: [{ path: 'README.md', kind: 'content' }] }
    expect(JSON.parse(all.stdout)).toMatchObject({
      schema: 'sluice.conflicts/1',
      target: { branch: 'main', commit: await repo.git(['rev-parse', 'main']) },
      workstreams: [
        { id: 'a', state: 'failed', attempt: 1, work: await repo.git(['rev-parse', 'ws/a']), verdict: 'clean' },
        { id: 'b', verdict: 'clean' },
        { id: 'c', verdict: 'clean' },
      ],
      pairs: [
        { a: 'a', b: 'b', ...conflict },
        { a: 'a', b: 'c', verdict: 'clean', files: [] },
        { a: 'b', b: 'c', verdict: 'clean', files: [] },
      ],
    })
    const text = (await repo.sluice('plan', '--conflicts')).stdout
    expect(text).toContain('1 of 3 pairs would conflict')

    const pairs = async (...ids: string[]): Promise<string[]> => {
      const { stdout } = await repo.sluice('plan', '--json', '--conflicts', ...ids)
      return (JSON.parse(stdout) as { pairs: { a: string; b: string }[] }).pairs.map(({ a, b }) => `${a} ${b}`)
    }
    expect(await pairs('c')).toEqual(['c a', 'c b'])
    expect(await pairs('a', 'c')).toEqual(['a c'])

    const landed = await repo.sluice('plan', '--conflicts', 'done')
    expect(landed).toMatchObject({
      exit: 0,
      stdout: expect.stringContaining('done is landed: it has no work in flight'),
    })
    const unknown = await repo.sluice('plan', '--conflicts', 'nobody')
    expect(unknown).toMatchObject({ exit: 2, stderr: expect.stringContaining('E103') })
    expect([await repo.git(['show-ref']), await repo.git(['count-objects', '-v'])]).toEqual(before)
    expect(await repo.git(['status', '--porcelain'])).toBe('')
  })
})

describe('status', () => {
  it('shows, while tools are at work, which of them will meet', async () => {
    const again = (id: string, text: string): Steps[] => [unfinished('README.md', text), [...held(id)]]
    await using repo = await planned({
      workstreams: [
        { id: 'a', files_scope: ['README.md'] },
        { id: 'b', files_scope: ['README.md'] },
      ],
      script: { a: again('a', 'by a\n'), b: again('b', 'by b\n') },
    })
    const run = repo.start('run', '--no-input')
    const conflicts = [{ a: 'a', b: 'b', paths: ['README.md'] }]
    await run.event({ type: 'radar.predicted', conflicts })
    expect((await repo.status()).predictedConflicts).toEqual(conflicts)
    expect((await repo.sluice('status')).stdout).toContain('predicted conflicts\n  a and b  README.md')
    await repo.reached('a-began')
    await repo.go('a-go')
    await run.event({ type: 'landing.moved', workstream: 'a' })
    await run.event({ type: 'radar.predicted', conflicts: [] })
    await repo.go('b-go')
    await run.ended
    expect((await repo.status()).predictedConflicts).toEqual([])
  })
})
