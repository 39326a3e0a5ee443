import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { snapshot, trackedChanges } from '../../src/git/snapshot.ts'
import { room } from './room.ts'

describe('snapshot', () => {
  it('is the tree of the base while nothing has changed, and follows every change', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n', '.gitignore': 'ignored\n' } })
    const tree = await r.at.git(['rev-parse', 'HEAD^{tree}'])
    expect(await snapshot(r.slot)).toEqual({ tree, nested: [] })
    await r.write('ignored', 'x')
    expect(await snapshot(r.slot)).toEqual({ tree, nested: [] })
    await r.write('new\nline', 'x')
    expect((await snapshot(r.slot)).tree).not.toBe(tree)
    await rm(join(r.slot.worktree, 'new\nline'))
    expect(await snapshot(r.slot)).toEqual({ tree, nested: [] })
  })
})

describe('trackedChanges', () => {
  it('names what a check has rewritten: not what it only touched, and not new files', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c.txt': 'c\n' } })
    await utimes(join(r.slot.worktree, 'a.txt'), 1, 1)
    await r.write('new.txt', 'x')
    expect(await trackedChanges(r.slot)).toEqual([])
    await r.write('b.txt', 'B\n')
    await rm(join(r.slot.worktree, 'c.txt'))
    expect(await trackedChanges(r.slot)).toEqual(['b.txt', 'c.txt'])
  })
})
