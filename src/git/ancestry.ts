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

/** Whether each of the commits is reachable from `tip`. One that is not there is not. One process for all. */
export async function areReachable(
  repo: Pick<Repository, 'gitDir'>,
  commits: readonly string[],
  tip: string,
): Promise<boolean> {
  if (commits.length === 0) return true
  const args = ['rev-list', '--max-count=1', ...commits, `^${tip}`]
  const found = await git(args, { gitDir: repo.gitDir, exits: [0, 128] })
  return found.exit === 0 && found.stdout === ''
}

/** Trees of commits that were asked for, by id: a commit has the same one for ever. The oldest are forgotten. */
const trees = new Map<string, string>()
const TREES_MAX = 1000

/** The tree of a commit, or of what `commit` names (`<id>^1`). */
export async function treeOf(repo: Pick<Repository, 'gitDir'>, commit: string): Promise<string> {
  const known = trees.get(commit)
  if (known !== undefined) return known
  const tree = (await git(['rev-parse', '--verify', `${commit}^{tree}`], { gitDir: repo.gitDir })).stdout.trim()
  if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return tree
  if (trees.size >= TREES_MAX) trees.delete(trees.keys().next().value!)
  trees.set(commit, tree)
  return tree
}

/** Those of these commits that the repository has. One process for all. */
export async function presentCommits(
  repo: Pick<Repository, 'gitDir'>,
  commits: readonly string[],
): Promise<Set<string>> {
  if (commits.length === 0) return new Set()
  const input = commits.map((commit) => `${commit}\n`).join('')
  const { stdout } = await git(['cat-file', '--batch-check'], { gitDir: repo.gitDir, input })
  return new Set(stdout.split('\n').flatMap((line) => /^([0-9a-f]+) commit /.exec(line)?.[1] ?? []))
}
