/**
 * What is wrong is said before anything is done: a code, a clear message, what to do, the exit code of the contract,
 * and not a byte of the repository is different afterwards.
 */
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { describe, expect, it, type TestContext } from 'vitest'
import { held, planned, type PlannedRepository, type PlanOptions } from '../kit/plan.ts'
import { scratch } from '../kit/repository.ts'
import { type Ended, type Place, sluice } from '../kit/sluice.ts'
import { snapshot } from '../kit/snapshot.ts'
import { straysOf } from '../kit/traces.ts'

interface Refusal {
  exit: number
  code: string
  /** In the line with the code, or in a diagnostic above it. */
  says: RegExp
  /** What to do next. */
  fix: RegExp
}

interface Row {
  when: string
  refusal: Refusal
  plan?: PlanOptions
  /** Makes it bad. */
  arrange?: (repo: PlannedRepository) => Promise<unknown>
  /** Below the scratch folder; by default the repository. */
  cwd?: string
}

const commit = (repo: PlannedRepository): Promise<string> => repo.commit('changed')

/** Two branches that change the same line, so that joining them stops half-way. */
async function clash(repo: PlannedRepository): Promise<void> {
  await repo.git(['switch', '-q', '-c', 'other'])
  await repo.write('README.md', 'other\n')
  await repo.commit('other')
  await repo.git(['switch', '-q', 'main'])
  await repo.write('README.md', 'main\n')
  await repo.commit('main')
}

