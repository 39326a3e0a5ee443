/**
 * A run that was stopped while it gated a rollback began the rollback anew, and only ended with its gate. Found by the
 * simulation (`npm run simulate`, seed 1696).
 */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { check, desk, fifo, is, states, stream, WRITE } from '../coordinator/room.ts'

it.each(['stop', 'detach'] as const)('a rollback is left to the next run by %s', async (way) => {
  await using d = await desk({ script: WRITE })
  {
    await using first = await d.begin([stream('a')])
    expect(await first.run()).toBe(0)
  }
  const up = fifo(d, 'up')
  fifo(d, 'go')
  d.config.gate = [check(`if test -e ${up}; then echo > ${up}; read x < ${d.at.dir}/go; fi`)]
  {
    await using begun = await d.begin([stream('a')])
    await d.ask(begun.store, { kind: 'rollback', request: { ids: ['a'] }, cascade: false, why: '', begun: null })
    const end = begun.run()
    await readFile(up)
    begun.coordinator[way]()
    expect(await end).toBe(130)
    expect(begun.heard.filter(is('check.started'))).toHaveLength(1)
    expect(states(begun.ledger)).toEqual({ a: 'landed' })
  }
  d.config.gate = []
  await using next = await d.begin([stream('a')])
  expect(await next.run()).toBe(3)
  expect(states(next.ledger)).toEqual({ a: 'reverted' })
})
