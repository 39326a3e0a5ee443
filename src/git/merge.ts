/**
 * Merging without a worktree: nothing is checked out, so a kill leaves nothing behind but unreachable objects, and the
 * user's checkout cannot be touched by a merge that fails.
 */
import { join } from 'node:path'
import { type ConflictFile, readConflict } from './conflict.ts'
import { editTree } from './edit-tree.ts'
import { git, records } from './git.ts'
import { isOwnObjectFolder, writeLooseObject } from './loose-object.ts'
import type { ObjectFormat, Repository } from './repository.ts'
import { settledSubmodules } from './submodule.ts'

type Place = Pick<Repository, 'gitDir'>

export interface Person {
  name: string
  email: string
}

export interface ConflictMerge {
  kind: 'conflict'
  /** With markers where both sides have changed the same lines. */
  tree: string
  files: ConflictFile[]
}

export type Merge = { kind: 'clean'; tree: string } | ConflictMerge

/**
 * Merges `work` into `onto` in memory. The tree of a conflict holds markers and lets a report show them. Throws
 * GitError when the two have no common history.
 */
export async function mergeInMemory(repo: Place, onto: string, work: string): Promise<Merge> {
  const args = ['merge-tree', '--write-tree', '-z', '--messages', onto, work]
  const { exit, stdout } = await git(args, { gitDir: repo.gitDir, exits: [0, 1] })
  const end = stdout.indexOf('\0')
  const tree = stdout.slice(0, end).trim()
  if (exit === 0) return { kind: 'clean', tree }
  const { files } = readConflict(records(stdout.slice(end + 1)), 0, [onto, work])
  const edits = await settledSubmodules(repo, onto, files)
  if (edits.length === 0) return { kind: 'conflict', tree, files }
  const settled = new Set(edits.map(({ path }) => path))
  const left = files.filter(({ path }) => !settled.has(path))
  const whole = await editTree(repo, tree, edits)
  return left.length === 0 ? { kind: 'clean', tree: whole } : { kind: 'conflict', tree: whole, files: left }
}

export interface NewCommit {
  tree: string
  parents: readonly string[]
  message: string
  author: Person
  committer: Person
  /** Of both dates, in seconds since 1970: from the journaled intent, so that a replay gives the same commit. */
  dateSeconds: number
  /** With the committer's own key and configuration. It fails rather than ask anybody. */
  sign?: boolean
  /** Another folder for the object than the repository's. */
  objects?: string
}

/** A key that has to be unlocked by hand waits for nobody here. */
const SIGNING_MS_MAX = 30_000
/** Where the key or its agent is found. Not GPG_TTY: a question on the terminal would stop the run. */
const SIGNING_ENV = ['GNUPGHOME', 'SSH_AUTH_SOCK', 'XDG_RUNTIME_DIR']

/** Writes a commit. The same input gives the same id, on every machine, unless it is signed. */
export async function commitTree(repo: Place, commit: NewCommit): Promise<string> {
  // Without the sign git reads a small number as a day of some year.
  const date = `@${Math.floor(commit.dateSeconds)} +0000`
  const env = {
    GIT_AUTHOR_NAME: commit.author.name,
    GIT_AUTHOR_EMAIL: commit.author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: commit.committer.name,
    GIT_COMMITTER_EMAIL: commit.committer.email,
    GIT_COMMITTER_DATE: date,
  }
  const { sign = false, objects = join(repo.gitDir, 'objects') } = commit
  const isPlain = isPlainName(commit.author) && isPlainName(commit.committer) && !commit.message.includes('\0')
  if (!sign && isPlain && (await isOwnObjectFolder(objects))) {
    return await writeLooseObject(objects, formatOf(commit.tree), 'commit', commitText(commit))
  }
  const args = [
    'commit-tree',
    ...(sign ? ['-S'] : []),
    ...commit.parents.flatMap((parent) => ['-p', parent]),
    '-F',
    '-',
    commit.tree,
  ]
  if (commit.objects !== undefined) Object.assign(env, { GIT_OBJECT_DIRECTORY: objects })
  if (!sign) return (await git(args, { gitDir: repo.gitDir, input: commit.message, env })).stdout.trim()
  for (const name of SIGNING_ENV) {
    const value = process.env[name]
    if (value !== undefined) Object.assign(env, { [name]: value })
  }
  const signing = { config: 'user', timeoutMs: SIGNING_MS_MAX } as const
  return (await git(args, { gitDir: repo.gitDir, input: commit.message, env, ...signing })).stdout.trim()
}

/** A name that git takes as it is: it strips some characters at both ends, and must not meet its own marks. */
function isPlainName({ name, email }: Person): boolean {
  return [name, email].every((text) => /^[\p{L}\p{N}](?:[^\p{C}<>]*[\p{L}\p{N}])?$/u.test(text))
}

function formatOf(id: string): ObjectFormat {
  return id.length === SHA256_DIGITS ? 'sha256' : 'sha1'
}

const SHA256_DIGITS = 64

function commitText({ tree, parents, message, author, committer, dateSeconds }: NewCommit): string {
  const by = ({ name, email }: Person): string => `${name} <${email}> ${Math.floor(dateSeconds)} +0000`
  const head = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`)]
  const people = [`author ${by(author)}`, `committer ${by(committer)}`]
  return [...head, ...people, '', message].join('\n')
}

/** Paths that differ between two commits or trees; a rename is two of them. */
export async function changedPaths(repo: Place, before: string, after: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', before, after]
  return records((await git(args, { gitDir: repo.gitDir })).stdout)
}
