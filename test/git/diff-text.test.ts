import { describe, expect, it } from 'vitest'
import { readChange } from '../../src/git/diff-text.ts'
import { openRepository } from '../../src/git/repository.ts'
import { scratch, type Scratch } from '../kit/repository.ts'
import { type Change, fastImport } from './branches.ts'

const MOVED = Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join('')

async function changed(at: Scratch, changes: readonly Change[], linesMax = 100) {
  const repo = await openRepository(at.root)
  const before = await at.git(['rev-parse', 'HEAD'])
  const [after] = await fastImport(at, { [`work-${changes.length}`]: changes })
  return await readChange(repo, { before, after: after!, linesMax })
}

describe('a change as text', () => {
  it('has every file with its size, and the difference as git writes it', async () => {
    await using at = await scratch({ files: { 'README.md': 'hello\n', old: MOVED, gone: 'x\n' } })
    const { files, lines, linesCut } = await changed(at, [
      ['write', 'README.md', 'hello\nthere\n'],
      ['move', 'old', 'new name'],
      ['delete', 'gone'],
      ['write', 'blob', 'a\0b'],
    ])
    expect(files).toEqual([
      { path: 'README.md', from: null, added: 1, deleted: 0 },
      { path: 'blob', from: null, added: null, deleted: null },
      { path: 'gone', from: null, added: 0, deleted: 1 },
      { path: 'new name', from: 'old', added: 0, deleted: 0 },
    ])
    expect(linesCut).toBe(0)
    expect(lines.filter((line) => /^[+-]\w/.test(line))).toEqual(['+there', '-x'])
    expect(lines).toContain('rename from old')
  })

  it('is bounded, and says how much is missing', async () => {
    await using at = await scratch()
    const long = (name: string, count: number): Change => ['write', name, '-- x\n'.repeat(count)]
    const whole = await changed(at, [long('a', 3), long('b', 5), long('c', 900)], 20)
    expect(whole.files.map(({ added }) => added)).toEqual([3, 5, 900])
    expect(whole.lines.filter((line) => line.startsWith('diff '))).toHaveLength(2)
    expect(whole).toMatchObject({ lines: { length: 20 }, linesCut: 900 })
    // A file that nobody has written by hand is not even read, and does not hide what follows.
    const generated = await changed(at, [long('a', 10_001), long('b', 2)])
    expect(generated.lines.filter((line) => line === '+-- x')).toHaveLength(2)
    expect(generated.linesCut).toBe(10_001)
  })

  it('of lines without an end, and of nothing', async () => {
    await using at = await scratch()
    const { lines } = await changed(at, [['write', 'min.js', `${'x'.repeat(5000)}\n`]])
    expect(Math.max(...lines.map(({ length }) => length))).toBe(300)
    expect(await changed(at, [])).toEqual({ files: [], lines: [], linesCut: 0 })
  })
})
