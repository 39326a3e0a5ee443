/**
 * A workstream whose landing was taken back was tried again, and while its tool was at work somebody asked for the rollback
 * once more, which brings back. Both landed. Found by the simulation (`npm run simulate`).
 */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { type Begun, check, type Desk, desk, fifo, is, states, stream, untilEvent, WRITE } from '../coordinator/room.ts'

/** The second attempt waits until it is told to go on, and so does the gate once there is a fifo for it. */
const waitAt = (name: string): string =>
  `if test -e $DESK/up-${name}; then echo > $DESK/up-${name}; read x < $DESK/go-${name}; fi`

async function takenBack(d: Desk): Promise<void> {
  await using begun = await d.begin([stream('a')])
  expect(await begun.run()).toBe(0)
  await askRollback(d, begun)
  await using again = await d.begin([stream('a')])
  expect(await again.run()).toBe(3)
  expect(states(again.ledger)).toEqual({ a: 'reverted' })
}

const askRollback = (d: Desk, { store }: Begun): Promise<string> =>
  d.ask(store, { kind: 'rollback', request: { ids: ['a'] }, cascade: false, why: '', begun: null })

const askRetry = (d: Desk, { store }: Begun): Promise<string> =>
  d.ask(store, { kind: 'retry', ids: ['a'], tool: null, note: null, fresh: false })

it('what is being done again is not brought back', async () => {
  await using d = await desk({ script: `${waitAt('$SLUICE_ATTEMPT')}\n${WRITE}` })
  await takenBack(d)
  const up = fifo(d, 'up-2')
  const go = fifo(d, 'go-2')
  await using begun = await d.begin([stream('a')])
  await askRetry(d, begun)
  const end = begun.run()
  await readFile(up)
  const asked = await askRollback(d, begun)
  begun.context.bell.ring()
  await untilEvent(begun, (event) => event.type === 'request.applied' && event.request.kind === 'rollback')
  expect(await begun.store.request(asked)).toMatchObject({
    state: 'refused',
    answer: 'a cannot be brought back: it is to be done again, and is running',
    failure: { fix: 'sluice cancel a, then ask again' },
  })
  await d.at.write(go, 'go\n')
  expect(await end).toBe(0)
  expect(await d.landed()).toEqual(['a', 'a'])
})

it('what is being brought back is not done again', async () => {
  await using d = await desk({ script: WRITE })
  await takenBack(d)
  const up = fifo(d, 'up-gate')
  const go = fifo(d, 'go-gate')
  // Nobody has asked this gate before, so it is not remembered.
  d.config.gate = [check(`export DESK=${d.at.dir}; ${waitAt('gate')}; test -e a.txt`)]
  await using begun = await d.begin([stream('a')])
  await askRollback(d, begun)
  const end = begun.run()
  await readFile(up)
  const retry = await askRetry(d, begun)
  begun.context.bell.ring()
  await d.at.write(go, 'go\n')
  expect(await end).toBe(0)
  expect(begun.heard.filter(is('attempt.started'))).toEqual([])
  expect(await begun.store.request(retry)).toMatchObject({
    state: 'refused',
    answer: expect.stringContaining('a has landed as'),
  })
})
