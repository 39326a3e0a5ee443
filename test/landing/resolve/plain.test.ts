import { describe, expect, it } from 'vitest'
import { sortConflicts } from '../../../src/landing/resolve/plain.ts'
import { forge, NOT_PLAIN, NOT_PLAIN_FILES } from './room.ts'

describe('a conflict is plain', () => {
  it('when both sides changed a text, or both added one at the same path', async () => {
    await using f = await forge({ a: '1\n' })
    const conflict = await f.fork({ a: 'ours\n', b: 'ours\n' }, { a: 'work\n', b: 'work\n' })
    const { plain, others } = await sortConflicts(f.repo, conflict, conflict.files)
    expect(
      plain.map(({ path, mode, ours, base, theirs }) => [path, mode, ...[ours, base, theirs].map(String)]),
    ).toEqual([
      ['a', '100644', 'ours\n', '1\n', 'work\n'],
      ['b', '100644', 'ours\n', '', 'work\n'],
    ])
    expect([...others]).toEqual([])
  })

  it('whatever its name', async () => {
    const name = ':(glob)*/[x] ü\n"'
    await using f = await forge({ [name]: '1\n', x: '1\n' })
    const conflict = await f.fork({ [name]: 'ours\n' }, { [name]: 'work\n' })
    const { plain } = await sortConflicts(f.repo, conflict, conflict.files)
    expect(plain.map(({ path }) => path)).toEqual([name])
  })

  it.each(NOT_PLAIN)('not when it is $name', async ({ ours, theirs, why }) => {
    await using f = await forge(NOT_PLAIN_FILES)
    const conflict = await f.fork(ours, theirs)
    const { plain, others } = await sortConflicts(f.repo, conflict, conflict.files)
    expect(plain).toEqual([])
    expect(others.size).toBeGreaterThan(0)
    expect([...others.values()].some((reason) => why.test(reason))).toBe(true)
  })
})
