/** Everything that ends and kills have left behind around a repository, found in one go. Looking changes nothing. */
import { prunableWorktrees } from '../../git/prune.ts'
import type { Repository } from '../../git/repository.ts'
import { findLocks, type GitLock, tellsHolders } from './locks.ts'
import { findOrphans, type Marks, type Orphan } from './orphans.ts'
import { findSlots, type SlotNeeds, type SlotSize } from './slots.ts'

/** What is known of the runs of the repository. */
export interface Surroundings {
  repo: Pick<Repository, 'gitDir' | 'root'>
  /** Where the slots are. */
  work: string
  /** Of what has ended: attempts of all runs that are remembered, and checks, when no run is at work. */
  marks: Marks
  needs: SlotNeeds
}

export interface Leftovers {
  locks: GitLock[]
  /** Worktrees of the user's repository whose folder is gone. */
  worktrees: string[]
  /** null: the system does not tell. */
  orphans: Orphan[] | null
  /** Whether the system tells which files are open; where not, nobody is known to hold a lock, or not to. */
  tellsHolders: boolean
  slots: SlotSize[]
}

export async function findLeftovers({ repo, work, marks, needs }: Surroundings): Promise<Leftovers> {
  const [locks, worktrees, slots] = await Promise.all([
    findLocks(repo, Date.now()),
    prunableWorktrees(repo),
    findSlots(work, needs),
  ])
  return { locks, worktrees, orphans: findOrphans(marks), tellsHolders: tellsHolders(), slots }
}
