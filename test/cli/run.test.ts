/**
 * The main job, as the sample repository shows it: a plan goes in, gate-passed landings come out, and nothing of the
 * user's is touched. One run, looked at from all sides; what is claimed is read from git, not from our own records.
 */
import { appendFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ReportDocument } from '../../src/observe/report.ts'
import type { StatusDocument } from '../../src/observe/status.ts'
import type { Event } from '../../src/model/event.ts'
import { scratch, type Scratch } from '../kit/repository.ts'
import { type Ended, type Place, sluice } from '../kit/sluice.ts'
import { snapshot, type Snapshot } from '../kit/snapshot.ts'
import { endStrays, straysOf } from '../kit/traces.ts'

const LANDED = ['outline', 'lamp', 'keeper', 'sea', 'fog', 'storm', 'supplies', 'boat', 'leaving', 'index']

let repo: Scratch
let root: string
let place: Place
let ended: Ended
let events: Event[]
let report: ReportDocument
let status: StatusDocument
let base: string
let before: { git: Snapshot; refs: string; config: string; stash: string }

const git = (...args: string[]): Promise<string> => repo.git(args, root)

/** What of `.git` no run may change. The index and ORIG_HEAD are not in it: git's own fast-forward writes them. */
function untouched(): Snapshot {
  const files = Object.entries(snapshot(join(root, '.git')))
  const users = /^(HEAD$|config$|description$|packed-refs$|hooks|refs\/(tags|stash)|logs\/refs\/stash|worktrees)/
  return Object.fromEntries(files.filter(([path]) => users.test(path)))
}

async function json<T>(command: string): Promise<T> {
  return JSON.parse((await sluice([command, '--json'], place)).stdout) as T
}

