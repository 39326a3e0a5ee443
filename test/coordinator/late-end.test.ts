/** Ends that come late: accepted as long as the attempt is still the current one, else kept and nothing more. */
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { WorkstreamState } from '../../src/model/state.ts'
import { desk, fifo, files, is, stream, untilEvent, WRITE } from './room.ts'

const HELD_BACK = `echo > $DESK/up; read x < $DESK/go; ${WRITE}`

describe('an end that comes late', () => {
  it('counts when its attempt is still the current one, though nobody was there when it came', async () => {
    await using d = await desk({ script: HELD_BACK })
    const [up, go] = [fifo(d, 'up'), fifo(d, 'go')]
    {
      await using first = await d.begin([stream('a')])
      const end = first.run()
      await readFile(up, 'utf8')
      first.coordinator.detach()
      await end
      await writeFile(go, 'go\n')
    }
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(0)
    expect(second.ledger.attempts.get('a')).toHaveLength(1)
    expect(await files(d)).toEqual(['a.txt'])
  })

  const elsewhere: [string, WorkstreamState][] = [
    ['another attempt is the current one', { state: 'running', attempt: 2, agent: 1, startedAt: 0 }],
    ['somebody has taken the workstream out', { state: 'held' }],
    ['it was given up', { state: 'discarded', satisfied: false }],
  ]

  it.each(elsewhere)('is kept and lands nothing when %s', async (_, to) => {
    await using d = await desk({ script: HELD_BACK })
    const [up, go] = [fifo(d, 'up'), fifo(d, 'go')]
    await using begun = await d.begin([stream('a')])
    const end = begun.run()
    await readFile(up, 'utf8')
    const current = { ...begun.ledger.attempt('a', 1), number: 2, nonce: 'the-nonce-of-attempt-2' }
    await begun.ledger.move('a', to, null, 'attempt' in to ? { attempts: [current] } : {})
    await writeFile(go, 'go\n')
    await untilEvent(begun, is('attempt.ended', 'a'))
    begun.coordinator.stop()
    await end
    const { outcome, work } = begun.ledger.attempt('a', 1)
    expect(outcome!.kind).toBe('ok')
    expect(await d.at.git(['show', 'refs/sluice/wip/a/1:a.txt'])).toBe('a 1')
    expect(await d.at.git(['rev-parse', 'refs/sluice/wip/a/1'])).toBe(work)
    expect(begun.ledger.state('a')).toEqual(to)
    expect(await files(d)).toEqual([])
  })
})
