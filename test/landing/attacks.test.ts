/**
 * Every way in which a tool has made plain git run a program or lie, planted in its hub and worktree. Each is shown twice:
 * that plain git falls for it, and that ours does not: not while the work is taken over, not while it is merged and gated,
 * and not in the user's repository afterwards.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prepareSlot, type Slot, slotAt } from '../../src/git/slot.ts'
import { type Taken, takeOver } from '../../src/git/take-over.ts'
import { runChecks } from '../../src/landing/checks.ts'
import { assertKind } from '../git/room.ts'
import { configOf } from '../tools/stage.ts'
import { PERSON, type Yard, yard } from './room.ts'

interface Attack {
  name: string
  /**
   * By the tool, in its worktree; `$HUB` is its hub, `$OUT` a folder outside, `$EVIL` the program. That one hands its input
   * on, as filters do, or ends at once with `--end`: to git's question as a server it has no answer.
   */
  plant: string
  /** What plain git is asked in the same place: it runs the program, whatever comes of it. */
  bait: string
}

const STATUS = 'git status'
const COMMIT = 'echo x > bait; git add bait; git commit -m bait'
const ATTRIBUTES = (driver: string): string => `echo '* ${driver}' > .gitattributes`

const ATTACKS: readonly Attack[] = [
  {
    name: 'fault 36: hooks',
    plant: `mkdir -p "$HUB/hooks"
      for hook in pre-commit post-commit post-checkout post-index-change reference-transaction pre-merge-commit post-merge pre-auto-gc
      do printf '#!/bin/sh\\n"%s" </dev/null\\n' "$EVIL" > "$HUB/hooks/$hook"; chmod +x "$HUB/hooks/$hook"; done`,
    bait: COMMIT,
  },
  {
    name: 'core.hooksPath',
    plant: `mkdir "$OUT/hooks"; ln -s "$EVIL" "$OUT/hooks/pre-commit"; ln -s "$EVIL" "$OUT/hooks/reference-transaction"
      git config core.hooksPath "$OUT/hooks"`,
    bait: COMMIT,
  },
  { name: 'fault 38: core.fsmonitor', plant: 'git config core.fsmonitor "$EVIL"', bait: STATUS },
  {
    name: 'filters',
    plant: `git config filter.evil.clean "$EVIL"; git config filter.evil.smudge "$EVIL"; ${ATTRIBUTES('filter=evil')}`,
    bait: COMMIT,
  },
  {
    name: 'fault 37: a driver with an equals sign in its name, which no -c can turn off',
    plant: `git config 'filter.x=y.clean' "$EVIL"; git config 'filter.x=y.process' "$EVIL"; ${ATTRIBUTES('filter=x=y')}`,
    bait: COMMIT,
  },
  {
    name: 'attributes of the hub itself',
    plant: `git config filter.evil.clean "$EVIL"; mkdir -p "$HUB/info"; echo '* filter=evil' > "$HUB/info/attributes"`,
    bait: COMMIT,
  },
  {
    name: 'textconv',
    plant: `git config diff.evil.textconv "$EVIL"; ${ATTRIBUTES('diff=evil')}; echo changed > README.md`,
    bait: 'git diff',
  },
  {
    name: 'diff drivers',
    plant: `git config diff.evil.command "$EVIL"; git config diff.external "$EVIL"; ${ATTRIBUTES('diff=evil')}; echo changed > README.md`,
    bait: 'git diff',
  },
  {
    name: 'merge drivers',
    plant: `git config merge.evil.driver "$EVIL"; git config merge.default evil; ${ATTRIBUTES('merge=evil')}
      git add -A; git commit -qm attributes; git branch other; echo one > README.md; git commit -qam one`,
    bait: `git switch -q other; echo two > README.md; git commit -qam two; git merge ws/a`,
  },
  {
    name: 'the transport ext::',
    plant: `git config protocol.ext.allow always; git config remote.origin.url "ext::$EVIL --end"; git config remote.origin.promisor true`,
    bait: 'git fetch origin',
  },
  {
    name: 'core.sshCommand',
    plant: `git config core.sshCommand "$EVIL --end"; git config remote.origin.url ssh://nowhere.invalid/x`,
    bait: 'git fetch origin',
  },
  {
    name: 'includeIf',
    plant: `printf '[core]\\n\\tfsmonitor = "%s"\\n' "$EVIL" > "$OUT/config"
      git config 'includeIf.gitdir:/**.path' "$OUT/config"; git config include.path "$OUT/config"`,
    bait: STATUS,
  },
  {
    name: 'config.worktree',
    plant: `git config extensions.worktreeConfig true; git config --worktree core.bare false; git config --worktree core.fsmonitor "$EVIL"`,
    bait: STATUS,
  },
  {
    name: 'gpg.program',
    plant: `git config commit.gpgSign true; git config gpg.program "$EVIL"; git config log.showSignature true`,
    bait: COMMIT,
  },
  {
    name: 'a .git that was swapped for another repository',
    plant: `rm .git; git init -q; git config core.fsmonitor "$EVIL"; git config filter.evil.clean "$EVIL"; ${ATTRIBUTES('filter=evil')}`,
    bait: STATUS,
  },
]

