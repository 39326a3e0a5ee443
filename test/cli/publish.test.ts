/**
 * The checked-out target belongs to its user: it is only ever fast-forwarded, and only when that overwrites nothing.
 * Otherwise landings go on beside it, and the checkout follows as soon as it can.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NeedsYou } from '../../src/observe/needs-you.ts'
import { heldGate, planned, type PlannedRepository, type Steps } from '../kit/plan.ts'

const PENDING = 'refs/sluice/target/main'

const README: Steps = [{ write: { path: 'README.md', text: 'by a\n' } }]

interface InTheWay {
  what: string
  /** Relative to the repository; both what the user has there and what `a` writes. */
  path: string
  arrange: (repo: PlannedRepository) => Promise<void>
}

const IN_THE_WAY: readonly InTheWay[] = [
  {
    what: 'fault 43: a changed file',
    path: 'README.md',
    arrange: (repo) => repo.write('README.md', 'mine\n'),
  },
  {
    what: 'a staged file',
    path: 'README.md',
    arrange: async (repo) => {
      await repo.write('README.md', 'mine\n')
      await repo.git(['add', 'README.md'])
    },
  },
  {
    what: 'a file that is not tracked',
    path: 'a.txt',
    arrange: (repo) => repo.write('a.txt', 'mine\n'),
  },
  {
    // Ignored here alone: what the repository ignores would be no work of `a` either.
    what: 'an ignored file',
    path: 'a.txt',
    arrange: async (repo) => {
      await repo.write('.gitignore', 'a.txt\n.gitignore\n')
      await repo.write('a.txt', 'mine\n')
    },
  },
]

describe.concurrent('a checkout of the target with', () => {
  for (const { what, path, arrange } of IN_THE_WAY) {
    it(`${what} in the way is left alone: landings go on beside it, and it follows at the next run once there is room`, async () => {
      await using repo = await planned({
        workstreams: [
          { id: 'a', files_scope: [path] },
          { id: 'b', depends_on: ['a'] },
        ],
        script: path === 'README.md' ? { a: README } : {},
      })
      await arrange(repo)
      const before = { tip: await repo.git(['rev-parse', 'main']), status: await repo.git(['status', '--porcelain']) }
      const run = repo.start('run')
      expect((await run.ended).exit).toBe(3)
      await run.event({ type: 'publish.pending' })
      expect(await repo.git(['rev-parse', 'main'])).toBe(before.tip)
      expect(await repo.git(['status', '--porcelain'])).toBe(before.status)
      expect(await repo.read(path)).toBe('mine\n')
      expect(await repo.landed(PENDING)).toEqual(['a', 'b'])
      const { workstreams, needsYou } = await repo.status()
      for (const row of workstreams) expect(row).toMatchObject({ state: 'landed', landing: { published: false } })
      expect(needsYou).toMatchObject([
        {
          code: 'W407',
          workstream: 'b',
          question: expect.stringMatching(
            new RegExp(`^2 landings cannot be shown in your checkout of main: .*\\(${path}\\)$`),
          ),
          commands: ['git status', `git stash push --all -- ${path}`, 'sluice run'],
        },
      ])

      const pending = await repo.git(['rev-parse', PENDING])
      await repo.git(needsYou[0]!.commands[1]!.split(' ').slice(1))
      const [{ question }] = (await repo.status()).needsYou as [NeedsYou]
      expect(question).toMatch(/main yet; nothing is in the way any more$/)
      expect((await repo.sluice('run')).exit).toBe(0)
      expect(await repo.git(['rev-parse', 'main'])).toBe(pending)
      expect(await repo.exit(['rev-parse', '-q', '--verify', PENDING])).toBe(1)
      expect(await repo.git(['status', '--porcelain'])).toBe('')
      expect(await repo.read(path)).toBe('by a\n')
      expect((await repo.row('a')).landing).toMatchObject({ published: true })
      expect((await repo.status()).needsYou).toEqual([])
    })
  }
})

describe.concurrent('somebody commits to the target', () => {
  it('fault 42: while the gate runs: the landing is built and gated again on top of that', async () => {
    await using repo = await planned({
      files: { 'gate.sh': heldGate('gate', 'a.txt') },
      config: { gate: ['./gate.sh'] },
    })
    const run = repo.start('run')
    await repo.reached('gate-began')
    await repo.write('human.txt', 'by hand\n')
    const human = await repo.commit('by hand')
    await repo.go('gate-go')
    expect((await run.ended).exit).toBe(0)
    await run.event({ type: 'landing.rebuilt', workstream: 'a' })
    expect(await repo.git(['rev-parse', 'main^1'])).toBe(human)
    expect(await repo.landed()).toEqual(['a'])
    expect(await repo.read(repo.mark('gate-began'))).toBe('\n\n')
    expect((await repo.report()).landings).toMatchObject([
      { parents: [human, expect.any(String)], gate: [{ exit: 0 }] },
    ])
    expect(await repo.git(['status', '--porcelain'])).toBe('')
    expect(await repo.read('human.txt')).toBe('by hand\n')
    expect(await repo.read('a.txt')).toBe('by a\n')
  })

  it('while landings wait for the checkout: they are landed again on top of that, once', async () => {
    await using repo = await planned()
    await repo.write('a.txt', 'in the way\n')
    expect((await repo.sluice('run')).exit).toBe(3)
    const pending = await repo.git(['rev-parse', PENDING])
    await rm(join(repo.root, 'a.txt'))
    await repo.write('human.txt', 'by hand\n')
    const human = await repo.commit('by hand')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['rev-parse', 'main^1'])).toBe(human)
    expect(await repo.landed()).toEqual(['a'])
    expect((await repo.report()).attempts).toHaveLength(1)
    expect(await repo.git(['rev-parse', `refs/sluice/abandoned/${pending}`])).toBe(pending)
    expect(await repo.git(['status', '--porcelain'])).toBe('')
  })
})

describe.concurrent('a target that is', () => {
  it('not checked out anywhere moves alone', async () => {
    await using repo = await planned()
    await repo.git(['switch', '-q', '-c', 'elsewhere'])
    const head = await repo.git(['rev-parse', 'HEAD'])
    await repo.write('README.md', 'mine\n')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
    expect(await repo.git(['rev-parse', 'HEAD', 'elsewhere'])).toBe(`${head}\n${head}`)
    expect(await repo.git(['status', '--porcelain'])).toBe(' M README.md')
    expect((await repo.row('a')).landing).toMatchObject({ published: true })
  })

  it("checked out in another worktree of the user's is brought forward there", async () => {
    await using repo = await planned()
    await repo.git(['switch', '-q', '-c', 'elsewhere'])
    const second = join(repo.dir, 'second')
    await repo.git(['worktree', 'add', '-q', second, 'main'])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['status', '--porcelain'], second)).toBe('')
    expect(await repo.read(join(second, 'a.txt'))).toBe('by a\n')
    expect(repo.has('a.txt')).toBe(false)
    expect((await repo.git(['worktree', 'list'])).split('\n')).toHaveLength(2)
  })
})
