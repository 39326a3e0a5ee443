/** Secrets do not reach a log or a screen, however they are cut; what only looks like one stays readable. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LineReader } from '../../src/observe/line-reader.ts'
import { createRedactor, secretsIn } from '../../src/process/redact.ts'

const VALUE = 'correct-horse-battery'
const secrets = secretsIn({ MY_API_KEY: VALUE, HOME: '/home/somebody', MODE: 'production-mode', A_TOKEN: 'short' })

/** Reads `text` in chunks that end at `borders` (bytes). */
function read(text: string, borders: readonly number[]): string[] {
  const reader = new LineReader(createRedactor(secrets))
  const bytes = Buffer.from(text)
  const ends = [...borders.toSorted((a, b) => a - b), bytes.length]
  const lines: string[] = []
  let from = 0
  for (const to of ends) {
    lines.push(...reader.push(bytes.subarray(from, to)))
    from = to
  }
  const last = reader.end()
  return last === null ? lines : [...lines, last]
}

describe('redaction', () => {
  it('takes out the values of variables that are named like secrets, and tells which', () => {
    const redactor = createRedactor(secrets)
    expect(redactor.line(`using ${VALUE}, in /home/somebody, production-mode, short`)).toBe(
      'using [redacted MY_API_KEY], in /home/somebody, production-mode, short',
    )
  })

  it.each([
    ['OPENAI says sk-proj-abcdefghijklmnopqrst0123', 'OPENAI says [redacted]'],
    [`remote: https://me:${'x'.repeat(12)}@example.org/a.git`, 'remote: https://me:[redacted]@example.org/a.git'],
    ['Authorization: Bearer abcdef0123456789abcdef', 'Authorization: Bearer [redacted]'],
    [`token ghp_${'a1'.repeat(18)} used`, 'token [redacted] used'],
    ['{"password": "hunter2hunter2"}', '{"password": "[redacted]"}'],
    ['api_key=0123456789abcdef next', 'api_key=[redacted] next'],
    ['AKIAIOSFODNN7EXAMPLE', '[redacted]'],
  ])('knows the keys of services: %s', (text, shown) => {
    expect(createRedactor().line(text)).toBe(shown)
  })

  it('leaves commits, paths, ids and prose alone', () => {
    const text =
      'landed 8c1441901ff2b8d1a9 on main; the token budget: 212k; https://example.org:8080/a@b; task-list-of-things'
    expect(createRedactor().line(text)).toBe(text)
  })

  it('takes out a private key, line by line, to its end', () => {
    const redactor = createRedactor()
    const key = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA', '-----END RSA PRIVATE KEY-----', 'after']
    expect(key.map((text) => redactor.line(text))).toEqual(['[redacted]', '[redacted]', '[redacted]', 'after'])
  })
})

describe('a reader of lines', () => {
  it('a secret that is split by the border of a chunk, wherever that is, is redacted', () => {
    const text = `before\nü ${VALUE} and sk-proj-abcdefghijklmnopqrst0123 after\nlast`
    const whole = ['before', 'ü [redacted MY_API_KEY] and [redacted] after', 'last']
    fc.assert(
      fc.property(fc.array(fc.nat(Buffer.byteLength(text)), { maxLength: 8 }), (borders) => {
        expect(read(text, borders)).toEqual(whole)
      }),
    )
  })

  it('also one that is split in a line that never ends', () => {
    for (const before of [64 * 1024 - 10, 60 * 1024 - 10, 128 * 1024 - 5]) {
      const text = `${'a '.repeat(before / 2)}${VALUE} ${'b '.repeat(80 * 1024)}`
      const lines = read(text, [before + 3, before + 9])
      expect(lines.join('')).not.toContain('horse')
      expect(lines.join('')).toContain('[redacted MY_API_KEY]')
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(65 * 1024)
    }
  })

  it('escape sequences and control characters are inert, and hide no secret', () => {
    const split = `${VALUE.slice(0, 5)}\u001b[0m${VALUE.slice(5)}`
    expect(read(`\u001b]0;owned\u0007\u001b[2J\rfake\b\n${split}\n<script>alert(1)</script>\n`, [4, 9])).toEqual([
      String.raw`\x0dfake\x08`.replace(String.raw`\x0d`, String.raw`\r`),
      '[redacted MY_API_KEY]',
      '<script>alert(1)</script>',
    ])
  })
})
