/**
 * A series of measurements that cannot grow without limit: at most `POINTS_MAX` points, one each `stepMs`. When there
 * would be more, two and two become one and the step is doubled. An attempt of 20 minutes has a point each 5 seconds, one
 * of a day each 6 minutes; either takes some 10 KB.
 */

/** Columns of a chart across a page. */
export const POINTS_MAX = 240

/** As often as all figures are read: see `process/sampling.ts`. */
const STEP_MS = 5_000

/** null: not known then (the machine slept, or it is not told here). */
export interface Point {
  /** Percent of one core; of the machine: its load in percent of all cores. */
  cpu: number | null
  /** MB in use. The most of its step, where the others are means. */
  memory: number | null
  /** MB/s, read and written. */
  disk: number | null
  /** Distinct paths a minute. */
  changes: number | null
}

/** A point as it is kept: cpu, memory, disk, changes. */
export type Row = readonly [number | null, number | null, number | null, number | null]

export interface Series {
  /** When the first step begins, ms since the epoch. */
  from: number
  stepMs: number
  points: Row[]
  /** How many measurements the last point is made of. */
  inLast: number
}

const NOTHING: Row = [null, null, null, null]

export function newSeries(from: number): Series {
  return { from, stepMs: STEP_MS, points: [], inLast: 0 }
}

/** The series with one more measurement. `at` never falls; one from before the last step counts as of the last. */
export function addPoint(series: Series, at: number, point: Point): Series {
  let { stepMs, inLast } = series
  let points = [...series.points]
  let index = Math.max(Math.floor((at - series.from) / stepMs), points.length - 1, 0)
  while (index >= POINTS_MAX) {
    // Its last pair may be half a pair: what is added there counts as much as what it had.
    inLast = points.length % 2 === 0 ? 2 : inLast
    points = coarsened(points)
    stepMs *= 2
    index = Math.max(Math.floor((at - series.from) / stepMs), points.length - 1)
  }
  const row: Row = [point.cpu, point.memory, point.disk, point.changes].map(rounded) as unknown as Row
  if (index === points.length - 1) {
    points[index] = merged(points[index]!, inLast, row, 1)
    return { ...series, stepMs, points, inLast: inLast + 1 }
  }
  while (points.length < index) points.push(NOTHING)
  points.push(row)
  return { ...series, stepMs, points, inLast: 1 }
}

function coarsened(points: readonly Row[]): Row[] {
  const half: Row[] = []
  for (let i = 0; i < points.length; i += 2) {
    const [one, other] = [points[i]!, points[i + 1]]
    half.push(other === undefined ? one : merged(one, 1, other, 1))
  }
  return half
}

function merged(a: Row, aCount: number, b: Row, bCount: number): Row {
  const mean = (x: number | null, y: number | null): number | null =>
    x === null || y === null ? (x ?? y) : rounded((x * aCount + y * bCount) / (aCount + bCount))
  const most = a[1] === null || b[1] === null ? (a[1] ?? b[1]) : Math.max(a[1], b[1])
  return [mean(a[0], b[0]), most, mean(a[2], b[2]), mean(a[3], b[3])]
}

/** A tenth is more than a chart shows. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10
}
