import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { analyse } from '../../src/plan/analysis.ts'
import { loadPlan } from '../../src/plan/load.ts'
import { simulate } from '../../src/plan/simulate.ts'
import { workstream } from '../kit/workstream.ts'

describe('the summary', () => {
  it('of a diamond', () => {
    const plan = [
      workstream('a', { estimateMinutes: 60 }),
      workstream('b', { dependsOn: ['a'], filesScope: ['src'] }),
      workstream('c', { dependsOn: ['a'], filesScope: ['src/c.ts'], estimateMinutes: 120 }),
      workstream('d', { dependsOn: ['b', 'c'] }),
    ]
    const { summary, shape } = analyse(plan, 2, 1)
    expect(summary).toEqual({
      workstreams: 4,
      dependencies: 4,
      duplicateDependencies: 1,
      roots: 1,
      longestChain: 3,
      widestLevel: 2,
      overlaps: 1,
      bound: { criticalPathMinutes: 210, workMinutes: 240, agents: 2, makespanMinutes: 210 },
    })
    expect([...shape.levels]).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 1],
      ['d', 2],
    ])
  })

  it('the bound is the work where there is more of it than of a chain', () => {
    const plan = ['a', 'b', 'c', 'd'].map((id) => workstream(id, { estimateMinutes: 60 }))
    expect(analyse(plan, 2).summary.bound.makespanMinutes).toBe(120)
  })

  it('of nothing, and of a plan with a cycle', () => {
    expect(analyse([], 3).summary).toMatchObject({ workstreams: 0, longestChain: 0, widestLevel: 0, roots: 0 })
    const cyclic = [workstream('a', { dependsOn: ['b'] }), workstream('b', { dependsOn: ['a'] }), workstream('c')]
    expect(analyse(cyclic, 3).summary).toMatchObject({ workstreams: 3, longestChain: 1, roots: 1, overlaps: 0 })
  })
})

const corpus = new URL('../../../shared/corpus/', import.meta.url).pathname

describe.skipIf(!existsSync(`${corpus}refactor-37`))('a real plan of 37 workstreams', () => {
  const programs = new Set('ls python pytest rg grep markdownlint pwsh'.split(' '))
  const load = () =>
    loadPlan(corpus, { workstreams: ['refactor-37/*.json'] }, { isExecutable: (word) => programs.has(word) })

  it('has the shape that is known of it', async () => {
    const plan = await load()
    expect(analyse(plan.workstreams, 3, plan.duplicateDependencies).summary).toMatchObject({
      workstreams: 37,
      dependencies: 112,
      duplicateDependencies: 6,
      roots: 11,
      longestChain: 8,
      widestLevel: 11,
      overlaps: 22,
    })
  })

  it('has no errors, six duplicate entries, and two unknown keys that are reported once', async () => {
    const { diagnostics } = await load()
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(diagnostics.filter(({ message }) => message.includes('twice'))).toHaveLength(6)
    expect(diagnostics).toHaveLength(8)
  })

  it('has prose in about a third of its acceptance tests', async () => {
    const { workstreams } = await load()
    const tests = workstreams.flatMap(({ acceptance }) => acceptance)
    expect([tests.length, tests.filter(({ run }) => run === null).length]).toEqual([96, 36])
    expect(workstreams.filter(({ acceptance }) => acceptance.length === 0)).toHaveLength(6)
  })

  it('takes 13 rounds with 3 agents and 8 with 6, when all take equally long', async () => {
    const equal = (await load()).workstreams.map((each) => ({ ...each, estimateMinutes: 1 }))
    expect([3, 6, 12].map((agents) => simulate(equal, agents).makespanMinutes)).toEqual([13, 8, 8])
  })
})
