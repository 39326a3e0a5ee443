/** Stop, drain, detach, cancel, hold: runs that are steered while they work. What is held back is held by fifos. */
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { announceProgress } from '../../src/coordinator/progress.ts'
import type { Event } from '../../src/model/event.ts'
import { findByNonce } from '../../src/process/kill.ts'
import { desk, fifo, files, is, outcomes, states, stream, untilEvent, WRITE } from './room.ts'

describe('a run that is told to end', () => {
  it('stops: the tool is ended, its work is kept, and the next run goes on from it', async () => {
    const script = `if [ $SLUICE_ATTEMPT = 1 ]; then echo half > half.txt; echo > $DESK/up; exec sleep 1000; fi; test -e half.txt && ${WRITE}`
    await using d = await desk({ script })
    const up = fifo(d, 'up')
    {
      await using first = await d.begin([stream('a'), stream('b', { dependsOn: ['a'] })])
      const end = first.run()
      await readFile(up, 'utf8')
      first.coordinator.stop()
      expect(await end).toBe(130)
      expect(outcomes(first, 'a')).toEqual([['script', 'cancelled']])
      expect(states(first.ledger)).toEqual({ a: 'ready', b: 'pending' })
      expect(findByNonce(first.ledger.attempt('a', 1).nonce)).toEqual([])
    }
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(0)
    expect(await files(d)).toEqual(['a.txt', 'half.txt'])
  })

  it('drains: what runs comes to its end and lands, and nothing new is begun', async () => {
    await using d = await desk({ script: `echo > $DESK/up; read x < $DESK/go; ${WRITE}` })
    const [up, go] = [fifo(d, 'up'), fifo(d, 'go')]
    await using begun = await d.begin([stream('a'), stream('b')])
    const end = begun.run()
    await readFile(up, 'utf8')
    begun.coordinator.drain()
    begun.coordinator.drain()
    await writeFile(go, 'go\n')
    expect(await end).toBe(130)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'ready' })
    expect(begun.heard.filter(is('run.draining'))).toHaveLength(1)
  })

  it('lets go: the tool works on, and the next run finds it, or its end', async () => {
    await using d = await desk({ script: `echo > $DESK/up; read x < $DESK/go; ${WRITE}` })
    const [up, go] = [fifo(d, 'up'), fifo(d, 'go')]
    {
      await using first = await d.begin([stream('a')])
      const end = first.run()
      await readFile(up, 'utf8')
      first.coordinator.detach()
      expect(await end).toBe(130)
      expect(first.ledger.state('a').state).toBe('running')
      expect(first.ledger.run.state).toBe('running')
      expect(first.heard.at(-1)).toMatchObject({ type: 'run.detached', working: ['a'] })
    }
    // With fewer seats than the attempt's number would need nothing changes: it keeps its own.
    await using second = await d.begin([stream('a')])
    const end = second.run()
    await untilEvent(second, is('attempt.adopted', 'a'))
    await writeFile(go, 'go\n')
    expect(await end).toBe(0)
    expect(outcomes(second, 'a')).toEqual([['script', 'ok']])
    expect(await files(d)).toEqual(['a.txt'])
  })

  it('is told so by a request as well', async () => {
    await using d = await desk({ script: 'echo > $DESK/up; exec sleep 1000' })
    const up = fifo(d, 'up')
    await using begun = await d.begin([stream('a'), stream('b')])
    const end = begun.run()
    await readFile(up, 'utf8')
    await d.ask(begun.store, { kind: 'stop', now: true })
    begun.context.bell.ring()
    expect(await end).toBe(130)
    expect(states(begun.ledger)).toEqual({ a: 'ready', b: 'ready' })
  })
})

