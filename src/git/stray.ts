/**
 * Lines of work that are not the one that is taken: what an agent left on another branch, what it walked away from, what
 * an unfinished operation was about. They decide nothing, and nothing of them is lost.
 */
import type { Stray } from '../model/attempt.ts'
import { git } from './git.ts'
import { setRef } from './refs.ts'
import type { Repository } from './repository.ts'
import type { Slot } from './slot.ts'
import { transfer } from './transfer.ts'

/** What is found while work is taken over, for those who want to know. */
export interface Notes {
  /** One line each: repairs, what was left out, what was found elsewhere. */
  reports: string[]
  /** Those among them that tell of a part of the slot that was damaged and put right. */
  repairs: string[]
  strays: Stray[]
}

export interface Keeping {
  base: string
  /**
   * `refs/sluice/wip/<workstream>/<attempt>`, or `refs/sluice/opened/<workstream>`: what is kept besides goes to the same
   * place below `refs/sluice/stray/`.
   */
  ref: string
  /** Of all that is new, packed. */
  maxBytes: number
  signal?: AbortSignal
}

/** Keeps a line of work and notes where. Best effort: it is not what the attempt is judged by. */
export async function keepStray(
  repo: Repository,
  slot: Slot,
  keeping: Keeping,
  commit: string,
  notes: Notes,
): Promise<void> {
  const result = await transfer(repo, slot, commit, keeping)
  const short = commit.slice(0, 12)
  if (result.kind === 'done' || (result.kind === 'refused' && result.reason === 'unrelated')) {
    const ref = `${keeping.ref.replace(/^refs\/sluice\/(wip|opened)\//, 'refs/sluice/stray/')}/${short}`
    await setRef(repo, ref, commit, 'sluice: found besides the work')
    notes.reports.push(`kept besides the work: ${short} as ${ref}`)
    notes.strays.push({ ref, commit })
  } else {
    notes.reports.push(`not kept: ${short}, ${result.message}`)
  }
}

/** Tips that no other one contains, in the given order. */
export async function withoutAncestors(slot: Slot, commits: string[]): Promise<string[]> {
  if (commits.length < 2) return commits
  const kept = (await git(['merge-base', '--independent', ...commits], { gitDir: slot.hub })).stdout.split('\n')
  return commits.filter((commit) => kept.includes(commit))
}
