/** A folder for a moment goes with its scope, and what a kill left goes with the next start. */
import { randomUUID } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeScratchFolders, scratchFolder } from '../../src/git/scratch-folder.ts'

it('is there for a scope only', async () => {
  const repo = { gitDir: `/scope/${randomUUID()}.git` }
  let path = ''
  {
    await using folder = await scratchFolder(repo)
    path = folder.path
    writeFileSync(join(path, 'ours'), '')
    expect(existsSync(path)).toBe(true)
  }
  expect(existsSync(path)).toBe(false)
})

it('that was left is removed, and none of another repository', async () => {
  const one = { gitDir: `/one/${randomUUID()}.git` }
  const other = { gitDir: `/other/${randomUUID()}.git` }
  const left = await scratchFolder(one)
  writeFileSync(join(left.path, 'ours'), '')
  await using kept = await scratchFolder(other)
  await removeScratchFolders(one)
  expect([existsSync(left.path), existsSync(kept.path)]).toEqual([false, true])
})
