/** Budgets: what agents have used is told and added up, and when it is enough no other begins. */
import { describe, expect, it } from 'vitest'
import { planned, type PlanOptions } from '../kit/plan.ts'

const uses = (usd: number) => ({ use: { tokens_in: 1_200, tokens_out: 34, usd } })
const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

function spending(limits: Record<string, number>, usd: number): PlanOptions {
  return {
    workstreams: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
    script: { '*': [uses(usd), WRITE] },
    config: { agents: 1, limits: { attempts: 3, ...limits } },
  }
}

describe.concurrent('a budget', () => {
  it('of the run: what is at work lands, no other agent begins, and somebody is asked', async () => {
    await using repo = await planned(spending({ budget_usd: 3 }, 1.5))
    const run = await repo.sluice('run')
    expect(run).toMatchObject({
      exit: 3,
      stderr: expect.stringMatching(/E601 the budget of the run is used up: \$3\.00 of \$3\.00/),
    })
    expect(await repo.landed()).toHaveLength(2)
    const status = await repo.status()
    expect(status.spending).toEqual({ tokensIn: 2_400, tokensOut: 68, usd: 3, isEstimate: false, unknown: 0 })
    expect(status.needsYou).toMatchObject([{ workstream: null, code: 'E601', commands: ['sluice run'] }])
    const { attempts, spending: all } = await repo.report()
    expect(attempts.map(({ usage }) => usage?.costUsd)).toEqual([1.5, 1.5])
    expect(all?.usd).toBe(3)
    expect((await repo.sluice('report')).stdout).toContain('Models: $3.00, 2k tokens in, 68 out.')

    // Asked again without more money nothing begins; with more it goes on where it stopped.
    expect((await repo.sluice('run')).exit).toBe(3)
    expect(await repo.landed()).toHaveLength(2)
    const config = (await repo.git(['show', 'HEAD:sluice.yaml'])).replace('"budget_usd": 3', '"budget_usd": 30')
    await repo.write('sluice.yaml', config)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toHaveLength(3)
    expect((await repo.status()).needsYou).toEqual([])
  })

  it('of a workstream: that one fails, with the reason, and the others go on', async () => {
    const plan = spending({ workstream_budget_usd: 2 }, 1)
    await using repo = await planned({ ...plan, script: { ...plan.script, a: [uses(2.5), { exit: 1 }] } })
    expect((await repo.sluice('run')).exit).toBe(4)
    expect((await repo.landed()).toSorted()).toEqual(['b', 'c'])
    const row = await repo.row('a')
    expect(row).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'E601' }, spending: { usd: 2.5 } })
    expect(row.failure?.message).toBe('the budget of a is used up: $2.50 of $2.00')
  })

  it('is not spent by people', async () => {
    const plan = spending({ budget_usd: 1 }, 1.5)
    const tools = { order: ['demo', 'manual'], demo: { script: '../script.json' } }
    await using repo = await planned({
      ...plan,
      workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'], tool: 'manual' }],
      config: { ...plan.config, tools },
    })
    expect((await repo.sluice('run')).exit).toBe(3)
    expect(await repo.row('b')).toMatchObject({ state: 'waiting', tool: 'manual' })
  })
})
