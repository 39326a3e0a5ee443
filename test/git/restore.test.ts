import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { restoreWork } from '../../src/git/restore.ts'
import { snapshot } from '../../src/git/snapshot.ts'
import { PERSON, type Room, assertKind, room } from './room.ts'

/** A first attempt: one commit, one file changed, one new, one deleted, none of these three committed. */
async function firstAttempt(r: Room): Promise<{ one: string; checkpoint: string }> {
  await r.write('one.txt', 'one\n')
  const one = await r.at.commit('one', r.slot.worktree)
  await r.write('README.md', 'changed\n')
  await r.write('new.txt', 'new\n')
  await rm(join(r.slot.worktree, 'old.txt'))
  const taken = await r.take()
  assertKind(taken, 'work')
  return { one, checkpoint: taken.tip }
}

const FILES = { 'README.md': 'hello\n', 'old.txt': 'old\n', 'far.txt': 'far\n' }

async function restore(r: Room, checkpoint: string, base: string): ReturnType<typeof restoreWork> {
  return restoreWork(r.repo, r.slot, {
    checkpoint,
    base,
    branch: 'ws/a',
    committer: PERSON,
    dateSeconds: 1_700_000_000,
  })
}

describe('restoreWork', () => {
  it('keeps commits as history, and what was not committed is not committed again', async () => {
    await using r = await room({ files: FILES })
    const { one, checkpoint } = await firstAttempt(r)
    await r.prepare()
    expect(await restore(r, checkpoint, r.base)).toEqual({ kind: 'continued', start: one, base: r.base })
    expect(await r.agent('rev-parse', 'HEAD', '--abbrev-ref', 'HEAD')).toBe(`${one}\nws/a`)
    expect(await r.agent('status', '--porcelain')).toBe(' M README.md\n D old.txt\n?? new.txt')
    const again = await r.take({ ref: 'refs/sluice/wip/a/2' })
    assertKind(again, 'work')
    expect(again.tip).toBe(checkpoint)
  })

  it('leaves a trusted index that sees every later change', async () => {
    await using r = await room({ files: FILES })
    const { checkpoint } = await firstAttempt(r)
    await r.prepare()
    await restore(r, checkpoint, r.base)
    expect((await snapshot(r.slot)).tree).toBe(await r.at.git(['rev-parse', `${checkpoint}^{tree}`]))
    await r.write('README.md', 'CHANGED\n')
    await r.write('new.txt', 'NEW\n')
    const taken = await r.take()
    assertKind(taken, 'work')
    expect(await r.at.git(['show', `${taken.tip}:README.md`])).toBe('CHANGED')
    expect(await r.at.git(['show', `${taken.tip}:new.txt`])).toBe('NEW')
  })

  it('does not undo a commit that is the last word of the tool', async () => {
    await using r = await room({ files: FILES })
    await r.write('one.txt', 'one\n')
    const one = await r.at.commit('one', r.slot.worktree)
    await r.take()
    await r.prepare()
    expect(await restore(r, one, r.base)).toEqual({ kind: 'continued', start: one, base: r.base })
    expect(await r.agent('status', '--porcelain')).toBe('')
  })

  it('merges when the base has moved on', async () => {
    await using r = await room({ files: FILES })
    const { checkpoint, one } = await firstAttempt(r)
    await r.at.write('far.txt', 'moved on\n')
    const base = await r.at.commit('moved on')
    await r.prepare({ base })
    const restored = await restore(r, checkpoint, base)
    expect(restored).toMatchObject({ kind: 'merged', base })
    expect(await r.agent('status', '--porcelain')).toBe('')
    expect(await r.read('far.txt')).toBe('moved on\n')
    expect(await r.read('new.txt')).toBe('new\n')
    expect(existsSync(join(r.slot.worktree, 'old.txt'))).toBe(false)
    const taken = await r.take({ base })
    assertKind(taken, 'work')
    expect(taken.tip).toBe(restored.start)
    expect(taken.changed).toEqual(['README.md', 'new.txt', 'old.txt', 'one.txt'])
    expect(await r.at.exit(['merge-base', '--is-ancestor', one, taken.tip])).toBe(0)
  })

  it('starts from the checkpoint itself when that conflicts', async () => {
    await using r = await room({ files: FILES })
    const { checkpoint, one } = await firstAttempt(r)
    await r.at.write('README.md', 'moved on differently\n')
    const base = await r.at.commit('moved on')
    await r.prepare({ base })
    expect(await restore(r, checkpoint, base)).toEqual({ kind: 'behind', start: one, base: r.base })
    expect(await r.read('README.md')).toBe('changed\n')
    expect(await r.agent('status', '--porcelain')).toBe(' M README.md\n D old.txt\n?? new.txt')
    expect(await r.take({ base: r.base })).toMatchObject({ kind: 'work', tip: checkpoint })
  })

  it('may be repeated with the preparation', async () => {
    await using r = await room({ files: FILES })
    const { checkpoint } = await firstAttempt(r)
    for (let n = 0; n < 2; n++) {
      await r.prepare()
      expect(await restore(r, checkpoint, r.base)).toMatchObject({ kind: 'continued' })
    }
  })
})
