/** Fault 18: the numbers of the machine are faked, all else is real. */
import { describe, expect, it } from 'vitest'
import { createTeller } from '../../src/observe/tell.ts'
import { statusRun } from '../../src/observe/status.ts'
import { desk, is, ROOMY, states, stream, untilEvent, WRITE } from './room.ts'

const used = (percent: number): typeof ROOMY => {
  return { ...ROOMY, memory: { totalBytes: 16e9, availableBytes: 16e9 * (1 - percent / 100) } }
}

describe('a machine without room for another agent', () => {
  it('gets none, says so once, and gets them when there is room again, by itself', async () => {
    await using d = await desk({ script: WRITE })
    let machine = used(91)
    await using begun = await d.begin([stream('a'), stream('b')], { seats: 2, machine: () => machine })
    const end = begun.run()
    const short = await untilEvent(begun, is('room.short'))
    expect(createTeller()(short)).toMatchObject({
      level: 'warning',
      text: 'no new agent: W202 memory at 91 % (none begins above 90 %); a, b wait',
    })
    expect(statusRun((await begun.store.latestRun())!, true).waits).toEqual([
      { code: 'W202', message: 'memory at 91 % (none begins above 90 %)' },
    ])
    // Back below the critical threshold, but not by enough.
    machine = used(87)
    begun.context.bell.ring()
    await d.ask(begun.store, { kind: 'hold', ids: ['b'] })
    begun.context.bell.ring()
    await untilEvent(begun, is('request.applied'))
    expect(states(begun.ledger)).toEqual({ a: 'ready', b: 'held' })
    machine = used(60)
    begun.context.bell.ring()
    expect(await end).toBe(3)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'held' })
    const told = begun.heard.filter(({ type }) => type.startsWith('room.')).map(({ type }) => type)
    expect(told).toEqual(['room.short', 'room.again'])
    const started = begun.heard.findIndex(is('attempt.started'))
    expect(begun.heard.findIndex(is('room.again'))).toBeLessThan(started)
    expect((await begun.store.latestRun())!.noRoom).toBeNull()
  })

  it('with little room lets one work at a time, and says so', async () => {
    await using d = await desk({ script: WRITE })
    await using begun = await d.begin([stream('a'), stream('b'), stream('c')], { seats: 2, machine: () => used(78) })
    let most = 0
    begun.ledger.onEvent(({ type }) => {
      const atWork = Object.values(states(begun.ledger)).filter((name) => name === 'running').length
      if (type === 'attempt.started') most = Math.max(most, atWork)
    })
    expect(await begun.run()).toBe(0)
    expect(most).toBe(1)
    const short = begun.heard.filter(is('room.short'))
    expect(short.map((event) => createTeller()(event).text)).toEqual([
      'no new agent: W202 memory at 78 % (one works alone above 70 %); b waits',
    ])
  })

  it('keeps those that are at work, and lands what they do', async () => {
    await using d = await desk({ script: WRITE })
    let machine = ROOMY
    await using begun = await d.begin([stream('a', { priority: 1 }), stream('b')], { machine: () => machine })
    begun.ledger.onEvent((event) => {
      if (event.type === 'attempt.started') machine = used(95)
      if (event.type === 'landing.moved') machine = used(10)
    })
    expect(await begun.run()).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'landed' })
  })
})
