/**
 * Taking a commit of the target's first-parent line back, in memory: the result of `git revert` (`-m 1` for a merge)
 * without a worktree, an index or an editor.
 *
 * A revert is a merge whose base is the commit and whose other side is what was there before it. `merge-tree` looks for
 * the base by itself, so the other side is made a child of that commit: then the commit is the only base there is.
 */
import type { Repository } from './repository.ts'
import { treeOf } from './ancestry.ts'
import { commitTree, type Merge, mergeInMemory } from './merge.ts'

/** Nobody sees the other side's commit. The same for the same question, so that asking again writes nothing new. */
const NOBODY = { name: 'Sluice', email: 'sluice@localhost' }

/** In 2096: git looks for the base from the newest commit on, and would read the whole history before an old one. */
const NEWEST_S = 4_000_000_000

/**
 * The tree of `tip` without what `commit` did to its first parent. In a conflict, side 2 is the tip and side 3 what was
 * there before. `commit` must be reachable from `tip` (it is read from the tip's own history); throws GitError for a
 * commit without a parent.
 */
export async function takeBack(repo: Pick<Repository, 'gitDir'>, tip: string, commit: string): Promise<Merge> {
  const before = await commitTree(repo, {
    tree: await treeOf(repo, `${commit}^1`),
    parents: [commit],
    message: 'As it was before\n',
    author: NOBODY,
    committer: NOBODY,
    dateSeconds: NEWEST_S,
  })
  return await mergeInMemory(repo, tip, before)
}
