/**
 * A landing was taken back while a workstream that depends on it was at work: that landed all the same, without what it
 * needs. Found by the simulation (`npm run simulate`, seed 225).
 */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { desk, fifo, files, outcomes, states, stream, WRITE } from '../coordinator/room.ts'

/** The first attempt of b waits until it is told to go on. */
const TOOL = `up=$DESK/up-$SLUICE_WORKSTREAM-$SLUICE_ATTEMPT; go=$DESK/go-$SLUICE_WORKSTREAM-$SLUICE_ATTEMPT
if test -e $up; then echo > $up; read x < $go; fi
${WRITE}`

it('what was built on a landing that is taken back does not land, and begins anew when that has landed again', async () => {
  await using d = await desk({ script: TOOL })
  const up = fifo(d, 'up-b-1')
  fifo(d, 'go-b-1')
  const plan = [stream('a'), stream('b', { dependsOn: ['a'] })]
  {
    await using begun = await d.begin(plan)
    const end = begun.run()
    await readFile(up)
    const why = { cascade: false, why: '', begun: null }
    await d.ask(begun.store, { kind: 'rollback', request: { ids: ['a'] }, ...why })
    begun.context.bell.ring()
    expect(await end).toBe(3)
    expect(states(begun.ledger)).toEqual({ a: 'reverted', b: 'blocked' })
    expect(outcomes(begun, 'b')).toEqual([['script', 'thrown-back']])
    const { message } = begun.ledger.attempt('b', 1).outcome!
    expect(message).toContain('built on the work of a (attempt 1), which was taken back')
    expect(await files(d)).toEqual([])
    await d.ask(begun.store, { kind: 'retry', ids: ['a'], tool: null, note: null, fresh: false })
  }
  await using again = await d.begin(plan)
  expect(await again.run()).toBe(0)
  expect(await files(d)).toEqual(['a.txt', 'b.txt'])
})
