/**
 * The user's repository: found once, then always named by its full path. What is read here is the state that a run
 * starts from; nothing in this file changes anything but `.git/info/exclude`.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXIT, SluiceError } from '../model/failure.ts'
import { effect } from '../process/boundary.ts'
import { shellWord } from '../process/shell-word.ts'
import { hidesCheckout } from './checkout.ts'
import { git, records } from './git.ts'

export type ObjectFormat = 'sha1' | 'sha256'

export interface Repository {
  /** Top of the worktree that we were called in. */
  root: string
  /** The common directory: refs, objects, configuration. */
  gitDir: string
  /** Of the worktree that we were called in; the same as `gitDir` in the main one. */
  worktreeGitDir: string
  /** Top of the main worktree, which holds `.sluice/` for all of them; `root` when there is none. */
  stateRoot: string
  objects: string
  objectFormat: ObjectFormat
  shallow: boolean
  /** A null branch is a detached HEAD, a null commit an unborn branch. */
  head: { branch: string | null; commit: string | null }
}

/** Answers of `rev-parse` are lines, and paths may hold newlines: unknown options are echoed, so one separates them. */
const SEPARATOR = '--sluice-separator'

/** Opens the repository around `path`. Throws E105, exit 5, when there is none or it has no worktree. */
export async function openRepository(path: string): Promise<Repository> {
  if (!existsSync(path)) throw notReady(`${path} does not exist`, 'go to your repository')
  const where = { gitDir: null, cwd: path, config: 'user', exits: [0, 128] } as const
  const questions = ['--show-toplevel', '--absolute-git-dir', '--path-format=absolute --git-common-dir']
  const flags = '--show-object-format --is-shallow-repository'
  const args = [...questions, flags].flatMap((question) => [...question.split(' '), SEPARATOR])
  const found = await git(['rev-parse', ...args], where)
  if (found.exit !== 0) throw await whyNot(path, found.stderr)
  const [root, worktreeGitDir, gitDir, rest] = found.stdout.split(`\n${SEPARATOR}\n`)
  if (root === undefined || worktreeGitDir === undefined || gitDir === undefined) throw new Error(found.stdout)
  const [format, shallow] = (rest ?? '').split('\n')
  const objectFormat: ObjectFormat = format === 'sha256' ? 'sha256' : 'sha1'
  const base = { root, gitDir, worktreeGitDir, objects: join(gitDir, 'objects'), objectFormat }
  const [head, stateRoot] = await Promise.all([readHead(worktreeGitDir), mainRoot(base)])
  return { ...base, stateRoot, shallow: shallow === 'true', head }
}

/** A command that was run in the wrong folder sets it; some do on purpose, and work in linked worktrees. */
const BARE_FIX = 'git config core.bare false; or, when that is meant, run it in a worktree of it'

async function whyNot(path: string, complaint: string): Promise<SluiceError> {
  const where = { gitDir: null, cwd: path, config: 'user', exits: [0, 128] } as const
  const inside = await git(['rev-parse', '--is-bare-repository'], where)
  if (inside.exit !== 0) {
    const owned = /detected dubious ownership in repository at '(.+)'/.exec(complaint)
    if (owned !== null) {
      const message = `the repository ${owned[1]} belongs to somebody else, and git does not work in it`
      return notReady(message, `if you trust it: git config --global --add safe.directory ${shellWord(owned[1]!)}`)
    }
    if (complaint.includes('not a git repository')) {
      return notReady('no git repository here', 'go to your repository, or make one: git init, then a first commit')
    }
    // Git's own words for one that is damaged.
    return notReady(complaint.replace(/\s+/g, ' ').trim(), 'git fsck says more')
  }
  const gitDir = (await git(['rev-parse', '--absolute-git-dir'], where)).stdout.replace(/\n$/, '')
  if (inside.stdout.trim() === 'true' && hidesCheckout(gitDir))
    return notReady(`core.bare is set in ${join(gitDir, 'config')}, though there is a checkout`, BARE_FIX)
  return inside.stdout.trim() === 'true'
    ? notReady('a bare repository has no checkout to plan in', 'run it in a clone or in a worktree of it')
    : notReady('this is inside a git directory', 'go to the top of the checkout')
}

function notReady(message: string, fix: string): SluiceError {
  return new SluiceError({ code: 'E105', message, fix }, EXIT.noGo)
}

async function readHead(gitDir: string): Promise<Repository['head']> {
  const [symbolic, commit] = await Promise.all([
    git(['symbolic-ref', '-q', 'HEAD'], { gitDir, exits: [0, 1, 128] }),
    git(['rev-parse', '-q', '--verify', 'HEAD^{commit}'], { gitDir, exits: [0, 1, 128] }),
  ])
  return {
    branch: symbolic.exit === 0 ? symbolic.stdout.trimEnd().replace(/^refs\/heads\//, '') : null,
    commit: commit.exit === 0 ? commit.stdout.trim() : null,
  }
}

async function mainRoot(repo: Pick<Repository, 'root' | 'gitDir' | 'worktreeGitDir'>): Promise<string> {
  if (repo.gitDir === repo.worktreeGitDir) return repo.root
  const [main, bare] = records((await git(['worktree', 'list', '--porcelain', '-z'], { gitDir: repo.gitDir })).stdout)
  const path = main!.slice('worktree '.length)
  // Of a bare repository, or one kept elsewhere by `--separate-git-dir`, git names the git directory itself.
  return bare === 'bare' || !existsSync(join(path, '.git')) ? repo.root : path
}

/** The commit that a user's word means, or null. `HEAD` is the one of the worktree that we were called in. */
export async function resolveCommit(repo: Repository, rev: string): Promise<string | null> {
  const args = ['rev-parse', '-q', '--verify', '--end-of-options', `${rev}^{commit}`]
  const found = await git(args, { gitDir: repo.worktreeGitDir, exits: [0, 1, 128] })
  return found.exit === 0 ? found.stdout.trim() : null
}

/** Whether `ancestor` is reachable from `commit` (or is it). An unknown or unrelated commit is not. */
export async function isAncestor(repo: { gitDir: string }, ancestor: string, commit: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, commit]
  return (await git(args, { gitDir: repo.gitDir, exits: [0, 1, 128] })).exit === 0
}

/** Makes git ignore `.sluice/` without a change to a tracked file. Done once; what the file holds is kept. */
export async function excludeState(repo: Repository): Promise<void> {
  const file = join(repo.gitDir, 'info', 'exclude')
  const before = await readFile(file, 'utf8').catch(() => '')
  if (before.split(/\r?\n/).includes('.sluice/')) return
  await mkdir(dirname(file), { recursive: true })
  const aside = `${file}.sluice-new`
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  const mode = (await stat(file).catch(() => null))?.mode ?? 0o644
  await writeFile(aside, `${before}${gap}# sluice: state of runs\n.sluice/\n`, { mode })
  await effect('write exclude', () => rename(aside, file))
}
