/**
 * Landings that waited to be published were taken back by giving them up, while the same run published them: it said that
 * they were gone, and they were on the target. Found by the simulation (`npm run simulate`).
 */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { desk, states, stream, WRITE } from '../coordinator/room.ts'

it('what a rollback gives up is not published behind its back', async () => {
  await using d = await desk({ script: WRITE }, {}, false)
  const mine = join(d.at.root, 'a.txt')
  await d.at.write(mine, 'of a person, and in the way\n')
  {
    await using begun = await d.begin([stream('a')])
    expect(await begun.run()).toBe(3)
    expect(begun.ledger.state('a')).toMatchObject({ state: 'landed', published: false })
    await d.ask(begun.store, { kind: 'rollback', request: { ids: ['a'] }, cascade: false, why: '', begun: null })
  }
  await d.at.git(['clean', '-fq', 'a.txt'])
  await using next = await d.begin([stream('a')])
  expect(await next.run()).toBe(3)
  expect(states(next.ledger)).toEqual({ a: 'reverted' })
  expect(await d.landed()).toEqual([])
  expect(await d.landed('refs/heads/main')).toEqual([])
})
