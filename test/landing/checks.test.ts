import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { slotAt } from '../../src/git/slot.ts'
import { type CheckOutcome, type CheckRun, gateDigest, markFile, runChecks } from '../../src/landing/checks.ts'
import type { Check, Config } from '../../src/model/config.ts'
import { findByNonce } from '../../src/process/kill.ts'
import { configOf } from '../tools/stage.ts'
import { type Yard, yard } from './room.ts'

const check = (run: string, fields: Partial<Check> = {}): Check => ({
  name: run,
  run,
  timeoutMinutes: null,
  paths: [],
  ...fields,
})

interface Gate extends Yard {
  run(checks: Check[], more?: Partial<CheckRun>): Promise<CheckOutcome>
  nonce: string
  worktree: string
  log(): Promise<string>
}

async function gate(files: Record<string, string> = { 'a.txt': 'a\n', '.gitignore': 'built/\n' }): Promise<Gate> {
  const y = await yard({ files })
  const slot = slotAt(join(y.at.dir, 'work'), 'gates', 1)
  const nonce = randomUUID()
  const logFile = join(y.at.dir, 'gate.log')
  return {
    ...y,
    nonce,
    worktree: slot.worktree,
    log: () => readFile(logFile, 'utf8'),
    run: (checks, more = {}) =>
      runChecks({
        repo: y.repo,
        slot,
        target: 'main',
        commit: y.base,
        checks,
        config: configOf([], {}),
        logFile,
        nonce,
        changed: null,
        ...more,
      }),
  }
}

function withWorkspace(workspace: Partial<Config['workspace']>): Config {
  const config = configOf([], {})
  return { ...config, workspace: { ...config.workspace, ...workspace } }
}

