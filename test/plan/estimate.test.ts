import { describe, expect, it } from 'vitest'
import { estimateMinutes } from '../../src/plan/estimate.ts'

describe('an estimate in minutes', () => {
  it.each([
    [2, 120],
    [0.5, 30],
    ['4', 240],
    ['10-14', 720],
    ['8-10h', 540],
    ['1 to 2 hours', 90],
    ['~3h', 180],
    ['90m', 90],
    ['soon', null],
    [0, null],
    [-1, null],
    [Number.NaN, null],
    [null, null],
    [['4'], null],
  ])('%s', (value, minutes) => {
    expect(estimateMinutes(value)).toBe(minutes)
  })
})