beforeAll(async () => {
  repo = await scratch()
  root = join(repo.dir, 'handbook')
  for (const folder of ['state', 'tmp']) await mkdir(join(repo.dir, folder))
  const folders = { XDG_STATE_HOME: join(repo.dir, 'state'), TMPDIR: join(repo.dir, 'tmp') }
  place = { cwd: repo.dir, env: { ...repo.env, ...folders, NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache') } }
  expect((await sluice(['init', '--demo', 'handbook'], place)).exit).toBe(0)
  place = { ...place, cwd: root }
  base = await git('rev-parse', 'HEAD')
  await git('config', 'user.name', 'A User')
  await git('branch', 'other')
  await git('tag', 'v1')
  await appendFile(join(root, 'README.md'), 'an idea for later\n')
  await git('stash', '-q')
  before = {
    git: untouched(),
    refs: await git('for-each-ref', 'refs/heads/other', 'refs/tags', 'refs/stash'),
    config: await readFile(join(root, '.git/config'), 'utf8'),
    stash: await git('stash', 'list', '-p'),
  }
  ended = await sluice(['run', '--json'], place)
  events = ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event)
  report = await json('report')
  status = await json('status')
})

afterAll(async () => {
  endStrays(repo.dir)
  await repo[Symbol.asyncDispose]()
})

const rowOf = (id: string): StatusDocument['workstreams'][number] => status.workstreams.find((row) => row.id === id)!
const attemptsOf = (id: string): ReportDocument['attempts'] =>
  report.attempts.filter(({ workstream }) => workstream === id)

describe('a run of the sample', () => {
  it('lands eleven workstreams, and ends with 3 because one conflict waits for a person', () => {
    expect(ended).toMatchObject({ exit: 3, stderr: '' })
    const { workstream } = status.needsYou[0]!
    expect(['signals', 'optics']).toContain(workstream)
    expect(report.counts).toMatchObject({ landed: 11, conflict: 1 })
    const other = workstream === 'optics' ? 'signals' : 'optics'
    expect(report.landings.map((landing) => landing.workstream).sort()).toEqual([...LANDED, other].sort())
  })

  it('lands each once, on the first parents of the target, with the trailers', async () => {
    const format =
      '--format=%H%x09%P%x09%(trailers:key=Sluice-Workstream,valueonly,separator=%x2C)%x09%(trailers:key=Sluice-Landing,valueonly,separator=%x2C)%x09%(trailers:key=Sluice-Attempt,valueonly,separator=%x2C)'
    const lines = (await git('log', '--first-parent', '--reverse', format, `${base}..main`)).split('\n')
    let tip = base
    const found = lines.map((line) => {
      const [commit, parents, workstream, landing, attempt] = line.split('\t')
      expect(parents!.split(' ')).toHaveLength(2)
      expect(parents!.split(' ')[0]).toBe(tip)
      tip = commit!
      return { commit, parents: parents!.split(' '), workstream, landing, attempt: Number(attempt) }
    })
    expect(report.landings).toMatchObject(found)
  })

  it('lands exactly what the two parents make when they are merged', async () => {
    for (const { commit, parents } of report.landings) {
      expect(await git('rev-parse', `${commit}^{tree}`)).toBe(await git('merge-tree', '--write-tree', ...parents))
    }
  })

  it('has the gate pass on each landing commit itself, before the target moves', () => {
    for (const { commit, workstream, gate } of report.landings) {
      expect(gate).toMatchObject([{ name: './check.sh', exit: 0 }])
      const gated = events.findIndex(
        (event) =>
          event.type === 'check.ended' &&
          event.kind === 'gate' &&
          event.commit === commit &&
          event.results.every(({ exit }) => exit === 0),
      )
      const moved = events.findIndex((event) => event.type === 'landing.moved' && event.commit === commit)
      expect({ workstream, isGated: gated >= 0, isBefore: gated < moved }).toEqual({
        workstream,
        isGated: true,
        isBefore: true,
      })
    }
  })

  it('starts a dependent from a base that holds its dependencies', async () => {
    const landing = new Map(report.landings.map(({ workstream, commit }) => [workstream, commit]))
    for (const [id, needs] of [
      ['lamp', 'outline'],
      ['boat', 'supplies'],
      ['index', 'storm'],
      ['index', 'leaving'],
    ] as const) {
      const started = events.find((event) => event.type === 'attempt.started' && event.workstream === id)
      const from = (started as { base?: string }).base!
      expect(
        await repo.exit(['merge-base', '--is-ancestor', landing.get(needs)!, from], root),
        `${id} on ${needs}`,
      ).toBe(0)
    }
  })

  it('never has more agents at work than there are seats', () => {
    const working = new Set<string>()
    for (const event of events) {
      if (event.type === 'attempt.started') working.add(event.workstream!)
      if (event.type === 'attempt.ended') working.delete(event.workstream!)
      expect(working.size).toBeLessThanOrEqual(3)
    }
  })
})

describe('what goes wrong in the sample', () => {
  it('a tool that fails is followed by the next one', () => {
    expect(attemptsOf('fog')).toMatchObject([
      { attempt: 1, tool: 'demo', outcome: 'crash', code: 'E201' },
      { attempt: 2, tool: 'writer', outcome: 'ok' },
    ])
    const fallback = { type: 'tool.fallback', workstream: 'fog', from: 'demo', to: 'writer', code: 'E201' }
    expect(events).toContainEqual(expect.objectContaining(fallback))
    expect(rowOf('fog')).toMatchObject({ state: 'landed', attempt: 2 })
  })

  it('a red gate leaves the target alone, and the same tool mends it with the failure in its brief', async () => {
    expect(attemptsOf('sea')).toMatchObject([
      { attempt: 1, tool: 'demo', outcome: 'red', code: 'E501' },
      { attempt: 2, tool: 'demo', outcome: 'ok' },
    ])
    const red = events.find(
      (event) =>
        event.type === 'check.ended' && event.kind === 'gate' && event.workstream === 'sea' && event.attempt === 1,
    )
    const { commit } = red as { commit?: string }
    expect(await repo.exit(['merge-base', '--is-ancestor', commit!, 'main'], root)).toBe(1)
    const brief = await readFile(join(root, '.sluice/runs', report.run.id, 'attempts/sea.2/brief.md'), 'utf8')
    expect(brief).toContain('links to tides.md, which does not exist')
  })

  it('fault 3: a tool that is killed loses nothing: the next attempt goes on from its checkpoint', async () => {
    const [first, second] = attemptsOf('storm')
    expect(first).toMatchObject({ tool: 'writer', outcome: 'crash', code: 'E201' })
    expect(second).toMatchObject({ outcome: 'ok' })
    expect(await git('show', `${first!.work}:chapters/storm.md`)).toContain('UNFINISHED')
    expect(await git('show', 'refs/sluice/wip/storm/1:chapters/storm.md')).toContain('UNFINISHED')
    const started = events.find(
      (event) => event.type === 'attempt.started' && event.workstream === 'storm' && event.attempt === 2,
    )
    expect(started).toMatchObject({ resumes: first!.work })
    expect(await git('show', 'main:chapters/storm.md')).toBe('# Storm\n\nClose the shutters before the wind turns.')
  })

  it('a conflict waits, names both sides, keeps the work and gives the commands that settle it', async () => {
    const [conflict] = report.conflicts
    const [need] = status.needsYou
    const other = need!.workstream === 'optics' ? 'signals' : 'optics'
    expect(conflict).toMatchObject({
      workstream: need!.workstream,
      files: [{ path: 'chapters/words.md', other: { workstream: other } }],
    })
    expect(await git('rev-parse', conflict!.ref)).toBe(conflict!.work)
    expect(need).toMatchObject({ code: 'E402', question: expect.stringContaining('chapters/words.md') })
    expect(need!.commands.at(-1)).toBe(`sluice resolve ${need!.workstream} --discard`)
    expect(await git('show', 'main:chapters/words.md')).not.toContain('<<<<<<<')
  })
})

describe("the user's repository, after the run", () => {
  it('has its checkout brought forward, clean', async () => {
    expect(await git('symbolic-ref', 'HEAD')).toBe('refs/heads/main')
    expect(await git('status', '--porcelain')).toBe('')
    expect(await git('diff', '--stat', 'HEAD')).toBe('')
    const chapters = (await git('ls-tree', '--name-only', 'main', 'chapters/')).split('\n')
    expect(chapters).toEqual(
      ['boat', 'fog', 'index', 'keeper', 'lamp', 'leaving', 'sea', 'start', 'storm', 'supplies', 'words'].map(
        (name) => `chapters/${name}.md`,
      ),
    )
    expect(await git('ls-files', '--others', '--exclude-standard')).toBe('')
  })

  it('has stash, configuration, hooks, tags and other branches as they were', async () => {
    expect(untouched()).toEqual(before.git)
    expect(await git('for-each-ref', 'refs/heads/other', 'refs/tags', 'refs/stash')).toBe(before.refs)
    expect(await readFile(join(root, '.git/config'), 'utf8')).toBe(before.config)
    expect(await git('stash', 'list', '-p')).toBe(before.stash)
  })

  it('has no refs of ours but those that the contract names', async () => {
    const refs = (await git('for-each-ref', '--format=%(refname)')).split('\n')
    const users = ['refs/heads/main', 'refs/heads/other', 'refs/tags/v1', 'refs/stash']
    const strangers = refs.filter(
      (ref) => !users.includes(ref) && !/^refs\/(sluice\/|notes\/sluice$|heads\/ws\/[a-z]+$)/.test(ref),
    )
    expect(strangers).toEqual([])
    expect(refs.filter((ref) => ref.startsWith('refs/sluice/candidate/'))).toEqual([])
  })

  it('has one worktree, and .sluice ignored by two lines', async () => {
    expect((await git('worktree', 'list')).split('\n')).toHaveLength(1)
    const exclude = await readFile(join(root, '.git/info/exclude'), 'utf8').catch(() => '')
    const lines = exclude.split('\n').filter((line) => /sluice/.test(line))
    expect(lines).toEqual(['# sluice: state of runs', '.sluice/'])
    expect(await git('check-ignore', '.sluice/sluice.db')).toBe('.sluice/sluice.db')
  })

  it('has no process of ours any more, no temporary file, and no more slots than seats', async () => {
    expect(straysOf(repo.dir)).toEqual([])
    expect(await readdir(join(repo.dir, 'tmp'))).toEqual([])
    const [work] = await readdir(join(repo.dir, 'state/sluice'))
    expect(await readdir(join(repo.dir, 'state/sluice', work!, 'agents'))).toEqual(['agent-1', 'agent-2', 'agent-3'])
  })

  it('has the five logs, which tell of landings, fallbacks and conflicts', async () => {
    const log = (name: string): Promise<string> => readFile(join(root, '.sluice/logs', name), 'utf8')
    expect(await log('orchestrator.log')).toMatch(/COMPLETE/)
    expect(await log('tool_fallback.log')).toMatch(/fog.*demo.*writer/)
    expect(await log('conflicts.log')).toMatch(/chapters\/words\.md/)
    expect(await log('worktree_manager.log')).toMatch(/agent-1/)
    expect(await log('agent_1.log')).toMatch(/outline/)
  })

  it('is sound in the eyes of git', async () => {
    expect(await git('fsck', '--strict', '--no-dangling')).toBe('')
  })
})

describe('the commands of the conflict, typed as they stand', () => {
  it('settle it: the next run lands it and ends with 0', async () => {
    const { workstream, commands } = status.needsYou[0]!
    const [open, handIn] = commands.slice(0, 2).map((command) => command.split(' ').slice(1))
    const opened = await sluice(open!, place)
    expect(opened).toMatchObject({ exit: 0, stderr: expect.stringContaining('in the middle of a merge with main') })
    const worktree = opened.stdout.trimEnd()
    await repo.write(
      join(worktree, 'chapters/words.md'),
      '# Words\n\n- lamp: a wick behind a lens, once in ten seconds\n',
    )
    await repo.git(['commit', '-q', '--all', '--no-edit'], worktree)
    expect(await sluice(handIn!, place)).toMatchObject({ exit: 0, stderr: '' })
    expect((await json<StatusDocument>('status')).counts).toMatchObject({ queued: 1, conflict: 0 })
    expect((await sluice(['run'], place)).exit).toBe(0)
    const after = await json<ReportDocument>('report')
    expect(after.counts).toMatchObject({ landed: 12 })
    expect(after.landings.at(-1)).toMatchObject({ workstream, gate: [{ exit: 0 }] })
    expect(await git('show', 'main:chapters/words.md')).toContain('once in ten seconds')
    expect(await git('status', '--porcelain')).toBe('')
  })
})
