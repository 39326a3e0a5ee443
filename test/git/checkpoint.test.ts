/** Checkpoints of a worktree in which a tool is at work: what they hold, and that nothing there is obeyed. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Checkpoints } from '../../src/git/checkpoint.ts'
import { belowSnapshot } from '../../src/git/uncommitted.ts'
import { PERSON, room, type Room } from './room.ts'

const REF = 'refs/sluice/checkpoint/a/1'

function checkpointsOf(r: Room): { take: () => Promise<string | null>; close: () => Promise<void> } {
  const checkpoints = new Checkpoints(r.repo, r.slot)
  const order = { base: r.base, ref: REF, message: 'so far', author: PERSON, dateSeconds: 1_700_000_000, maxBytes: 1e8 }
  return { take: () => checkpoints.take(order), close: () => checkpoints.close() }
}

describe('a checkpoint', () => {
  it('has committed and uncommitted files, new ones too, as one commit on the base that the next tool gets uncommitted', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n', 'gone.txt': 'g\n', '.gitignore': 'ignored\n' } })
    await r.write('a.txt', 'committed\n')
    await r.agent('commit', '-qam', 'mine')
    await r.write('new.txt', 'new\n')
    await r.write('ignored', 'x')
    await rm(join(r.slot.worktree, 'gone.txt'))
    const commit = await checkpointsOf(r).take()
    expect(await r.at.git(['rev-parse', REF])).toBe(commit)
    expect(await r.at.git(['diff', '--name-status', r.base, commit!])).toBe('M\ta.txt\nD\tgone.txt\nA\tnew.txt')
    expect(await r.at.git(['rev-parse', `${commit}^`])).toBe(r.base)
    expect(await belowSnapshot(r.repo, commit!)).toBe(r.base)
    expect(await r.at.git(['fsck', '--strict', '--no-dangling'])).toBe('')
  })

  it('is taken again when something has changed since, and only then', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n' } })
    const checkpoints = checkpointsOf(r)
    expect(await checkpoints.take()).toBeNull()
    await r.write('a.txt', 'A\n')
    const first = await checkpoints.take()
    expect(first).not.toBeNull()
    expect(await checkpoints.take()).toBeNull()
    await r.write('a.txt', 'B\n')
    const second = await checkpoints.take()
    expect(second).not.toBe(first)
    expect(await r.at.git(['show', `${second}:a.txt`])).toBe('B')
  })

  it('of an emptied worktree is none: the one before is worth more', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n' } })
    const checkpoints = checkpointsOf(r)
    await r.write('a.txt', 'A\n')
    const kept = await checkpoints.take()
    await rm(join(r.slot.worktree, 'a.txt'))
    expect(await checkpoints.take()).toBeNull()
    await rm(r.slot.worktree, { recursive: true })
    expect(await checkpoints.take()).toBeNull()
    expect(await r.at.git(['rev-parse', REF])).toBe(kept)
  })

  it('leaves the slot as it is, and nothing beside it', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n' } })
    await r.write('a.txt', 'A\n')
    await r.agent('add', 'a.txt')
    const checkpoints = checkpointsOf(r)
    await checkpoints.take()
    expect(await r.agent('status', '--porcelain')).toBe('M  a.txt')
    await checkpoints.close()
    expect(existsSync(join(r.slot.dir, 'checkpoint'))).toBe(false)
    expect(await r.take()).toMatchObject({ kind: 'work', changed: ['a.txt'] })
  })

  it('obeys nothing that the tool has configured', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n', '.gitattributes': '*.txt filter=evil diff=evil\n' } })
    const ran = join(r.at.dir, 'ran')
    const evil = join(r.slot.worktree, 'evil.sh')
    await r.write('evil.sh', `#!/bin/sh\ntouch ${ran}\ncat\n`)
    await chmod(evil, 0o755)
    for (const key of ['filter.evil.clean', 'diff.evil.textconv', 'core.fsmonitor', 'core.hooksPath']) {
      await r.agent('config', key, evil)
    }
    await rm(ran, { force: true })
    await r.write('a.txt', 'A\n')
    await checkpointsOf(r).take()
    expect(existsSync(ran)).toBe(false)
  })

  it('takes no notice of a commit lock of the tool, nor of its broken git directory', async () => {
    await using r = await room({ files: { 'a.txt': 'a\n' } })
    await r.write('a.txt', 'A\n')
    execFileSync('sh', ['-c', `rm -rf '${r.slot.hub}' && echo gone > '${r.slot.hub}'`])
    const commit = await checkpointsOf(r).take()
    expect(await r.at.git(['show', `${commit}:a.txt`])).toBe('A')
  })
})
