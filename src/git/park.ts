/**
 * Takes changes out of a piece of work without losing them: they become a patch file, and a commit on top of the work
 * puts those paths back to what the base has. The work itself stays reachable below that commit.
 */
import { writeFileAtomic } from '../process/files.ts'
import { git, records } from './git.ts'
import { commitTree, type Person } from './merge.ts'
import type { Repository } from './repository.ts'
import { rewriteTree, type TreeEdit } from './rewrite-tree.ts'

export interface Parking {
  base: string
  tip: string
  /** Exact paths that differ between base and tip. */
  paths: readonly string[]
  /** Written first; `git apply` brings the changes back. */
  patchFile: string
  /** A scratch index of ours. */
  indexFile: string
  author: Person
  dateSeconds: number
}

/** Gives the commit in which `paths` are as in the base. Safe to repeat. */
export async function parkPaths(repo: Pick<Repository, 'gitDir'>, parking: Parking): Promise<string> {
  const { base, tip, paths, patchFile, indexFile, author, dateSeconds } = parking
  const place = { gitDir: repo.gitDir, env: { GIT_LITERAL_PATHSPECS: '1' } }
  const diff = ['diff-tree', '-p', '--binary', '--full-index', '--no-renames', base, tip, '--', ...paths]
  await writeFileAtomic(patchFile, (await git(diff, place)).bytes)
  const kept = new Map<string, TreeEdit['entry']>()
  for (const entry of records(
    (await git(['ls-tree', '-r', '-z', '--full-tree', base, '--', ...paths], place)).stdout,
  )) {
    const [, mode, object, path] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(entry)!
    kept.set(path!, { mode: mode!, object: object! })
  }
  const edits = paths.map((path) => ({ path, entry: kept.get(path) ?? null }))
  const tree = await rewriteTree(repo, tip, edits, indexFile)
  const message = `Put back ${paths.length} paths outside the scope\n`
  return await commitTree(repo, { tree, parents: [tip], message, author, committer: author, dateSeconds })
}
