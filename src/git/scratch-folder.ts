/**
 * A folder for a moment: for files that a command of git wants to have a name for. A kill leaves it behind; its name tells
 * of which repository and which process it is, so that the next one at work there can remove it, and only when that
 * process is gone.
 */
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRunning } from '../process/table.ts'
import type { Repository } from './repository.ts'

/** Removed at the end of the scope, with what is in it. */
export async function scratchFolder(repo: Pick<Repository, 'gitDir'>): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), `${prefixOf(repo)}${process.pid}-`))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Those of this repository, and of no other one, whose process is gone. */
export async function findScratchFolders(repo: Pick<Repository, 'gitDir'>): Promise<string[]> {
  const prefix = prefixOf(repo)
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(prefix))
  return names.filter((name) => !isInUse(name.slice(prefix.length))).map((name) => join(tmpdir(), name))
}

/** Removes what was left behind. */
export async function removeScratchFolders(repo: Pick<Repository, 'gitDir'>): Promise<void> {
  for (const path of await findScratchFolders(repo)) await rm(path, { recursive: true, force: true })
}

/** `rest` of a name: the number of its process, then what makes it unique. One of an earlier form is of nobody. */
function isInUse(rest: string): boolean {
  const pid = Number(/^(\d+)-/.exec(rest)?.[1] ?? 0)
  return pid > 1 && isRunning(pid)
}

function prefixOf({ gitDir }: Pick<Repository, 'gitDir'>): string {
  return `sluice-git-${createHash('sha256').update(gitDir).digest('hex').slice(0, 16)}-`
}
