import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { covers, literalPrefixes, parsePattern, type Pattern, patternProblem } from '../../src/plan/pattern.ts'
import { scopesOverlap } from '../../src/plan/overlap.ts'

function patterns(entry: string): Pattern[] {
  const parsed = parsePattern(entry)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.patterns
}

const matches = (entry: string, path: string): boolean => covers(patterns(entry), path)

describe('an entry covers', () => {
  it.each([
    ['src', 'src/a/b.ts', true],
    ['src/', 'src/a.ts', true],
    ['src', 'srcs/a.ts', false],
    ['./src/a.ts', 'src/a.ts', true],
    ['src\\api\\x.ts', 'src/api/x.ts', true],
    ['.', 'anything/at/all', true],
    ['src/*', 'src/a.ts', true],
    ['src/*', 'src/a/b.ts', false],
    ['src/*/', 'src/a/b.ts', true],
    ['src/**', 'src/a/b.ts', true],
    ['src/**', 'src', false],
    ['src/**/x.ts', 'src/x.ts', true],
    ['**/x.ts', 'x.ts', true],
    ['**/*.ts', 'a/.b/c.ts', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['{a,b}/*.{ts,js}', 'b/x.js', true],
    ['{a,b{1,2}}/x', 'b2/x', true],
    ['a{b}c', 'a{b}c', true],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx', true],
    ['app/[id]/page.tsx', 'app/i/page.tsx', false],
  ])('%s, %s: %s', (entry, path, expected) => {
    expect(matches(entry, path)).toBe(expected)
  })
})

describe('what cannot be a scope', () => {
  it.each(['../x', 'a/../../x', 'C:\\x', '{a,b}'.repeat(20), '', '.git/config', 'a/.GIT', '{.git,b}/x', 'a{b', 'a}b'])(
    '%s',
    (entry) => {
      expect(patternProblem(entry)).not.toBeNull()
    },
  )

  it('has no prefixes and overlaps nothing', () => {
    expect(literalPrefixes('../x')).toEqual([])
    expect(scopesOverlap('../x', '../x')).toBe(false)
  })
})

describe('the literal beginning', () => {
  it.each([
    ['src/a.ts', ['src/a.ts']],
    ['/src/', ['src']],
    ['./src', ['src']],
    ['src/**/x', ['src']],
    ['*.ts', ['']],
    ['{a/b,c}/*', ['a/b', 'c']],
    ['a//b', ['a/b']],
  ])('%s', (entry, prefixes) => {
    expect(literalPrefixes(entry)).toEqual(prefixes)
  })
})

describe('two entries overlap when one path is covered by both', () => {
  it.each([
    ['src', 'src/a.ts', true],
    ['src/', 'srcs/', false],
    ['src/*.ts', 'src/a.*', true],
    ['src/*.ts', 'src/*.js', false],
    ['**/*.md', 'docs/', true],
    ['a/**/b', 'a/b', true],
    ['a/*/b', 'a/**/c', false],
    ['a/*/b', 'a/*/b/**', false],
    ['a/*/b', 'a/x', true],
    ['x*y', 'xa?y', true],
    ['{a,b}/x', '{b,c}/x', true],
    ['**/a/**/b', 'b/**/a', false],
    ['config/', 'config/patches/*.json', true],
  ])('%s ~ %s: %s', (a, b, expected) => {
    expect(scopesOverlap(a, b)).toBe(expected)
    expect(scopesOverlap(b, a)).toBe(expected)
  })

  /** Every path of up to five segments: two entries of three cannot need a longer one. */
  const names = ['a', 'b', 'ab', 'aa', 'ba']
  const paths = [...names]
  for (let i = 0; paths.length < 3905; i++) paths.push(...names.map((name) => `${paths[i]}/${name}`))
  const segment = fc.constantFrom('a', 'b', 'ab', '*', '?', 'a*', '*b', '?a', 'a?', '**', '{a,b}', '{ab,b*}')
  const entry = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('/'))

  it('agrees with trying every path', () => {
    fc.assert(
      fc.property(entry, entry, (a, b) => {
        const [left, right] = [patterns(a), patterns(b)]
        const found = paths.find((path) => covers(left, path) && covers(right, path))
        expect(scopesOverlap(a, b)).toBe(found !== undefined)
      }),
      { numRuns: 150 },
    )
  })

  /** An independent matcher: the entry as a regular expression. */
  const expression = (text: string): RegExp => {
    const body = text
      .split('/')
      .map((name, index, all) => {
        if (name === '**') return index === all.length - 1 ? '[^/]+(?:/[^/]+)*' : '(?:[^/]+/)*'
        const source = name
          .replace(/\*+/g, '[^/]*')
          .replace(/\?/g, '[^/]')
          .replace(/\{/g, '(?:')
          .replace(/,/g, '|')
          .replace(/\}/g, ')')
        return index === all.length - 1 ? source : `${source}/`
      })
      .join('')
    return new RegExp(`^${body}${/[*?{]/.test(text) ? '' : '(?:/.*)?'}$`)
  }

  it('and covers agrees with a regular expression', () => {
    // Braces around literals make literals, which cover what lies below: outside of what the expression says.
    const plain = entry.filter((text) => !text.includes('{'))
    fc.assert(
      fc.property(plain, fc.constantFrom(...paths), (text, path) => {
        expect(matches(text, path)).toBe(expression(text).test(path))
      }),
      {
        numRuns: 1000,
      },
    )
  })
})
