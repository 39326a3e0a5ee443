/**
 * The guide to merge conflicts, typed as it stands: the `sh` blocks of each section are run, in order, in a repository
 * with the conflict that the guide speaks of. Blocks marked `sh pending` name commands that are not there yet; as soon as
 * they are, the mark is wrong and this says so.
 */
import { execFile } from 'node:child_process'
import { chmod, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { type Ended, PATIENCE_MS } from '../kit/sluice.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const GUIDE = await readFile(join(ROOT, 'docs/guides/merge-conflict-protocol.md'), 'utf8')

interface Section {
  title: string
  run: string[]
  pending: string[]
}

/** Sections that have commands, each with its blocks. */
function sections(): Section[] {
  const parts = GUIDE.split(/^#{2,3} /m).slice(1)
  const found = parts.map((text) => {
    const blocks = (info: string): string[] =>
      [...text.matchAll(new RegExp(`^\`\`\`${info}\n([^]*?)^\`\`\`$`, 'gm'))].map(([, body]) => body!)
    return { title: text.slice(0, text.indexOf('\n')), run: blocks('sh'), pending: blocks('sh pending') }
  })
  return found.filter(({ run, pending }) => run.length + pending.length > 0)
}

const SETTINGS = 'name = demo\nlimit = 10\ncolour = blue\n'
const settings = (limit: string): string => SETTINGS.replace('limit = 10', limit)
const BOTH = settings('limit = 20 per user')

/** A tool that settles it, and says why neither side's line is in it any more. */
const FIXER = `#!/bin/sh
printf '${BOTH.replaceAll('\n', '\\n')}' > settings.txt
git commit -qam 'Take both

Dropped: settings.txt: the limit is 20, and it is per user'
`

/** `timeouts` has landed, `limits` is in conflict with it, `audit` waits for `limits`. */
async function withConflict(): Promise<PlannedRepository> {
  const write = (text: string) => ({ write: { path: 'settings.txt', text } })
  const repo = await planned({
    // Scopes that do not tell the truth are how such a conflict comes about.
    config: {
      scope: 'allow',
      landing: { resolve: ['human'] },
      tools: { order: ['demo', 'fixer'], demo: { script: '../script.json' }, fixer: { command: ['./fixer.sh'] } },
    },
    workstreams: [{ id: 'timeouts' }, { id: 'limits' }, { id: 'audit', depends_on: ['limits'] }],
    script: {
      timeouts: [write(settings('limit = 20'))],
      limits: [[...held('limits'), write(settings('limit = 10 per user'))], [write(BOTH)]],
    },
    files: { 'settings.txt': SETTINGS, 'fixer.sh': FIXER },
  })
  await using stack = new AsyncDisposableStack()
  stack.use(repo)
  // An editor that settles the conflict, outside the repository.
  await repo.write(join(repo.dir, 'both.txt'), BOTH)
  await repo.write(join(repo.dir, 'editor'), `#!/bin/sh\ncp '${join(repo.dir, 'both.txt')}' "$1"\n`)
  await chmod(join(repo.dir, 'editor'), 0o755)
  await repo.write(join(repo.dir, 'bin/sluice'), `#!/bin/sh\nexec '${process.execPath}' '${ROOT}/bin/sluice.js' "$@"\n`)
  await chmod(join(repo.dir, 'bin/sluice'), 0o755)
  const run = repo.start('run')
  await run.event({ type: 'landing.moved', workstream: 'timeouts' })
  await repo.go('limits-go')
  expect((await run.ended).exit).toBe(3)
  expect((await repo.row('limits')).state).toBe('conflict')
  stack.move()
  return repo
}

/** Runs a block as a shell would, and stops at the first command that fails. */
function type(repo: PlannedRepository, block: string): Promise<Ended> {
  const { PATH } = repo.place.env
  const env = { ...repo.place.env, PATH: `${join(repo.dir, 'bin')}:${PATH}`, EDITOR: join(repo.dir, 'editor') }
  return new Promise((done) => {
    const options = { cwd: repo.root, env, timeout: PATIENCE_MS }
    execFile('/bin/sh', ['-ec', block], options, (error, stdout, stderr) => {
      done({ exit: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
    })
  })
}

const all = sections()
const runnable = all.filter(({ run }) => run.length > 0)

describe.concurrent('the guide to merge conflicts', () => {
  it.each(runnable)('$title', async ({ title, run }) => {
    await using repo = await withConflict()
    const before = await repo.git(['rev-parse', 'main'])
    let output = ''
    for (const block of run) {
      const { exit, stdout, stderr } = await type(repo, block)
      expect({ block, exit, stderr: exit === 0 ? '' : stderr }).toEqual({ block, exit: 0, stderr: '' })
      output += stdout
    }
    expect(await repo.git(['symbolic-ref', '--short', 'HEAD'])).toBe('main')
    if (!run.some((block) => block.includes('sluice run'))) {
      expect(await repo.git(['rev-parse', 'main'])).toBe(before)
      if (title.includes('detection')) expect(output).toContain(shownText())
      return
    }
    const isDiscarded = title.includes('--discard')
    expect(await repo.landed()).toEqual(isDiscarded ? ['timeouts', 'audit'] : ['timeouts', 'limits', 'audit'])
    expect(await repo.git(['show', 'main:settings.txt'])).toBe((isDiscarded ? settings('limit = 20') : BOTH).trimEnd())
  })

  it('shows commands in every section that it promises them for', () => {
    const titles = all.map(({ title }) => title).join('\n')
    for (const word of ['prevention', 'detection', '--ref', 'submit', 'open', '--tool', '--rebase', '--discard', 'Afterwards']) {
      expect(titles).toContain(word)
    }
  })

  it('marks as pending only what is not there yet', async () => {
    const lines = all.flatMap(({ pending }) => pending.flatMap((block) => block.trimEnd().split('\n')))
    const known: string[] = []
    await using repo = await planned()
    for (const line of lines) {
      const [, command, ...rest] = line.split(' ')
      const { stdout } = await repo.sluice(command!, '--help')
      const flags = rest.filter((word) => word.startsWith('--'))
      // Help of an unknown command is that of all commands.
      const isThere = stdout.startsWith(`Usage: sluice ${command} `)
      if (isThere && flags.every((flag) => stdout.includes(`${flag} `))) known.push(line)
    }
    expect(known).toEqual([])
  })
})

/** What the guide shows of `explain`: both sides' texts. */
function shownText(): string {
  return GUIDE.slice(GUIDE.indexOf('settings.txt\n  base'), GUIDE.indexOf('```\n\n`base` is'))
}
