import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Meter, type Reading } from '../../src/process/meter.ts'

const reading = (pid: number, parent: number, value: number): Reading => ({ key: `${pid}@1`, pid, parent, value })

describe('the meter', () => {
  it('begins at nothing and adds what is used from then on, new processes in full', () => {
    const meter = new Meter()
    expect(meter.advance([reading(10, 1, 500)])).toBe(0)
    expect(meter.advance([reading(10, 1, 530)])).toBe(30)
    expect(meter.advance([reading(10, 1, 530), reading(11, 10, 7)])).toBe(37)
  })

  it('goes on without a gap when a parent of the tree has waited for what ended', () => {
    const meter = new Meter()
    meter.advance([reading(10, 1, 0), reading(11, 10, 0), reading(12, 11, 0)])
    expect(meter.advance([reading(10, 1, 0), reading(11, 10, 5), reading(12, 11, 100)])).toBe(105)
    // Both ended, the grandchild first: all is in the counter of the first one.
    expect(meter.advance([reading(10, 1, 110)])).toBe(110)
  })

  it('keeps the share of an orphan, whose end nobody in the tree waits for', () => {
    const meter = new Meter()
    meter.advance([reading(10, 1, 0), reading(20, 1, 0)])
    expect(meter.advance([reading(10, 1, 0), reading(20, 1, 40)])).toBe(40)
    expect(meter.advance([reading(10, 1, 3)])).toBe(43)
  })

  it('takes a number that was given out again for another process', () => {
    const meter = new Meter()
    meter.advance([reading(10, 1, 0), { key: '20@1', pid: 20, parent: 10, value: 50 }])
    expect(meter.advance([reading(10, 1, 50), { key: '20@9', pid: 20, parent: 10, value: 2 }])).toBe(2)
  })

  it('never falls, whatever it is shown', () => {
    const looks = fc.array(
      fc.uniqueArray(fc.record({ pid: fc.integer({ min: 2, max: 9 }), parent: fc.nat({ max: 9 }), value: fc.nat() }), {
        selector: ({ pid }) => pid,
      }),
    )
    fc.assert(
      fc.property(looks, (all) => {
        const meter = new Meter()
        let last = 0
        for (const rows of all) {
          const total = meter.advance(rows.map(({ pid, parent, value }) => reading(pid, parent, value)))
          expect(total).toBeGreaterThanOrEqual(last)
          last = total
        }
      }),
    )
  })
})
