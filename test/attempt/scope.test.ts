import { describe, expect, it } from 'vitest'
import { outsideScope } from '../../src/attempt/scope.ts'

const outside = (filesScope: string[], filesCreate: string[], changed: string[]): string[] =>
  outsideScope({ filesScope, filesCreate }, changed)

describe('what lies outside a scope', () => {
  it('is nothing when there is no scope', () => {
    expect(outside([], [], ['a', 'b/c'])).toEqual([])
  })

  it.each([
    ['src/a.ts', ['src/a.ts'], ['src/b.ts', 'src/a.tsx', 'a.ts']],
    ['src', ['src', 'src/a', 'src/deep/b'], ['srcs/a', 'lib/src/a']],
    ['src/', ['src/a', 'src/deep/b'], ['lib']],
    ['src/*.ts', ['src/a.ts'], ['src/a.js', 'src/deep/a.ts']],
    ['src/**/*.ts', ['src/a.ts', 'src/deep/down/a.ts'], ['a.ts']],
    ['src/{a,b}.ts', ['src/a.ts', 'src/b.ts'], ['src/c.ts']],
  ])('%s', (entry, inside, outer) => {
    expect(outside([entry], [], [...inside, ...outer])).toEqual(outer)
    expect(outside([], [entry], [...inside, ...outer])).toEqual(outer)
  })
})
