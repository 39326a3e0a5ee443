/**
 * Takes changes out of a piece of work without losing them: they become a patch file, and a commit on top of the work
 * puts those paths back to what the base has. The work itself stays reachable below that commit.
 */
import { writeFileAtomic } from '../process/files.ts'
import { editTree, entriesAt } from './edit-tree.ts'
import { git } from './git.ts'
import { commitTree, type Person } from './merge.ts'
import type { Repository } from './repository.ts'

export interface Parking {
  base: string
  tip: string
  /** Exact paths that differ between base and tip. */
  paths: readonly string[]
  /** Written first; `git apply` brings the changes back. */
  patchFile: string
  author: Person
  dateSeconds: number
}

/** Gives the commit in which `paths` are as in the base. Safe to repeat. */
export async function parkPaths(repo: Pick<Repository, 'gitDir'>, parking: Parking): Promise<string> {
  const { base, tip, paths, patchFile, author, dateSeconds } = parking
  const place = { gitDir: repo.gitDir, env: { GIT_LITERAL_PATHSPECS: '1' } }
  const diff = ['diff-tree', '-p', '--binary', '--full-index', '--no-renames', base, tip, '--', ...paths]
  await writeFileAtomic(patchFile, (await git(diff, place)).bytes)
  const kept = await entriesAt(repo, base, paths)
  const edits = paths.map((path) => ({ path, entry: kept.get(path) ?? null }))
  const tree = await editTree(repo, tip, edits)
  const message = `Put back ${paths.length} paths outside the scope\n`
  return await commitTree(repo, { tree, parents: [tip], message, author, committer: author, dateSeconds })
}
