import { describe, expect, it } from 'vitest'
import { CODES, EXIT, messageOf, SluiceError } from '../../src/model/failure.ts'

describe('failures', () => {
  it('have codes of the number space, each with a name of its own', () => {
    for (const code of Object.keys(CODES)) expect(code).toMatch(/^[EW][1-6]\d\d$/)
    expect(new Set(Object.values(CODES))).toHaveProperty('size', Object.keys(CODES).length)
  })

  it('have the exit codes of the contract', () => {
    expect(EXIT).toEqual({
      ok: 0,
      failed: 1,
      usage: 2,
      needsHuman: 3,
      partial: 4,
      noGo: 5,
      locked: 6,
      interrupted: 130,
    })
  })

  it('are thrown with code, message and exit', () => {
    const error = new SluiceError({ code: 'E402', message: 'merge conflict in a' }, EXIT.needsHuman)
    expect(error).toMatchObject({ message: 'E402 merge conflict in a', exit: 3, name: 'SluiceError' })
    expect(messageOf(error)).toBe('E402 merge conflict in a')
    expect(messageOf('thrown text')).toBe('thrown text')
  })
})
