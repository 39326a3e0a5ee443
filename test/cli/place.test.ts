/** Where a run may be started: anywhere in the repository, whatever its folder is called, and once at a time. */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planned } from '../kit/plan.ts'
import { sluice } from '../kit/sluice.ts'

describe.concurrent('a run', () => {
  it('works in a folder with an odd name, from a sub folder and from a linked worktree, on one state', async () => {
    await using repo = await planned({
      workstreams: [{ id: 'a' }, { id: 'b' }],
      files: { 'sub/x.txt': 'x\n', 'gate.sh': '#!/bin/sh\ntrue\n' },
      config: { gate: ['./gate.sh'] },
    })
    const odd = join(repo.dir, `my "repo": it's $HOME ü`)
    await rename(repo.root, odd)
    const linked = join(repo.dir, 'linked')
    const below = { ...repo.place, cwd: join(odd, 'sub') }
    expect((await sluice(['run', '--only', 'a'], below)).exit).toBe(0)
    await repo.git(['worktree', 'add', '-q', '-b', 'linked', linked], odd)
    const there = { ...repo.place, cwd: linked }
    expect((await sluice(['run'], there)).exit).toBe(0)
    expect(await repo.git(['log', '--first-parent', '--format=%s', 'main'], odd)).toMatch(/^Land b.*\nLand a/)
    const { counts } = JSON.parse((await sluice(['status', '--json'], there)).stdout) as { counts: object }
    expect(counts).toMatchObject({ landed: 2 })
    expect(await repo.git(['status', '--porcelain'], odd)).toBe('')
    expect(await repo.git(['status', '--porcelain'], linked)).toBe('')
    expect(await repo.read(join(odd, 'b.txt'))).toBe('by b\n')
  })

  it('that is started twice at the same time does the work once; whoever comes second goes or finds nothing to do', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b' }] })
    const both = await Promise.all([repo.sluice('run'), repo.sluice('run')])
    const [winner, loser] = both.toSorted((x, y) => x.exit - y.exit)
    expect(winner!.exit).toBe(0)
    expect([0, 6]).toContain(loser!.exit)
    expect((await repo.landed()).sort()).toEqual(['a', 'b'])
    expect((await repo.report()).attempts).toHaveLength(2)
  })
})
