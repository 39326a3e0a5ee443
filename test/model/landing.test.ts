import { describe, expect, it } from 'vitest'
import { passed } from '../../src/model/landing.ts'
import { sampleCheck } from '../store/sample.ts'

describe('checks', () => {
  it('have passed only when every one ended with 0', () => {
    expect(passed([])).toBe(true)
    expect(passed([sampleCheck(), sampleCheck()])).toBe(true)
    expect(passed([sampleCheck(), sampleCheck({ exit: 1 })])).toBe(false)
    expect(passed([sampleCheck({ exit: null, timedOut: true })])).toBe(false)
  })
})
