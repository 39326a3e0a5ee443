/**
 * A folder for a moment: for files that a command of git wants to have a name for. A kill leaves it behind; its name tells
 * of which repository it is, so that the next one at work there can remove it.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Repository } from './repository.ts'

/** Removed at the end of the scope, with what is in it. */
export async function scratchFolder(repo: Pick<Repository, 'gitDir'>): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), prefixOf(repo)))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Those of this repository, and of no other one. */
export async function findScratchFolders(repo: Pick<Repository, 'gitDir'>): Promise<string[]> {
  const prefix = prefixOf(repo)
  return (await readdir(tmpdir())).filter((name) => name.startsWith(prefix)).map((name) => join(tmpdir(), name))
}

/** Removes what was left behind. Only for one who knows that nobody else is at work on the repository. */
export async function removeScratchFolders(repo: Pick<Repository, 'gitDir'>): Promise<void> {
  for (const path of await findScratchFolders(repo)) await rm(path, { recursive: true, force: true })
}

function prefixOf({ gitDir }: Pick<Repository, 'gitDir'>): string {
  return `sluice-git-${createHash('sha256').update(gitDir).digest('hex').slice(0, 16)}-`
}
