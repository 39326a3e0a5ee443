/**
 * Finishing a fast-forward that was killed in the middle: `index.lock` and some of the new files are there, the branch
 * still stands at the old commit. Per path the disk says what it is: the old content, the new one, nothing yet, or a
 * beginning of the new one. All of that is completed; anything else is somebody's work, and a human is asked.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile, readlink, rm, rmdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { checkoutsOf } from './checkout.ts'
import { effect } from '../process/boundary.ts'
import { type MovePlan, REFLOG_MESSAGE } from './fast-forward.ts'
import { git } from './git.ts'
import { readRef } from './refs.ts'
import type { Repository } from './repository.ts'
import { type Change, GITLINK, formatOf, isBeginning, objectsOnDisk, treeChanges } from './tree-changes.ts'

export type Recovered =
  /** It had not begun, or was complete, or the branch has moved elsewhere since: nothing to do for the files. */
  | { kind: 'nothing' }
  /** It was in the middle and is complete now; the number of paths that the move changes. */
  | { kind: 'completed'; paths: number }
  | { kind: 'ask'; reason: string; paths: string[] }

/** How long a git that survived us may take to finish, and how often that is looked at. */
const SURVIVOR_MS_MAX = 60_000
const LOOK_MS = 50

/** Completes the move of a journaled plan, or says what stands against it. May itself be killed and repeated. */
export async function recoverMove(
  repo: Repository,
  branch: string,
  plan: MovePlan,
  signal?: AbortSignal,
): Promise<Recovered> {
  const lock = join(plan.gitDir, 'index.lock')
  const gone = await waitForOwner(plan, lock, signal)
  const tip = await readRef(repo, `refs/heads/${branch}`)
  if (tip === plan.after) return { kind: 'nothing' }
  if (!gone) return { kind: 'ask', reason: 'another git command is at work in the checkout', paths: [lock] }
  if (tip !== plan.before) return { kind: 'nothing' }
  const attached = (await checkoutsOf(repo, branch)).some(
    (checkout) => checkout.kind === 'attached' && checkout.gitDir === plan.gitDir,
  )
  const changes = await treeChanges(repo.gitDir, plan.before, plan.after)
  const { kind, paths } = await survey(plan, changes)
  if (kind === 'old' && !existsSync(lock) && !(await indexHasMoved(plan))) return { kind: 'nothing' }
  if (!attached) return { kind: 'ask', reason: `${plan.path} is no longer on ${branch}`, paths: [] }
  if (kind === 'foreign') return { kind: 'ask', reason: 'files have been changed since', paths }
  await complete(plan, changes, lock)
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
async function indexHasMoved(plan: MovePlan): Promise<boolean> {
  const where = { gitDir: plan.gitDir, workTree: plan.path }
  const paths = new Set((await treeChanges(plan.gitDir, plan.before, plan.after)).map(({ path }) => path))
  const args = ['diff-index', '--cached', '-z', '--name-only', '--no-renames', plan.before]
  const { stdout } = await git(args, where)
  return stdout.split('\0').some((path) => paths.has(path))
}

async function complete(plan: MovePlan, changes: readonly Change[], lock: string): Promise<void> {
  const where = { gitDir: plan.gitDir, workTree: plan.path, config: 'user' } as const
  await effect('remove index.lock', () => rm(lock, { force: true }))
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

/** Waits until neither our fast-forward nor anybody else holds the index. False when that takes too long. */
async function waitForOwner(plan: MovePlan, lock: string, signal?: AbortSignal): Promise<boolean> {
  const end = performance.now() + SURVIVOR_MS_MAX
  while (await isAtWork(plan, lock)) {
    if (performance.now() > end) return false
    await delay(LOOK_MS, undefined, { signal })
  }
  return true
}

/** Our fast-forward is known by its arguments, another git by the lock file that it has open. */
async function isAtWork(plan: MovePlan, lock: string): Promise<boolean> {
  const own = process.getuid?.()
  const processes = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of processes) {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (argv.includes('--ff-only') && argv.includes(plan.after)) return true
    if (own === undefined || !argv[0]?.includes('git') || !existsSync(lock)) continue
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      if ((await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')) === lock) return true
    }
  }
  return false
}
