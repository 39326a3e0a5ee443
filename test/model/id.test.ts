import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didYouMean, foldId, idProblem } from '../../src/model/id.ts'

describe('an id', () => {
  it.each(['a', '7', 'ws-01', 'WS-01', 'a.b_c-d', '0.1', 'x'.repeat(64), 'lock', 'a.locked'])('%s can be one', (id) => {
    expect(idProblem(id)).toBe(null)
  })

  it.each([
    ['', 'use 1 to 64'],
    ['x'.repeat(65), 'use 1 to 64'],
    ['-a', 'use 1 to 64'],
    ['.a', 'use 1 to 64'],
    ['_a', 'use 1 to 64'],
    ['../x', 'use 1 to 64'],
    ['a/b', 'use 1 to 64'],
    ['a b', 'use 1 to 64'],
    ['a\n', 'use 1 to 64'],
    ['ü', 'use 1 to 64'],
    ['a~1', 'use 1 to 64'],
    ['a..b', 'two dots'],
    ['a.', 'end in a dot'],
    ['a.lock', '.lock'],
    ['a.LOCK', '.lock'],
  ])('%j cannot', (id, why) => {
    expect(idProblem(id)).toContain(why)
  })

  it('is compared case-folded', () => {
    expect(foldId('WS-A')).toBe(foldId('ws-a'))
  })

  it('that is accepted is one safe part of a path and of a ref, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 70 }), (text) => {
        if (idProblem(text) !== null) return
        // The rules of `git check-ref-format`, and what a folder must not be.
        expect(text).not.toMatch(/[\0-\x20\x7f~^:?*[\\/]|\.\.|@\{|\.lock$|\.$|^[.-]/)
        expect(text.length).toBeLessThanOrEqual(64)
      }),
    )
  })
})

describe('did you mean', () => {
  it.each([
    ['ws-1', ['ws-01', 'ws-22'], 'ws-01'],
    ['depends_no', ['depends_on', 'description'], 'depends_on'],
    ['DEPENDS_ON', ['depends_on'], 'depends_on'],
    ['ab', ['ba'], 'ba'],
    ['acceptence', ['acceptance', 'priority'], 'acceptance'],
    // Everything is one letter away from a name of one letter.
    ['x', ['y'], null],
    ['totally', ['different', 'names'], null],
    ['abc', [], null],
  ])('%s among %j is %s', (name, known, meant) => {
    expect(didYouMean(name, known)).toBe(meant)
  })

  it('finds what was typed with one slip, and says nothing when more than a third differs', () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/)
    fc.assert(
      fc.property(word, fc.nat(), (name, at) => {
        const place = at % name.length
        expect(didYouMean(name.slice(0, place) + name.slice(place + 1), [name])).toBe(name)
        expect(didYouMean('0'.repeat(name.length), [name])).toBe(null)
      }),
    )
  })

  it('prefers the nearest', () => {
    expect(didYouMean('ws-011', ['ws-9', 'ws-01', 'ws-012'])).toBe('ws-01')
    expect(didYouMean('parser', ['parsers', 'parser'])).toBe('parser')
  })
})