const ROWS: readonly Row[] = [
  {
    when: 'there is no repository',
    cwd: 'home',
    refusal: { exit: 5, code: 'E105', says: /no git repository here/, fix: /git init/ },
  },
  {
    when: 'the repository is bare',
    arrange: (repo) => repo.git(['clone', '-q', '--bare', repo.root, join(repo.dir, 'bare')]),
    cwd: 'bare',
    refusal: { exit: 5, code: 'E105', says: /bare repository/, fix: /clone or in a worktree/ },
  },
  {
    when: 'the branch has no commit yet',
    arrange: async (repo) => {
      await repo.git(['init', '-q', '-b', 'main', join(repo.dir, 'young')])
      for (const file of ['sluice.yaml', 'workstreams/plan.json']) {
        await repo.write(join(repo.dir, 'young', file), await repo.read(file))
      }
    },
    cwd: 'young',
    refusal: { exit: 5, code: 'E105', says: /no commit yet/, fix: /git commit/ },
  },
  {
    when: 'the target is unknown',
    plan: { config: { target: 'mian' } },
    refusal: { exit: 5, code: 'E105', says: /no branch mian/, fix: /main/ },
  },
  {
    when: 'a merge is in progress on the target',
    arrange: async (repo) => {
      await clash(repo)
      expect(await repo.exit(['merge', '-q', 'other'])).toBe(1)
    },
    refusal: { exit: 5, code: 'E105', says: /merge is in progress/, fix: /finish it or abort it/ },
  },
  {
    when: 'a rebase is in progress on the target',
    arrange: async (repo) => {
      await clash(repo)
      expect(await repo.exit(['rebase', '-q', 'other'])).toBe(1)
    },
    refusal: { exit: 5, code: 'E105', says: /rebase is in progress/, fix: /finish it or abort it/ },
  },
  {
    when: 'the gate is red on the untouched target',
    plan: { config: { gate: ['test -e missing.txt'] } },
    refusal: { exit: 5, code: 'E506', says: /red on the untouched main/, fix: /--allow-red-base/ },
  },
  {
    when: 'a branch is called ws',
    arrange: (repo) => repo.git(['branch', 'ws']),
    refusal: { exit: 5, code: 'E105', says: /branch is called ws/, fix: /git branch -m ws/ },
  },
  {
    when: 'the plan has a cycle',
    plan: {
      workstreams: [
        { id: 'a', depends_on: ['b'] },
        { id: 'b', depends_on: ['a'] },
      ],
    },
    refusal: {
      exit: 2,
      code: 'E101',
      says: /plan\.json:\d+:\d+ E101 .*a (->|→) b (->|→) a|plan\.json:\d+:\d+ E101 .*b (->|→) a (->|→) b/,
      fix: /sluice plan/,
    },
  },
  {
    when: 'no tool of the order is there',
    plan: { config: { tools: { order: ['ghost'], ghost: { command: ['./no-such-agent'] } } } },
    refusal: { exit: 5, code: 'E106', says: /no tool of the order can be used .*no-such-agent/, fix: /sluice tools/ },
  },
  {
    when: 'the gate does not exist',
    plan: { config: { gate: ['./no-such-gate.sh'] } },
    refusal: { exit: 5, code: 'E106', says: /no-such-gate\.sh is not in the tree/, fix: /correct gate:/ },
  },
  {
    when: 'there is no gate key',
    plan: { config: { gate: undefined } },
    refusal: { exit: 5, code: 'E103', says: /no gate/, fix: /gate: \[\]/ },
  },
  {
    when: 'fault 54: an id is a path',
    plan: { workstreams: [{ id: '../x', files_scope: [] }] },
    refusal: { exit: 2, code: 'E103', says: /plan\.json:\d+:\d+ E103 .*\.\.\/x/, fix: /sluice plan/ },
  },
  {
    when: 'the plan has no workstream',
    plan: { workstreams: [] },
    refusal: { exit: 2, code: 'E103', says: /no workstreams in workstreams\/plan\.json/, fix: /sluice plan/ },
  },
  {
    when: 'no file matches the plan',
    plan: { config: { workstreams: ['streams/*.json'] } },
    refusal: { exit: 2, code: 'E103', says: /streams\/\*\.json/, fix: /sluice plan/ },
  },
  {
    when: 'there is no sluice.yaml',
    arrange: async (repo) => {
      await repo.git(['rm', '-q', 'sluice.yaml'])
      await commit(repo)
    },
    refusal: { exit: 5, code: 'E103', says: /no gate/, fix: /in sluice\.yaml/ },
  },
  {
    when: 'sluice.yaml is not YAML',
    arrange: async (repo) => {
      await repo.write('sluice.yaml', 'version: 1\ngate: [\n')
      await commit(repo)
    },
    refusal: { exit: 2, code: 'E103', says: /sluice\.yaml:[23]:\d+ E103/, fix: /sluice plan/ },
  },
  {
    when: 'sluice.yaml has an unknown key',
    plan: { config: { gates: ['true'] } },
    refusal: {
      exit: 2,
      code: 'E103',
      says: /sluice\.yaml:\d+:\d+ E103 .*gates[^]*did you mean .?gate/,
      fix: /sluice plan/,
    },
  },
  {
    when: 'fault 55: a workstream file is a bomb of YAML aliases',
    plan: { config: { workstreams: ['workstreams/*'] } },
    arrange: async (repo) => {
      const level = (n: number): string =>
        `a${n}: &a${n} [${Array(9)
          .fill(`*a${n - 1}`)
          .join(', ')}]`
      const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x]', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map(level), 'id: *a9']
      await repo.write('workstreams/bomb.yaml', `${bomb.join('\n')}\n`)
      await commit(repo)
    },
    refusal: {
      exit: 2,
      code: 'E103',
      says: /bomb\.yaml:1:1 E103 not usable YAML: .*alias[^]*write it out plainly/,
      fix: /sluice plan/,
    },
  },
  {
    when: 'a workstream file is not JSON',
    arrange: async (repo) => {
      await repo.write('workstreams/worse.json', '{\n  "id": "c",\n  "tasks": ["x",]\n}\n')
      await commit(repo)
    },
    refusal: { exit: 2, code: 'E103', says: /worse\.json:3:\d+ E103/, fix: /sluice plan/ },
  },
]

/** A bubblewrap that cannot do it, before all others on PATH. */
async function withoutSandbox(repo: PlannedRepository): Promise<Place> {
  const bin = join(repo.dir, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'bwrap'), '#!/bin/sh\necho "bwrap: no permission" >&2\nexit 1\n', { mode: 0o755 })
  return { ...repo.place, env: { ...repo.place.env, PATH: `${bin}:${repo.place.env['PATH']}` } }
}

