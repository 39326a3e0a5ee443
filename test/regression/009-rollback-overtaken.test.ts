/**
 * A rollback that waited beside the target, because an edited checkout was in the way, was lost when a person's commit came
 * first: what it had taken back stood on the target again, and was said to be taken back. Found by the simulation
 * (`npm run simulate`).
 */
import { expect, it } from 'vitest'
import { planned, type PlannedRepository } from '../kit/plan.ts'

const PENDING = 'refs/sluice/target/main'

const filesOf = async (repo: PlannedRepository, tip: string): Promise<string[]> =>
  (await repo.git(['ls-tree', '--name-only', tip])).split('\n').filter((path) => path.endsWith('.txt'))

/** `a` and `b` have landed; `b` is taken back beside the target, and a person has committed meanwhile. */
async function overtaken(): Promise<PlannedRepository & { human: string }> {
  const repo = await planned({ config: { agents: 1 }, workstreams: [{ id: 'a', priority: 1 }, { id: 'b' }] })
  expect((await repo.sluice('run')).exit).toBe(0)
  await repo.write('b.txt', 'edited\n')
  expect((await repo.sluice('rollback', 'b')).exit).toBe(0)
  expect(await filesOf(repo, PENDING)).toEqual(['a.txt'])
  await repo.git(['checkout', '-q', '--', 'b.txt'])
  await repo.write('human.txt', 'by hand\n')
  return Object.assign(repo, { human: await repo.commit('by hand') })
}

it('a rollback that a commit of somebody else has overtaken is done again on top of that', async () => {
  await using repo = await overtaken()
  expect((await repo.sluice('run')).exit).toBe(3)
  expect(await filesOf(repo, 'main')).toEqual(['a.txt', 'human.txt'])
  expect(await repo.git(['rev-parse', 'main^1'])).toBe(repo.human)
  expect(await repo.exit(['rev-parse', '-q', '--verify', PENDING])).toBe(1)
  expect(await repo.row('b')).toMatchObject({ state: 'reverted' })
  expect(await repo.git(['status', '--porcelain'])).toBe('')
})

it('what is tried again meanwhile lands on a target without it', async () => {
  await using repo = await overtaken()
  expect((await repo.sluice('retry', 'b')).exit).toBe(0)
  expect((await repo.sluice('run')).exit).toBe(0)
  expect(await filesOf(repo, 'main')).toEqual(['a.txt', 'b.txt', 'human.txt'])
  expect(await repo.landed()).toEqual(['a', 'b', 'b'])
})
