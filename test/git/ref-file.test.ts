/** The files of refs, against git itself: wherever an answer is given without asking it, it is git's. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refOnDisk, refsOnDisk } from '../../src/git/ref-file.ts'
import { listRefs, readRef } from '../../src/git/refs.ts'
import { openRepository } from '../../src/git/repository.ts'
import { scratch } from '../kit/repository.ts'

describe.each(['sha1', 'sha256'] as const)('a ref in a repository of %s', (objectFormat) => {
  it('is read from its own file, from the packed ones, and from the own file again when it has moved on', async () => {
    await using at = await scratch({ objectFormat })
    const { gitDir } = await openRepository(at.root)
    const head = await at.git(['rev-parse', 'HEAD'])
    const other = await at.git(['commit-tree', '-m', 'other', 'HEAD^{tree}'])
    await at.git(['update-ref', 'refs/heads/a/b', head])
    expect(await refOnDisk(gitDir, 'refs/heads/a/b')).toBe(head)
    expect(await refOnDisk(gitDir, 'refs/heads/a')).toBeUndefined()
    await at.git(['pack-refs', '--all'])
    expect(await refOnDisk(gitDir, 'refs/heads/a/b')).toBe(head)
    expect(await refOnDisk(gitDir, 'refs/heads/a')).toBeNull()
    await at.git(['update-ref', 'refs/heads/a/b', other])
    expect(await refOnDisk(gitDir, 'refs/heads/a/b')).toBe(other)
    await at.git(['update-ref', '-d', 'refs/heads/a/b'])
    expect(await refOnDisk(gitDir, 'refs/heads/a/b')).toBeNull()
  })

  it('is not confused with one whose name begins or ends like it, nor with what an annotated tag points to', async () => {
    await using at = await scratch({ objectFormat })
    const { gitDir } = await openRepository(at.root)
    const head = await at.git(['rev-parse', 'HEAD'])
    for (const name of ['heads/xmain', 'heads/mainx', 'sluice/heads/main2'])
      await at.git(['update-ref', `refs/${name}`, head])
    await at.git(['tag', '-a', '-m', 'a tag', 'v1'])
    await at.git(['update-ref', 'refs/heads/left', head])
    await at.git(['pack-refs', '--all'])
    expect(await refOnDisk(gitDir, 'refs/heads/ain')).toBeNull()
    expect(await refOnDisk(gitDir, 'refs/heads/mai')).toBeNull()
    expect(await refOnDisk(gitDir, 'refs/heads/left')).toBe(head)
  })
})

describe('a ref that no file tells for certain', () => {
  it('is asked of git: a symbolic one, and one outside the usual folders', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    const head = await at.git(['rev-parse', 'HEAD'])
    await at.git(['symbolic-ref', 'refs/heads/alias', 'refs/heads/main'])
    expect(await refOnDisk(repo.gitDir, 'refs/heads/alias')).toBeUndefined()
    expect(await readRef(repo, 'refs/heads/alias')).toBe(head)
    expect(await refOnDisk(repo.gitDir, 'HEAD')).toBeUndefined()
    expect(await readRef(repo, 'HEAD')).toBe(head)
  })

  it('is asked of git when its file is empty, as a power cut leaves it', async () => {
    await using at = await scratch()
    const repo = await openRepository(at.root)
    await at.git(['branch', 'torn'])
    await writeFile(join(repo.gitDir, 'refs', 'heads', 'torn'), '')
    expect(await refOnDisk(repo.gitDir, 'refs/heads/torn')).toBeUndefined()
    expect(await readRef(repo, 'refs/heads/torn')).toBeNull()
  })

  it('is asked of git where refs are kept in tables', async () => {
    await using at = await scratch()
    const { gitDir } = await openRepository(at.root)
    await at.git(['pack-refs', '--all'])
    await rm(join(gitDir, 'refs', 'heads'), { recursive: true })
    await writeFile(join(gitDir, 'refs', 'heads'), 'this repository uses the reftable format\n')
    expect(await refOnDisk(gitDir, 'refs/heads/main')).toBeUndefined()
    expect(await refOnDisk(gitDir, 'refs/sluice/target/main')).toBeUndefined()
  })
})

describe('the refs below a folder', () => {
  it('are listed as git does, and by git as soon as one of them is packed, symbolic or not for certain', async () => {
    await using at = await scratch()
    const { gitDir } = await openRepository(at.root)
    const byGit = async (): Promise<{ ref: string; object: string }[]> => {
      const text = await at.git(['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/'])
      return text.split('\n').map((line) => ({ ref: line.split(' ')[0]!, object: line.split(' ')[1]! }))
    }
    const head = await at.git(['rev-parse', 'HEAD'])
    for (const name of ['b', 'a/x', 'a-b', 'a.b', 'a/b/c', 'Z'])
      await at.git(['update-ref', `refs/heads/${name}`, head])
    await writeFile(join(gitDir, 'refs', 'heads', 'b.lock'), '')
    expect(await refsOnDisk(gitDir, 'refs/heads')).toEqual(await byGit())
    expect(await refsOnDisk(gitDir, 'refs/heads/a')).toHaveLength(2)
    expect(await refsOnDisk(gitDir, 'refs/sluice/nothing')).toEqual([])
    const uncertain = [
      ['symbolic-ref', 'refs/heads/alias', 'refs/heads/main'],
      ['update-ref', 'refs/heads/ünlaut', head],
      ['pack-refs', '--all'],
    ]
    for (const command of uncertain) {
      await at.git(command)
      expect(await refsOnDisk(gitDir, 'refs/heads')).toBeUndefined()
      expect(await listRefs({ gitDir }, 'refs/heads')).toEqual(await byGit())
    }
    expect(await refsOnDisk(gitDir, 'refs/sluice/nothing')).toEqual([])
  })
})
