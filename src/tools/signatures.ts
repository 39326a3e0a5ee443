/**
 * What the end of a log gives away, whatever tool wrote it: agents that exit with 0 on an expired key, a full disk
 * three processes down. Only whole phrases of programs count, and only near the end: a log may talk about anything.
 */
import type { Code } from '../model/failure.ts'
import type { OutcomeKind } from '../model/attempt.ts'

/** The last words of a program, not what it read on the way. */
const LINES_MAX = 20

export interface Signature {
  kind: OutcomeKind
  code: Code
  message: string
}

/** The first that matches wins: a quota is announced as 429 too, a full disk ends in all sorts of errors. */
const SIGNATURES: readonly (Signature & { pattern: RegExp })[] = [
  {
    kind: 'disk',
    code: 'E302',
    message: 'the disk is full',
    pattern: /\bENOSPC\b|no space left on device/i,
  },
  {
    kind: 'out-of-memory',
    code: 'E301',
    message: 'out of memory',
    pattern: /JavaScript heap out of memory|std::bad_alloc|cannot allocate memory|^MemoryError\b/im,
  },
  {
    kind: 'quota',
    code: 'E208',
    message: 'the quota is used up',
    pattern: /insufficient_quota|quota (has been )?exceeded|exceeded your (current )?quota|credit balance is too low/i,
  },
  {
    kind: 'rate',
    code: 'E208',
    message: 'rate limit',
    pattern:
      /rate[ _-]?limit(ed|_error|[ _]exceeded| reached)|too many requests|RateLimitError|resource (has been )?exhausted/i,
  },
  {
    kind: 'overloaded',
    code: 'E208',
    message: 'the model service is overloaded',
    pattern:
      /overloaded_error|\b(503|529)\b.{0,40}(overloaded|unavailable)|(model|server|service|engine) is (currently )?overloaded/i,
  },
  {
    kind: 'auth',
    code: 'E107',
    message: 'the service does not accept the credentials',
    pattern:
      /(invalid|incorrect)[ _](x-)?api[ _-]?key|api key not valid|authentication_error|AuthenticationError|\b401\b.{0,20}unauthorized/i,
  },
  {
    kind: 'network',
    code: 'E303',
    message: 'the network does not answer',
    pattern:
      /\b(ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ENETUNREACH)\b|could not resolve host|network is unreachable|temporary failure in name resolution/i,
  },
]

/** What the end of a log says about a failure, or null. */
export function signatureIn(tail: string): Signature | null {
  const end = lastLines(tail).join('\n')
  const found = SIGNATURES.find(({ pattern }) => pattern.test(end))
  return found === undefined ? null : { kind: found.kind, code: found.code, message: found.message }
}

/** Does a model decline? Worth asking only when it changed nothing. */
export function isRefusal(tail: string): boolean {
  return /\bI(['’]m| am) (sorry, (but )?I )?(can(not|['’]t)|unable to|not able to) (help|assist|comply|do that)|\bI can(not|['’]t) (help|assist) with/i.test(
    lastLines(tail).join('\n'),
  )
}

/** Does the log end in a question that nobody answers? Worth asking when a tool has fallen silent. */
export function isQuestion(tail: string): boolean {
  return /(\[y\/n\]|\(y\/n\)|\(Y\)es\/\(N\)o.*|\byes\/no\b.*|password.*|passphrase.*|\?|press (enter|any key).*|\bcontinue.*)[ :>\])]*$/i.test(
    lastLine(tail),
  )
}

/** The line that a log ends in, without colours. */
export function lastLine(tail: string): string {
  return stripColours(tail).trim().split('\n').at(-1)!.trim()
}

/**
 * What makes two failures the same failure: the last line that names an error, without what differs from try to try
 * (numbers, paths, quoted text, times). null when no line does.
 */
export function errorSignature(tail: string): string | null {
  const line = lastLines(tail).findLast((text) =>
    /\b(error|exception|failed|failure|fatal|panic)\b|Error\b/i.test(text),
  )
  return line === undefined ? null : signatureOfLine(line)
}

/** A line without what differs from one time to the next. */
export function signatureOfLine(line: string): string {
  return stripColours(line)
    .replaceAll(/(["'`]).*?\1/g, '…')
    .replaceAll(/\S*\/\S*/g, '…')
    .replaceAll(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, '#')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** The end of a log in which something counts as a program's last words; no empty lines, no colours. */
export function lastLines(tail: string): string[] {
  return stripColours(tail)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-LINES_MAX)
}

export function stripColours(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the escape character is what is looked for
  return text.replaceAll(/\u001B\[[0-9;?]*[A-Za-z]/g, '')
}
