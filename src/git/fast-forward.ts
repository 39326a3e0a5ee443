/**
 * The fast-forward of a checkout that the user has open. Only when it can lose nothing: what it changes is neither
 * edited nor deleted nor in the way. Git does the move itself, in a process that outlives us; a plan of it is journaled
 * before, for the case that even that one is killed.
 */
import { ownProcess } from '../process/boundary.ts'
import type { Checkout } from './checkout.ts'
import { GitError, git, records, start } from './git.ts'
import { type Change, GITLINK, formatOf, objectsOnDisk, treeChanges } from './tree-changes.ts'

/** Why a branch cannot be moved now, and the paths that are in the way. */
export interface Block {
  reason: string
  paths: string[]
}

/** What a move is going to do, enough to finish it. Plain data, for the journal. */
export interface MovePlan {
  before: string
  after: string
  /** Of the checkout, and of its git directory. */
  path: string
  gitDir: string
  /** Paths that are tracked, changed by the move, and were not on disk before (a sparse checkout). */
  absent: string[]
}

/** In the reflogs of the target. */
export const REFLOG_MESSAGE = 'sluice: landing'

/** 57,000 files on a slow disk take a quarter of this. */
const TIMEOUT_MS = 10 * 60_000

/** What in a checkout a fast-forward would run into. */
export async function obstacles(
  checkout: Checkout,
  before: string,
  changes: readonly Change[],
): Promise<{ block: Block | null; absent: string[] }> {
  const dirty = await dirtyPaths(checkout, changes)
  const edited = changes.filter(({ path }) => dirty.has(path)).map(({ path }) => path)
  if (edited.length > 0) {
    return { block: { reason: 'files that it changes are edited in the checkout', paths: edited }, absent: [] }
  }
  const files = changes.filter((change) => !isGitlink(change))
  const disk = await objectsOnDisk(
    checkout,
    files.map(({ path }) => path),
    formatOf(before),
  )
  const inTheWay: string[] = []
  const absent: string[] = []
  for (const { path, before: old } of files) {
    const found = disk.get(path) ?? null
    if (old === null) {
      // A folder of the same name may be one that the move empties; git itself decides about those.
      if (found !== null && found !== 'folder') inTheWay.push(path)
    } else if (found === null) absent.push(path)
    else if (found !== old.object) inTheWay.push(path)
  }
  const block = inTheWay.length === 0 ? null : { reason: 'it would overwrite files of yours', paths: inTheWay }
  return { block, absent }
}

/** More paths than this are not named: git then looks at all of the checkout, which costs less than a long command line. */
const PATHS_NAMED_MAX = 500

/** Those of the changed paths that have staged or unstaged changes, or are unmerged. */
async function dirtyPaths({ path, gitDir }: Checkout, changes: readonly Change[]): Promise<Set<string>> {
  const flags = ['--porcelain=v2', '-z', '--untracked-files=no', '--ignore-submodules=all', '--no-renames']
  const named = changes.length <= PATHS_NAMED_MAX ? changes.map((change) => change.path) : []
  const env = { GIT_LITERAL_PATHSPECS: '1' }
  const { stdout } = await git(['status', ...flags, '--', ...named], { gitDir, workTree: path, config: 'user', env })
  const fieldsBefore: Record<string, number> = { '1': 8, u: 10 }
  return new Set(
    records(stdout).flatMap((record) => {
      const count = fieldsBefore[record[0]!]
      return count === undefined ? [] : [record.split(' ').slice(count).join(' ')]
    }),
  )
}

function isGitlink({ before, after }: Change): boolean {
  return before?.mode === GITLINK || after?.mode === GITLINK
}

/**
 * Runs the fast-forward and waits for its end: null, or what git ran into. The process has no pipe to us, so that our
 * end does not starve it. At the time limit it goes on by itself, for
 * `recoverMove` to wait for.
 */
export async function fastForward(move: MovePlan): Promise<Block | null> {
  const flags = ['--ff-only', '--no-autostash', '--no-overwrite-ignore', '--no-verify-signatures', '--no-stat', '-q']
  const args = ['merge', ...flags, move.after]
  const env = { GIT_REFLOG_ACTION: REFLOG_MESSAGE }
  const where = { gitDir: move.gitDir, workTree: move.path, config: 'user', env } as const
  const run = (): Promise<number | null> => {
    const child = start(args, where, ['ignore', 'ignore', 'ignore'])
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new GitError(args, null, 'it still goes on')), TIMEOUT_MS)
      child.once('error', reject)
      child.once('exit', (code) => {
        clearTimeout(timer)
        resolve(code)
      })
    })
  }
  const exit = await ownProcess('git merge', run)
  if (exit === 0) return null
  if (exit === null) return { reason: 'the git that moves it was killed', paths: [] }
  const checkout: Checkout = { path: move.path, gitDir: move.gitDir, kind: 'attached' }
  const changes = await treeChanges(move.gitDir, move.before, move.after)
  const { block } = await obstacles(checkout, move.before, changes)
  return block ?? { reason: 'git refused the fast-forward', paths: [] }
}
