/** What does not go on is told once, with its reason, and again when it goes on. */
import { describe, expect, it } from 'vitest'
import { announceProgress } from '../../src/coordinator/progress.ts'
import type { Event } from '../../src/model/event.ts'
import { type Begun, desk, is, stream, untilEvent, WRITE } from './room.ts'

/** What was said about dependents, in short. */
function told({ heard }: Begun): [string, string | null, string[], number][] {
  return heard.flatMap((event): [string, string | null, string[], number][] =>
    event.type === 'dependents.blocked' || event.type === 'dependents.freed'
      ? [[event.type, event.workstream, event.ids, event.count]]
      : [],
  )
}

describe('dependents', () => {
  it('are named when what they need has failed, each once, and when they can go on', async () => {
    await using d = await desk({ script: `[ $SLUICE_WORKSTREAM != a ] && [ $SLUICE_WORKSTREAM != b ] && ${WRITE}` })
    const many = Array.from({ length: 12 }, (_, n) => stream(`x${n}`, { dependsOn: ['c'] }))
    const plan = [stream('a'), stream('b'), stream('c', { dependsOn: ['a', 'b'] }), ...many, stream('z')]
    {
      await using first = await d.begin(plan)
      expect(await first.run()).toBe(4)
      const ids = ['c', ...many.map(({ id }) => id)]
      expect(told(first)).toEqual([['dependents.blocked', 'a', ids.slice(0, 10), 13]])
      const failed = first.heard.findIndex((event) => event.type === 'workstream.state' && event.to.state === 'failed')
      expect(first.heard.findIndex(is('dependents.blocked'))).toBeGreaterThan(failed)
      await d.ask(first.store, { kind: 'skip', ids: ['a', 'b'], satisfy: true })
    }
    await using second = await d.begin(plan)
    expect(await second.run()).toBe(0)
    expect(told(second)).toEqual([])
  })

  it('are named again when a person lets them go on', async () => {
    await using d = await desk({ manual: null })
    await using begun = await d.begin([stream('a'), stream('b', { dependsOn: ['a'] })], { staysForPeople: true })
    const end = begun.run()
    await untilEvent(begun, is('run.waiting'))
    await d.ask(begun.store, { kind: 'submit', id: 'a', work: await d.work({ 'a.txt': 'by hand\n' }) })
    begun.context.bell.ring()
    await untilEvent(begun, is('dependents.freed', 'a'))
    await untilEvent(begun, (event) => event.type === 'run.waiting' && event.for.includes('b'))
    begun.coordinator.stop()
    await end
    expect(told(begun)).toEqual([
      ['dependents.blocked', 'a', ['b'], 1],
      ['dependents.freed', 'a', ['b'], 1],
    ])
  })
})

describe('a tool that is given time', () => {
  it('is told with the end of the wait, once, and nothing is promised for before', async () => {
    const limited = 'case $SLUICE_WORKSTREAM in r) echo rate limit exceeded; exit 1;; esac'
    await using d = await desk({ script: `${limited}; ${WRITE}` })
    await using begun = await d.begin([...['a', 'b', 'c'].map((id) => stream(id)), stream('r', { priority: -1 })])
    const end = begun.run()
    const waiting = await untilEvent(begun, is('tool.waiting', 'r'))
    expect(waiting).toMatchObject({ attempt: 2, tool: 'script', why: 'rate' })
    const { until } = waiting as Extract<Event, { type: 'tool.waiting' }>
    begun.context.bell.ring()
    const waits = [{ workstream: 'r', attempt: 2, tool: 'script', until, why: 'rate' }] as const
    announceProgress(begun.context, 1, [], waits)
    const { at, etaMinutes } = begun.heard.findLast(is('run.progress')) as Extract<Event, { type: 'run.progress' }>
    expect(at + etaMinutes![0] * 60_000).toBeGreaterThanOrEqual(until)
    begun.coordinator.stop()
    await end
    expect(begun.heard.filter(is('tool.waiting'))).toHaveLength(1)
  })
})
