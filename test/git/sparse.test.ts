/** Sparse slots: an agent sees its cone alone, what it leaves is whole, and nobody takes absence for a deletion. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { conePatterns, isInCone, readCone } from '../../src/git/cone.ts'
import { planned } from '../kit/plan.ts'
import { assertKind, room } from './room.ts'

const FILES = {
  'top.txt': 't\n',
  'src/core/a.ts': 'a\n',
  'src/beside.ts': 'b\n',
  'src/other/c.ts': 'c\n',
  'docs/d.md': 'd\n',
}
const CONE = ['src/core']

describe('a cone', () => {
  it("is written as git's patterns and read again; names are no patterns", () => {
    expect(conePatterns(['a/b', 'a/b/c', 'x'])).toBe('/*\n!/*/\n/a/\n!/a/*/\n/a/b/\n/x/\n')
    for (const cone of [
      ['a/b', 'x'],
      ['a*b/[c]', String.raw`d\e`],
    ])
      expect(readCone(conePatterns(cone))).toEqual(cone)
  })

  it('holds what lies below its folders, and beside the way to them', () => {
    const held = ['top', 'a/beside', 'a/b/in', 'a/b/deep/in'].filter((path) => isInCone(['a/b'], path))
    expect(held).toHaveLength(4)
    expect(['a/c/x', 'ab/x', 'a/bc/x'].filter((path) => isInCone(['a/b'], path))).toEqual([])
  })
})

describe('a sparse slot', () => {
  it('shows only the cone, clean, to git as to the eye', async () => {
    await using r = await room({ files: FILES })
    await r.prepare({ cone: CONE })
    expect((await r.agent('ls-files', '-t')).split('\n').toSorted()).toEqual([
      'H src/beside.ts',
      'H src/core/a.ts',
      'H top.txt',
      'S docs/d.md',
      'S src/other/c.ts',
    ])
    expect(existsSync(join(r.slot.worktree, 'docs'))).toBe(false)
    expect(await r.agent('status', '--porcelain')).toBe('')
    expect(await r.agent('config', 'core.sparseCheckout')).toBe('true')
    expect(await r.take()).toMatchObject({ kind: 'empty' })
  })

  it('gives work that is whole: changed, new and deleted files in it, and files outside that were made there', async () => {
    await using r = await room({ files: FILES })
    await r.prepare({ cone: CONE })
    await r.write('src/core/a.ts', 'A\n')
    await r.agent('commit', '-q', '-am', 'committed')
    await r.write('src/core/new.ts', 'n\n')
    await rm(join(r.slot.worktree, 'src/beside.ts'))
    await r.write('docs/d.md', 'D\n')
    await r.write('far/away.txt', 'f\n')
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['docs/d.md', 'far/away.txt', 'src/beside.ts', 'src/core/a.ts', 'src/core/new.ts'])
    expect(await r.at.git(['diff', '--name-status', r.base, taken.tip])).toBe(
      'M\tdocs/d.md\nA\tfar/away.txt\nD\tsrc/beside.ts\nM\tsrc/core/a.ts\nA\tsrc/core/new.ts',
    )
  })

  it('takes nothing outside for deleted that was committed there and put away by git', async () => {
    await using r = await room({ files: FILES })
    await r.prepare({ cone: CONE })
    await r.write('far/away.txt', 'f\n')
    await r.agent('add', '--sparse', '-A')
    await r.agent('commit', '-q', '-m', 'far')
    await r.agent('sparse-checkout', 'reapply')
    expect(existsSync(join(r.slot.worktree, 'far'))).toBe(false)
    await r.write('src/core/a.ts', 'A\n')
    expect(await r.take()).toMatchObject({ kind: 'work', changed: ['far/away.txt', 'src/core/a.ts'] })
  })

  it('takes nothing outside for deleted when its hub was damaged and the files are all there is', async () => {
    await using r = await room({ files: FILES })
    await r.prepare({ cone: CONE })
    await r.write('src/core/a.ts', 'A\n')
    await r.agent('commit', '-q', '-am', 'committed')
    await rm(join(r.slot.hub, 'objects'), { recursive: true })
    expect(await r.take()).toMatchObject({ kind: 'work', changed: ['src/core/a.ts'] })
  })

  it('becomes whole, and sparse in another way, from attempt to attempt; what is kept stays', async () => {
    await using r = await room({ files: { ...FILES, '.gitignore': 'built\n' } })
    await r.prepare({ keep: ['built'] })
    await r.write('built', 'x\n')
    await r.write('docs/d.md', 'dirty\n')
    await r.write('docs/more.md', 'more\n')
    expect(await r.prepare({ cone: CONE, keep: ['built'] })).toEqual({ created: false })
    expect([existsSync(join(r.slot.worktree, 'docs')), await r.read('built')]).toEqual([false, 'x\n'])
    await r.write('docs/d.md', 'outside\n')
    await r.prepare({ cone: CONE, keep: ['built'] })
    expect(existsSync(join(r.slot.worktree, 'docs/d.md'))).toBe(false)
    await r.prepare({ cone: ['docs'], keep: ['built'] })
    expect([await r.read('docs/d.md'), existsSync(join(r.slot.worktree, 'src'))]).toEqual(['d\n', false])
    expect(await r.agent('status', '--porcelain')).toBe('')
    await r.prepare({ keep: ['built'] })
    expect((await r.agent('ls-files', '-t')).split('\n').filter((line) => !line.startsWith('H'))).toEqual([])
    expect([await r.read('src/other/c.ts'), await r.read('built')]).toEqual(['c\n', 'x\n'])
    expect(await r.agent('status', '--porcelain')).toBe('')
    expect(await r.take()).toMatchObject({ kind: 'empty' })
  })
})

describe('a workstream that declares it', () => {
  it('is worked on in its cone, gated on the whole tree, and lands complete; the next attempt finds all of it', async () => {
    const seen = 'seen=$(find . -name .git -prune -o -type f -print | sort) && echo "$seen" > src/core/seen'
    await using repo = await planned({
      files: FILES,
      config: { gate: ['test -e docs/d.md && test -e src/other/c.ts'], scope: 'allow' },
      workstreams: [
        { id: 'a', sparse: true, files_scope: ['src/core/**'] },
        { id: 'b', sparse: ['docs'], files_scope: [] },
      ],
      script: {
        a: [{ run: seen }],
        b: [
          [{ write: { path: 'far/b.txt', text: 'half\n' } }, { exit: 1 }],
          [{ run: 'test -e far/b.txt && test ! -e src/core && echo whole > far/b.txt' }],
        ],
      },
    })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect((await repo.git(['show', 'main:src/core/seen'])).split('\n')).toEqual([
      './README.md',
      './sluice.yaml',
      './src/beside.ts',
      './src/core/a.ts',
      './top.txt',
    ])
    expect(await repo.git(['show', 'main:far/b.txt'])).toBe('whole')
    expect(await repo.git(['diff', '--name-status', 'main~2', 'main'])).toBe('A\tfar/b.txt\nA\tsrc/core/seen')
  })
})