interface Planted {
  y: Yard
  slot: Slot
  /** In the worktree, as the tool would. */
  sh(script: string): string
  hasRun(): boolean
  take(): Promise<Taken>
  /** Merges, gates and moves the target; `commit` is null in a conflict, `tail` is what the gate printed. */
  land(work: string, gate: string): Promise<{ commit: string | null; tail: string }>
}

async function planted(y: Yard, plant: string): Promise<Planted> {
  const slot = slotAt(join(y.at.dir, 'work'), 'agents', 1)
  await prepareSlot(y.repo, slot, { base: y.base, branch: 'ws/a', keep: [], identity: PERSON })
  const mark = join(y.at.dir, 'pwned')
  const evil = join(y.at.dir, 'evil')
  await writeFile(evil, `#!/bin/sh\ntouch ${mark}\n[ "$1" = --end ] || cat 2>/dev/null\n`)
  await chmod(evil, 0o755)
  const out = join(y.at.dir, 'out')
  await mkdir(out)
  const env = { ...y.at.env, HUB: slot.hub, EVIL: evil, OUT: out }
  const sh = (script: string): string =>
    execFileSync('/bin/sh', ['-c', script], {
      cwd: slot.worktree,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 30_000,
    })
  sh(plant)
  // Planting is the tool's own business; what counts is what comes after.
  await rm(mark, { force: true })
  return {
    y,
    slot,
    sh,
    hasRun: () => existsSync(mark),
    take: () => {
      const order = { base: y.base, ref: 'refs/sluice/wip/a/1', branch: 'ws/a', message: 'work of a', author: PERSON }
      return takeOver(y.repo, slot, { ...order, dateSeconds: 1_700_000_000, maxBytes: 1e8 })
    },
    async land(work, gate) {
      const logFile = join(y.at.dir, 'gate.log')
      const landed = await y.tryLand('a', work, {
        gate: async (commit) => {
          const { results } = await runChecks({
            repo: y.repo,
            slot: slotAt(join(y.at.dir, 'work'), 'gates', 1),
            target: 'main',
            commit,
            checks: [{ name: 'gate', run: gate, timeoutMinutes: null, paths: [] }],
            config: configOf([], {}),
            logFile,
            nonce: randomUUID(),
            changed: null,
          })
          expect(results).toMatchObject([{ exit: 0 }])
        },
      })
      const tail = existsSync(logFile) ? await readFile(logFile, 'utf8') : ''
      return { commit: landed.kind === 'landed' ? landed.commit : null, tail }
    },
  }
}

/** What a person does with it next: looks, moves on to what has landed, commits. */
const USER = ['status', 'diff HEAD~1', 'switch -q main', 'log -p -3', 'commit -q --allow-empty -m mine', 'fetch --all']

