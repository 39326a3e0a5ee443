import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, open, rm, watch, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRef } from '../../src/git/refs.ts'
import { type Repository, openRepository } from '../../src/git/repository.ts'
import { type MovePlan, moveTarget, recoverMove } from '../../src/git/target.ts'
import { type Scratch, scratch } from '../kit/repository.ts'

interface Torn {
  repo: Repository
  before: string
  after: string
  plan: MovePlan
}

const FILES = { 'a.txt': 'a\n', 'm.stop': 'm\n', 'z.txt': 'z\n', 'gone/gone.txt': 'gone\n', 'mine.txt': 'mine\n' }
/** Every lock here is younger than the journal would be. */
const NOW = { since: 0, ownerMsMax: 30_000 }
const LONG = 'a long line of the new content\n'.repeat(200)

/** A landing whose checkout runs the filter `stop` on one file in its middle. */
async function landing(at: Scratch, stop: string): Promise<Torn> {
  const before = await at.git(['rev-parse', 'HEAD'])
  await at.git(['checkout', '-q', '--detach'])
  for (const path of ['a.txt', 'b/new.txt', 'm.stop', 'z.txt', 'zz/new.txt']) await at.write(path, LONG)
  await at.git(['rm', '-q', '-r', 'gone'])
  const after = await at.commit('landing')
  await at.git(['checkout', '-q', 'main'])
  await at.write('.git/info/attributes', '*.stop filter=stop\n')
  await writeFile(join(at.dir, 'stop'), `#!/bin/sh\n${stop}\n`)
  await chmod(join(at.dir, 'stop'), 0o755)
  await at.git(['config', 'filter.stop.smudge', join(at.dir, 'stop')])
  const repo = await openRepository(at.root)
  const plan = { before, after, path: at.root, gitDir: join(at.root, '.git'), absent: [] }
  return { repo, before, after, plan }
}

/** Kills the git that runs the filter, in the middle of its checkout. */
const KILL = 'kill -9 $PPID'

async function tear(at: Scratch): Promise<Torn> {
  const torn = await landing(at, KILL)
  const { repo, before, after } = torn
  const moved = await moveTarget(repo, 'main', before, after, async (plan) => void Object.assign(torn.plan, plan))
  expect(moved.kind).toBe('pending')
  await at.git(['config', '--unset', 'filter.stop.smudge'])
  expect(at.has('.git/index.lock')).toBe(true)
  expect(await at.read('a.txt')).toBe(LONG)
  expect(await at.read('z.txt')).toBe('z\n')
  return torn
}

async function expectComplete(at: Scratch, { repo, after }: Torn): Promise<void> {
  expect(await readRef(repo, 'refs/heads/main')).toBe(after)
  expect(await at.git(['status', '--porcelain'])).toBe('')
  expect(at.has('gone')).toBe(false)
  expect(await at.read('zz/new.txt')).toBe(LONG)
  expect(at.has('.git/index.lock')).toBe(false)
}

describe('a fast-forward that was killed in the middle', () => {
  it('is completed, and once is enough', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await tear(at)
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toEqual({ kind: 'completed', paths: 6 })
    await expectComplete(at, torn)
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toEqual({ kind: 'nothing' })
  })

  it('with a file that is half written, and one that is not there', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await tear(at)
    await at.write('z.txt', LONG.slice(0, 1000))
    await at.write('zz/new.txt', '')
    await rm(join(at.root, 'm.stop'), { force: true })
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toMatchObject({ kind: 'completed' })
    await expectComplete(at, torn)
  })

  it('keeps unrelated edits, staged ones too', async () => {
    await using at = await scratch({ files: FILES })
    await at.write('mine.txt', 'edited\n')
    await at.write('staged.txt', 'staged\n')
    await at.git(['add', 'staged.txt'])
    const torn = await landingKeeping(at)
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toMatchObject({ kind: 'completed' })
    expect(await at.git(['status', '--porcelain'])).toBe(' M mine.txt\nA  staged.txt')
    expect(await readRef(torn.repo, 'refs/heads/main')).toBe(torn.after)
  })

  it('asks when a file has become something else, and removes nothing but its lock', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await tear(at)
    await at.write('z.txt', 'what somebody wrote meanwhile\n')
    await at.write('zz/new.txt', `${LONG}and more\n`)
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toMatchObject({
      kind: 'ask',
      paths: ['z.txt', 'zz/new.txt'],
    })
    expect(at.has('.git/index.lock')).toBe(false)
    expect(await at.read('z.txt')).toBe('what somebody wrote meanwhile\n')
    expect(at.has('gone/gone.txt')).toBe(false)
    expect(await readRef(torn.repo, 'refs/heads/main')).toBe(torn.before)
  })

  it('after the index was replaced, with the branch not yet moved', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await landing(at, 'cat')
    await at.git(['read-tree', '-m', '-u', torn.before, torn.after])
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toMatchObject({ kind: 'completed' })
    await expectComplete(at, torn)
  })

  it('leaves it alone when it had not begun, or the branch went elsewhere', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await landing(at, 'cat')
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toEqual({ kind: 'nothing' })
    const human = await at.commit('by hand')
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toEqual({ kind: 'nothing' })
    expect(await readRef(torn.repo, 'refs/heads/main')).toBe(human)
  })

  it('keeps a sparse checkout sparse', async () => {
    await using at = await scratch({ files: { ...FILES, 'far/away.txt': 'x\n' } })
    const torn = await landing(at, 'cat')
    await at.git(['checkout', '-q', '--detach'])
    await at.write('far/away.txt', 'y\n')
    const after = await at.commit('far')
    await at.git(['checkout', '-q', 'main'])
    await at.git(['sparse-checkout', 'set', '--no-cone', '/*', '!far/'])
    const plan = { ...torn.plan, after, absent: ['far/away.txt'] }
    await at.write('.git/index.lock', '')
    expect(await recoverMove(torn.repo, 'main', plan, NOW)).toMatchObject({ kind: 'completed' })
    expect(at.has('far/away.txt')).toBe(false)
    expect(await at.git(['status', '--porcelain'])).toBe('')
    expect(await readRef(torn.repo, 'refs/heads/main')).toBe(after)
  })
})

