/**
 * Locks of git that nobody holds any more: a git that was killed leaves the file behind, and git itself cannot tell that
 * from one at work. We can, where the system tells which files are open: a lock counts as left behind when it is old, no
 * process has it open, and no git is at work in the repository.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Repository } from '../../git/repository.ts'
import { processTable } from '../../process/table.ts'

export interface GitLock {
  path: string
  /** `none`: it was left behind. `unknown`: too young, or the system does not tell who has it. */
  owner: 'none' | 'unknown' | 'alive'
}

/** Git holds a lock for milliseconds, or as long as its process lives; a younger one may be of somebody unseen. */
const AGE_MS_MIN = 60_000

/** Files of a git directory that are locked by a file of that name beside them. */
const LOCKED = ['index', 'HEAD', 'packed-refs', 'config', 'shallow']

/** Every lock in the repository: index, HEAD, configuration, and of the refs that a run moves. */
export async function findLocks(repo: Pick<Repository, 'gitDir' | 'root'>, now: number): Promise<GitLock[]> {
  const linked = await readdir(join(repo.gitDir, 'worktrees')).catch(() => [])
  const folders = [repo.gitDir, ...linked.map((name) => join(repo.gitDir, 'worktrees', name))]
  const files = folders.flatMap((folder) => LOCKED.map((name) => join(folder, `${name}.lock`))).filter(existsSync)
  for (const part of ['refs/heads', 'refs/sluice', 'refs/notes']) {
    const below = await readdir(join(repo.gitDir, part), { recursive: true }).catch(() => [])
    files.push(...below.filter((name) => name.endsWith('.lock')).map((name) => join(repo.gitDir, part, name)))
  }
  if (files.length === 0) return []
  const users = usersOf(repo, files)
  return await Promise.all(
    files.map(async (path) => {
      const age = now - ((await lstat(path).catch(() => null))?.mtimeMs ?? now)
      if (users === null) return { path, owner: 'unknown' } as const
      if (users.gitAtWork || users.open.has(path)) return { path, owner: 'alive' } as const
      return { path, owner: age < AGE_MS_MIN ? 'unknown' : 'none' } as const
    }),
  )
}

/** Removes those that were left behind, after looking at each once more. Gives the paths that are gone. */
export async function removeLocks(repo: Pick<Repository, 'gitDir' | 'root'>, now: number): Promise<string[]> {
  const left = (await findLocks(repo, now)).filter(({ owner }) => owner === 'none')
  for (const { path } of left) await rm(path, { force: true })
  return left.map(({ path }) => path)
}

/** Does the system tell which files a process has open? */
export function tellsHolders(): boolean {
  return existsSync('/proc/self/fd')
}

/** Who has one of these files open, and whether a git is at work there; null where the system does not tell. */
function usersOf(
  { gitDir, root }: Pick<Repository, 'gitDir' | 'root'>,
  files: readonly string[],
): { open: Set<string>; gitAtWork: boolean } | null {
  if (!tellsHolders()) return null
  const open = new Set<string>()
  let gitAtWork = false
  const places = [gitDir, root]
  for (const { pid, state } of processTable()) {
    if (state === 'Z' || pid === process.pid) continue
    const cwd = linkOf(`/proc/${pid}/cwd`)
    const isHere = places.some((place) => cwd === place || cwd.startsWith(`${place}/`))
    if (isHere && /^git(-|$)/.test(basename(linkOf(`/proc/${pid}/exe`)))) gitAtWork = true
    for (const target of descriptorsOf(pid)) if (files.includes(target)) open.add(target)
  }
  return { open, gitAtWork }
}

/** Of somebody else's process nothing is told. */
function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => linkOf(`/proc/${pid}/fd/${name}`))
  } catch {
    return []
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
