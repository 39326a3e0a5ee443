/** Kills between any two steps of landings, and what the next start makes of them. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recoverCheckout } from '../../src/coordinator/recover.ts'
import { firstParentTrailers } from '../../src/git/history.ts'
import { listRefs } from '../../src/git/refs.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import type { Store } from '../../src/store/store.ts'
import { check, type Desk, desk, states, stream } from './room.ts'

/** A store whose process dies at its `step`th change: that one is on disk or not, and none comes after it. */
function mortal(store: Store, kill: { step: number; isDone: boolean }, count: { steps: number }): Store {
  return new Proxy(store, {
    get(target, key) {
      if (key !== 'record') {
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (change: Parameters<Store['record']>[0]) => {
        count.steps += 1
        if (count.steps > kill.step || (count.steps === kill.step && !kill.isDone)) throw new Error('killed')
        const events = await target.record(change)
        if (count.steps === kill.step) throw new Error('killed')
        return events
      }
    },
  })
}

const ONE = [stream('a')]
const TWO = [stream('a'), stream('b')]

/** Workstreams in the queue: one after the other a run lands them, without any tool. */
async function queued(plan: readonly Workstream[], isFree = true): Promise<Desk> {
  const d = await desk({ manual: null }, { gate: [check('test -e a.txt -o -e b.txt')] }, isFree)
  await using begun = await d.begin(plan)
  for (const { id } of plan)
    await d.ask(begun.store, { kind: 'resolve', id, work: await d.work({ [`${id}.txt`]: id }) })
  return d
}

/** False when the run came to its end before that. */
async function untilKilled(d: Desk, plan: readonly Workstream[], step: number, isDone: boolean): Promise<boolean> {
  const count = { steps: 0 }
  const stores: Store[] = []
  try {
    await using begun = await d.begin(plan, {
      store(store) {
        stores.push(store)
        return mortal(store, { step, isDone }, count)
      },
    })
    await begun.run()
    return false
  } catch (error) {
    if (!String(error).includes('killed')) throw error
    return true
  } finally {
    await stores[0]?.close()
  }
}

/** What must hold after any end: each landed once, on the target, every commit of ours gated, all on record. */
async function expectLanded(d: Desk, plan: readonly Workstream[], ref: string): Promise<void> {
  await using begun = await d.begin(plan)
  const ids = plan.map(({ id }) => id)
  expect(await begun.run()).toBe(ref === 'refs/heads/main' ? 0 : 3)
  expect(states(begun.ledger)).toEqual(Object.fromEntries(ids.map((id) => [id, 'landed'])))
  const history = await firstParentTrailers(d.repo, await d.at.git(['rev-parse', ref]), d.base)
  expect(new Set(history.map(({ workstream }) => workstream))).toEqual(new Set(ids))
  expect(history).toHaveLength(ids.length)
  const events = await begun.store.events(begun.ledger.run.id)
  for (const { commit, landing, workstream } of history) {
    const state = begun.ledger.state(workstream!)
    expect(state).toMatchObject({ state: 'landed', landing, commit, published: ref === 'refs/heads/main' })
    expect(begun.ledger.landings.get(landing!)).toMatchObject({
      stage: 'done',
      commit,
      at: expect.any(Number),
      gate: [{ exit: 0 }],
    })
    const gated = events.some((event) => event.type === 'landing.gated' && event.commit === commit)
    expect(gated, `${workstream} was gated at ${commit}`).toBe(true)
    expect(events.filter((event) => event.type === 'landing.moved' && event.landing === landing)).toHaveLength(1)
  }
  const landings = [...begun.ledger.landings.values()].filter(({ stage }) => stage !== 'refused')
  expect(landings).toHaveLength(ids.length)
  expect(await listRefs(d.repo, 'refs/sluice/candidate')).toEqual([])
}

/** Changes of a whole run of one landing. */
const STEPS = 10

describe('before anything is read from the target', () => {
  it('what was being written when a kill came is removed', async () => {
    await using d = await desk()
    const half = join(d.paths.state, '.publish.json.4711.1.new')
    await writeFile(half, '{"tar')
    await recoverCheckout(d.repo, d.paths)
    expect(existsSync(half)).toBe(false)
  })
})

describe('an orchestrator that is killed while it lands', () => {
  it.each(Array.from({ length: STEPS - 1 }, (_, i) => i + 1))('after its change %i lands once', async (step) => {
    await using d = await queued(ONE)
    // What is on disk is the same whether it dies after one change or at the next, but not what git has done since.
    expect(await untilKilled(d, ONE, step, true)).toBe(true)
    await expectLanded(d, ONE, 'refs/heads/main')
    await using e = await queued(ONE)
    expect(await untilKilled(e, ONE, step + 1, false)).toBe(true)
    await expectLanded(e, ONE, 'refs/heads/main')
  })

  it('has no other changes', async () => {
    await using d = await queued(ONE)
    expect(await untilKilled(d, ONE, STEPS + 1, false)).toBe(false)
    expect(await d.landed()).toEqual(['a'])
  })

  it('while the target cannot be moved has landed beside it, to be published later', async () => {
    // Around the 11th change, which records the first landing.
    for (const step of [10, 11, 12, 13]) {
      await using d = await queued(TWO, false)
      await d.at.write('a.txt', 'of the user\n')
      expect(await untilKilled(d, TWO, step, false)).toBe(true)
      await expectLanded(d, TWO, 'refs/sluice/target/main')
      expect(await d.tip()).toBe(d.base)
      await d.at.git(['clean', '-fq'])
      await expectLanded(d, TWO, 'refs/heads/main')
      expect(await d.at.read('a.txt')).toBe('a')
      expect(await d.at.git(['status', '--porcelain'])).toBe('')
    }
  })
})
