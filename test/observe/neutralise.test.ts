/** What foreign text may no longer do once it has been neutralised. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { neutralise, neutraliseLines, oneLine } from '../../src/observe/neutralise.ts'

describe('neutralise', () => {
  it.each([
    ['colour', '\u001b[31mred\u001b[0m text', 'red text'],
    ['cursor movement and erasing', 'a\u001b[2A\u001b[2Kb', 'ab'],
    ['a window title', 'a\u001b]0;owned\u0007b', 'ab'],
    ['a hyperlink', '\u001b]8;;http://evil\u001b\\here\u001b]8;;\u001b\\', 'here'],
    ['a device control string', '\u001bP1$r0m\u001b\\x', 'x'],
    ['a reset of the terminal', '\u001bcx', 'x'],
    ['a sequence that never ends', '\u001b]0;title', '\\x1b]0;title'],
    ['a sequence that appears when another is taken out', '\u001b\u001b[0m[2J', '\\x1b[2J'],
    ['the eight-bit introducer', '\u009b31mred', '\\x9b31mred'],
    ['a line break and a tab', 'a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['backspaces and a bell', 'abc\b\b\u0007', 'abc\\x08\\x08\\x07'],
    ['a direction override', 'user\u202etxt.exe', 'user\\u202etxt.exe'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
    ['text in other scripts', 'grün 日本 🌊', 'grün 日本 🌊'],
  ])('makes %s inert', (_, text, inert) => {
    expect(neutralise(text)).toBe(inert)
  })

  it('leaves no control character in any text, and does nothing the second time', () => {
    const nasty = fc.array(
      fc.constantFrom('\u001b', '[', ']', '0', 'm', ';', '\u0007', '\u009b', '\n', '\u202e', 'a', 'P', '\\', ' '),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          nasty.map((parts) => parts.join('')),
        ),
        (text) => {
          const inert = neutralise(text)
          expect(inert.match(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu) ?? []).toEqual([])
          expect(neutralise(inert)).toBe(inert)
        },
      ),
    )
  })

  it('keeps the lines of a text that has several', () => {
    expect(neutraliseLines('one\r\ntwo\t2\n\u001b[1mthree')).toEqual(['one', 'two    2', 'three'])
  })
})

describe('oneLine', () => {
  it('folds blanks and cuts what is too long, never through a character', () => {
    expect(oneLine('  a\n\n b \t c ', 20)).toBe('a b c')
    expect(oneLine('abcdefghij', 8)).toBe('abcde...')
    expect(oneLine('abcd🌊efghij', 8)).toBe('abcd...')
  })
})
