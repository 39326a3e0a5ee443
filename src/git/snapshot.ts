/**
 * The tree of what lies in a worktree, by our own index: tracked changes, new files, nothing that is ignored.
 *
 * Not by `git add`: that looks into nested repositories with their own configuration, and so runs what was planted
 * there. The same three questions are asked by plumbing that does not: what has changed, what is new, take these.
 */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cone, isInCone } from './cone.ts'
import { git, records } from './git.ts'
import { type Slot, coneOf, inWorktree } from './slot.ts'

/** Reading 57,000 files takes 0.2 s; this is for gigabytes of new ones. */
const TIMEOUT_MS = 5 * 60_000

export interface Snapshot {
  tree: string
  /** Folders left out because they are repositories of their own. */
  nested: string[]
}

/** Reads the worktree. The hub's configuration must be ours (`putBack`), the processes in it dead. */
export async function snapshot(
  slot: Slot,
  { signal, timeoutMs = TIMEOUT_MS }: { signal?: AbortSignal; timeoutMs?: number } = {},
): Promise<Snapshot> {
  const where = { ...inWorktree(slot), signal, timeoutMs }
  const [cone, changed, fresh] = await Promise.all([
    coneOf(slot),
    git(['diff-files', '-z', '--name-only', '--ignore-submodules=all'], where),
    git(['ls-files', '-z', '--others', '--exclude-standard'], where),
  ])
  // Git does not go into another repository but lists its folder, the only entries with a slash at the end.
  const [nested, files] = partition(records(fresh.stdout), (path) => path.endsWith('/'))
  const tracked = records(changed.stdout)
  const paths = [...(cone === null ? tracked : await withoutAbsent(slot, cone, tracked)), ...files]
  if (paths.length > 0) {
    const input = paths.map((path) => `${path}\0`).join('')
    await git(['update-index', '--add', '--remove', '--replace', '-z', '--stdin'], { ...where, input })
  }
  return { tree: (await git(['write-tree'], where)).stdout.trim(), nested: nested.map((path) => path.slice(0, -1)) }
}

/** What lies outside the cone and is not there was never there: it has not been deleted. */
async function withoutAbsent(slot: Slot, cone: Cone, paths: readonly string[]): Promise<string[]> {
  const isThere = async (path: string): Promise<boolean> =>
    isInCone(cone, path) || (await lstat(join(slot.worktree, path)).catch(() => null)) !== null
  const kept = await Promise.all(paths.map(isThere))
  return paths.filter((_, index) => kept[index])
}

/** Tracked files whose content is no longer that of the index: what a gate has rewritten. */
export async function trackedChanges(slot: Slot, signal?: AbortSignal): Promise<string[]> {
  const where = { ...inWorktree(slot), signal, timeoutMs: TIMEOUT_MS }
  // Touched is not changed: the contents decide, and what is the same is marked as such.
  await git(['update-index', '-q', '--refresh', '--ignore-submodules'], { ...where, exits: [0, 1] })
  const { stdout } = await git(['diff-files', '-z', '--name-only', '--ignore-submodules=all'], where)
  return records(stdout)
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = []
  const no: T[] = []
  for (const item of items) (test(item) ? yes : no).push(item)
  return [yes, no]
}
