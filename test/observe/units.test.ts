import { describe, expect, it } from 'vitest'
import { count, durationText, listed, shortCommit, withShortCommits } from '../../src/observe/units.ts'

describe('units', () => {
  it.each([
    [0, '0 ms'],
    [-5, '0 ms'],
    [999.4, '999 ms'],
    [1000, '1.0 s'],
    [3249, '3.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1m'],
    [250_000, '4m10'],
    [3_599_600, '1h'],
    [1_800_000, '30m'],
    [6_600_000, '1h50'],
    [7_200_000, '2h'],
  ])('says %d ms as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })

  it('counts, lists and shortens', () => {
    expect([count(1, 'file'), count(0, 'file'), count(3, 'file')]).toEqual(['1 file', '0 files', '3 files'])
    expect(listed(['a', 'b'], 2)).toBe('a, b')
    expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more')
    expect(shortCommit('0123456789abcdef')).toBe('012345678')
    const whole = '0123456789abcdef0123456789abcdef01234567'
    expect(withShortCommits(`passed on ${whole}, not on ${whole}8`)).toBe(`passed on 012345678, not on ${whole}8`)
  })
})
