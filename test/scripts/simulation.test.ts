/**
 * The simulation: the real coordinator in a world that is made up (`scripts/simulation/`). It finds nothing, it finds every
 * bug that is planted, and the same seed is the same run.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MUTANT_RUNS, MUTANTS } from '../../scripts/simulation/mutants.ts'
import { scenarioOf } from '../../scripts/simulation/scenario.ts'
import { keptOf, namesOf, shrink } from '../../scripts/simulation/shrink.ts'
import { memoryStore } from '../../scripts/simulation/store.ts'
import { storeContract } from '../store/contract.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/simulate.ts')

/** What the script says, and how it ends. */
function simulate(...argv: string[]): Promise<{ exit: number; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...argv], (error, stdout, stderr) => {
      resolve({ exit: typeof error?.code === 'number' ? error.code : 0, said: stdout + stderr })
    })
  })
}

describe('a simulation', () => {
  it('keeps every promise, and goes the same way when it has the same seed', async () => {
    const [first, second] = [await simulate('--runs', '150'), await simulate('--runs', '150')]
    expect(first).toMatchObject({ exit: 0, said: expect.stringContaining('every promise kept') as string })
    const fingerprint = /fingerprint \w+/.exec(first.said)![0]
    expect(second.said).toContain(fingerprint)
  })

  it.each(MUTANTS)('finds the planted bug: $name', async ({ name, breaks, from = 1 }) => {
    const argv = ['--mutant', name, '--whole', '--runs', String(MUTANT_RUNS), '--seed', String(from)]
    const { exit, said } = await simulate(...argv)
    expect({ exit, said }).toMatchObject({ exit: 1 })
    const [, seed, broken] = /^seed (\d+) breaks (\w+):/m.exec(said)!
    expect(breaks).toContain(broken)
    expect(said).toContain(`once more: npm run simulate -- --mutant "${name}" --runs 1 --seed ${seed}`)
  })

  it('is repeated by the command that it prints', async () => {
    const { name } = MUTANTS[0]!
    const { said } = await simulate('--mutant', name, '--runs', String(MUTANT_RUNS))
    const [, seed, keep] = /--seed (\d+) --keep (\S+) --verbose$/m.exec(said)!
    const again = await simulate('--mutant', name, '--runs', '1', '--seed', seed!, '--keep', keep!)
    expect(again).toMatchObject({ exit: 1, said: expect.stringContaining(`seed ${seed} breaks I1`) as string })
  })

  it('says what it does not know', async () => {
    expect(await simulate('--mutant', 'nobody')).toMatchObject({
      exit: 1,
      said: expect.stringContaining('there is no mutant "nobody"') as string,
    })
  })
})

describe('a scenario', () => {
  it('is the same for the same seed, and another for the next', () => {
    expect(scenarioOf(7)).toEqual(scenarioOf(7))
    expect(scenarioOf(8)).not.toEqual(scenarioOf(7))
  })

  it('without a workstream has nothing that belongs to it', () => {
    const scenario = scenarioOf(7)
    const [gone, ...rest] = namesOf(scenario)
    const { plan, parts } = keptOf(scenario, new Set(rest))
    expect(JSON.stringify([plan, parts])).not.toContain(`"${gone}"`)
    expect(keptOf(scenario, new Set(namesOf(scenario)))).toEqual(scenario)
  })

  it('is made as small as what it takes', async () => {
    const scenario = scenarioOf(7)
    // Two that belong to no workstream.
    const free = scenario.parts.flatMap((part, at) =>
      ['flake', 'git', 'shortage', 'crash'].includes(part.is) ? [at] : [],
    )
    const [first, last] = [free.at(0)!, free.at(-1)!]
    expect(last).toBeGreaterThan(first)
    const wanted = [scenario.plan[0]!.id, String(first), String(last)]
    const breaks = ({ plan, parts }: typeof scenario): Promise<boolean> => {
      const has = (at: number): boolean => parts.includes(scenario.parts[at]!)
      return Promise.resolve(plan.some(({ id }) => id === wanted[0]) && has(first) && has(last))
    }
    expect(await shrink(scenario, breaks)).toEqual(wanted)
  })
})

let store = memoryStore()
storeContract('the store of the simulation', {
  open: async () => (store = memoryStore()),
  reopen: async () => store,
})
