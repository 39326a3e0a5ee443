/**
 * New kinds of errors in the log of a tool at work, each told once (W210). Only what programs print when something has gone
 * wrong counts, not every line that talks about errors: agents talk about them a lot.
 */
import { NewLines } from '../process/new-lines.ts'
import type { Redactor } from '../process/redact.ts'
import { signatureOfLine, stripColours } from '../tools/signatures.ts'

/** Read at one look; of what a tool prints faster than this the newest counts. */
const BYTES_MAX = 256 * 1024

/** Kinds that are told of one attempt: who sees five has seen enough to look at the log. */
const SIGNATURES_MAX = 5

const SIGNATURE_CHARACTERS_MAX = 160

const ERROR_LINE =
  /^\s*(npm (ERR!|error)|Traceback \()|\b(error|fatal|panic)(\[[\w-]+\])?:\s|\b([A-Z]\w*)?(Error|Exception):\s/

export class LogErrors {
  readonly #lines: NewLines
  readonly #redactor: Redactor
  readonly #seen = new Set<string>()

  /** `file` need not exist yet. */
  constructor(file: string, redactor: Redactor) {
    this.#lines = new NewLines(file, BYTES_MAX)
    this.#redactor = redactor
  }

  /** Signatures of errors that were printed since the last call and never before. */
  next(): string[] {
    if (this.#seen.size >= SIGNATURES_MAX) return []
    const fresh: string[] = []
    for (const printed of this.#lines.next()) {
      const line = this.#redactor.line(printed)
      if (!ERROR_LINE.test(stripColours(line))) continue
      const signature = signatureOfLine(line).slice(0, SIGNATURE_CHARACTERS_MAX)
      if (this.#seen.has(signature) || this.#seen.size >= SIGNATURES_MAX) continue
      this.#seen.add(signature)
      fresh.push(signature)
    }
    return fresh
  }
}
