/**
 * Merging without a worktree: nothing is checked out, so a kill leaves nothing behind but unreachable objects, and the
 * user's checkout cannot be touched by a merge that fails.
 */
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir'>

export interface Person {
  name: string
  email: string
}

/**
 * The sides of a conflict: 1 the common base, 2 the target, 3 the work; absent where that side has no such file. None at
 * all for a conflict that is about a folder.
 */
export type Stages = Partial<Record<number, { mode: string; object: string }>>

export interface ConflictFile {
  path: string
  stages: Stages
  /** git's own word, as `content`, `add/add`, `modify/delete`, `rename/rename`, `file/directory`, `binary`. */
  kind: string
  /** git's sentence about it, for a report. */
  message: string
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
  return { kind: 'conflict', tree, files: readConflict(records(stdout.slice(end + 1)), 0).files }
}

/**
 * Reads the records of one conflict, from `start` on: `<mode> <object> <stage>\t<path>`, an empty one, then messages:
 * count, paths, type, text. `end` is where they stop: at the end, or at an empty record.
 */
export function readConflict(fields: readonly string[], start: number): { files: ConflictFile[]; end: number } {
  const files = new Map<string, ConflictFile>()
  let at = start
  for (; at < fields.length && fields[at] !== ''; at++) {
    const [, mode, object, stage, path] = /^(\d+) ([0-9a-f]+) ([123])\t([^]*)$/.exec(fields[at]!)!
    const file = files.get(path!) ?? { path: path!, stages: {}, kind: '', message: '' }
    file.stages[Number(stage)] = { mode: mode!, object: object! }
    files.set(path!, file)
  }
  for (at++; at < fields.length && fields[at] !== '';) {
    const count = Number(fields[at])
    const paths = fields.slice(at + 1, at + 1 + count)
    const type = fields[at + 1 + count]!
    const text = fields[at + 2 + count]!
    at += count + 3
    const kind = /^CONFLICT ?\((.*)\)$/.exec(type)?.[1]
    if (kind === undefined) continue
    // A folder that was split by renames has no sides in the index: the message is all there is of it.
    if (!paths.some((path) => files.has(path)))
      for (const path of paths) files.set(path, { path, stages: {}, kind: '', message: '' })
    for (const path of paths) {
      const file = files.get(path)
      if (file !== undefined && file.kind === '') Object.assign(file, { kind, message: text.trim() })
    }
  }
  for (const file of files.values()) {
    if (file.kind === 'contents' || file.kind === '') file.kind = file.stages[1] === undefined ? 'add/add' : 'content'
  }
  return { files: [...files.values()], end: at }
}

export interface NewCommit {
  tree: string
  parents: readonly string[]
  message: string
  author: Person
  committer: Person
  /** Of both dates, in seconds since 1970: from the journaled intent, so that a replay gives the same commit. */
  dateSeconds: number
}

/** Writes a commit. The same input gives the same id, on every machine. */
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
  const args = ['commit-tree', ...commit.parents.flatMap((parent) => ['-p', parent]), '-F', '-', commit.tree]
  return (await git(args, { gitDir: repo.gitDir, input: commit.message, env })).stdout.trim()
}

/** Paths that differ between two commits or trees; a rename is two of them. */
export async function changedPaths(repo: Place, before: string, after: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-renames', before, after]
  return records((await git(args, { gitDir: repo.gitDir })).stdout)
}
