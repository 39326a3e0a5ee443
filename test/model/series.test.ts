import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addPoint, newSeries, type Point, POINTS_MAX, type Series } from '../../src/model/series.ts'

const point = (cpu: number | null, more: Partial<Point> = {}): Point => {
  return { cpu, memory: null, disk: null, changes: null, ...more }
}

/** The series with a measurement each five seconds, from 0 on. */
function fill(values: readonly Point[], everyMs = 5_000): Series {
  return values.reduce((series, one, index) => addPoint(series, index * everyMs, one), newSeries(0))
}

describe('a series', () => {
  it('has a point for each step, rounded to a tenth, and shows what was not measured', () => {
    const series = addPoint(addPoint(newSeries(1000), 1000, point(12.345)), 16_000, point(7, { memory: 300 }))
    expect(series).toMatchObject({ from: 1000, stepMs: 5_000 })
    const empty = [null, null, null, null]
    expect(series.points).toEqual([[12.3, null, null, null], empty, empty, [7, 300, null, null]])
  })

  it('has means where the steps are longer, and the most of memory', () => {
    const values = Array.from({ length: POINTS_MAX + 2 }, (_, i) => point(i % 2 === 0 ? 10 : 30, { memory: i }))
    const { points, stepMs } = fill(values)
    expect(stepMs).toBe(10_000)
    expect(points).toHaveLength(POINTS_MAX / 2 + 1)
    expect(new Set(points.map(([cpu]) => cpu))).toEqual(new Set([20]))
    expect(points.at(-1)).toEqual([20, POINTS_MAX + 1, null, null])
  })

  it('never has more than POINTS_MAX points, whatever comes when, and keeps its mean', () => {
    const gaps = fc.array(fc.oneof({ weight: 9, arbitrary: fc.constant(5_000) }, fc.integer({ min: 0, max: 9e8 })), {
      maxLength: 700,
    })
    fc.assert(
      fc.property(gaps, (all) => {
        let series = newSeries(0)
        let at = 0
        for (const gap of all) {
          series = addPoint(series, (at += gap), point(50))
          expect(series.points.length).toBeLessThanOrEqual(POINTS_MAX)
          expect(series.points.length * series.stepMs).toBeGreaterThan(at)
        }
        for (const [cpu] of series.points) expect(cpu ?? 50).toBe(50)
      }),
      { numRuns: 30 },
    )
  })

  it('stays under 12 KB when it is full of figures', () => {
    const values = Array.from({ length: 100_000 }, () =>
      point(99.9, { memory: 123_456.7, disk: 1234.5, changes: 12.3 }),
    )
    expect(JSON.stringify(fill(values)).length).toBeLessThan(12_000)
  })
})
