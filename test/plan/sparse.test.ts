import { expect, it } from 'vitest'
import { sparseOf } from '../../src/plan/sparse.ts'

function read(sparse: unknown, scope: string[] = []): string[] | null | string {
  const problems: string[] = []
  const folders = sparseOf({ sparse }, scope, (_, message) => problems.push(message))
  return problems.length > 0 ? problems.join() : folders
}

it('is the whole tree when nothing is said', () => {
  expect([read(undefined), read(null), read(false), read([])]).toEqual([null, null, null, null])
})

it('is what the scope begins with when it is true', () => {
  expect(read(true, ['src/core/**/*.ts', 'docs/', 'src/a.ts', 'lib/{x,y}/*'])).toEqual([
    'docs',
    'lib/x',
    'lib/y',
    'src/a.ts',
    'src/core',
  ])
  expect(read(true, ['*.md'])).toContain('begins at the top')
  expect(read(true)).toContain('no scope')
})

it('is a list of folders otherwise', () => {
  expect(read(['src/core/', './docs'])).toEqual(['docs', 'src/core'])
  expect(read('src')).toEqual(['src'])
  for (const wrong of ['../x', '*', '/', 3, 'a/{b,c}']) expect(read([wrong])).toContain('not a folder')
})
