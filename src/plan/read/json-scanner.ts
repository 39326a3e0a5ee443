/**
 * A strict scanner of JSON that knows where it is. `JSON.parse` is far faster and gives the value; this one is there
 * for what it does not tell: where the mistake is and what to change, which keys are written twice, and where a value
 * stands in the text. It accepts exactly what `JSON.parse` accepts.
 */
import { DEPTH_MAX } from './document.ts'
import {
  commentEnd,
  foreignEnd,
  isQuote,
  type JsonMistake,
  Mistake,
  scanLiteral,
  scanNumber,
  scanString,
  wordAt,
} from './json-tokens.ts'

/**
 * Called for each member and each item before its value is scanned. `depth` counts the containers around it, from 0;
 * `keyAt` is the offset of the key (of the value, in an array). Answer true to end the scan.
 */
export type Visit = (depth: number, name: string | number, keyAt: number, valueAt: number) => boolean

export interface Scan {
  /** In order. After one whose meaning is clear the scan goes on, so that the next is told too. */
  mistakes: JsonMistake[]
  /** Keys that are written a second time in the same object. */
  duplicates: { offset: number; key: string }[]
}

class Stop extends Error {}

/**
 * Scans one JSON value from `start` on; `whole` says that nothing may follow it.
 */
export function scanJson(text: string, visit: Visit | null = null, start = 0, whole = true): Scan {
  const scanner = new Scanner(text, start, visit)
  try {
    scanner.document(whole)
  } catch (thrown) {
    if (thrown instanceof Mistake) scanner.mistakes.push(thrown.mistake)
    else if (!(thrown instanceof Stop)) throw thrown
  }
  const { mistakes, duplicates } = scanner
  return { mistakes, duplicates }
}

/** Mistakes told of one file: after this many somebody has seen what is wrong with how it is written. */
const MISTAKES_MAX = 10

class Scanner {
  readonly mistakes: JsonMistake[] = []
  readonly duplicates: { offset: number; key: string }[] = []
  readonly #text: string
  readonly #visit: Visit | null
  #at: number

  constructor(text: string, at: number, visit: Visit | null) {
    this.#text = text
    this.#at = at
    this.#visit = visit
  }

