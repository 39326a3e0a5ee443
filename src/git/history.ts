/**
 * The target's first-parent history and the trailers in it: the truth about what has landed. The journal only says
 * where to look. And who has touched a file, for a conflict report.
 */
import type { TouchingCommit } from '../model/landing.ts'
import { git } from './git.ts'
import type { Repository } from './repository.ts'

export interface Landed {
  commit: string
  parents: string[]
  tree: string
  /** Committer date, milliseconds since 1970. */
  committedAt: number
  /** Values of the trailers, null where the commit has none (a human's commit). */
  landing: string | null
  workstream: string | null
  attempt: number | null
  /** Landings that this commit takes back. */
  reverts: string[]
}

/** What says something about a few lines was not written in more commits. */
const MESSAGES_MAX = 200

const FIELD = '\x1f'
const trailer = (key: string): string => `%(trailers:key=${key},valueonly,separator=%x2C)`
const KEYS = ['Sluice-Landing', 'Sluice-Workstream', 'Sluice-Attempt', 'Sluice-Reverts']
const FORMAT = ['%H', '%P', '%T', '%ct', ...KEYS.map(trailer)].join('%x1f')

/** First-parent commits reachable from `tip`, newest first, without those reachable from `until`. One process. */
export async function firstParentTrailers(
  repo: Pick<Repository, 'gitDir'>,
  tip: string,
  until: string | null = null,
): Promise<Landed[]> {
  const range = until === null ? [tip] : [tip, `^${until}`]
  const args = ['rev-list', '--first-parent', '--no-commit-header', `--format=${FORMAT}`, ...range, '--']
  const lines = (await git(args, { gitDir: repo.gitDir })).stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const [commit, parents, tree, seconds, landing, workstream, attempt, reverts] = line.split(FIELD)
    return {
      commit: commit!,
      parents: parents === '' ? [] : parents!.split(' '),
      tree: tree!,
      committedAt: Number(seconds) * 1000,
      landing: landing || null,
      workstream: workstream || null,
      attempt: /^\d+$/.test(attempt!) ? Number(attempt) : null,
      reverts: reverts === '' ? [] : reverts!.split(',').map((value) => value.trim()),
    }
  })
}

/** The newest first-parent commit of `tip`, after `since` where that is given, that changed the path; null for none. */
export async function lastChange(
  repo: Pick<Repository, 'gitDir'>,
  path: string,
  tip: string,
  since: string | null,
): Promise<string | null> {
  const range = since === null ? [tip] : [tip, `^${since}`]
  const env = { GIT_LITERAL_PATHSPECS: '1' }
  const args = ['rev-list', '--first-parent', '--max-count=1', ...range, '--', path]
  return (await git(args, { gitDir: repo.gitDir, env })).stdout.trim() || null
}

/** The messages of what is reachable from `tip` and not from `other`, newest first, one after the other. */
export async function messagesSince(repo: Pick<Repository, 'gitDir'>, tip: string, other: string): Promise<string> {
  const args = ['rev-list', `--max-count=${MESSAGES_MAX}`, '--no-commit-header', '--format=%B', tip, `^${other}`, '--']
  return (await git(args, { gitDir: repo.gitDir })).stdout
}

/** Commits reachable from `tip` and not from `other` that changed `path`, newest first, at most `most`. */
export async function commitsTouching(
  repo: Pick<Repository, 'gitDir'>,
  { tip, other, path, most }: { tip: string; other: string; path: string; most: number },
): Promise<TouchingCommit[]> {
  const format = `--format=${['%H', '%at', '%an', '%s'].join('%x1f')}`
  const args = ['rev-list', `--max-count=${most}`, '--no-commit-header', format, tip, `^${other}`, '--', path]
  const { stdout } = await git(args, { gitDir: repo.gitDir, env: { GIT_LITERAL_PATHSPECS: '1' } })
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => {
    const [commit, seconds, author, ...subject] = line.split(FIELD)
    return { commit: commit!, subject: subject.join(' '), author: author!, at: Number(seconds) * 1000 }
  })
}
