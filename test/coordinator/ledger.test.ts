import { describe, expect, it } from 'vitest'
import { Ledger } from '../../src/coordinator/ledger.ts'
import type { Event } from '../../src/model/event.ts'
import { openStore } from '../../src/store/open.ts'
import type { Store } from '../../src/store/store.ts'
import { scene } from '../process/scene.ts'
import { AT, commitId, sampleAttempt, sampleConflict, sampleLanding, sampleRow, sampleRun } from '../store/sample.ts'

interface Book extends AsyncDisposable {
  store: Store
  ledger: Ledger
  heard: Event[]
  load(): Promise<Ledger>
}

async function book(...rows: ReturnType<typeof sampleRow>[]): Promise<Book> {
  const s = await scene()
  const store = openStore(s.at('sluice.db'))
  const run = sampleRun()
  await store.record({
    run: run.id,
    at: AT,
    runs: [run],
    workstreams: rows.map((row, position) => ({ ...row, position })),
  })
  const load = (): Promise<Ledger> => Ledger.load(store, run, () => AT)
  const ledger = await load()
  const heard: Event[] = []
  ledger.onEvent((event) => heard.push(event))
  return {
    store,
    ledger,
    heard,
    load,
    async [Symbol.asyncDispose]() {
      await store.close()
      await s[Symbol.asyncDispose]()
    },
  }
}

describe('the ledger', () => {
  it('moves a workstream with its event, in the store before anybody hears of it', async () => {
    await using b = await book(sampleRow('a'))
    const stored: Promise<string>[] = []
    b.ledger.onEvent(() => stored.push(b.store.workstreams('7f3a').then(([row]) => row!.state.state)))
    await b.ledger.move('a', { state: 'running', attempt: 3, agent: 2, startedAt: AT }, 'why not')
    expect(await Promise.all(stored)).toEqual(['running'])
    expect(b.ledger.state('a').state).toBe('running')
    expect(b.heard).toMatchObject([
      {
        type: 'workstream.state',
        from: 'open',
        to: { state: 'running' },
        why: 'why not',
        workstream: 'a',
        attempt: 3,
        at: AT,
      },
    ])
    expect(await b.store.events('7f3a')).toEqual(b.heard)
  })

  it('writes what belongs together in one change: all of it or nothing', async () => {
    await using b = await book(sampleRow('a'))
    const broken = sampleAttempt('a', 1)
    Object.assign(broken, { self: broken })
    await expect(b.ledger.move('a', { state: 'held' }, null, { attempts: [broken] })).rejects.toThrow('circular')
    expect(b.ledger.state('a').state).toBe('open')
    expect(b.ledger.attempts.get('a')).toBe(undefined)
    expect(b.heard).toEqual([])
    expect((await b.load()).state('a').state).toBe('open')
  })

  it('announces what is not stored, under the number of the last stored event', async () => {
    await using b = await book(sampleRow('a'))
    await b.ledger.move('a', { state: 'held' }, null)
    b.ledger.announce({ type: 'run.progress', counts: {}, etaMinutes: null, working: [] })
    expect(b.heard.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'workstream.state'],
      [1, 'run.progress'],
    ])
    expect(await b.store.events('7f3a')).toHaveLength(1)
  })

  it('is the same when it is loaded again', async () => {
    await using b = await book(sampleRow('b'), sampleRow('a'))
    await b.ledger.record({
      attempts: [sampleAttempt('a', 1), sampleAttempt('a', 2)],
      landings: [sampleLanding('a')],
      conflicts: [sampleConflict('b')],
    })
    await b.ledger.record({ attempts: [sampleAttempt('a', 2, { work: null })], settledConflicts: ['b'] })
    const again = await b.load()
    expect([...again.rows.keys()]).toEqual(['b', 'a'])
    expect(again.attempts).toEqual(b.ledger.attempts)
    expect(again.landings).toEqual(b.ledger.landings)
    expect([again.conflicts.size, b.ledger.conflicts.size]).toEqual([0, 0])
    expect(again.attempt('a', 2).work).toBe(null)
  })

  it('knows its own run, and not another', async () => {
    await using b = await book()
    await b.ledger.record({ runs: [sampleRun({ state: 'ended', exit: 0 }), sampleRun({ id: 'other', exit: 4 })] })
    expect(b.ledger.run).toMatchObject({ id: '7f3a', exit: 0 })
  })

  it('numbers attempts over all runs', async () => {
    await using b = await book(sampleRow('a'))
    await b.store.record({ run: 'old', at: AT, attempts: [sampleAttempt('a', 7, { run: 'old' })] })
    const ledger = await b.load()
    expect([ledger.nextNumber('a'), ledger.nextNumber('new')]).toEqual([8, 1])
    await ledger.record({ attempts: [sampleAttempt('a', 8)] })
    expect(ledger.nextNumber('a')).toBe(9)
  })

  it('starts from the newest work, unless a person wants a fresh start', async () => {
    await using b = await book(sampleRow('a'))
    expect(b.ledger.checkpoint('a')).toBe(null)
    const attempts = [
      sampleAttempt('a', 1),
      sampleAttempt('a', 2, { work: commitId('e') }),
      sampleAttempt('a', 3, { work: null }),
    ]
    await b.ledger.record({ attempts })
    expect(b.ledger.checkpoint('a')).toMatchObject({ number: 2, work: commitId('e') })
    const row = b.ledger.row('a')
    await b.ledger.record({ workstreams: [{ ...row, restart: { ...row.restart, after: 3, fresh: true } }] })
    expect(b.ledger.checkpoint('a')).toBe(null)
  })

  it('keeps the work of its own fresh start', async () => {
    await using b = await book({ ...sampleRow('a'), restart: { after: 2, tool: null, note: null, fresh: true } })
    await b.ledger.record({ attempts: [sampleAttempt('a', 2), sampleAttempt('a', 3, { work: commitId('e') })] })
    expect(b.ledger.checkpoint('a')).toMatchObject({ number: 3 })
  })

  it('counts by what is shown', async () => {
    await using b = await book(
      sampleRow('a', { state: 'cancelled' }),
      sampleRow('b', { state: 'open' }, { dependsOn: ['a'] }),
      sampleRow('c'),
    )
    expect(b.ledger.counts()).toEqual({ cancelled: 1, blocked: 1, ready: 1 })
  })

  it('has no answer for what is not in the run', async () => {
    await using b = await book(sampleRow('a'))
    expect(() => b.ledger.row('ghost')).toThrow('no workstream ghost')
    expect(() => b.ledger.attempt('a', 1)).toThrow('no attempt 1 of a')
  })
})
