/**
 * Finishing a fast-forward that was killed in the middle: `index.lock` and some of the new files are there, the branch
 * still stands at the old commit. Per path the disk says what it is: the old content, the new one, nothing yet, or a
 * beginning of the new one. All of that is completed; anything else is somebody's work, and a human is asked.
 */
import { existsSync } from 'node:fs'
import { rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkoutsOf } from './checkout.ts'
import { effect } from '../process/boundary.ts'
import { type MovePlan, REFLOG_MESSAGE } from './fast-forward.ts'
import { git } from './git.ts'
import { locksOf, removeOwnLocks, waitForOwners } from './move-locks.ts'
import { readRef } from './refs.ts'
import type { Repository } from './repository.ts'
import { type Change, GITLINK, formatOf, isBeginning, objectsOnDisk, treeChanges } from './tree-changes.ts'

export type Recovered =
  /** It had not begun, or was complete, or the branch has moved elsewhere since: nothing to do for the files. */
  | { kind: 'nothing' }
  /** It was in the middle and is complete now; the number of paths that the move changes. */
  | { kind: 'completed'; paths: number }
  /** It is in the middle, and somebody else's lock, which is never removed, stands against completing it. */
  | { kind: 'locked'; lock: string }
  | { kind: 'ask'; reason: string; paths: string[] }

export interface MoveRecovery {
  /** When the move was journaled, in milliseconds of the epoch: a lock that is older is not ours. */
  since: number
  /** How long whoever is at work in the checkout, such as a git that survived us, may take to finish. */
  ownerMsMax: number
}

/**
 * Completes the move of a journaled plan, or says what stands against it; the locks that it left are removed in any case.
 * May itself be killed and repeated.
 */
export async function recoverMove(
  repo: Repository,
  branch: string,
  plan: MovePlan,
  { since, ownerMsMax }: MoveRecovery,
): Promise<Recovered> {
  const locks = locksOf(repo, branch, plan)
  const held = await waitForOwners(plan, locks, ownerMsMax)
  const changes = await treeChanges(repo.gitDir, plan.before, plan.after)
  const { hadIndex, foreign } =
    held === null ? await removeOwnLocks(plan, changes, locks, since) : { hadIndex: false, foreign: held }
  if ((await readRef(repo, `refs/heads/${branch}`)) !== plan.before) return { kind: 'nothing' }
  if (held !== null) return { kind: 'locked', lock: held }
  const attached = (await checkoutsOf(repo, branch)).some(
    (checkout) => checkout.kind === 'attached' && checkout.gitDir === plan.gitDir,
  )
  const { kind, paths } = await survey(plan, changes)
  if (kind === 'old' && !hadIndex && !(await indexHasMoved(plan, changes))) return { kind: 'nothing' }
  if (foreign !== null) return { kind: 'locked', lock: foreign }
  if (!attached) return { kind: 'ask', reason: `${plan.path} is no longer on ${branch}`, paths: [] }
  if (kind === 'foreign') return { kind: 'ask', reason: 'files have been changed since', paths }
  await complete(plan, changes)
  return { kind: 'completed', paths: changes.length }
}

/** `old`: as before the move. `part`: between the two. `foreign`: some paths are neither. */
async function survey(
  plan: MovePlan,
  changes: readonly Change[],
): Promise<{ kind: 'old' | 'part' | 'foreign'; paths: string[] }> {
  const files = changes.filter((change) => change.before?.mode !== GITLINK && change.after?.mode !== GITLINK)
  const disk = await objectsOnDisk(
    plan,
    files.map(({ path }) => path),
    formatOf(plan.before),
  )
  const foreign: string[] = []
  let untouched = true
  for (const change of files) {
    const { path, before, after } = change
    const found = disk.get(path) ?? null
    const wasAbsent = before === null || plan.absent.includes(path)
    // Where a file becomes a folder or the other way round, the folder's own files are surveyed by their own paths.
    if (wasAbsent ? found === null || found === 'folder' : found === before.object) continue
    untouched = false
    if (found === null || found === 'folder' || found === (after?.object ?? null)) continue
    if (!(await isBeginning(plan, plan.after, change))) foreign.push(path)
  }
  if (foreign.length > 0) return { kind: 'foreign', paths: foreign }
  return { kind: untouched ? 'old' : 'part', paths: [] }
}

/** The index is replaced before the branch: then it is already the new one. */
async function indexHasMoved(plan: MovePlan, changes: readonly Change[]): Promise<boolean> {
  const where = { gitDir: plan.gitDir, workTree: plan.path }
  const paths = new Set(changes.map(({ path }) => path))
  const args = ['diff-index', '--cached', '-z', '--name-only', '--no-renames', plan.before]
  const { stdout } = await git(args, where)
  return stdout.split('\0').some((path) => paths.has(path))
}

async function complete(plan: MovePlan, changes: readonly Change[]): Promise<void> {
  const where = { gitDir: plan.gitDir, workTree: plan.path, config: 'user' } as const
  for (const { path, before, after } of changes) {
    if (after === null && before?.mode !== GITLINK) await effect('remove a file', () => removeFile(plan.path, path))
  }
  const zeros = '0'.repeat(plan.after.length)
  const entries = changes.map(({ path, after }) =>
    after === null ? `0 ${zeros}\t${path}\0` : `${after.mode} ${after.object}\t${path}\0`,
  )
  // Removals first: an entry cannot be put where a file stands in the way of its folder.
  const input = [...entries.filter((entry) => entry.startsWith('0 ')), ...entries.filter((e) => !e.startsWith('0 '))]
  await git(['update-index', '-z', '--index-info'], { ...where, input: input.join('') })
  const isSparse = (path: string): boolean => plan.absent.includes(path) && !existsSync(join(plan.path, path))
  const written = changes.filter(({ path, after }) => after !== null && after.mode !== GITLINK && !isSparse(path))
  const list = written.map(({ path }) => `${path}\0`).join('')
  if (list !== '') await git(['checkout-index', '-q', '-f', '-u', '-z', '--stdin'], { ...where, input: list })
  const sparse = changes.filter(({ path, after }) => after !== null && isSparse(path)).map(({ path }) => `${path}\0`)
  if (sparse.length > 0) {
    await git(['update-index', '--skip-worktree', '-z', '--stdin'], { ...where, input: sparse.join('') })
  }
  // Through HEAD, so that the reflog of the checkout tells of it as well.
  await git(['update-ref', '-m', REFLOG_MESSAGE, 'HEAD', plan.after, plan.before], where)
}

async function removeFile(root: string, path: string): Promise<void> {
  const gone = await unlink(join(root, path)).then(
    () => true,
    () => false,
  )
  if (!gone) return
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const emptied = await rmdir(join(root, folder)).then(
      () => true,
      () => false,
    )
    if (!emptied) return
  }
}