describe('checks', () => {
  it('run on exactly the commit, in order, and stop at the first red one', async () => {
    await using g = await gate()
    const commit = await g.work({ 'b.txt': 'b\n' })
    const { results, checkMs } = await g.run(
      [check('cat a.txt b.txt'), check('echo it broke; exit 3'), check('echo never')],
      { commit },
    )
    expect(results.map(({ name, exit }) => [name, exit])).toEqual([
      ['cat a.txt b.txt', 0],
      ['echo it broke; exit 3', 3],
    ])
    expect(results.map(({ tail }) => tail)).toEqual(['a\nb\n', 'it broke\n'])
    expect(await g.log()).toBe('a\nb\nit broke\n')
    expect(checkMs).toBeGreaterThan(0)
  })

  it('find a clean checkout every time, a home of their own, and nothing of our environment', async () => {
    await using g = await gate()
    process.env['SLUICE_TEST_SECRET'] = 'secret'
    try {
      const dirt = check('touch left.txt && mkdir -p built && touch built/x && test -z "$SLUICE_TEST_SECRET"')
      const { results } = await g.run([
        dirt,
        check('test "$HOME" = "$(cd ../home && pwd)" && test "$CI" = true && test -d "$TMPDIR"'),
      ])
      expect(results.map(({ exit }) => exit)).toEqual([0, 0])
    } finally {
      delete process.env['SLUICE_TEST_SECRET']
    }
    expect(existsSync(join(g.worktree, 'left.txt'))).toBe(true)
    const again = await g.run([check('test ! -e left.txt && test ! -e built')])
    expect(again.results.map(({ exit }) => exit)).toEqual([0])
  })

  it('that print a secret of ours pass it on to nobody', async () => {
    await using g = await gate()
    process.env['SLUICE_TEST_KEY'] = 'a-long-secret'
    try {
      const { results } = await g.run([check('echo "a-long-secret is refused"; exit 3')])
      expect(results[0]).toMatchObject({ tail: '[redacted SLUICE_TEST_KEY] is refused\n' })
    } finally {
      delete process.env['SLUICE_TEST_KEY']
    }
  })

  it('that rewrite a tracked file did not test this commit: red', async () => {
    await using g = await gate()
    for (const rewrite of ['echo more >> a.txt', 'rm a.txt', 'chmod +x a.txt', 'echo b > a.txt && git add a.txt']) {
      const { results } = await g.run([check(rewrite)])
      expect(results.at(-1)).toMatchObject({
        name: 'tree unchanged',
        exit: 1,
        tail: expect.stringContaining('a.txt'),
      })
    }
  })

  it('may leave untracked files, and may touch tracked ones', async () => {
    await using g = await gate()
    const { results } = await g.run([check('touch new.txt a.txt'), check('cp a.txt b && rm a.txt && mv b a.txt')])
    expect(results.map(({ name, exit }) => [name === 'tree unchanged', exit])).toEqual([
      [false, 0],
      [false, 0],
    ])
  })

  it('leave no process behind', async () => {
    await using g = await gate()
    // It says that it is there before the check ends, in a session of its own.
    const { results } = await g.run([
      check('mkfifo up && (setsid sh -c "echo 1 > up; exec sleep 1000" &) && read x < up && rm up'),
    ])
    expect(results.map(({ exit }) => exit)).toEqual([0])
    expect(findByNonce(g.nonce)).toEqual([])
  })

  it('have their mark in the slot while they run, also in a new one, so that a kill of ours leaves no orphan', async () => {
    await using g = await gate()
    const { results } = await g.run([check('test "$(cat ../nonce)" = "$SLUICE_NONCE"')])
    expect(results.map(({ exit }) => exit)).toEqual([0])
    expect(existsSync(markFile(dirname(g.worktree)))).toBe(false)
  })

  it('that take too long are ended: red', async () => {
    await using g = await gate()
    const { results } = await g.run([check('sleep 1000', { timeoutMinutes: 0.001 })])
    expect(results).toMatchObject([{ exit: null, timedOut: true }])
    expect(findByNonce(g.nonce)).toEqual([])
  })

  it('are ended when nobody wants their verdict any more', async () => {
    await using g = await gate()
    const controller = new AbortController()
    const fifo = join(g.at.dir, 'up')
    execFileSync('mkfifo', [fifo])
    const run = g.run([check(`echo 1 > ${fifo} && sleep 1000`)], { signal: controller.signal })
    // Reading a fifo waits for the check to write.
    await readFile(fifo, 'utf8')
    controller.abort(new Error('stop'))
    await expect(run).rejects.toThrow('stop')
    expect(findByNonce(g.nonce)).toEqual([])
    expect(existsSync(markFile(dirname(g.worktree)))).toBe(false)
  })

  it('with paths run only when one of them changes', async () => {
    await using g = await gate()
    const checks = [
      check('true', { name: 'glob', paths: ['src/**/*.ts'] }),
      check('true', { name: 'folder', paths: ['docs'] }),
      check('true', { name: 'always' }),
    ]
    const ran = async (changed: string[] | null): Promise<string[]> =>
      (await g.run(checks, { changed })).results.map(({ name }) => name)
    expect(await ran(['src/deep/a.ts'])).toEqual(['glob', 'always'])
    expect(await ran(['docs/a.md', 'src/a.js'])).toEqual(['folder', 'always'])
    expect(await ran(['documents'])).toEqual(['always'])
    expect(await ran(null)).toEqual(['glob', 'folder', 'always'])
  })

  it('come after set-up, whose failure is the verdict', async () => {
    await using g = await gate()
    const good = await g.run([check('test -e built/ready')], {
      config: withWorkspace({ setup: 'mkdir built && touch built/ready' }),
    })
    expect(good.results).toMatchObject([{ exit: 0 }])
    const bad = await g.run([check('true')], { config: withWorkspace({ setup: 'echo no network; exit 7' }) })
    expect(bad.results).toMatchObject([{ name: 'set-up', exit: 7, tail: expect.stringContaining('no network') }])
  })

  it('run set-up once for as long as its inputs stay and its result is kept', async () => {
    await using g = await gate()
    const config = withWorkspace({
      setup: `mkdir -p built && echo x >> ${g.at.dir}/setups`,
      inputs: ['a.txt'],
      keep: ['built'],
    })
    const count = async (): Promise<number> => (await g.at.read(`${g.at.dir}/setups`)).split('x').length - 1
    await g.run([check('test -d built')], { config })
    await g.run([check('test -d built')], { config, commit: await g.work({ 'b.txt': 'b\n' }) })
    expect(await count()).toBe(1)
    await g.run([check('test -d built')], { config, commit: await g.work({ 'a.txt': 'new\n' }) })
    expect(await count()).toBe(2)
  })

  it('keep only the end of a long output', async () => {
    await using g = await gate()
    const { results } = await g.run([check('yes line | head -n 5000; echo the end')])
    expect(results[0]!.tail.length).toBeLessThan(4100)
    expect(results[0]!.tail).toMatch(/^\.\.\.[^]*the end\n$/)
  })
})

describe('the digest of a gate', () => {
  it('changes with whatever the verdict was given by', () => {
    const base = configOf([], {})
    const digests = [
      gateDigest([check('a')], base),
      gateDigest([check('b')], base),
      gateDigest([check('a', { paths: ['src'] })], base),
      gateDigest([check('a')], withWorkspace({ setup: 'npm ci' })),
      gateDigest([check('a')], withWorkspace({ inputs: ['package.json'] })),
      gateDigest([check('a')], withWorkspace({ copy: ['.env'] })),
    ]
    expect(new Set(digests)).toHaveProperty('size', digests.length)
    expect(gateDigest([check('a')], { ...base, agents: 9 })).toBe(digests[0])
  })
})
