/** What has been added to a log since the last look, in whole lines; the rest is read again with what comes after it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export class NewLines {
  readonly #file: string
  readonly #bytesMax: number
  #offset = 0

  /** `file` need not exist yet. Of what is written between two looks the newest `bytesMax` bytes count. */
  constructor(file: string, bytesMax: number) {
    this.#file = file
    this.#bytesMax = bytesMax
  }

  /** Where the next look begins, in bytes. */
  get offset(): number {
    return this.#offset
  }

  /** Whole lines that have come since; at most those that end before byte `end`. */
  next(end = Number.POSITIVE_INFINITY): string[] {
    let file: number
    try {
      file = openSync(this.#file, 'r')
    } catch {
      return []
    }
    try {
      const size = Math.min(fstatSync(file).size, end)
      // A log that was too long was cut to its end (`output-cap.ts`), which had been read.
      if (size < this.#offset) this.#offset = size
      const from = Math.max(this.#offset, size - this.#bytesMax)
      const bytes = Buffer.alloc(Math.max(0, size - from))
      const length = readSync(file, bytes, 0, bytes.length, from)
      const whole = length === 0 ? 0 : bytes.lastIndexOf(0x0a, length - 1) + 1
      this.#offset = from + whole
      return whole === 0 ? [] : bytes.toString('utf8', 0, whole - 1).split('\n')
    } finally {
      closeSync(file)
    }
  }
}
