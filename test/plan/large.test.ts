/** Sizes at which a careless loop would take minutes: they end, and give what they should. Time is for `bench/plan.ts`. */
import { expect, it } from 'vitest'
import { loadPlan } from '../../src/plan/load.ts'
import { OVERLAPS_MAX, overlapsOf } from '../../src/plan/overlap.ts'
import { folderWith } from './folder.ts'
import { workstream } from '../kit/workstream.ts'

it('one file with ten thousand workstreams, each with something to report', async () => {
  const workstreams = Array.from({ length: 10_000 }, (_, i) => ({
    id: `ws-${i}`,
    tasks: ['x'],
    depends_on: [`gone-${i}`],
  }))
  using folder = folderWith({ 'w/all.json': { bundle_id: 'all', workstreams } })
  const plan = await loadPlan(folder.path, { workstreams: ['w/*.json'] })
  expect(plan.workstreams).toHaveLength(10_000)
  expect(plan.diagnostics).toHaveLength(20_000)
  expect(plan.diagnostics.at(-1)!.line).toBeGreaterThan(70_000)
})

it('ten thousand workstreams with one scope: in a chain no overlaps, side by side no more than the limit', () => {
  const chain = Array.from({ length: 10_000 }, (_, i) =>
    workstream(`w${i}`, { filesScope: ['src/'], dependsOn: i === 0 ? [] : [`w${i - 1}`] }),
  )
  expect(overlapsOf(chain)).toEqual([])
  expect(overlapsOf(chain.map((each) => ({ ...each, dependsOn: [] })))).toHaveLength(OVERLAPS_MAX)
})
