/** The files of refs, against git itself: wherever an answer is given without asking it, it is git's. */
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { refOnDisk } from '../../src/git/ref-file.ts'
import { readRef } from '../../src/git/refs.ts'
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
