/** A folder for a moment goes with its scope, and what a kill left goes with the next start. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
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

it('that was left is removed: not one of another repository, and not one whose process is at work', async () => {
  const one = { gitDir: `/one/${randomUUID()}.git` }
  const other = { gitDir: `/other/${randomUUID()}.git` }
  await using own = await scratchFolder(one)
  await using kept = await scratchFolder(other)
  const { pid } = spawnSync('true')
  const left = own.path.replace(`-${process.pid}-`, `-${pid}-`)
  mkdirSync(left)
  writeFileSync(join(left, 'ours'), '')
  await removeScratchFolders(one)
  expect([own.path, left, kept.path].map(existsSync)).toEqual([true, false, true])
})
