/**
 * The locks that a fast-forward of ours leaves when it is killed. Git cannot tell them from those of a command that is at
 * work, and with `index.lock` there its owner can neither commit nor stash; so ours have to go, and nobody else's may.
 *
 * A lock is ours when everything speaks for it: the move is journaled and the git that made it is dead, no process has it
 * open, it is younger than the journal, it belongs to our user, and what is in it is what that git writes there. (A
 * `git commit` that waits for its editor has no file open, but in its lock is an index without the move.) Without /proc
 * nobody tells which files are open: then the rest has to speak for it.
 */
import { existsSync } from 'node:fs'
import { lstat, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { effect } from '../process/boundary.ts'
import { processTable, VIEW } from '../process/table.ts'
import type { MovePlan } from './fast-forward.ts'
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'
import type { Change } from './tree-changes.ts'

const LOOK_MS = 50

export interface MoveLocks {
  index: string
  /** Held for a moment when the files are there and the branch follows. By lock, what stands in it when it is ours. */
  refs: ReadonlyMap<string, string>
}

/** What a fast-forward of a branch (short name) locks, in the order in which it does. */
export function locksOf(
  repo: Pick<Repository, 'gitDir'>,
  branch: string,
  { gitDir, before, after }: MovePlan,
): MoveLocks {
  const refs = new Map([
    [join(gitDir, 'ORIG_HEAD.lock'), before],
    [join(gitDir, 'HEAD.lock'), after],
    [join(repo.gitDir, 'refs/heads', `${branch}.lock`), after],
  ])
  return { index: join(gitDir, 'index.lock'), refs }
}

/**
 * Waits until neither the fast-forward of this plan nor anybody who holds one of its locks is at work. Gives the lock that
 * is still held after `msMax`, else null.
 */
export async function waitForOwners(plan: MovePlan, locks: MoveLocks, msMax: number): Promise<string | null> {
  const end = performance.now() + msMax
  for (;;) {
    const held = await heldLock(plan, locks)
    if (held === null || performance.now() >= end) return held
    await delay(LOOK_MS)
  }
}

/** Our fast-forward is known by its arguments, anybody else by the lock file that he has open. */
async function heldLock(plan: MovePlan, { index, refs }: MoveLocks): Promise<string | null> {
  const locks = new Set([index, ...refs.keys()].filter((path) => existsSync(path)))
  for (const row of processTable()) {
    const { pid } = row
    const argv = VIEW.commandLine(row).split('\0')
    if (argv.includes('--ff-only') && argv.includes(plan.after)) return index
    if (locks.size === 0) continue
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const path = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
      if (locks.has(path)) return path
    }
  }
  return null
}

/** Removes those that are ours. `since`: when the move was journaled, in milliseconds of the epoch. Nobody may be at work. */
export async function removeOwnLocks(
  plan: MovePlan,
  changes: readonly Change[],
  { index, refs }: MoveLocks,
  since: number,
): Promise<{ hadIndex: boolean; foreign: string | null }> {
  const isOurs = async (lock: string): Promise<boolean> => {
    const found = await lstat(lock)
    if (!found.isFile() || found.mtimeMs < since || found.uid !== (process.getuid?.() ?? found.uid)) return false
    if (found.size === 0) return true
    if (lock === index) return await isOfMove(plan, changes, lock)
    return `${refs.get(lock)}\n`.startsWith(await readFile(lock, 'utf8'))
  }
  let [hadIndex, foreign]: [boolean, string | null] = [false, null]
  for (const lock of [index, ...refs.keys()].filter((path) => existsSync(path))) {
    if (await isOurs(lock)) {
      await effect(`remove ${basename(lock)}`, () => rm(lock, { force: true }))
      hadIndex ||= lock === index
    } else foreign ??= lock
  }
  return { hadIndex, foreign }
}

/** An index in which every path of the move is as after it, or one whose writer came to no end. */
async function isOfMove(plan: MovePlan, changes: readonly Change[], lock: string): Promise<boolean> {
  const paths = new Set(changes.map(({ path }) => path))
  const args = ['diff-index', '--cached', '-z', '--name-only', '--no-renames', plan.after]
  const where = { gitDir: plan.gitDir, workTree: plan.path, indexFile: lock, exits: [0, 128] }
  const { exit, stdout } = await git(args, where)
  return exit === 128 || !records(stdout).some((path) => paths.has(path))
}
