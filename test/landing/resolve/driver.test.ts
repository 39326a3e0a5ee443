import { describe, expect, it } from 'vitest'
import { driverOf } from '../../../src/landing/resolve/declared.ts'
import { unionOf } from '../../../src/landing/resolve/driver.ts'
import { sortConflicts } from '../../../src/landing/resolve/plain.ts'
import { forge, type Side } from './room.ts'

async function union(base: string | null, ours: string, work: string): Promise<string> {
  await using f = await forge(base === null ? { other: '1\n' } : { log: base })
  const side = (text: string): Side => ({ log: text })
  const conflict = await f.fork(side(ours), side(work))
  const { plain } = await sortConflicts(f.repo, conflict, conflict.files)
  return await f.at.git(['cat-file', 'blob', await unionOf(f.repo, plain[0]!)])
}

describe('union', () => {
  it('keeps the lines of both sides, the target first', async () => {
    expect(await union('# Changes\n\n- old\n', '# Changes\n\n- ours\n- old\n', '# Changes\n\n- work\n- old\n')).toBe(
      '# Changes\n\n- ours\n- work\n- old',
    )
  })

  it('of a file that both sides have added begins with nothing', async () => {
    expect(await union(null, '# Log\nours\n', '# Log\nwork\n')).toBe('# Log\nours\nwork')
  })

  it('keeps Windows line ends, and a last line without any from running into the next', async () => {
    expect(await union('a\r\n', 'a\r\nours\r\n', 'a\r\nwork\r\n')).toBe('a\r\nours\r\nwork\r')
    expect(await union('a\n', 'a\nours', 'a\nwork')).toBe('a\nours\nwork')
  })
})

describe('the driver of a path', () => {
  it('is the first that was declared for it, by the rules of scopes', () => {
    const drivers = { 'CHANGELOG.md': 'union', 'docs/*.log': 'union' } as const
    expect(driverOf(drivers, 'CHANGELOG.md')).toBe('union')
    expect(driverOf(drivers, 'docs/a.log')).toBe('union')
    expect(driverOf(drivers, 'docs/deep/a.log')).toBe(null)
    expect(driverOf(drivers, 'src/CHANGELOG.md')).toBe(null)
    expect(driverOf({}, 'a')).toBe(null)
  })
})
