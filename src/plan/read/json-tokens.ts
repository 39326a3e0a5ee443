/** The smallest parts of JSON, strictly: texts, numbers, words; and what people write in their place. */

/** A mistake at an offset, and what to change. */
export interface JsonMistake {
  offset: number
  message: string
  fix: string
}

/** A mistake on its way out of the scanner. */
export class Mistake extends Error {
  readonly mistake: JsonMistake

  constructor(offset: number, message: string, fix: string) {
    super(message)
    this.mistake = { offset, message, fix }
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /[A-Za-z_$][\w$-]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** Words of other languages for the three that JSON has. */
const MEANT: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['TRUE', 'true'],
  ['False', 'false'],
  ['FALSE', 'false'],
  ['None', 'null'],
  ['nil', 'null'],
  ['Null', 'null'],
  ['NULL', 'null'],
  ['undefined', 'null'],
  ['NaN', 'null'],
  ['Infinity', 'null'],
])

/** The word that begins at `at`, if one does. */
export function wordAt(text: string, at: number): string | undefined {
  WORD.lastIndex = at
  return WORD.exec(text)?.[0]
}

/** Any sign that is meant as a quotation mark, but for the right one. */
export function isQuote(char: string): boolean {
  return `'\`‘’“”`.includes(char)
}

/** What closes a text that one of the wrong quotes opens. */
const CLOSES: ReadonlyMap<string, string> = new Map([
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
])

/** The offset behind a bare word, or behind a text in wrong quotes that ends on its line; null where neither stands. */
export function foreignEnd(text: string, at: number): number | null {
  const word = wordAt(text, at)
  if (word !== undefined) return at + word.length
  const closing = CLOSES.get(text[at] ?? '')
  const close = closing === undefined ? -1 : text.indexOf(closing, at + 1)
  return close < 0 || text.slice(at, close).includes('\n') ? null : close + 1
}

/** The offset behind the comment that begins at `at`: a slash alone is one up to the end of its line as well. */
export function commentEnd(text: string, at: number): number {
  const isBlock = text.startsWith('/*', at)
  const end = text.indexOf(isBlock ? '*/' : '\n', at)
  if (end < 0) return text.length
  return isBlock ? end + 2 : end
}

/** The text whose opening quote is at `open`, and the offset behind its closing one. */
export function scanString(text: string, open: number): { value: string; end: number } {
  let plain = true
  let at = open + 1
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === 34) break
    if (Number.isNaN(code)) throw new Mistake(open, 'the file ends inside this text', 'close it with a double quote "')
    if (code === 10 || code === 13)
      throw new Mistake(
        open,
        'this text does not end on its line',
        'close it with " (a line break inside is written \\n)',
      )
    if (code < 32) throw new Mistake(at, 'a control character in a text', code === 9 ? 'write \\t' : 'delete it')
    if (code !== 92) at++
    else {
      plain = false
      ESCAPE.lastIndex = at
      const escape = ESCAPE.exec(text)?.[0]
      if (escape === undefined)
        throw new Mistake(at, `\\${text[at + 1] ?? ''} is no escape`, 'write a backslash as \\\\ (or use /)')
      at += escape.length
    }
  }
  const end = at + 1
  return { value: plain ? text.slice(open + 1, at) : String(JSON.parse(text.slice(open, end))), end }
}

/** The offset behind the number that begins at `start`. */
export function scanNumber(text: string, start: number): number {
  NUMBER.lastIndex = start
  const end = start + (NUMBER.exec(text)?.[0].length ?? 0)
  if (end === start || /[\w.+]/.test(text[end] ?? ''))
    throw new Mistake(start, 'not a number', 'write it plainly, like 12 or 0.5, or put quotes around it')
  return end
}

/** The offset behind `true`, `false` or `null` at `at`. */
export function scanLiteral(text: string, at: number): number {
  const word = wordAt(text, at)
  if (word === 'true' || word === 'false' || word === 'null') return at + word.length
  const char = text[at]
  if (char === undefined)
    throw new Mistake(at, 'the file ends where a value is due', 'add the value and the closing brackets')
  if (isQuote(char)) throw new Mistake(at, `${char} around a text`, 'use double quotes: "')
  if (word !== undefined) throw new Mistake(at, `${word} is no JSON value`, `write ${MEANT.get(word) ?? `"${word}"`}`)
  if (char === '+' || char === '.') throw new Mistake(at, 'not a number', 'write it plainly, like 12 or 0.5')
  throw new Mistake(at, `${char} where a value is due`, 'write a value, or delete what stands before it')
}
