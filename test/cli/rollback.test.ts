/** Landings are taken back, one, several or all, and come again; nothing of the user's but a fast-forward changes. */
import { describe, expect, it } from 'vitest'
import { planned, type PlannedRepository } from '../kit/plan.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

/** `a`, and `b` on it, and `c` beside them, all landed in this order. */
async function landed(gate: string[] = ['true']): Promise<PlannedRepository> {
  const repo = await planned({
    config: { gate, agents: 1 },
    workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }, { id: 'c', depends_on: ['b'] }].map(
      ({ id, depends_on }) => ({ id, ...(id === 'c' || depends_on === undefined ? {} : { depends_on }) }),
    ),
    script: { a: [WRITE], b: [WRITE], c: [WRITE] },
  })
  const { exit, stderr } = await repo.sluice('run')
  if (exit !== 0) throw new Error(stderr)
  return repo
}

const files = async (repo: PlannedRepository): Promise<string[]> =>
  (await repo.git(['ls-tree', '--name-only', 'main'])).split('\n').filter((path) => path.endsWith('.txt'))

const stateOf = async (repo: PlannedRepository, id: string): Promise<string> => (await repo.row(id)).state

describe.concurrent('rollback', () => {
  it('of one landing keeps the later ones, moves the checkout, and waits for retry', async () => {
    await using repo = await landed()
    const before = await repo.git(['rev-parse', 'main'])
    expect(await repo.sluice('rollback', 'c')).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^taken back: c; main is at [0-9a-f]{10}; `sluice retry c` tries again$/m),
    })
    expect(await files(repo)).toEqual(['a.txt', 'b.txt'])
    expect(await repo.git(['status', '--porcelain'])).toBe('')
    expect(await repo.git(['merge-base', '--is-ancestor', before, 'main'])).toBe('')
    const trailers = await repo.git([
      'log',
      '-1',
      '--format=%(trailers:key=Sluice-Reverts,valueonly)%(trailers:key=Sluice-Workstream)',
      'main',
    ])
    expect(trailers.trim()).toMatch(/^[0-9a-f]{6}-\d+$/)
    expect(await stateOf(repo, 'c')).toBe('reverted')
    expect((await repo.sluice('run')).exit).toBe(3)
    expect(await files(repo)).toEqual(['a.txt', 'b.txt'])
    expect((await repo.sluice('retry', 'c')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await files(repo)).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(await stateOf(repo, 'c')).toBe('landed')
  })

  it('shows what depends on it and refuses to leave that behind, unless it goes too', async () => {
    await using repo = await landed()
    const before = await repo.git(['rev-parse', 'main'])
    const dry = await repo.sluice('rollback', 'a', '--dry-run', '--json')
    expect(dry.exit).toBe(0)
    expect(JSON.parse(dry.stdout)).toMatchObject({
      schema: 'sluice.rollback/1',
      undo: [{ workstream: 'a', dependents: ['b'] }],
      problems: [{ code: 'E103' }],
    })
    expect(await repo.sluice('rollback', 'a')).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('depend on it: b'),
    })
    expect(await repo.git(['rev-parse', 'main'])).toBe(before)
    expect((await repo.sluice('rollback', 'a', '--cascade')).exit).toBe(0)
    expect(await files(repo)).toEqual(['c.txt'])
    expect([await stateOf(repo, 'a'), await stateOf(repo, 'b')]).toEqual(['reverted', 'reverted'])
  })

  it('of the whole run gives exactly the tree from before, and can be rolled back itself', async () => {
    await using repo = await landed()
    const whole = await repo.git(['rev-parse', 'main^{tree}'])
    expect((await repo.sluice('rollback', '--run', '--why', 'too early')).exit).toBe(0)
    const [first] = (
      await repo.git(['log', '--first-parent', '--invert-grep', '--grep=^Sluice-', '--format=%H', 'main'])
    ).split('\n')
    expect(await repo.git(['diff', '--stat', first!, 'main'])).toBe('')
    expect(await repo.git(['log', '-1', '--format=%B', 'main'])).toContain('too early')
    expect((await repo.sluice('rollback', 'a', 'b', 'c')).stdout).toContain('brought back: ')
    expect(await repo.git(['rev-parse', 'main^{tree}'])).toBe(whole)
    expect(await stateOf(repo, 'b')).toBe('landed')
    expect((await repo.sluice('run')).exit).toBe(0)
  })

  it('--to keeps a landing and takes back what came after it', async () => {
    await using repo = await landed()
    const log = await repo.git([
      'log',
      '--first-parent',
      '--reverse',
      '--grep=^Sluice-Landing',
      '--format=%(trailers:key=Sluice-Landing,valueonly,separator=%x2C) %(trailers:key=Sluice-Workstream,valueonly,separator=%x2C)',
      'main',
    ])
    const [landing, workstream] = log.split('\n')[0]!.split(' ')
    const { exit, stderr } = await repo.sluice('rollback', '--to', landing!)
    expect(stderr).toBe('')
    expect(exit).toBe(0)
    expect(await files(repo)).toEqual([`${workstream}.txt`])
  })

  it('does not land what the gate finds red without it', async () => {
    await using repo = await landed(['test ! -e b.txt -o -e c.txt'])
    const before = await repo.git(['rev-parse', 'main'])
    expect(await repo.sluice('rollback', 'c')).toMatchObject({
      exit: 1,
      stderr: expect.stringMatching(/E501 the gate is red without c/),
    })
    expect(await repo.git(['rev-parse', 'main'])).toBe(before)
    expect(await stateOf(repo, 'c')).toBe('landed')
  })

  it('leaves an edited checkout alone: the rollback waits to be published', async () => {
    await using repo = await landed()
    await repo.write('c.txt', 'my own\n')
    expect((await repo.sluice('rollback', 'c')).exit).toBe(0)
    expect(await files(repo)).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(await repo.git(['ls-tree', '--name-only', 'refs/sluice/target/main'])).not.toContain('c.txt')
    const { needsYou } = await repo.status()
    expect(needsYou.find(({ workstream }) => workstream === null)).toMatchObject({
      code: 'W407',
      question: expect.stringMatching(/^what was done last cannot be shown in your checkout of main: .*\(c\.txt\)$/),
      commands: ['git status', 'git stash push --all -- c.txt', 'sluice run'],
    })
    await repo.git(['checkout', '-q', '--', 'c.txt'])
    expect((await repo.sluice('run')).exit).toBe(3)
    expect(await files(repo)).toEqual(['a.txt', 'b.txt'])
    expect((await repo.status()).needsYou.map(({ workstream }) => workstream)).toEqual(['c'])
  })

  it.each([
    [[], 2, 'say what to take back'],
    [['a', '--run'], 2, 'say it in one way'],
    [['nobody'], 1, 'there is no workstream nobody'],
    [['--to', 'x-1'], 1, 'there is no landing x-1'],
  ])('%j is refused and changes nothing', async (args, exit, words) => {
    await using repo = await landed()
    const before = await repo.git(['rev-parse', 'main'])
    expect(await repo.sluice('rollback', ...args)).toMatchObject({ exit, stderr: expect.stringContaining(words) })
    expect(await repo.git(['rev-parse', 'main'])).toBe(before)
  })
})
