/** Git damaged under a run (faults 28 to 35): what still exists on the disk is not lost, and what cannot be is said. */
import { describe, it } from 'vitest'
import { held, planned } from '../kit/plan.ts'

describe.concurrent('git that is damaged under a run', () => {
  it('fault 35: core.bare set under a run: the checkout is not left behind, and the next run names it', async ({
    expect,
  }) => {
    await using repo = await planned({ script: { a: [{ write: { path: 'a.txt', text: 'by a\n' } }, ...held('a')] } })
    const run = repo.start('run')
    await repo.reached('a-began')
    await repo.git(['config', 'core.bare', 'true'])
    const before = await repo.git(['rev-parse', 'main'])
    await repo.go('a-go')
    const first = await run.ended
    expect(first.exit).toBe(3)
    expect(await repo.git(['rev-parse', 'main'])).toBe(before)
    const refused = await repo.sluice('run')
    expect(refused).toMatchObject({ exit: 5, stderr: expect.stringMatching(/^E105 core\.bare is set in .*config/) })
    expect(refused.stderr).toMatch(/next {4}git config core\.bare false;/)
    await repo.git(['config', 'core.bare', 'false'])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.read('a.txt')).toBe('by a\n')
    expect(await repo.git(['status', '--porcelain'])).toBe('')
    expect(await repo.landed()).toEqual(['a'])
  })
})
