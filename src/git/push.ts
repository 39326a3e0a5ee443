/**
 * Pushing the target for the user, with his remotes, keys and helpers, and never asking anything. Fast-forward only.
 *
 * His `pre-push` hook does not run: with `core.hooksPath` in the tree it is a file that a landing may have changed, and what
 * agents write never runs outside a slot. What has landed has passed the gate, which is the place for such checks.
 */
import { GitError, git } from './git.ts'
import { readRef } from './refs.ts'
import type { Repository } from './repository.ts'
import { withoutCredentials } from './template.ts'

/** A large push over a slow line takes as long; a remote that does not answer is given up. */
const TIMEOUT_MS = 5 * 60_000
const MESSAGE_MAX = 200

/** A branch (short name) of a remote. */
export interface RemoteBranch {
  remote: string
  branch: string
}

export type Pushed =
  | { kind: 'pushed' }
  /** The remote has commits that `commit` lacks. */
  | { kind: 'rejected' }
  /** No way there, not allowed, or a hook of the remote said no. One line. */
  | { kind: 'failed'; message: string }

/** What the remote is known to have: written by us alone, after a push or a fetch of ours. */
export function remoteRef({ branch }: Pick<RemoteBranch, 'branch'>): string {
  return `refs/sluice/remote/${branch}`
}

/** Pushes a commit. As with any push, the user's remote-tracking branch follows. */
export async function pushCommit(
  repo: Repository,
  to: RemoteBranch,
  commit: string,
  signal?: AbortSignal,
): Promise<Pushed> {
  const flags = ['--porcelain', '--no-progress', '--no-verify', '--no-follow-tags', '--no-signed']
  const refspec = `${commit}:refs/heads/${to.branch}`
  const args = ['push', ...flags, '--recurse-submodules=no', '--', to.remote, refspec]
  const ended = await reach(repo, args, signal)
  if (ended.exit === 0) return { kind: 'pushed' }
  const [, reason] = /^!\t[^\t]*\t(.*)$/m.exec(ended.stdout) ?? []
  if (reason?.startsWith('[rejected]')) return { kind: 'rejected' }
  return { kind: 'failed', message: reason ?? ended.problem }
}

/** Fetches a branch to `remoteRef` and nothing else: no tag, and no branch of the user's moves. */
export async function fetchBranch(
  repo: Repository,
  from: RemoteBranch,
  signal?: AbortSignal,
): Promise<{ kind: 'fetched'; commit: string } | { kind: 'failed'; message: string }> {
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-prune', '--refmap=']
  const refspec = `+refs/heads/${from.branch}:${remoteRef(from)}`
  const args = ['fetch', ...flags, '--no-recurse-submodules', '--', from.remote, refspec]
  const ended = await reach(repo, args, signal)
  const commit = ended.exit === 0 ? await readRef(repo, remoteRef(from)) : null
  return commit === null ? { kind: 'failed', message: ended.problem } : { kind: 'fetched', commit }
}

async function reach(
  repo: Repository,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ exit: number | null; stdout: string; problem: string }> {
  // At the top of the checkout: an address may be relative to it.
  const options = { gitDir: repo.gitDir, cwd: repo.root, config: 'remote', timeoutMs: TIMEOUT_MS, signal } as const
  try {
    const { exit, stdout, stderr } = await git(args, { ...options, exits: [0, 1, 128] })
    return { exit, stdout, problem: lastLine(stderr) }
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return { exit: error.exit, stdout: '', problem: error.exit === null ? 'no answer in time' : lastLine(error.stderr) }
  }
}

/** Why, in git's own words or those of ssh, without what would let somebody in. Helpers add advice behind the first complaint. */
function lastLine(stderr: string): string {
  // ssh ends its lines as a terminal wants them.
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '')
  const complaint = lines.findIndex((one) => /^(fatal|error|remote): /.test(one))
  // What git says then is that it got no answer; the reason is what ssh said last.
  const isEcho = complaint > 0 && /^fatal: (Could not read from remote|the remote end hung up)/.test(lines[complaint]!)
  const line = lines.at(isEcho ? complaint - 1 : complaint) ?? 'git gave no reason'
  const words = line.replace(/^(fatal|error): /, '').split(' ')
  return words
    .map((word) => word.replace(/^(['"]?)(\S+)$/, (_, quote: string, rest: string) => quote + withoutCredentials(rest)))
    .join(' ')
    .slice(0, MESSAGE_MAX)
}
