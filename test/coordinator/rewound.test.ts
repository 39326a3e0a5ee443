/** What a target that was moved back has lost, when several landings had reached it by one move. */
import { expect, it } from 'vitest'
import { rewound } from '../../src/coordinator/rewound.ts'
import { openRepository } from '../../src/git/repository.ts'
import { scratch } from '../kit/repository.ts'
import { AT, sampleRow } from '../store/sample.ts'

async function landedTogether(): Promise<{
  lost: (at: 'base' | 'a' | 'b' | 'after') => Promise<unknown>
  b: string
  [Symbol.asyncDispose](): PromiseLike<void>
}> {
  const at = await scratch()
  const repo = await openRepository(at.root)
  const base = await at.git(['rev-parse', 'HEAD'])
  const onto = (parent: string, name: string): Promise<string> =>
    at.git(['commit-tree', '-m', name, '-p', parent, 'HEAD^{tree}'])
  const a = await onto(base, 'a')
  const b = await onto(a, 'b')
  const tips = { base, a, b, after: await onto(b, 'by a person') }
  const row = (id: string, commit: string): ReturnType<typeof sampleRow> =>
    sampleRow(id, { state: 'landed', attempt: 1, landing: `l-${id}`, commit, at: AT, published: true })
  // In the order of the plan, which is not that of the landings.
  const rows = [row('b', b), row('a', a), sampleRow('open')]
  return {
    b,
    lost: (tip) => rewound(repo, { target: 'main', tip: tips[tip], rows, what: 'landing' }),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  }
}

it('is nothing where all of them are', async () => {
  await using together = await landedTogether()
  expect(await together.lost('b')).toBeNull()
  expect(await together.lost('after')).toBeNull()
})

it.each(['a', 'base'] as const)('is put back with the last of them when the target is back at %s', async (tip) => {
  await using together = await landedTogether()
  expect(await together.lost(tip)).toMatchObject({ code: 'E405', details: { landing: 'l-b', commit: together.b } })
})
