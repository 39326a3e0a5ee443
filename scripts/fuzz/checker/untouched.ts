/** The user's own things, as they are: what a run must leave alone (I4). */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Stage } from '../stage.ts'

export interface Untouched {
  config: string
  head: string
  /** `git status`, with what is not tracked. */
  status: string
  /** What is staged, and what is edited and not staged, as patches. */
  staged: string
  edited: string
  /** Digests of files that are not tracked. */
  untracked: string
  /** Entries of the index that git is told not to look at. */
  flags: string
  /** Refs that are not ours to touch, the stash among them: everything but the target, here and as pushed, `ws/*` and `refs/sluice/*`. */
  refs: string
  worktrees: string
}

export async function untouchedOf(stage: Stage): Promise<Untouched> {
  const refs = await stage.git('for-each-ref', '--format=%(objectname) %(refname)')
  const isOurs = (line: string): boolean =>
    /^\w+ refs\/(heads\/(main$|ws\/)|remotes\/origin\/main$|sluice\/|notes\/sluice$)/.test(line)
  const others = (await stage.git('ls-files', '-z', '--others', '--exclude-standard')).split('\0').slice(0, -1)
  return {
    config: readFileSync(join(stage.repo, '.git', 'config'), 'utf8'),
    head: readFileSync(join(stage.repo, '.git', 'HEAD'), 'utf8'),
    status: await stage.git('status', '--porcelain', '--untracked-files=all'),
    staged: await stage.git('diff-index', '-p', '--cached', 'HEAD'),
    edited: await stage.git('diff-files', '-p'),
    untracked: others.map((path) => `${path} ${digest(readFileSync(join(stage.repo, path)))}`).join('\n'),
    flags: (await stage.git('ls-files', '-v'))
      .split('\n')
      .filter((line) => !line.startsWith('H '))
      .join('\n'),
    refs: refs
      .split('\n')
      .filter((line) => !isOurs(line))
      .join('\n'),
    worktrees: (await stage.git('worktree', 'list', '--porcelain'))
      .split('\n')
      .filter((line) => line.startsWith('worktree '))
      .join('\n'),
  }
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
