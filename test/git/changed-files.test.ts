import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ChangedFilesScanner } from '../../src/git/changed-files.ts'
import { type Room, room } from './room.ts'

const NEVER = new AbortController().signal

/** A moment that is after everything that was written so far, by the clock of the file system. */
async function moment(r: Room): Promise<number> {
  const probe = join(r.at.dir, 'probe')
  await writeFile(probe, '')
  const before = lstatSync(probe).ctimeMs
  for (;;) {
    await writeFile(probe, '')
    const { ctimeMs } = lstatSync(probe)
    if (ctimeMs > before) return ctimeMs
  }
}

async function changed(r: Room, since: number, scanner = new ChangedFilesScanner(r.repo, r.slot)): Promise<number> {
  return (await scanner.scan(since, NEVER))!.times.length
}

describe('changed files of a worktree', () => {
  it('are none right after it was made ready', async () => {
    await using r = await room()
    expect(await changed(r, await moment(r))).toBe(0)
  })

  it('are those that were written, made or renamed, each once, at any depth, whatever their mtime says', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n', 'deep/down/b.txt': 'b\n', 'c.txt': 'c\n', 'd.txt': 'd\n' } })
    const since = await moment(r)
    await r.write('a.txt', 'again\n')
    await r.write('a.txt', 'and again\n')
    await r.write('deep/down/b.txt', 'b2\n')
    await utimes(join(r.slot.worktree, 'deep/down/b.txt'), 1, 1)
    await r.write('new/folder/file.txt', 'new\n')
    await rename(join(r.slot.worktree, 'c.txt'), join(r.slot.worktree, 'moved.txt'))
    expect(await changed(r, since)).toBe(4)
    expect(await changed(r, await moment(r))).toBe(0)
  })

  it('are not those that git ignores, old or new, nor what git has for itself', async () => {
    await using r = await room({ files: { '.gitignore': 'node_modules/\n*.log\n', 'a.txt': 'a\n' } })
    const scanner = new ChangedFilesScanner(r.repo, r.slot)
    const since = await moment(r)
    await r.write('node_modules/x/index.js', '1\n')
    await r.write('tool.log', '1\n')
    await r.write('src/deep/tool.log', '1\n')
    await r.agent('commit', '-q', '--allow-empty', '-m', 'nothing')
    expect(await changed(r, since, scanner)).toBe(0)
    await r.write('node_modules/y/index.js', '1\n')
    await r.write('src/deep/code.ts', '1\n')
    expect(await changed(r, since, scanner)).toBe(1)
  })

  it('go by what is committed, not by what the agent says in its own repository', async () => {
    await using r = await room({ files: { 'tracked.log': 'a\n' } })
    await r.write('.gitignore', '*.log\n')
    const since = await moment(r)
    await r.write('tracked.log', 'b\n')
    await r.write('new.txt', 'b\n')
    await writeFile(join(r.slot.hub, 'info/exclude'), '*\n').catch(() => {})
    await r.agent('config', 'core.excludesFile', '/dev/stdin')
    await r.agent('config', 'core.fsmonitor', `touch ${join(r.at.dir, 'ran')}`)
    expect(await changed(r, since)).toBe(2)
    expect(lstatSync(join(r.at.dir, 'ran'), { throwIfNoEntry: false })).toBeUndefined()
  })

  it('are not those of a repository inside it, nor behind a link; and what may not be read is empty', async () => {
    await using r = await room()
    const since = await moment(r)
    await mkdir(join(r.slot.worktree, 'nested/.git'), { recursive: true })
    await r.write('nested/file', 'x')
    await mkdir(join(r.at.dir, 'outside'))
    await writeFile(join(r.at.dir, 'outside/file'), 'x')
    await symlink(join(r.at.dir, 'outside'), join(r.slot.worktree, 'link'))
    await mkdir(join(r.slot.worktree, 'closed'))
    await chmod(join(r.slot.worktree, 'closed'), 0)
    // The link itself is a new path.
    expect(await changed(r, since)).toBe(1)
    await chmod(join(r.slot.worktree, 'closed'), 0o755)
  })

  it('are not known when the worktree is being left, and none when it is gone', async () => {
    await using r = await room()
    const aborted = AbortSignal.abort()
    expect(await new ChangedFilesScanner(r.repo, r.slot).scan(0, aborted)).toBeNull()
    await rm(r.slot.worktree, { recursive: true })
    expect(await changed(r, 0)).toBe(0)
  })
})
