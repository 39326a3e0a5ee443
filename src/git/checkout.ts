/**
 * Where a branch is checked out in the user's repository, and what is going on there. A branch that is moved under a
 * checkout makes the user's next commit a silent revert; a rebase in progress lists as detached and still owns one.
 */
import { existsSync } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'

export interface Checkout {
  path: string
  gitDir: string
  /** Attached to the branch, in the middle of an operation that will come back to it, or hidden: git takes the repository for a bare one. */
  kind: 'attached' | 'rebase' | 'bisect' | 'hidden'
}

/** Marks of a change that was begun and not committed, in a worktree's git directory, and what to call it. */
const UNFINISHED: readonly (readonly [string, string])[] = [
  ['rebase-merge', 'a rebase'],
  ['rebase-apply', 'a rebase'],
  ['MERGE_HEAD', 'a merge'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick'],
  ['REVERT_HEAD', 'a revert'],
  ['sequencer', 'a sequence of picks'],
]
/** In words: somebody holds the index of a checkout, or left it locked. */
export const INDEX_LOCKED = 'another git command (index.lock)'

/** What else stands against a change of the checkout from outside. */
const BUSY: readonly (readonly [string, string])[] = [
  ['BISECT_START', 'a bisect'],
  ['index.lock', INDEX_LOCKED],
]

/** `stateRoot`: when it is around `gitDir`, there was a checkout when the repository was opened. */
type Place = Pick<Repository, 'gitDir'> & Partial<Pick<Repository, 'stateRoot'>>

/**
 * Every checkout of a branch (short name), linked worktrees included; those whose folder is gone do not count. That there
 * is none is seen from a few files, without a process.
 */
export async function checkoutsOf(repo: Place, branch: string): Promise<Checkout[]> {
  if (!(await mayBeCheckedOut(repo, branch))) return []
  const only = await onlyCheckout(repo, branch)
  if (only !== null) return [only]
  const { stdout } = await git(['worktree', 'list', '--porcelain', '-z'], { gitDir: repo.gitDir })
  const found: Checkout[] = []
  for (const entry of stdout.split('\0\0').filter((text) => text !== '')) {
    const lines = records(entry)
    const path = lines[0]!.slice('worktree '.length)
    if (lines.includes('bare')) {
      // Somebody has set core.bare under us. Git would move the branch, and the next commit there take back what has landed.
      if (repo.stateRoot === dirname(repo.gitDir) && (await mayHold(repo.gitDir, repo.gitDir, branch)))
        found.push({ path, gitDir: repo.gitDir, kind: 'hidden' })
      continue
    }
    if (lines.some((line) => line === 'prunable' || line.startsWith('prunable '))) continue
    const gitDir = await gitDirOf(path, repo.gitDir)
    if (lines.includes(`branch refs/heads/${branch}`)) found.push({ path, gitDir, kind: 'attached' })
    else if (lines.includes('detached')) {
      const owner = await ownerOf(gitDir)
      if (owner !== null && owner.branch === branch) found.push({ path, gitDir, kind: owner.kind })
    }
  }
  return found
}

/**
 * The usual case, told by three files: one worktree, around its git directory, whose plain HEAD is the branch. null: git
 * has to tell.
 */
async function onlyCheckout({ gitDir }: Pick<Repository, 'gitDir'>, branch: string): Promise<Checkout | null> {
  if (basename(gitDir) !== '.git') return null
  const file = join(gitDir, 'HEAD')
  const [linked, head, stat, config] = await Promise.all([
    readdir(join(gitDir, 'worktrees')).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : null)),
    readFile(file, 'utf8').catch(() => null),
    lstat(file).catch(() => null),
    readFile(join(gitDir, 'config'), 'utf8').catch(() => null),
  ])
  if (linked?.length !== 0 || head !== `ref: refs/heads/${branch}\n` || stat?.isFile() !== true) return null
  // Somebody's configuration may say that there is no checkout, or pull in files that do.
  const saysMore = config === null || /include|bare(?!\s*=\s*false\s*$)/im.test(config)
  return saysMore ? null : { path: dirname(gitDir), gitDir, kind: 'attached' }
}