/** `run` here, as a person reads it and as a program does. */
async function refused(
  { expect }: Pick<TestContext, 'expect'>,
  repo: PlannedRepository,
  { exit, code, says, fix }: Refusal,
  run: (...args: string[]) => Promise<Ended>,
): Promise<void> {
  const before = snapshot(repo.dir, ['state'])
  const text = await run('run')
  expect.soft(text.stderr).toMatch(new RegExp(`^${code} .+`, 'm'))
  expect.soft(text.stderr).toMatch(says)
  expect.soft(text.stderr.split('\n').find((line) => line.startsWith('  next    '))).toMatch(fix)
  expect.soft(text).toMatchObject({ exit, stdout: '' })
  const json = await run('run', '--json')
  expect.soft(json).toMatchObject({ exit, stdout: '' })
  const document: unknown = JSON.parse(json.stderr)
  expect.soft(document).toMatchObject({
    schema: 'sluice.error/1',
    error: { code, message: expect.stringMatching(/./), fix: expect.stringMatching(fix), details: expect.any(Object) },
  })
  expect.soft(snapshot(repo.dir, ['state'])).toEqual(before)
  expect.soft(straysOf(repo.dir)).toEqual([])
}

describe.concurrent('a run is refused, and nothing is changed, when', () => {
  for (const { when, plan, arrange, cwd = 'repo', refusal } of ROWS) {
    it(when, async ({ expect }) => {
      await using repo = await planned(plan)
      await arrange?.(repo)
      const place = { ...repo.place, cwd: join(repo.dir, cwd) }
      await refused({ expect }, repo, refusal, (...args) => sluice(args, place))
      expect(existsSync(join(place.cwd, '.sluice'))).toBe(false)
      if (refusal.code !== 'E506') expect(readdirSync(repo.state)).toEqual([])
    })
  }

  it('fault 10: another orchestrator is at work here: exit 6', async () => {
    await using repo = await planned({ script: { a: held('tool') } })
    const first = repo.start('run')
    await repo.reached('tool-began')
    const refusal = {
      exit: 6,
      code: 'E105',
      says: /sluice run.*\(process \d+\) holds this repository/,
      fix: /sluice status/,
    }
    // What the first one makes beside its work, when it likes.
    const reserve = ['.sluice/ballast', '.sluice/ballast.new']
    const before = snapshot(repo.root, reserve)
    const second = await repo.sluice('run')
    expect(second.exit).toBe(6)
    expect(second.stderr).toMatch(refusal.says)
    expect(second.stderr).toMatch(refusal.fix)
    expect(second.stderr).toContain(String(first.pid))
    expect(snapshot(repo.root, reserve)).toEqual(before)
    await first.kill()
  })

  it('sandbox: strict cannot be kept', async ({ expect }) => {
    await using repo = await planned({ config: { sandbox: 'strict' } })
    const place = await withoutSandbox(repo)
    const says = /sandbox: strict cannot be kept: bubblewrap does not work here \(bwrap: no permission\)/
    const refusal = { exit: 5, code: 'E106', says, fix: /user namespaces.*sandbox: auto or off/ }
    await refused({ expect }, repo, refusal, (...args) => sluice(args, place))
  })

  // Root may write everywhere, whatever the modes say; what is mounted read-only is so for root as well.
  const canMount = spawnSync('unshare', ['-m', 'true']).status === 0
  it.skipIf(!canMount)(
    `fault 25: the folder is read-only${canMount ? '' : ' (skipped: needs to mount)'}`,
    async ({ expect }) => {
      await using repo = await planned()
      const mount = `mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"`
      const before = ['unshare', '-m', 'sh', '-c', mount, repo.root]
      const refusal = { exit: 5, code: 'E105', says: /cannot write: .*EROFS/, fix: /owner or mode/ }
      await refused({ expect }, repo, refusal, (...args) => sluice(args, repo.place, before))
    },
  )
})

describe.concurrent('commands about a workstream', () => {
  it('refuse an id that is a path, and one that does not exist, with what may have been meant', async ({ expect }) => {
    await using repo = await planned({ workstreams: [{ id: 'parser' }], config: { tools: { order: ['manual'] } } })
    expect((await repo.sluice('run')).exit).toBe(3)
    const before = snapshot(repo.root)
    for (const [args, says] of [
      [['submit', '../x'], /\.\.\/x/],
      [['retry', 'prser'], /did you mean.*parser/],
      [['logs', 'prser'], /did you mean.*parser/],
      [['explain', 'prser'], /did you mean.*parser/],
      [['run', '--only', 'prser'], /did you mean.*parser/],
    ] as const) {
      const { exit, stderr } = await repo.sluice(...args)
      expect.soft({ args, exit }).toEqual({ args, exit: 2 })
      expect.soft(stderr).toMatch(/^E103 /m)
      expect.soft(stderr).toMatch(says)
    }
    const skip = ['.sluice']
    expect(snapshot(repo.root, skip)).toEqual(
      Object.fromEntries(Object.entries(before).filter(([path]) => !path.startsWith('.sluice'))),
    )
  })

  it('say that nothing was run yet, and make nothing', async ({ expect }) => {
    await using repo = await planned()
    const before = snapshot(repo.root)
    for (const args of [['retry', 'a'], ['submit', 'a'], ['report'], ['logs'], ['cancel', '--all']]) {
      const { exit, stderr } = await repo.sluice(...args)
      expect.soft({ args, exit }).toEqual({ args, exit: 2 })
      expect.soft(stderr).toMatch(/^E103 nothing was run here yet\n[^]*sluice run/)
    }
    expect(snapshot(repo.root)).toEqual(before)
  })
})

