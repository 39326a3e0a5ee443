/**
 * Foreign output in chunks, as lines that are safe to show: secrets taken out, control characters inert. A line is judged
 * as a whole, because the border of a chunk may lie in the middle of a secret, of an escape sequence or of a letter.
 */
import { StringDecoder } from 'node:string_decoder'
import { neutralise } from './neutralise.ts'
import type { Redactor } from '../process/redact.ts'

/** A line without an end is given out in parts of this length, so that nobody can make us keep a gigabyte. */
const LINE_CHARACTERS_MAX = 64 * 1024

/** What is kept back of such a part: longer than keys are; see `Redactor.longest` for those known by value. */
const KEPT_BACK_CHARACTERS = 4 * 1024

export class LineReader {
  readonly #redactor: Redactor
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(redactor: Redactor) {
    this.#redactor = redactor
  }

  /** Lines that are complete with this chunk; what is left waits for the next one. */
  push(chunk: Uint8Array): string[] {
    const parts = (this.#rest + this.#decoder.write(chunk)).split('\n')
    this.#rest = parts.pop()!
    const lines = parts.map((line) => this.#shown(line))
    while (this.#rest.length > LINE_CHARACTERS_MAX) {
      const keptBack = Math.max(KEPT_BACK_CHARACTERS, this.#redactor.longest)
      const at = this.#redactor.cut(
        this.#rest,
        Math.max(1, Math.min(LINE_CHARACTERS_MAX, this.#rest.length - keptBack)),
      )
      // A secret that is longer than a part can be is taken out as far as it is known.
      const end = at === 0 ? LINE_CHARACTERS_MAX : at
      lines.push(this.#shown(this.#rest.slice(0, end)))
      this.#rest = this.#rest.slice(end)
    }
    return lines
  }

  /** The last line, which has no end; null when there is none. */
  end(): string | null {
    const last = this.#rest + this.#decoder.end()
    this.#rest = ''
    return last === '' ? null : this.#shown(last)
  }

  #shown(line: string): string {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    // Escape sequences in the middle of a secret would hide it from the redactor.
    return this.#redactor.line(neutralise(text.replaceAll('\t', '    ')))
  }
}
