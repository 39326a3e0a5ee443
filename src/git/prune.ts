/** Worktrees that the user's repository lists and whose folder is gone: git calls them prunable, and forgets them when asked. */
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'

/** Their paths. A locked one is not prunable, and so not among them. */
export async function prunableWorktrees(repo: Pick<Repository, 'gitDir'>): Promise<string[]> {
  const { stdout } = await git(['worktree', 'list', '--porcelain', '-z'], { gitDir: repo.gitDir })
  return stdout
    .split('\0\0')
    .map((entry) => records(entry))
    .filter((lines) => lines.some((line) => line === 'prunable' || line.startsWith('prunable ')))
    .map((lines) => lines[0]!.slice('worktree '.length))
}

/** Forgets them: only their entries in the repository go, there is no folder. */
export async function pruneWorktrees(repo: Pick<Repository, 'gitDir'>): Promise<void> {
  await git(['worktree', 'prune'], { gitDir: repo.gitDir })
}
