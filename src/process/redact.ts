/**
 * Takes secrets out of text before it is shown, logged or sent to somebody. Two kinds are known: the values of variables
 * whose names say that they are secret, and what looks like a key of a well-known service wherever it comes from.
 *
 * This is a net, not a promise: what a tool encodes before it prints it is not recognised.
 */

/** A part of a text that must not be seen. */
interface Span {
  start: number
  end: number
  as: string
}

export interface Redactor {
  /** Lines of one text, in order: a private key takes several. Only what can no longer be a secret is given back. */
  line(text: string): string
  /** Where `text` may be cut in two at `at` or before it, without cutting a secret. */
  cut(text: string, at: number): number
  /** No secret that is known by its value is longer, in characters. */
  longest: number
}

/** Names of variables that hold secrets: the last word of `OPENAI_API_KEY`, `GITHUB_TOKEN`, `PGPASSWORD`. */
const SECRET_NAME = /(key|token|secret|passwd|password|passphrase|credentials?|cookie|_pat|_dsn)$/i

/** Shorter values are words that stand anywhere (`true`, `test`): taking them out would hide the log, not a secret. */
const VALUE_LENGTH_MIN = 8

/** Each is linear to match, holds neither quotes nor backslashes (so JSON stays JSON), and is seldom anything else. */
const PATTERNS: readonly RegExp[] = [
  // Model services, GitHub, GitLab, Slack, npm, Google, AWS, Stripe.
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{20,}/g,
  /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{20,})/g,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/g,
  /\bnpm_[A-Za-z0-9]{30,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  // A signed token of three parts.
  /\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}/g,
  /(?<=\bbearer\s)[A-Za-z0-9._~+/=-]{16,}/gi,
  // Between user and host of an address.
  /(?<=\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/"'\\]{0,64}:)[^\s@/"'\\]{3,128}(?=@)/gi,
  // `api_key=...`, `"password": "..."`, `token: ...`
  /(?<=\b(?:api[_-]?key|access[_-]?token|auth[_-]?token|secret|password|passwd)["']?\s?[:=]\s?["']?)[^\s"'\\,;]{8,}/gi,
]

const KEY_BEGINS = /-----BEGIN [A-Z ]*PRIVATE KEY-----/
const KEY_ENDS = /-----END [A-Z ]*PRIVATE KEY-----/

const TAKEN_OUT = '[redacted]'

/** Secrets among variables: name by value. Later sources win. */
export function secretsIn(...sources: Readonly<Record<string, string | undefined>>[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const source of sources) {
    for (const [name, value] of Object.entries(source)) {
      if (value === undefined || value.length < VALUE_LENGTH_MIN || !SECRET_NAME.test(name)) continue
      for (const line of value.split('\n')) if (line.length >= VALUE_LENGTH_MIN) found.set(line, name)
    }
  }
  return found
}

/** `secrets`: as `secretsIn` gives them. */
export function createRedactor(secrets: ReadonlyMap<string, string> = new Map()): Redactor {
  // The longest first: one secret may be the beginning of another.
  const values = [...secrets].toSorted(([a], [b]) => b.length - a.length)
  const longest = values[0]?.[0].length ?? 0
  let inKey = false
  const spansOf = (text: string): Span[] => merged([...valueSpans(text, values), ...patternSpans(text)])
  return {
    longest,
    line(text) {
      if (inKey || KEY_BEGINS.test(text)) {
        inKey = !KEY_ENDS.test(text)
        return TAKEN_OUT
      }
      return without(text, spansOf(text))
    },
    cut(text, at) {
      return spansOf(text).find(({ start, end }) => start < at && at < end)?.start ?? at
    },
  }
}

function valueSpans(text: string, values: readonly (readonly [string, string])[]): Span[] {
  return values.flatMap(([value, name]) => {
    const spans: Span[] = []
    for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + value.length)) {
      spans.push({ start, end: start + value.length, as: `[redacted ${name}]` })
    }
    return spans
  })
}

function patternSpans(text: string): Span[] {
  return PATTERNS.flatMap((pattern) =>
    [...text.matchAll(pattern)].map(({ index, 0: found }) => ({
      start: index,
      end: index + found.length,
      as: TAKEN_OUT,
    })),
  )
}

/** In order, overlapping ones as one; the one that begins first names it. */
function merged(spans: Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = result.at(-1)
    if (last !== undefined && span.start < last.end) last.end = Math.max(last.end, span.end)
    else result.push({ ...span })
  }
  return result
}

function without(text: string, spans: readonly Span[]): string {
  let result = ''
  let from = 0
  for (const { start, end, as } of spans) {
    result += text.slice(from, start) + as
    from = end
  }
  return result + text.slice(from)
}
