import { describe, expect, it } from 'vitest'
import { begin, prospect } from '../../src/coordinator/begin.ts'
import type { Run } from '../../src/model/run.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import { openStore } from '../../src/store/open.ts'
import { type Begun, type Desk, desk, states, stream } from './room.ts'

/** Lands `id` by a commit of its own, outside any run. Gives the commit. */
async function landBeside(d: Desk, id: string): Promise<string> {
  return await d.land(id, await d.work({ [`${id}.txt`]: id }))
}

/** As after the landing of `id` in this run. */
async function landIn(d: Desk, begun: Begun, id: string): Promise<WorkstreamState> {
  const commit = await landBeside(d, id)
  const state = { state: 'landed', attempt: 1, landing: `r-${id}`, commit, at: Date.now(), published: true } as const
  await begun.ledger.move(id, state, null)
  return state
}

/** Moves `main` by a commit that changes no file. */
async function commitOn(d: Desk, message: string): Promise<string> {
  const tip = await d.tip()
  const commit = await d.at.git(['commit-tree', `${tip}^{tree}`, '-p', tip, '-m', message])
  await d.at.git(['update-ref', 'refs/heads/main', commit, tip])
  return commit
}

const PLAN = [stream('a'), stream('b', { dependsOn: ['a'] })]

describe('a run', () => {
  it('begins at the tip, with every workstream open', async () => {
    await using d = await desk()
    await using begun = await d.begin(PLAN, { seats: 3 })
    expect(begun.ledger.run).toMatchObject({ target: 'main', base: d.base, state: 'running', agents: 3, exit: null })
    expect(begun.ledger.run.id).toMatch(/^[0-9a-f]{6}$/)
    expect(states(begun.ledger)).toEqual({ a: 'ready', b: 'pending' })
    expect(begun.opening).toMatchObject([
      { type: 'run.started', target: 'main', base: d.base, agents: 3, workstreams: 2 },
    ])
  })

  it('goes on where it was, with other seats', async () => {
    await using d = await desk()
    let run: Run
    {
      await using first = await d.begin(PLAN)
      run = first.ledger.run
      await landIn(d, first, 'a')
      await first.ledger.move('b', { state: 'failed', failure: { code: 'E602', message: '' } }, null)
      await first.ledger.record({ runs: [{ ...run, state: 'ended', exit: 4, endedAt: 1 }] })
    }
    await using second = await d.begin(PLAN, { seats: 2 })
    expect(second.ledger.run).toEqual({ ...run, state: 'running', agents: 2, exit: null, endedAt: null })
    expect(states(second.ledger)).toEqual({ a: 'landed', b: 'failed' })
    expect(second.opening).toMatchObject([{ type: 'run.resumed', landed: 1, adopted: 0 }])
  })

  it('that is over goes on for the same plan, and makes way for a new one', async () => {
    await using d = await desk()
    let id: string
    {
      await using first = await d.begin([stream('a')])
      id = first.ledger.run.id
      await landIn(d, first, 'a')
    }
    {
      await using same = await d.begin([stream('a')])
      expect(same.ledger.run.id).toBe(id)
    }
    await using next = await d.begin([stream('a'), stream('new')])
    expect(next.ledger.run.id).not.toBe(id)
    expect(states(next.ledger)).toEqual({ a: 'landed', new: 'ready' })
  })

  it('reads again what was changed, warns of what has landed, and takes out what is gone', async () => {
    await using d = await desk()
    {
      await using first = await d.begin([...PLAN, stream('c'), stream('d')])
      await landIn(d, first, 'a')
      await first.ledger.move('d', { state: 'held' }, null)
    }
    const changed = (id: string): ReturnType<typeof stream> => stream(id, { title: 'changed', digest: 'another' })
    await using second = await d.begin([changed('b'), changed('a')])
    const { ledger } = second
    expect([...ledger.rows.keys()].slice(0, 2)).toEqual(['b', 'a'])
    expect(ledger.row('b').definition.title).toBe('changed')
    expect(ledger.row('a').definition.title).toBe('Title of a')
    expect(ledger.state('c')).toEqual({ state: 'discarded', satisfied: false })
    expect(ledger.state('d').state).toBe('held')
    const told = second.opening
      .slice(1)
      .map((event) => [event.workstream, event.type === 'warning' ? event.failure.code : event.type])
    expect(told).toEqual([
      ['b', 'workstream.changed'],
      ['a', 'E607'],
      ['c', 'workstream.changed'],
    ])
  })
})

