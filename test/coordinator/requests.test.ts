/** What people ask for, one by one: what is accepted, what is refused, and what has to wait. */
import { PERSON } from '../landing/room.ts'
import { describe, expect, it } from 'vitest'
import type { Ledger } from '../../src/coordinator/ledger.ts'
import { applyRequests, type Hands } from '../../src/coordinator/requests.ts'
import { readRef } from '../../src/git/refs.ts'
import type { Request, RequestBody } from '../../src/model/run.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import { AT, commitId, sampleAttempt, sampleConflict } from '../store/sample.ts'
import { type Begun, type Desk, desk, stream } from './room.ts'

interface Counter extends AsyncDisposable {
  d: Desk
  begun: Begun
  ledger: Ledger
  /** What the hands were asked to do. */
  told: string[]
  /** Puts a workstream into a state. */
  put(id: string, state: WorkstreamState): Promise<void>
  /** Asks, applies, and gives what has become of it: state, answer. */
  ask(body: RequestBody): Promise<{ state: Request['state']; answer: string | null }>
  apply(): Promise<number>
}

async function counter(): Promise<Counter> {
  await using stack = new AsyncDisposableStack()
  const d = stack.use(await desk({ script: 'true' }))
  const begun = stack.use(await d.begin([stream('a'), stream('b', { dependsOn: ['a'] })]))
  const { ledger, store } = begun
  const told: string[] = []
  const hands: Hands = {
    repo: d.repo,
    identity: PERSON,
    config: d.config,
    paths: d.paths,
    tip: () => d.tip(),
    end: (id) => void told.push(`end ${id}`),
    stop: (now) => void told.push(`stop ${now}`),
    rollBack: (request) => void told.push(`roll back ${request.id}`),
  }
  const owned = stack.move()
  const apply = (): Promise<number> => applyRequests(ledger, hands)
  return {
    d,
    begun,
    ledger,
    told,
    apply,
    put: (id, state) => ledger.move(id, state, null),
    async ask(body) {
      const id = await d.ask(store, body)
      await apply()
      const { state, answer } = (await store.request(id))!
      return { state, answer }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const failure = { code: 'E602', message: 'used up' } as const
const WORK = commitId('b')
const IN_FLIGHT: WorkstreamState[] = [
  { state: 'running', attempt: 1, agent: 1, startedAt: AT },
  { state: 'checking', attempt: 1, work: WORK },
  { state: 'queued', attempt: 1, work: WORK, queuedAt: AT },
  { state: 'landing', attempt: 1, work: WORK, queuedAt: AT, landing: 'r-1' },
]
const ASIDE: WorkstreamState[] = [
  { state: 'open' },
  { state: 'waiting', for: 'manual', attempt: 1, since: AT },
  { state: 'waiting', for: 'approval', attempt: 1, work: WORK, rule: 'gate>=3', since: AT },
  { state: 'conflict', attempt: 1, work: WORK, failure, since: AT },
  { state: 'failed', failure },
  { state: 'discarded', satisfied: false },
  { state: 'cancelled' },
  { state: 'held' },
  { state: 'reverted', landing: 'r-1' },
]
const landed = (commit: string): WorkstreamState => ({
  state: 'landed',
  attempt: 1,
  landing: 'r-1',
  commit,
  at: AT,
  published: true,
})

const retry = (...ids: string[]): RequestBody => ({ kind: 'retry', ids, tool: null, note: null, fresh: false })

describe('requests', () => {
  it('are applied once, in order, with an event each', async () => {
    await using c = await counter()
    const { store } = c.begun
    const ids = [
      await c.d.ask(store, { kind: 'hold', ids: ['a'] }),
      await c.d.ask(store, { kind: 'release', ids: ['a'] }),
    ]
    expect(await c.apply()).toBe(2)
    expect(await c.apply()).toBe(0)
    expect(c.ledger.state('a').state).toBe('open')
    const applied = c.begun.heard.flatMap((event) =>
      event.type === 'request.applied' ? [[event.workstream, event.request.kind]] : [],
    )
    expect(applied).toEqual([
      ['a', 'hold'],
      ['a', 'release'],
    ])
    for (const id of ids) expect(await store.request(id)).toMatchObject({ state: 'done' })
  })

  it('for somebody unknown are refused as a whole', async () => {
    await using c = await counter()
    expect(await c.ask({ kind: 'hold', ids: ['a', 'ghost'] })).toEqual({
      state: 'refused',
      answer: 'this run has no workstream ghost',
    })
    expect(c.ledger.state('a').state).toBe('open')
  })

  it('for several do what can be done, and name the rest', async () => {
    await using c = await counter()
    await c.put('b', { state: 'cancelled' })
    expect(await c.ask({ kind: 'hold', ids: ['a', 'b'] })).toEqual({
      state: 'done',
      answer: 'a is held; b is cancelled: only what waits to be started can be held',
    })
  })
})

describe('retry', () => {
  it.each(ASIDE.map((state) => [state.state, state] as const))(
    'of one that is %s opens it, and forgets the tries',
    async (_name, state) => {
      await using c = await counter()
      await c.ledger.record({ attempts: [sampleAttempt('a', 4)], conflicts: [sampleConflict('a')] })
      await c.put('a', state)
      expect(await c.ask({ kind: 'retry', ids: ['a'], tool: 'script', note: 'try harder', fresh: true })).toMatchObject(
        { state: 'done' },
      )
      expect(c.ledger.row('a')).toMatchObject({
        state: { state: 'open' },
        restart: { after: 4, tool: 'script', note: 'try harder', fresh: true },
      })
      expect(c.ledger.conflicts.has('a')).toBe(false)
    },
  )

  it('of one that is under way is refused', async () => {
    await using c = await counter()
    for (const state of IN_FLIGHT) {
      await c.put('a', state)
      expect(await c.ask(retry('a'))).toEqual({
        state: 'refused',
        answer: `a is ${state.state}: \`sluice cancel a\` first`,
      })
    }
  })

  it('of one that has landed is refused as long as the target has the landing', async () => {
    await using c = await counter()
    await c.put('a', landed(c.d.base))
    expect(await c.ask(retry('a'))).toMatchObject({ state: 'refused', answer: expect.stringContaining('a has landed') })
    await c.put('a', landed(await c.d.work({ 'gone.txt': 'x\n' })))
    expect(await c.ask(retry('a'))).toMatchObject({ state: 'done' })
  })
})

describe.each(['submit', 'resolve'] as const)('%s', (kind) => {
  it.each(ASIDE.map((state) => [state.state, state] as const))(
    'for one that is %s pins the work and goes on with it',
    async (_name, state) => {
      await using c = await counter()
      await c.ledger.record({
        attempts: [sampleAttempt('a', 1, { work: null, phase: 'running', tool: 'manual', base: c.d.base })],
        conflicts: [sampleConflict('a')],
      })
      await c.put('a', state)
      const work = await c.d.work({ 'a.txt': 'by hand\n' })
      expect(await c.ask({ kind, id: 'a', work })).toMatchObject({ state: 'done' })
      // Who was asked answers under the number of the question; anybody else's work is a new attempt.
      const number = state.state === 'waiting' && state.for === 'manual' ? 1 : 2
      const next = kind === 'submit' ? { state: 'checking' } : { state: 'queued', queuedAt: expect.any(Number) }
      expect(c.ledger.state('a')).toEqual({ ...next, attempt: number, work })
      expect(c.ledger.attempt('a', number)).toMatchObject({
        tool: 'manual',
        phase: 'settled',
        work,
        base: c.d.base,
        outcome: { kind: 'ok' },
      })
      expect(await readRef(c.d.repo, `refs/sluice/wip/a/${number}`)).toBe(work)
      expect(await readRef(c.d.repo, 'refs/heads/ws/a')).toBe(work)
      expect(c.ledger.conflicts.has('a')).toBe(false)
    },
  )

  it('for one that is under way or has landed is refused, and pins nothing', async () => {
    await using c = await counter()
    const work = await c.d.work({ 'a.txt': 'by hand\n' })
    for (const state of [...IN_FLIGHT, landed(c.d.base)]) {
      await c.put('a', state)
      expect(await c.ask({ kind, id: 'a', work })).toMatchObject({ state: 'refused' })
    }
    expect(await readRef(c.d.repo, 'refs/heads/ws/a')).toBe(null)
  })
})

describe.each(['approve', 'reject'] as const)('%s', (kind) => {
  const review = (works: Record<string, string>): RequestBody => {
    return { kind, ids: ['a'], works, comment: null, by: 'ada' }
  }

  it('of what does not wait for it is refused, and says why', async () => {
    await using c = await counter()
    for (const state of [...IN_FLIGHT, landed(c.d.base), ...ASIDE.filter((one) => one.state !== 'waiting')]) {
      await c.put('a', state)
      const answer = `a is ${state.state}: it does not wait for approval`
      expect(await c.ask(review({ a: WORK }))).toEqual({ state: 'refused', answer })
    }
    await c.put('a', { state: 'waiting', for: 'manual', attempt: 1, since: AT })
    expect(await c.ask(review({ a: WORK }))).toMatchObject({ answer: expect.stringContaining('sluice submit a') })
  })

  it('is of the work that was looked at, and of no other', async () => {
    await using c = await counter()
    await c.ledger.record({ attempts: [sampleAttempt('a', 1)] })
    await c.put('a', { state: 'waiting', for: 'approval', attempt: 1, work: WORK, rule: 'a', since: AT })
    for (const works of [{ a: commitId('c') }, {} as Record<string, string>]) {
      const answer = expect.stringContaining('a has other work by now')
      expect(await c.ask(review(works))).toEqual({ state: 'refused', answer })
    }
    expect(await c.ask(review({ a: WORK }))).toMatchObject({ state: 'done' })
    expect(c.ledger.state('a').state).toBe(kind === 'approve' ? 'queued' : 'open')
    expect(await c.ask(review({ a: WORK }))).toMatchObject({ state: 'refused' })
  })
})

describe('discard and skip', () => {
  it('give up; what depends on it is blocked, or goes on', async () => {
    await using c = await counter()
    for (const state of ASIDE) {
      await c.put('a', state)
      expect(await c.ask({ kind: 'discard', id: 'a', satisfy: false })).toEqual({
        state: 'done',
        answer: 'a is given up',
      })
      expect(c.ledger.views().get('b')).toEqual({ name: 'blocked', blockedBy: ['a'] })
    }
    expect(await c.ask({ kind: 'skip', ids: ['a'], satisfy: true })).toMatchObject({ state: 'done' })
    expect(c.ledger.views().get('b')?.name).toBe('ready')
  })

  it('settle the conflict that was waiting', async () => {
    await using c = await counter()
    await c.ledger.record({ conflicts: [sampleConflict('a')] })
    await c.ask({ kind: 'discard', id: 'a', satisfy: false })
    expect(await c.begun.store.conflicts(c.ledger.run.id)).toEqual([])
  })

  it('are refused for what is under way or has landed', async () => {
    await using c = await counter()
    for (const state of [...IN_FLIGHT, landed(c.d.base)]) {
      await c.put('a', state)
      expect(await c.ask({ kind: 'discard', id: 'a', satisfy: true })).toMatchObject({ state: 'refused' })
      expect(await c.ask({ kind: 'skip', ids: ['a'], satisfy: true })).toMatchObject({ state: 'refused' })
    }
  })
})

describe('settle', () => {
  const settle: RequestBody = { kind: 'settle', id: 'a', tool: 'claude' }

  it('gives a conflict that waits for a person to a tool, and nothing else', async () => {
    await using c = await counter()
    for (const state of [...IN_FLIGHT, landed(c.d.base), ...ASIDE.filter((one) => one.state !== 'conflict')]) {
      await c.put('a', state)
      const answer = `a is ${state.state}: there is no conflict`
      expect(await c.ask(settle)).toEqual({ state: 'refused', answer })
    }
    const attempt = sampleAttempt('a', 2, { tool: 'aider' })
    await c.ledger.record({ attempts: [attempt], conflicts: [sampleConflict('a')] })
    await c.put('a', { state: 'conflict', attempt: 2, work: WORK, failure, since: AT })
    expect(await c.ask(settle)).toEqual({ state: 'done', answer: 'a: claude is asked to settle its conflict' })
    expect(c.ledger.row('a')).toMatchObject({ state: { state: 'open' }, restart: { tool: 'claude', after: 2 } })
    const step = { at: 'asked', rung: 'another-tool', tool: 'claude' }
    expect(c.ledger.conflicts.get('a')).toMatchObject({ ladder: { step } })
  })

  it('waits while it is held: the tool is asked as soon as it is released', async () => {
    await using c = await counter()
    await c.ledger.record({ attempts: [sampleAttempt('a', 2)], conflicts: [sampleConflict('a')] })
    await c.put('a', { state: 'conflict', attempt: 2, work: WORK, failure, since: AT })
    const bodies: RequestBody[] = [settle, { kind: 'hold', ids: ['a'] }, { kind: 'release', ids: ['a'] }]
    for (const body of bodies) {
      expect(await c.ask(body)).toMatchObject({ state: 'done' })
    }
    expect(c.ledger.state('a').state).toBe('open')
    expect(c.ledger.conflicts.get('a')).toMatchObject({ ladder: { step: { at: 'asked' } } })
  })
})

describe('hold and release', () => {
  it('take out what waits to be started, and put it back', async () => {
    await using c = await counter()
    expect(await c.ask({ kind: 'hold', ids: ['a'] })).toEqual({ state: 'done', answer: 'a is held' })
    expect(await c.ask({ kind: 'hold', ids: ['a'] })).toEqual({ state: 'done', answer: 'a is held' })
    expect(c.ledger.views().get('b')?.name).toBe('blocked')
    expect(await c.ask({ kind: 'release', ids: ['a'] })).toMatchObject({ state: 'done' })
    expect(await c.ask({ kind: 'release', ids: ['a'] })).toEqual({ state: 'refused', answer: 'a is not held' })
  })

  it('hold nothing else', async () => {
    await using c = await counter()
    for (const state of [
      ...IN_FLIGHT,
      landed(c.d.base),
      ...ASIDE.filter(({ state }) => state !== 'open' && state !== 'held'),
    ]) {
      await c.put('a', state)
      expect(await c.ask({ kind: 'hold', ids: ['a'] })).toMatchObject({ state: 'refused' })
    }
  })
})

describe('cancel', () => {
  it.each([...ASIDE, ...IN_FLIGHT.slice(1, 3)].map((state) => [state.state, state] as const))(
    'of one that is %s is done',
    async (_name, state) => {
      await using c = await counter()
      await c.put('a', state)
      expect(await c.ask({ kind: 'cancel', ids: ['a'], now: false })).toMatchObject({ state: 'done' })
      expect(c.ledger.state('a').state).toBe('cancelled')
    },
  )

  it('of one that runs waits for its end, and ends it when that is wanted', async () => {
    await using c = await counter()
    await c.put('a', IN_FLIGHT[0]!)
    expect(await c.ask({ kind: 'cancel', ids: ['a'], now: false })).toEqual({ state: 'open', answer: null })
    expect(c.told).toEqual([])
    expect(await c.ask({ kind: 'cancel', ids: ['a'], now: true })).toEqual({ state: 'open', answer: null })
    expect(c.told).toEqual(['end a'])
    await c.put('a', { state: 'open' })
    expect(await c.apply()).toBe(2)
    expect(c.ledger.state('a').state).toBe('cancelled')
  })

  it('of one that is landing or has landed is refused', async () => {
    await using c = await counter()
    for (const state of [IN_FLIGHT[3]!, landed(c.d.base)]) {
      await c.put('a', state)
      expect(await c.ask({ kind: 'cancel', ids: ['a'], now: true })).toEqual({
        state: 'refused',
        answer: `a is ${state.state}`,
      })
    }
  })
})

describe('stop', () => {
  it('is passed on', async () => {
    await using c = await counter()
    expect(await c.ask({ kind: 'stop', now: false })).toMatchObject({
      state: 'done',
      answer: expect.stringContaining('draining'),
    })
    expect(await c.ask({ kind: 'stop', now: true })).toMatchObject({ state: 'done' })
    expect(c.told).toEqual(['stop false', 'stop true'])
  })
})
