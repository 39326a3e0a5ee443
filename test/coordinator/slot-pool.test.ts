import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotPool } from '../../src/coordinator/slot-pool.ts'
import { slotAt } from '../../src/git/slot.ts'

const slots = (count: number): ReturnType<typeof slotAt>[] =>
  Array.from({ length: count }, (_, i) => slotAt('/work', 'gates', i + 1))

describe('the pool of gate slots', () => {
  it('serves first come, first served, and takes a slot back however its use ends', async () => {
    const pool = new SlotPool(slots(1))
    const order: string[] = []
    const held = Promise.withResolvers<void>()
    const first = pool.lend(async ({ name }) => {
      order.push(`first ${name}`)
      await held.promise
      throw new Error('red')
    })
    const second = pool.lend(async () => void order.push('second'))
    const third = pool.lend(async () => void order.push('third'))
    held.resolve()
    await expect(first).rejects.toThrow('red')
    await Promise.all([second, third])
    expect(order).toEqual(['first gate-1', 'second', 'third'])
    expect(await pool.lend(async ({ name }) => name)).toBe('gate-1')
  })

  it('never lends one slot to two, and never keeps somebody waiting beside a free one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 8 }),
        async (s, count, users) => {
          const pool = new SlotPool(slots(count))
          const inUse = new Set<string>()
          let most = 0
          const uses = Array.from({ length: users }, (_, i) =>
            pool.lend(async ({ name }) => {
              expect(inUse.has(name)).toBe(false)
              inUse.add(name)
              most = Math.max(most, inUse.size)
              await s.schedule(Promise.resolve(), `use ${i}`)
              inUse.delete(name)
            }),
          )
          await s.waitFor(Promise.all(uses))
          expect(most).toBe(Math.min(count, users))
        },
      ),
      { numRuns: 50 },
    )
  })
})
