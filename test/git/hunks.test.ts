/** Three-way hunks of real merges: what each side had, with its own line numbers; and where git sees them too. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { threeWayHunks } from '../../src/git/hunks.ts'
import { conflictLines } from '../../src/git/markers.ts'
import { mergeInMemory } from '../../src/git/merge.ts'
import { openRepository } from '../../src/git/repository.ts'
import { commonPlaces, type Edit } from '../../src/git/three-way.ts'
import { scratch } from '../kit/repository.ts'

type Files = Record<string, string | null>

/** Merges two commits that each change the files of `base` in their way; null removes one. */
async function hunksOf(base: Files, target: Files, work: Files) {
  await using at = await scratch({ files: base as Record<string, string> })
  const start = await at.git(['rev-parse', 'HEAD'])
  const side = async (files: Files): Promise<string> => {
    await at.git(['checkout', '-q', '--detach', start])
    for (const [path, text] of Object.entries(files)) {
      if (text === null) await at.git(['rm', '-q', path])
      else await at.write(path, text)
    }
    return at.commit('side')
  }
  const [ours, theirs] = [await side(target), await side(work)]
  const repo = await openRepository(at.root)
  const merge = await mergeInMemory(repo, ours, theirs)
  if (merge.kind === 'clean') return { found: new Map<string, never>(), markers: 0 }
  const found = await threeWayHunks(repo, merge.files)
  const markers = (await conflictLines(repo, merge.tree, merge.files[0]!.path)).length
  expect(await at.git(['status', '--porcelain'])).toBe('')
  return { found, markers }
}

const lines = (...text: string[]): string => text.map((line) => `${line}\n`).join('')
const numbered = (n: number): string[] => Array.from({ length: n }, (_, index) => `line ${index + 1}`)

describe('three-way hunks', () => {
  it('show what each side has, under the line numbers of that side, without what both have alike', async () => {
    const base = lines('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')
    const { found } = await hunksOf(
      { 'f.txt': base },
      { 'f.txt': lines('new', 'a', 'b', 'same', 'target', 'd', 'e', 'f', 'g', 'h') },
      { 'f.txt': lines('a', 'b', 'same', 'work', 'more', 'd', 'e', 'f', 'g', 'end') },
    )
    expect(found.get('f.txt')).toEqual({
      hunks: [
        {
          base: { start: 3, lines: ['c'], cut: 0 },
          target: { start: 5, lines: ['target'], cut: 0 },
          work: { start: 4, lines: ['work', 'more'], cut: 0 },
        },
      ],
      cut: 0,
    })
  })

  it('of a file that both have added have no base', async () => {
    const { found } = await hunksOf(
      { x: 'x\n' },
      { 'n.txt': lines('title', 'target', 'end') },
      { 'n.txt': lines('title', 'work', 'end') },
    )
    const [target, work] = [
      { start: 2, lines: ['target'], cut: 0 },
      { start: 2, lines: ['work'], cut: 0 },
    ]
    expect(found.get('n.txt')).toEqual({ hunks: [{ base: null, target, work }], cut: 0 })
  })

  it('of a file that one side deleted show what the other did to it', async () => {
    const { found } = await hunksOf({ 'f.txt': lines('a', 'b') }, { 'f.txt': null }, { 'f.txt': lines('a', 'work') })
    const [base, work] = [
      { start: 2, lines: ['b'], cut: 0 },
      { start: 2, lines: ['work'], cut: 0 },
    ]
    expect(found.get('f.txt')).toEqual({ hunks: [{ base, target: null, work }], cut: 0 })
  })

  it('leave out what is not text, and follow a file that was renamed', async () => {
    const body = numbered(20)
    const changed = (what: string): string => lines(...body.with(9, what))
    const { found } = await hunksOf(
      { 'old.txt': lines(...body), 'x.bin': 'a\0b' },
      { 'old.txt': null, 'new.txt': changed('target'), 'x.bin': 'a\0c' },
      { 'old.txt': changed('work'), 'x.bin': 'a\0d' },
    )
    expect([...found.keys()]).toEqual(['new.txt'])
    expect(found.get('new.txt')!.hunks[0]).toMatchObject({
      base: { start: 10, lines: ['line 10'] },
      target: { lines: ['target'] },
      work: { lines: ['work'] },
    })
  })

  it('are bounded in lines, in length and in number, and say what was left out', async () => {
    const many = (what: string): string =>
      lines(...numbered(30).flatMap((line) => [line, 'between', `${what} of ${line}`, 'between']))
    const long = (what: string): string => lines(...numbered(100).map((line) => `${what} ${line} ${'x'.repeat(500)}`))
    const { found } = await hunksOf(
      { 'many.txt': many('base'), 'long.txt': 'base\n' },
      { 'many.txt': many('target'), 'long.txt': long('target') },
      { 'many.txt': many('work'), 'long.txt': long('work') },
    )
    expect([found.get('many.txt')!.hunks.length, found.get('many.txt')!.cut]).toEqual([10, 20])
    const [hunk] = found.get('long.txt')!.hunks
    expect([hunk!.target!.lines.length, hunk!.target!.cut]).toEqual([40, 60])
    expect(Math.max(...hunk!.work!.lines.map((line) => line.length))).toBe(300)
  })

  it('are found wherever git puts markers, and nowhere else', async () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(text, text, text, async (base, target, work) => {
        const file = (body: string[]): Files => ({ 'f.txt': lines('start', ...body) })
        const { found, markers } = await hunksOf(file(base), file(target), file(work))
        expect((found.get('f.txt')?.hunks.length ?? 0) > 0).toBe(markers > 0)
      }),
      { numRuns: 25 },
    )
  }, 60_000)
})

describe('places that both sides changed', () => {
  const edit = (start: number, count: number, newStart: number, newCount: number): Edit => {
    return { start, count, newStart, newCount }
  }

  it('are those that overlap or touch, as one', () => {
    const target = [edit(0, 1, 0, 3), edit(5, 2, 7, 2), edit(9, 1, 11, 1)]
    const work = [edit(3, 1, 3, 1), edit(7, 2, 7, 0)]
    expect(commonPlaces(target, work)).toEqual([
      { base: { start: 5, end: 10 }, target: { start: 7, end: 12 }, work: { start: 5, end: 8 } },
    ])
  })

  it('are none where a line lies between', () => {
    expect(commonPlaces([edit(0, 1, 0, 1)], [edit(2, 1, 2, 1)])).toEqual([])
  })
})