describe.concurrent('a place to write to that cannot be written is named, for', () => {
  it.each([
    { command: ['report', '--out', 'gone/report.md'], exit: 2, code: 'E103', says: /gone\/report\.md.*ENOENT/ },
    { command: ['report', '--out', 'workstreams'], exit: 2, code: 'E103', says: /workstreams.*EISDIR/ },
    { command: ['init', '--demo', 'README.md'], exit: 2, code: 'E103', says: /README\.md is not a folder/ },
    { command: ['init', '--demo', 'README.md/demo'], exit: 5, code: 'E105', says: /README\.md\/demo.*EEXIST/ },
    { command: ['init', '--demo', '/proc/sluice/demo'], exit: 5, code: 'E105', says: /\/proc\/sluice\/demo/ },
  ])('sluice $command', async ({ command, exit, code, says }) => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    const before = snapshot(repo.root)
    const ended = await repo.sluice(...command)
    expect(ended.stderr).toMatch(new RegExp(`^${code} .*${says.source}.*\n  next `))
    expect(ended).toMatchObject({ exit, stdout: '' })
    expect(snapshot(repo.root)).toEqual(before)
  })

  it('sluice init, in a repository where a file is in the way', async () => {
    await using repo = await scratch({ files: { workstreams: 'a file\n' } })
    const { exit, stderr } = await sluice(['init'], { cwd: repo.root, env: repo.env })
    expect(stderr).toMatch(/^E105 cannot write .*workstreams\/hello\.md: /)
    expect(exit).toBe(5)
    expect(await repo.git(['status', '--porcelain'])).toBe('')
  })
})

describe.concurrent('a run goes on, and says so, when', () => {
  it('there is no sandbox, once', async () => {
    await using repo = await planned({ config: { sandbox: 'auto' }, workstreams: [{ id: 'a' }, { id: 'b' }] })
    const { exit, stderr } = await sluice(['run'], await withoutSandbox(repo))
    expect(stderr.match(/warning: sandbox: .*run with your rights.*sandbox: off/g)).toHaveLength(1)
    expect(exit).toBe(0)
    expect((await repo.landed()).toSorted()).toEqual(['a', 'b'])
  })

  it('the checkout is dirty', async () => {
    await using repo = await planned()
    await repo.write('README.md', 'changed by hand\n')
    await repo.write('notes.txt', 'not tracked\n')
    const { exit, stderr } = await repo.sluice('run')
    expect(stderr).toMatch(/^warning: checkout: 1 changed file/m)
    expect(exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
    expect(await repo.git(['status', '--porcelain'])).toBe(' M README.md\n?? notes.txt')
    expect(await repo.read('README.md')).toBe('changed by hand\n')
    expect(repo.has('a.txt')).toBe(true)
  })

  it('HEAD is detached', async () => {
    await using repo = await planned()
    await repo.git(['switch', '-q', '--detach'])
    const head = await repo.git(['rev-parse', 'HEAD'])
    const { exit, stderr } = await repo.sluice('run')
    expect(stderr).toMatch(/^warning: checkout: HEAD is detached/m)
    expect(exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
    expect(await repo.git(['rev-parse', 'HEAD'])).toBe(head)
    expect(await repo.git(['status', '--porcelain'])).toBe('')
  })

  it('the base is red and the plan repairs it (--allow-red-base)', async () => {
    await using repo = await planned({ config: { gate: ['test -e a.txt'] } })
    expect((await repo.sluice('run')).exit).toBe(5)
    await rm(repo.state, { recursive: true })
    await mkdir(repo.state)
    expect((await repo.sluice('run', '--allow-red-base')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
  })
})
