import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { ancestorsOf } from '../../src/model/graph.ts'
import { overlapsOf, scopesOverlap } from '../../src/plan/overlap.ts'

interface Scoped {
  id: string
  dependsOn: string[]
  filesScope: string[]
  filesCreate: string[]
}

const scoped = (id: string, filesScope: string[], dependsOn: string[] = []): Scoped => ({
  id,
  dependsOn,
  filesScope,
  filesCreate: [],
})

describe('overlaps', () => {
  it('names the pair in plan order and the entries as written', () => {
    const plan = [scoped('b', ['src/']), scoped('a', ['./src/x.ts', 'docs/'])]
    expect(overlapsOf(plan)).toEqual([{ a: 'b', b: 'a', paths: [['src/', './src/x.ts']] }])
  })

  it('leaves out what the plan has put in order, also by way of others', () => {
    const plan = [scoped('a', ['src']), scoped('b', [], ['a']), scoped('c', ['src'], ['b'])]
    expect(overlapsOf(plan)).toEqual([])
  })

  it('counts files to be created as scope', () => {
    const plan = [scoped('a', ['src/x.ts']), { ...scoped('b', []), filesCreate: ['src/x.ts'] }]
    expect(overlapsOf(plan)).toHaveLength(1)
  })

  it('leaves out a workstream without a scope', () => {
    expect(overlapsOf([scoped('a', ['src']), scoped('b', [])])).toEqual([])
  })

  it('stops at the limit', () => {
    const plan = Array.from({ length: 50 }, (_, i) => scoped(`ws-${i}`, ['src/']))
    expect(overlapsOf(plan, undefined, 100)).toHaveLength(100)
    expect(overlapsOf(plan)).toHaveLength((50 * 49) / 2)
  })

  const entry = fc.constantFrom(
    'a',
    'a/',
    'a/b',
    'a/*',
    'a/**',
    '**/b',
    '*',
    'b',
    'b/c',
    '{a,b}/c',
    'c/?',
    '{a/b,c}/d',
    'a/b/c.ts',
  )
  const plan = fc
    .array(fc.record({ scope: fc.array(entry, { maxLength: 3 }), on: fc.array(fc.nat(), { maxLength: 2 }) }), {
      maxLength: 12,
    })
    .map((rows) =>
      rows.map(({ scope, on }, i) => scoped(`w${i}`, scope, i === 0 ? [] : [...new Set(on.map((n) => `w${n % i}`))])),
    )

  it('agrees with comparing every pair', () => {
    fc.assert(
      fc.property(plan, (workstreams) => {
        const expected: string[] = []
        workstreams.forEach((a, i) => {
          for (const b of workstreams.slice(i + 1)) {
            const isOrdered = ancestorsOf(workstreams, [b.id]).has(a.id) || ancestorsOf(workstreams, [a.id]).has(b.id)
            const meets = a.filesScope.some((x) => b.filesScope.some((y) => scopesOverlap(x, y)))
            if (meets && !isOrdered) expected.push(`${a.id} ${b.id}`)
          }
        })
        expect(overlapsOf(workstreams).map(({ a, b }) => `${a} ${b}`)).toEqual(expected)
      }),
    )
  })
})