  document(whole: boolean): void {
    this.#space()
    if (this.#at >= this.#text.length) throw new Mistake(this.#at, 'the file is empty', 'write a JSON object, { ... }')
    this.#value(0)
    if (!whole) return
    this.#space()
    const next = this.#text[this.#at]
    if (next === undefined) return
    if (next === '{' || next === '[' || next === ',')
      throw new Mistake(this.#at, 'a second value after the end', 'put both into one array: [ {...}, {...} ]')
    throw new Mistake(this.#at, 'something after the end', 'delete what follows the last closing bracket')
  }

  /** A mistake that the scan can go on behind. */
  #note(offset: number, message: string, fix: string): void {
    this.mistakes.push({ offset, message, fix })
    if (this.mistakes.length >= MISTAKES_MAX) throw new Stop()
  }

  /** White space; a comment is a mistake wherever white space may stand. */
  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 32 || code === 10 || code === 13 || code === 9) this.#at++
      else if (code === 47 || code === 35) {
        this.#note(this.#at, 'JSON has no comments', 'delete the comment')
        this.#at = commentEnd(this.#text, this.#at)
      } else return
    }
  }

  #value(depth: number): void {
    const char = this.#text[this.#at]
    if (char === '{') this.#object(depth)
    else if (char === '[') this.#array(depth)
    else if (char === '"') this.#at = scanString(this.#text, this.#at).end
    else if (char !== undefined && (char === '-' || (char >= '0' && char <= '9')))
      this.#at = scanNumber(this.#text, this.#at)
    else this.#literal()
  }

  /** A word or a text that is written as in another language is clear, and everything else is not. */
  #literal(): void {
    const after = foreignEnd(this.#text, this.#at)
    try {
      this.#at = scanLiteral(this.#text, this.#at)
    } catch (thrown) {
      if (!(thrown instanceof Mistake) || after === null) throw thrown
      const { offset, message, fix } = thrown.mistake
      this.#note(offset, message, fix)
      this.#at = after
    }
  }

  #object(depth: number): void {
    const open = this.#open(depth, '{')
    const keys = new Set<string>()
    if (this.#closes('}')) return
    for (;;) {
      const keyAt = this.#at
      const key = this.#key(open)
      if (keys.has(key)) this.duplicates.push({ offset: keyAt, key })
      keys.add(key)
      this.#space()
      if (this.#text[this.#at] !== ':')
        this.#end(open, '{', new Mistake(this.#at, `no colon after "${key}"`, 'write ": " between key and value'))
      this.#at++
      this.#space()
      if (this.#visit?.(depth, key, keyAt, this.#at)) throw new Stop()
      this.#value(depth + 1)
      if (this.#next(open, '{', '}')) return
    }
  }

  #array(depth: number): void {
    const open = this.#open(depth, '[')
    if (this.#closes(']')) return
    for (let index = 0; ; index++) {
      if (this.#visit?.(depth, index, this.#at, this.#at)) throw new Stop()
      this.#value(depth + 1)
      if (this.#next(open, '[', ']')) return
    }
  }

  #open(depth: number, bracket: string): number {
    const open = this.#at
    if (depth >= DEPTH_MAX)
      throw new Mistake(open, `nested deeper than ${DEPTH_MAX} levels`, `delete the extra ${bracket}`)
    this.#at++
    this.#space()
    return open
  }

  #closes(bracket: string): boolean {
    if (this.#text[this.#at] !== bracket) return false
    this.#at++
    return true
  }

  /** After a value: true when the container ends, false after a comma with something behind it. */
  #next(open: number, opening: string, closing: string): boolean {
    const end = this.#at
    this.#space()
    if (this.#closes(closing)) return true
    const char = this.#text[this.#at]
    if (char === ',') {
      const comma = this.#at++
      this.#space()
      if (this.#text[this.#at] === ',') throw new Mistake(this.#at, 'two commas in a row', 'delete this comma')
      if (this.#text[this.#at] !== closing) return false
      this.#note(comma, `trailing comma before ${closing}`, 'delete this comma')
      return this.#closes(closing)
    }
    if (char === undefined) this.#end(open, opening, null)
    if (char === '}' || char === ']')
      throw new Mistake(this.#at, `${char} where ${closing} is due`, `close ${opening} with ${closing} first`)
    if (char === ':')
      throw new Mistake(this.#at, 'a colon after a value', 'write a comma, or put key and value into an object { }')
    // On one line it may as well be a quote inside of a text, and everything behind it would be read wrongly.
    if (!this.#text.slice(end, this.#at).includes('\n')) throw new Mistake(end, 'missing comma', 'add a comma here')
    this.#note(end, 'missing comma', 'add a comma here')
    return false
  }

  #key(open: number): string {
    const char = this.#text[this.#at]
    if (char === '"') return this.#string()
    if (char === undefined) this.#end(open, '{', null)
    const after = foreignEnd(this.#text, this.#at)
    const word = wordAt(this.#text, this.#at)
    if (after !== null && (word !== undefined || isQuote(char))) {
      if (word === undefined) this.#note(this.#at, `${char} around a key`, `use double quotes: "`)
      else this.#note(this.#at, `key ${word} without quotes`, `write "${word}"`)
      const key = word ?? this.#text.slice(this.#at + 1, after - 1)
      this.#at = after
      return key
    }
    if (isQuote(char)) throw new Mistake(this.#at, `${char} around a key`, `use double quotes: "`)
    throw new Mistake(this.#at, `${char} where a key is due`, 'write "key": value')
  }

  #string(): string {
    const { value, end } = scanString(this.#text, this.#at)
    this.#at = end
    return value
  }

  /** The text ran out inside a container (or `other` is what is wrong). */
  #end(open: number, opening: string, other: Mistake | null): never {
    if (other !== null && this.#at < this.#text.length) throw other
    const line = this.#text.slice(0, open).split('\n').length
    throw new Mistake(
      this.#at,
      `the file ends inside the ${opening} of line ${line}`,
      `add ${opening === '{' ? '}' : ']'} at the end`,
    )
  }
}
