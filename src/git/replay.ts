/**
 * Work that the target had and gave back, as a commit that git takes for new.
 *
 * After a revert the commits of the work are still in the target's history, so merging them again changes nothing
 * ("Already up to date") and merging what was built on them loses the part that was reverted. A commit with the same
 * files that hangs on the work's old base instead of on the work has none of those commits behind it: a merge compares
 * it with that base and brings everything that the work has changed, beside what others have changed since.
 */
import { treeOf } from './ancestry.ts'
import { git } from './git.ts'
import { commitTree, type Person } from './merge.ts'
import type { Repository } from './repository.ts'

export interface Replay {
  /** The work: what landed and was taken back, or what was built on that since. */
  work: string
  /** The target just before it landed: the first parent of the landing. */
  before: string
  /** Has to differ from that of another replay of the same work: the same commit again would not be new. */
  message: string
  author: Person
  committer: Person
  dateSeconds: number
}

/** Writes the commit, unreferenced. Throws GitError when work and target have no common history. */
export async function replay(repo: Pick<Repository, 'gitDir'>, order: Replay): Promise<string> {
  const { work, before, ...rest } = order
  // All of them, as the landing had them: with only one of several bases a merge can lose changes.
  const [tree, parents] = await Promise.all([treeOf(repo, work), mergeBases(repo, before, work)])
  return await commitTree(repo, { tree, parents, ...rest })
}

/**
 * Whether `commit` brought commits of `work` that its first parent did not have: then a merge into anything later
 * leaves them out.
 */
export async function brought(repo: Pick<Repository, 'gitDir'>, commit: string, work: string): Promise<boolean> {
  const [after, before] = await Promise.all([mergeBases(repo, commit, work), mergeBases(repo, `${commit}^1`, work)])
  return after.join() !== before.join()
}

async function mergeBases(repo: Pick<Repository, 'gitDir'>, a: string, b: string): Promise<string[]> {
  const { stdout } = await git(['merge-base', '--all', a, b], { gitDir: repo.gitDir })
  return stdout.split('\n').filter((line) => line !== '')
}