describe.concurrent('planted by a tool', () => {
  it.each(ATTACKS)('$name: plain git runs it, ours does not, nor does the user’s', async ({ plant, bait }) => {
    {
      await using y = await yard()
      const p = await planted(y, plant)
      p.sh(`(${bait}) >/dev/null 2>&1; true`)
      expect(p.hasRun()).toBe(true)
    }
    await using y = await yard()
    const p = await planted(y, plant)
    await y.at.write(join(p.slot.worktree, 'work.txt'), 'done\n')
    const config = await y.at.read(join(y.repo.gitDir, 'config'))
    const taken = await p.take()
    assertKind(taken, 'work')
    expect(taken.changed).toContain('work.txt')
    // Somebody else has moved on in the same file, so that contents are merged.
    await y.push({ 'README.md': 'hello\n\n\nand more\n' })
    const { commit } = await p.land(taken.tip, 'git status && git diff HEAD && cat work.txt')
    expect(commit === null).toBe(taken.changed.includes('README.md'))
    await prepareSlot(y.repo, p.slot, { base: commit ?? y.base, branch: 'ws/a', keep: [], identity: PERSON })
    for (const command of USER) await y.at.exit(command.split(' '))
    expect(p.hasRun()).toBe(false)
    expect(await y.at.read(join(y.repo.gitDir, 'config'))).toBe(config)
  })

  it('fault 39: a tree that holds a .git is refused, and does not come into the repository', async () => {
    await using y = await yard()
    const p = await planted(
      y,
      `config=$(printf '[core]\\n\\tfsmonitor = "%s"\\n' "$EVIL" | git hash-object -w --stdin)
       git_dir=$(printf '100644 blob %s\\tconfig\\n' $config | git mktree)
       tree=$( (git ls-tree HEAD; printf '040000 tree %s\\t.git\\n' $git_dir) | git mktree)
       git update-ref HEAD $(git commit-tree -p HEAD -m evil $tree)`,
    )
    const tip = p.sh('git rev-parse HEAD').trim()
    expect(p.sh('git ls-tree --name-only HEAD')).toContain('.git\n')
    const taken = await p.take()
    expect(taken.kind === 'work' ? taken.changed : []).toEqual([])
    expect(await y.at.exit(['cat-file', '-e', tip])).not.toBe(0)
    expect(p.hasRun()).toBe(false)
  })

  it('replace refs: what the history holds is read, not what stands in its place', async () => {
    await using y = await yard()
    const p = await planted(
      y,
      `git replace $(git rev-parse HEAD:README.md) $(echo evil | git hash-object -w --stdin); echo x > work.txt`,
    )
    expect(p.sh('git show HEAD:README.md')).toBe('evil\n')
    const taken = await p.take()
    assertKind(taken, 'work')
    expect(taken.changed).toEqual(['work.txt'])
    const { commit, tail } = await p.land(taken.tip, 'cat README.md')
    expect([tail, await y.at.git(['show', `${commit}:README.md`])]).toEqual(['hello\n', 'hello'])
    expect(await y.at.git(['for-each-ref', 'refs/replace'])).toBe('')
  })

  it('fault 40: a main that was moved, here and at "origin", moves nothing of the user’s', async () => {
    await using y = await yard()
    const p = await planted(
      y,
      `echo x > work.txt; git add .; git commit -qm work; git update-ref refs/heads/main HEAD
       git push -q origin HEAD:main HEAD:evil; git push -q origin :human; true`,
    )
    const before = await y.at.git(['for-each-ref', 'refs/heads'])
    assertKind(await p.take(), 'work')
    const after = (await y.at.git(['for-each-ref', 'refs/heads']))
      .split('\n')
      .filter((line) => !line.endsWith('refs/heads/ws/a'))
    expect(after.join('\n')).toBe(before)
  })

  it('fault 41: objects that were deleted are the hub’s own: the user’s are whole', async () => {
    await using y = await yard()
    const p = await planted(
      y,
      'echo x > work.txt; git add .; git commit -qm work; rm -rf "$HUB"/objects/??; git gc -q --prune=now; true',
    )
    const taken = await p.take()
    expect(taken.kind === 'work' ? taken.changed : ['work.txt']).toEqual(['work.txt'])
    expect(await y.at.exit(['fsck', '--strict', '--no-dangling'])).toBe(0)
  })
})