/** As `tear`, in a checkout that is not clean. */
async function landingKeeping(at: Scratch): Promise<Torn> {
  await at.git(['stash', '-q', '-u'])
  const torn = await landing(at, KILL)
  await at.git(['config', 'filter.stop.required', 'false'])
  await at.git(['stash', 'pop', '-q', '--index'])
  const moved = await moveTarget(torn.repo, 'main', torn.before, torn.after, async () => {})
  expect(moved.kind).toBe('pending')
  await at.git(['config', '--unset', 'filter.stop.smudge'])
  return torn
}

describe('locks that a killed fast-forward may have left', () => {
  const OURS: readonly [string, (torn: Torn) => string][] = [
    ['index.lock', () => ''],
    ['index.lock', () => 'DIRC, and no end'],
    ['HEAD.lock', () => ''],
    ['ORIG_HEAD.lock', ({ before }) => `${before}\n`],
    ['refs/heads/main.lock', ({ after }) => `${after}\n`],
    ['refs/heads/main.lock', ({ after }) => after.slice(0, 7)],
  ]

  it.each(OURS)('%s goes, and the move is completed', async (name, text) => {
    await using at = await scratch({ files: FILES })
    const torn = await landing(at, 'cat')
    await at.git(['read-tree', '-m', '-u', torn.before, torn.after])
    await at.write(`.git/${name}`, text(torn))
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toMatchObject({ kind: 'completed' })
    await expectComplete(at, torn)
    expect(at.has(`.git/${name}`)).toBe(false)
  })

  it('an index that was written whole, and not put in its place', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await tear(at)
    await at.git(['read-tree', `--index-output=${join(at.root, '.git/index.lock')}`, torn.after], at.root, {
      GIT_INDEX_FILE: join(at.dir, 'index'),
    })
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toMatchObject({ kind: 'completed' })
    await expectComplete(at, torn)
  })

  it('those of somebody else stay, however young: an index without the move, another commit, an older lock', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await landing(at, 'cat')
    await at.write('a.txt', LONG)
    const foreign: readonly [string, () => Promise<unknown>, number][] = [
      // As `git commit -a` holds it while its editor is open.
      ['index.lock', () => copyFile(join(at.root, '.git/index'), join(at.root, '.git/index.lock')), 0],
      ['refs/heads/main.lock', () => at.write('.git/refs/heads/main.lock', `${torn.before}\n`), 0],
      ['index.lock', () => at.write('.git/index.lock', ''), Date.now() + 60_000],
    ]
    for (const [name, lock, since] of foreign) {
      await lock()
      const path = join(at.root, '.git', name)
      expect(await recoverMove(torn.repo, 'main', torn.plan, { ...NOW, since })).toEqual({ kind: 'locked', lock: path })
      expect(at.has(path)).toBe(true)
      expect(await readRef(torn.repo, 'refs/heads/main')).toBe(torn.before)
      await rm(path)
    }
    expect(await recoverMove(torn.repo, 'main', torn.plan, NOW)).toMatchObject({ kind: 'completed' })
  })

  it('one that a living process has open is held, whatever is in it', async () => {
    await using at = await scratch({ files: FILES })
    const torn = await landing(at, 'cat')
    await at.write('a.txt', LONG)
    const path = join(at.root, '.git/index.lock')
    await using holder = await open(path, 'wx')
    const asked = { since: 0, ownerMsMax: 0 }
    expect(await recoverMove(torn.repo, 'main', torn.plan, asked)).toEqual({ kind: 'locked', lock: path })
    await holder.close()
    expect(await recoverMove(torn.repo, 'main', torn.plan, asked)).toMatchObject({ kind: 'completed' })
  })
})

describe('a fast-forward that goes on', () => {
  it('survives the kill of us and our whole group, and is waited for', async () => {
    await using at = await scratch({ files: FILES })
    const pipe = join(at.dir, 'go')
    execFileSync('mkfifo', [pipe])
    const torn = await landing(at, `touch ${at.dir}/begun; cat ${pipe} >/dev/null; cat`)
    const script = join(at.dir, 'move.ts')
    const source = join(import.meta.dirname, '../../src/git')
    await writeFile(
      script,
      `import { openRepository } from ${JSON.stringify(join(source, 'repository.ts'))}
      import { moveTarget } from ${JSON.stringify(join(source, 'target.ts'))}
      const repo = await openRepository(${JSON.stringify(at.root)})
      await moveTarget(repo, 'main', '${torn.before}', '${torn.after}', async () => {})`,
    )
    const begun = appears(at.dir, 'begun')
    const mover: ChildProcess = spawn(process.execPath, [script], { detached: true, stdio: 'ignore', env: at.env })
    const end = once(mover, 'exit')
    await begun
    process.kill(-mover.pid!, 'SIGKILL')
    await end
    const recovered = recoverMove(torn.repo, 'main', torn.plan, NOW)
    await writeFile(pipe, 'go\n')
    expect(await recovered).toEqual({ kind: 'nothing' })
    await expectComplete(at, torn)
  })
})

async function appears(folder: string, name: string): Promise<void> {
  const stop = AbortSignal.timeout(30_000)
  for await (const event of watch(folder, { signal: stop })) if (event.filename === name) return
}