describe('a live run', () => {
  it('cancels one at once when it is asked to, and does not try it again', async () => {
    await using d = await desk({
      script: `[ $SLUICE_WORKSTREAM = b ] || { echo > $DESK/up; exec sleep 1000; }; ${WRITE}`,
    })
    const up = fifo(d, 'up')
    await using begun = await d.begin([stream('a'), stream('b')])
    const end = begun.run()
    await readFile(up, 'utf8')
    const request = await d.ask(begun.store, { kind: 'cancel', ids: ['a'], now: true })
    begun.context.bell.ring()
    expect(await end).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'cancelled', b: 'landed' })
    expect(outcomes(begun, 'a')).toEqual([['script', 'cancelled']])
    expect(await begun.store.request(request)).toMatchObject({ state: 'done' })
  })

  it('holds what is not started yet, while something else runs', async () => {
    await using d = await desk({
      script: `[ $SLUICE_WORKSTREAM = b ] || { echo > $DESK/up; read x < $DESK/go; }; ${WRITE}`,
    })
    const [up, go] = [fifo(d, 'up'), fifo(d, 'go')]
    await using begun = await d.begin([stream('a'), stream('b')])
    const end = begun.run()
    await readFile(up, 'utf8')
    await d.ask(begun.store, { kind: 'hold', ids: ['b'] })
    begun.context.bell.ring()
    await untilEvent(begun, is('request.applied', 'b'))
    await writeFile(go, 'go\n')
    expect(await end).toBe(3)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'held' })
  })

  it('begins with no tool that is forbidden meanwhile, and first with one that is forced', async () => {
    const slow = `[ $SLUICE_WORKSTREAM = b ] || { echo > $DESK/up; read x < $DESK/go; }; ${WRITE}`
    await using d = await desk({ slow, spare: WRITE, last: WRITE })
    const [up, go] = [fifo(d, 'up'), fifo(d, 'go')]
    await using begun = await d.begin([stream('a'), stream('b'), stream('c', { tool: 'spare' })])
    const end = begun.run()
    await readFile(up, 'utf8')
    const forbid = await d.ask(begun.store, { kind: 'tool', rule: 'forbid', tool: 'slow' })
    await d.ask(begun.store, { kind: 'tool', rule: 'force', tool: 'last' })
    const retry = await d.ask(begun.store, { kind: 'retry', ids: ['b'], tool: 'slow', note: null, fresh: false })
    begun.context.bell.ring()
    await untilEvent(begun, (event) => event.type === 'request.applied' && event.request.kind === 'retry')
    const answer = expect.stringContaining('a goes on with it')
    expect(await begun.store.request(forbid)).toMatchObject({ state: 'done', answer })
    expect(await begun.store.request(retry)).toMatchObject({ state: 'refused' })
    await writeFile(go, 'go\n')
    expect(await end).toBe(0)
    // What had begun went on with it.
    expect(outcomes(begun, 'a')).toEqual([['slow', 'ok']])
    expect(outcomes(begun, 'b')).toEqual([['last', 'ok']])
    expect(outcomes(begun, 'c')).toEqual([['last', 'ok']])
  })

  it('keeps what was said about tools over a restart, until it is taken back', async () => {
    await using d = await desk({ first: WRITE, second: WRITE })
    const plan = [stream('a'), stream('b')]
    {
      await using begun = await d.begin(plan, { only: new Set(['a']) })
      await d.ask(begun.store, { kind: 'tool', rule: 'forbid', tool: 'first' })
      expect(await begun.run()).toBe(0)
      expect(outcomes(begun, 'a')).toEqual([['second', 'ok']])
    }
    await using again = await d.begin(plan)
    expect(again.ledger.run.choice).toEqual({ first: null, forbidden: ['first'] })
    expect(await again.run()).toBe(0)
    expect(outcomes(again, 'b')).toEqual([['second', 'ok']])
  })

  it('does not fall with an attempt that cannot be carried out', async () => {
    await using d = await desk({ script: `echo > $DESK/up; read x < $DESK/go; ${WRITE}` })
    const up = fifo(d, 'up')
    fifo(d, 'go')
    {
      await using first = await d.begin([stream('a')])
      const end = first.run()
      await readFile(up, 'utf8')
      first.coordinator.detach()
      await end
    }
    // The tool that works on it is no longer configured.
    d.config.tools = { order: ['manual'], settings: {} }
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(3)
    expect(second.ledger.attempt('a', 1).outcome).toMatchObject({
      kind: 'lost',
      message: expect.stringContaining('no longer configured'),
    })
    expect(findByNonce(second.ledger.attempt('a', 1).nonce)).toEqual([])
    expect(states(second.ledger)).toEqual({ a: 'waiting' })
  })

  it('tells how far it is, and when it may be done once there is something to judge by', async () => {
    await using d = await desk({ script: WRITE })
    const plan = ['a', 'b', 'c'].map((id) => stream(id))
    await using begun = await d.begin([...plan, stream('x')], { only: new Set(['a', 'b', 'c']) })
    const told = (): Event => begun.heard.at(-1)!
    announceProgress(begun.context, 1, [], [])
    expect(told()).toMatchObject({ type: 'run.progress', counts: { ready: 4 }, etaMinutes: null, working: [] })
    expect(await begun.run()).toBe(0)
    announceProgress(begun.context, 1, [], [])
    expect(told()).toMatchObject({ type: 'run.progress', counts: { landed: 3, ready: 1 } })
    const { etaMinutes } = told() as Extract<Event, { type: 'run.progress' }>
    expect(etaMinutes![0]).toBeGreaterThan(0)
    expect(etaMinutes![1]).toBeGreaterThanOrEqual(etaMinutes![0])
  })
})