/** Of a repository that git takes for a bare one: it has an index as only a checkout has, so somebody has set core.bare. */
export function hidesCheckout(gitDir: string): boolean {
  return basename(gitDir) === '.git' && existsSync(join(gitDir, 'index'))
}

/** False: no checkout has the branch (short name) or will have it again. Asked of a few files, without a process. */
export async function mayBeCheckedOut(repo: Pick<Repository, 'gitDir'>, branch: string): Promise<boolean> {
  const linked = join(repo.gitDir, 'worktrees')
  const names = await readdir(linked).catch(() => [])
  const gitDirs = [repo.gitDir, ...names.map((name) => join(linked, name))]
  const answers = await Promise.all(gitDirs.map((gitDir) => mayHold(gitDir, repo.gitDir, branch)))
  return answers.includes(true)
}

/** The folder in which a branch (short name) is checked out, or null. */
export async function checkedOutAt(repo: Place, branch: string): Promise<string | null> {
  return (await checkoutsOf(repo, branch))[0]?.path ?? null
}

/**
 * Whether a worktree may be on the branch, or will be again after a rebase or a bisect. Only what a plain HEAD says is
 * believed; of any other one git has to tell.
 */
async function mayHold(gitDir: string, commonDir: string, branch: string): Promise<boolean> {
  const file = join(gitDir, 'HEAD')
  const [text, stat] = await Promise.all([readFile(file, 'utf8').catch(() => null), lstat(file).catch(() => null)])
  // Old git made HEAD a symbolic link: what is read is then the commit of the branch.
  if (text === null || stat === null || stat.isSymbolicLink()) return true
  if (!text.startsWith('ref:')) return (await ownerOf(gitDir))?.branch === branch
  const name = /^ref: refs\/heads\/(.*)\n$/.exec(text)?.[1]
  // A repository that keeps its refs in tables has a HEAD that only says so.
  if (name === undefined || name === branch || name === '.invalid') return true
  // The branch that it is on may be another name for this one.
  const ref = await readFile(join(commonDir, 'refs', 'heads', name), 'utf8').catch(() => '')
  return ref.startsWith('ref:')
}

/** A merge, rebase, pick or revert that was begun and not finished, in words, or null. */
export async function unfinishedIn(gitDir: string): Promise<string | null> {
  return firstMark(gitDir, UNFINISHED)
}

/** What is in progress in a checkout, in words, or null. */
export async function operationIn(gitDir: string): Promise<string | null> {
  return firstMark(gitDir, [...UNFINISHED, ...BUSY])
}

async function firstMark(gitDir: string, marks: typeof BUSY): Promise<string | null> {
  for (const [name, words] of marks) {
    if ((await lstat(join(gitDir, name)).catch(() => null)) !== null) return words
  }
  return null
}

async function gitDirOf(path: string, commonDir: string): Promise<string> {
  const link = join(path, '.git')
  const found = await lstat(link).catch(() => null)
  if (found?.isDirectory()) return link
  const text = found === null ? '' : await readFile(link, 'utf8').catch(() => '')
  const target = /^gitdir: ([^]*?)\n*$/.exec(text)?.[1]
  return target === undefined ? commonDir : resolve(path, target)
}

async function ownerOf(gitDir: string): Promise<{ branch: string; kind: 'rebase' | 'bisect' } | null> {
  for (const [file, kind] of [
    ['rebase-merge/head-name', 'rebase'],
    ['rebase-apply/head-name', 'rebase'],
    ['BISECT_START', 'bisect'],
  ] as const) {
    const text = await readFile(join(gitDir, file), 'utf8').catch(() => null)
    if (text !== null) return { branch: text.trim().replace(/^refs\/heads\//, ''), kind }
  }
  return null
}
