/** Git damaged under a run (faults 28 to 35): what still exists on the disk is not lost, and what cannot be is said. */
import { describe, it } from 'vitest'
import { held, planned } from '../kit/plan.ts'
import { straysOf } from '../kit/traces.ts'

/** By a tool in its worktree, behind a commit and a file that is not committed. `repair`: what is told of it, where that matters. */
const DAMAGES: { name: string; damage: string; repair?: RegExp }[] = [
  {
    name: 'fault 28: the .git of a worktree is gone: it is put back, and nothing is lost',
    damage: 'rm .git',
    repair: /the \.git file of the worktree was gone/,
  },
  {
    name: 'fault 29: the index of a worktree is garbage: ours counts, and nothing is lost',
    damage: 'echo garbage >"$ADMIN/index"',
  },
  {
    name: 'fault 30: the HEAD of a worktree is garbage: its branch counts, and nothing is lost',
    damage: 'echo garbage >"$ADMIN/HEAD"',
  },
  {
    name: 'fault 31: the branch of a worktree is zeroed: its history counts, and nothing is lost',
    damage: ': >"$HUB/refs/heads/ws/a"',
  },
  {
    name: 'fault 32: the new objects of a tool are zeroed: its files are the work',
    damage: 'for object in "$HUB"/objects/??/*; do rm -f "$object"; : >"$object"; done',
    repair: /the hub was damaged: its history is lost, the files were taken/,
  },
  {
    name: 'fault 33: the admin directory of a worktree is gone: it is made anew, and nothing is lost',
    damage: 'rm -rf "$ADMIN"',
  },
]

/** Git of the tool itself has to have noticed. */
const spoil = (damage: string): string => `#!/bin/sh
ADMIN=$(git rev-parse --absolute-git-dir) HUB=$(git rev-parse --path-format=absolute --git-common-dir)
${damage}
! { git status && git log -1; } >/dev/null 2>&1
`

describe.concurrent('a worktree that its tool has damaged', () => {
  for (const { name, damage, repair } of DAMAGES) {
    it(name, async ({ expect }) => {
      const one = { write: { path: 'a/committed.txt', text: 'one\n' } }
      const two = { write: { path: 'a/uncommitted.txt', text: 'two\n' } }
      await using repo = await planned({
        // In the same slot, which has to be sound again.
        config: { agents: 1 },
        workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }],
        script: { a: [one, { commit: 'one' }, two, { run: './spoil.sh' }] },
        files: { 'spoil.sh': spoil(damage) },
      })
      expect((await repo.sluice('run')).exit).toBe(0)
      const { attempts, fixes } = await repo.report()
      const ok = { attempt: 1, outcome: 'ok' }
      expect(attempts).toMatchObject([ok, ok])
      const told =
        repair === undefined ? [] : [{ code: 'E401', workstream: 'a', problem: expect.stringMatching(repair) }]
      expect(fixes).toMatchObject(told)
      expect(await repo.git(['show', 'main:a/committed.txt'])).toBe('one')
      expect(await repo.git(['show', 'main:a/uncommitted.txt'])).toBe('two')
      expect(await repo.exit(['fsck', '--strict', '--no-dangling'])).toBe(0)
      expect(await repo.landed()).toEqual(['a', 'b'])
      expect(straysOf(repo.dir)).toEqual([])
    })
  }
})

describe.concurrent('git that is damaged under a run', () => {
  it('fault 35: core.bare set under a run: the checkout is not left behind, and the next run names it', async ({
    expect,
  }) => {
    await using repo = await planned({ script: { a: [{ write: { path: 'a.txt', text: 'by a\n' } }, ...held('a')] } })
    const run = repo.start('run')
    await repo.reached('a-began')
    await repo.git(['config', 'core.bare', 'true'])
    const before = await repo.git(['rev-parse', 'main'])
    await repo.go('a-go')
    const first = await run.ended
    expect(first.exit).toBe(3)
    expect(await repo.git(['rev-parse', 'main'])).toBe(before)
    const refused = await repo.sluice('run')
    expect(refused).toMatchObject({ exit: 5, stderr: expect.stringMatching(/^E105 core\.bare is set in .*config/) })
    expect(refused.stderr).toMatch(/next {4}git config core\.bare false;/)
    await repo.git(['config', 'core.bare', 'false'])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.read('a.txt')).toBe('by a\n')
    expect(await repo.git(['status', '--porcelain'])).toBe('')
    expect(await repo.landed()).toEqual(['a'])
  })
})
