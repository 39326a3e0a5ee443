/** Questions about how commits descend from each other. */
import { git } from './git.ts'
import type { Repository } from './repository.ts'

/** The newest common ancestor of two commits, or null when their histories have nothing in common. */
export async function mergeBase(repo: Pick<Repository, 'gitDir'>, a: string, b: string): Promise<string | null> {
  const found = await git(['merge-base', a, b], { gitDir: repo.gitDir, exits: [0, 1] })
  return found.exit === 0 ? found.stdout.trim() : null
}

/** The parents of each commit, as git has them. One process for all. */
export async function parentsOf(
  repo: Pick<Repository, 'gitDir'>,
  commits: readonly string[],
): Promise<Map<string, string[]>> {
  if (commits.length === 0) return new Map()
  const input = commits.map((commit) => `${commit}\n`).join('')
  const { stdout } = await git(['rev-list', '--no-walk=unsorted', '--parents', '--stdin'], {
    gitDir: repo.gitDir,
    input,
  })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(' ')), line.split(' ').slice(1)]))
}

/** The tree of a commit. */
export async function treeOf(repo: Pick<Repository, 'gitDir'>, commit: string): Promise<string> {
  return (await git(['rev-parse', `${commit}^{tree}`], { gitDir: repo.gitDir })).stdout.trim()
}
