/** Are the objects of the repository whole? The slowest question that can be asked of it, so nobody asks before a run. */
import { GitError, git } from './git.ts'
import type { Repository } from './repository.ts'

/** Ten gigabytes take some minutes. */
const TIMEOUT_MS = 60 * 60_000

const LINES_MAX = 20

/** What git finds wrong, one line each; empty when all is sound. Objects that nothing refers to are not wrong. */
export async function brokenObjects(repo: Pick<Repository, 'gitDir'>): Promise<string[]> {
  try {
    const args = ['fsck', '--no-dangling', '--no-progress', '--no-reflogs']
    const found = await git(args, { gitDir: repo.gitDir, timeoutMs: TIMEOUT_MS, exits: [0, 1, 2, 3, 4, 5, 6, 7, 128] })
    if (found.exit === 0) return []
    const lines = `${found.stdout}\n${found.stderr}`.split('\n').filter((line) => line.trim() !== '')
    return lines.length === 0 ? [`git fsck ended with ${found.exit}`] : lines.slice(0, LINES_MAX)
  } catch (error) {
    if (error instanceof GitError) return [error.message]
    throw error
  }
}
