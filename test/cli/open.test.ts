/** A worktree of a workstream for a person: opened, worked in with plain git, handed in, gone. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clashed, limited } from '../kit/clash.ts'
import { planned, type PlannedRepository } from '../kit/plan.ts'

/** Opens it and gives the folder. */
async function opened(repo: PlannedRepository, id: string, ...flags: string[]): Promise<string> {
  const { exit, stdout, stderr } = await repo.sluice('open', id, ...flags)
  expect({ exit, stderr: exit === 0 ? '' : stderr }).toEqual({ exit: 0, stderr: '' })
  return stdout.trimEnd()
}

async function openPins(repo: PlannedRepository): Promise<string> {
  return await repo.git(['for-each-ref', 'refs/sluice/opened', 'refs/sluice/base/open-a', 'refs/sluice/base/open-b'])
}

describe.concurrent('open', () => {
  it('a conflict: the merge is begun there, and what is committed lands with `resolve`', async () => {
    await using repo = await clashed()
    const before = await repo.git(['worktree', 'list'])
    const { exit, stdout, stderr } = await repo.sluice('open', 'b')
    expect({ exit, stderr }).toMatchObject({ exit: 0, stderr: expect.stringContaining('settle settings.txt') })
    const folder = stdout.trimEnd()
    expect(stderr).toContain(`cd ${folder}\n          git status`)
    expect(stderr).toContain(`cd ${repo.root}\n          sluice resolve b`)
    expect(await repo.git(['worktree', 'list'])).toBe(before)
    expect(await repo.git(['status', '--porcelain'], folder)).toBe('UU settings.txt')
    const early = await repo.sluice('resolve', 'b')
    expect(early).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^E204 .*a merge was not finished/) })
    expect((await repo.row('b')).state).toBe('conflict')
    await repo.write(join(folder, 'settings.txt'), limited('limit = 20 per user'))
    await repo.git(['commit', '-q', '--all', '--no-edit'], folder)
    const merge = await repo.git(['rev-parse', 'HEAD'], folder)
    expect(await repo.sluice('resolve', 'b')).toMatchObject({ exit: 0, stderr: '' })
    expect(existsSync(folder)).toBe(false)
    expect(await openPins(repo)).toBe('')
    const { attempt, state } = await repo.row('b')
    expect(state).toBe('queued')
    expect(await repo.git(['rev-parse', `refs/sluice/wip/b/${attempt}`, 'ws/b'])).toBe(`${merge}\n${merge}`)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b', 'c'])
    expect(await repo.git(['show', 'main:settings.txt'])).toBe(limited('limit = 20 per user').trimEnd())
  })

  it('twice is the same place; --fresh begins again and keeps what was there', async () => {
    await using repo = await planned({ config: { tools: { order: ['manual'] } } })
    expect((await repo.sluice('run')).exit).toBe(3)
    const folder = await opened(repo, 'a')
    await repo.write(join(folder, 'a.txt'), 'by hand\n')
    expect(await opened(repo, 'a')).toBe(folder)
    expect(await repo.read(join(folder, 'a.txt'))).toBe('by hand\n')
    const again = JSON.parse((await repo.sluice('open', 'a', '--fresh', '--json')).stdout) as Record<string, unknown>
    expect(again).toMatchObject({
      schema: 'sluice.open/1',
      workstream: 'a',
      path: folder,
      branch: 'ws/a',
      kind: 'fresh',
      isNew: true,
      conflicts: [],
      kept: expect.stringMatching(/^refs\/sluice\/stray\/a\//),
      next: [`cd ${folder}`, 'git commit --all', `cd ${repo.root}`, 'sluice submit a'],
    })
    expect(existsSync(join(folder, 'a.txt'))).toBe(false)
    expect(await repo.git(['show', `${String(again['kept'])}:a.txt`])).toBe('by hand')
  })

  it('and `submit` hand in what was not committed too; a refusal leaves the folder', async () => {
    await using repo = await planned({ config: { tools: { order: ['manual'] } } })
    expect((await repo.sluice('run')).exit).toBe(3)
    const folder = await opened(repo, 'a')
    expect(await repo.sluice('submit', 'a')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('E205 nothing was changed'),
    })
    await repo.write(join(folder, 'a.txt'), '<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n')
    expect(await repo.sluice('submit', 'a')).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/^E204 .*markers/),
    })
    expect((await repo.row('a')).state).toBe('waiting')
    await repo.write(join(folder, 'a.txt'), 'by hand\n')
    expect(await repo.sluice('submit', 'a')).toMatchObject({ exit: 0, stderr: '' })
    expect(existsSync(folder)).toBe(false)
    expect(await openPins(repo)).toBe('')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['show', 'main:a.txt'])).toBe('by hand')
    expect((await repo.report()).landings).toMatchObject([{ workstream: 'a', attempt: 1, tool: 'manual' }])
  })

  it('goes on from what a person has committed on the branch since', async () => {
    await using repo = await planned({ config: { tools: { order: ['manual'] } } })
    expect((await repo.sluice('run')).exit).toBe(3)
    await repo.git(['switch', '-q', '-c', 'ws/a'])
    await repo.write('a.txt', 'on the branch\n')
    await repo.commit('by hand')
    await repo.git(['switch', '-q', 'main'])
    const folder = await opened(repo, 'a')
    expect(await repo.read(join(folder, 'a.txt'))).toBe('on the branch\n')
  })

  it('is refused for what has landed, and for several at once', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b' }] })
    expect(await repo.sluice('open', 'a')).toMatchObject({ exit: 2, stderr: expect.stringContaining('E103') })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.sluice('open', 'a')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('E103 a has landed as'),
    })
    expect(await repo.sluice('open', '*')).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('names 2 workstreams'),
    })
  })
})