describe('what has landed', () => {
  it('and was changed since is told of by a new run too, and by the ones after it', async () => {
    await using d = await desk()
    {
      await using first = await d.begin([stream('a'), stream('b')])
      await landIn(d, first, 'a')
      await landIn(d, first, 'b')
    }
    const changed = stream('a', { title: 'changed', digest: 'another' })
    for (const added of ['new', 'newer']) {
      await using next = await d.begin([changed, stream('b'), stream(added)])
      expect(next.opening).toMatchObject([
        { type: 'run.started' },
        { type: 'warning', workstream: 'a', failure: { code: 'E607' } },
      ])
      expect(next.ledger.row('a').definition.title).toBe('Title of a')
      await landIn(d, next, added)
    }
  })

  it('is found on the target, whatever the store says', async () => {
    await using d = await desk()
    {
      await using first = await d.begin(PLAN)
      expect(states(first.ledger).a).toBe('ready')
    }
    const commit = await landBeside(d, 'a')
    await using second = await d.begin(PLAN)
    expect(second.ledger.state('a')).toMatchObject({
      state: 'landed',
      landing: 'r-a',
      attempt: 1,
      commit,
      published: true,
    })
    expect(second.opening.slice(1)).toMatchObject([
      { type: 'workstream.state', from: 'open', why: 'found on the target', workstream: 'a' },
    ])
  })

  it('is on record with what tells of it, should a kill come right then', async () => {
    await using d = await desk()
    {
      await using _ = await d.begin(PLAN)
    }
    await landBeside(d, 'a')
    const store = openStore(d.paths.store)
    const order = { store, repo: d.repo, target: 'main', tip: await d.tip(), plan: PLAN, agents: 1, now: Date.now }
    const { ledger } = await begin(order)
    const told = await store.events(ledger.run.id)
    expect(told.map(({ type }) => type)).toEqual(['run.started', 'run.resumed', 'workstream.state'])
    await store.close()
  })

  it('is found when the store is gone, and by a new run of another plan', async () => {
    await using d = await desk()
    await landBeside(d, 'a')
    await d.push({ 'human.txt': 'h\n' })
    await using begun = await d.begin(PLAN)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'ready' })
  })

  it('by an earlier run is not done again when it joins the plan of a later one', async () => {
    await using d = await desk()
    await landBeside(d, 'a')
    {
      await using first = await d.begin([stream('b')])
      expect(states(first.ledger)).toEqual({ b: 'ready' })
    }
    await using second = await d.begin(PLAN)
    expect(states(second.ledger)).toEqual({ b: 'ready', a: 'landed' })
  })

  it('beside the target, while that waits to be published, is not published', async () => {
    await using d = await desk()
    const published = await landBeside(d, 'a')
    const ahead = await d.land('b', await d.work({ 'b.txt': 'b\n' }), { isPending: true })
    await using begun = await d.begin(PLAN)
    expect(begun.ledger.state('a')).toMatchObject({ state: 'landed', commit: published, published: true })
    expect(begun.ledger.state('b')).toMatchObject({ state: 'landed', commit: ahead, published: false })
  })

  it('is not what the target has taken back, and is again what it has brought back', async () => {
    await using d = await desk()
    {
      await using first = await d.begin(PLAN)
      await landIn(d, first, 'a')
    }
    const revert = await commitOn(d, 'Revert r-a\n\nSluice-Reverts: r-a')
    {
      await using second = await d.begin(PLAN)
      expect(second.ledger.state('a')).toEqual({ state: 'reverted', landing: 'r-a' })
      expect(states(second.ledger).b).toBe('blocked')
      expect(second.opening.slice(1)).toMatchObject([
        { type: 'workstream.state', from: 'landed', why: 'taken back on the target', workstream: 'a' },
      ])
    }
    await commitOn(d, `Bring back r-a\n\nSluice-Reverts: ${revert}`)
    await using third = await d.begin(PLAN)
    expect(third.ledger.state('a')).toMatchObject({ state: 'landed', landing: 'r-a', published: true })
  })
})

describe('a target that was moved back', () => {
  it('is a question (E405), and nothing is changed', async () => {
    await using d = await desk()
    {
      await using first = await d.begin(PLAN)
      await landIn(d, first, 'a')
    }
    await d.at.git(['update-ref', 'refs/heads/main', d.base])
    await expect(d.begin(PLAN)).rejects.toMatchObject({
      exit: 3,
      failure: { code: 'E405', message: expect.stringContaining('the landing of a') },
    })
    const store = openStore(d.paths.store)
    expect((await store.workstreams((await store.latestRun())!.id))[0]!.state.state).toBe('landed')
    await store.close()
  })

  it('is none while what is missing was never published', async () => {
    await using d = await desk()
    {
      await using first = await d.begin(PLAN)
      const commit = await d.work({ 'x.txt': 'x\n' })
      await first.ledger.move(
        'a',
        { state: 'landed', attempt: 1, landing: 'r-a', commit, at: 1, published: false },
        null,
      )
    }
    await using second = await d.begin(PLAN)
    expect(states(second.ledger).a).toBe('landed')
  })
})

describe('a prospect', () => {
  it('writes nothing, with a store and without', async () => {
    await using d = await desk()
    const order = { repo: d.repo, target: 'main', tip: d.base, plan: PLAN, agents: 1, now: Date.now }
    expect(await prospect({ ...order, store: null })).toMatchObject({ run: null, rows: [{ id: 'a' }, { id: 'b' }] })
    await using begun = await d.begin(PLAN)
    const before = await begun.store.events(begun.ledger.run.id)
    expect((await prospect({ ...order, store: begun.store })).run?.id).toBe(begun.ledger.run.id)
    expect(await begun.store.events(begun.ledger.run.id)).toEqual(before)
  })
})
