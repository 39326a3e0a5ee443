/** The report of a conflict, as data, from real merges. */
import { describe, expect, it } from 'vitest'
import { mergeInMemory } from '../../src/git/merge.ts'
import { type AuthorOf, describeConflict } from '../../src/landing/conflict.ts'
import type { Conflict } from '../../src/model/landing.ts'
import { assertKind } from '../git/room.ts'
import { type Yard, yard } from './room.ts'

const nobody: AuthorOf = () => Promise.resolve(null)

async function conflictOf(y: Yard, onto: string, work: string, authorOf = nobody): Promise<Conflict> {
  const merge = await mergeInMemory(y.repo, onto, work)
  assertKind(merge, 'conflict')
  const about = { workstream: 'b', attempt: 2, onto, work, ref: 'refs/sluice/wip/b/2', at: 7 }
  return describeConflict(y.repo, about, merge, authorOf)
}

describe('a conflict', () => {
  it('says where, what each side has there, whose commits they are, and where the work is', async () => {
    await using y = await yard({ files: { 'a.txt': '1\n2\n3\n', 'b.txt': 'b\n', 'c.txt': 'c\n' } })
    const onto = await y.push({ 'a.txt': '1\nfirst\n3\n', 'b.txt': 'first\n' })
    const work = await y.work({ 'a.txt': '1\nsecond\n3\n', 'b.txt': null, 'c.txt': 'fine\n' })
    const other = { workstream: 'a', commit: onto, at: 1 }
    const conflict = await conflictOf(y, onto, work, async (path) => (path === 'a.txt' ? other : null))
    const touching = { author: 'Test', subject: 'work', at: expect.any(Number) }
    const commits = { target: [{ ...touching, commit: onto }], work: [{ ...touching, commit: work }] }
    const side = (start: number, ...lines: string[]) => ({ start, lines, cut: 0 })
    expect(conflict).toEqual({
      workstream: 'b',
      attempt: 2,
      onto,
      work,
      ref: 'refs/sluice/wip/b/2',
      base: y.base,
      files: [
        {
          path: 'a.txt',
          kind: 'content',
          lines: [{ start: 2, end: 6 }],
          other,
          commits,
          hunks: [{ base: side(2, '2'), target: side(2, 'first'), work: side(2, 'second') }],
        },
        {
          path: 'b.txt',
          kind: 'modify/delete',
          lines: [],
          other: null,
          commits,
          hunks: [{ base: side(1, 'b'), target: side(1, 'first'), work: null }],
        },
      ],
      tried: [],
      at: 7,
    })
  })

  it('names at most five commits of a side, the newest first, and takes a path for what it is', async () => {
    const path = '*[a] \n-:(top)'
    await using y = await yard({ files: { [path]: 'base\n', other: 'base\n' } })
    let onto = y.base
    for (const text of ['1', '2', '3', '4', '5', '6']) onto = await y.work({ [path]: `${text}\n` }, onto)
    const conflict = await conflictOf(y, onto, await y.work({ [path]: 'work\n', other: 'work\n' }))
    const [file] = conflict.files
    expect(file!.path).toBe(path)
    expect(file!.commits!.target).toHaveLength(5)
    expect(file!.commits!.target[0]!.commit).toBe(onto)
    expect(file!.commits!.work).toHaveLength(1)
  })

  it('in hundreds of files stays one small document that names them all', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `f${index}.txt`)
    const all = (text: string): Record<string, string> => {
      return Object.fromEntries(names.map((name) => [name, `${text} ${'x'.repeat(5000)}\n`.repeat(5)]))
    }
    await using y = await yard({ files: all('base') })
    const commit = async (text: string): Promise<string> => {
      await y.at.git(['checkout', '-q', '--detach', y.base])
      for (const [path, body] of Object.entries(all(text))) await y.at.write(path, body)
      return y.at.commit(text)
    }
    const conflict = await conflictOf(y, await commit('target'), await commit('work'))
    expect(conflict.files.map(({ path }) => path).sort()).toEqual(names.sort())
    expect(JSON.stringify(conflict).length).toBeLessThan(128 * 1024)
  })
})
