/**
 * `sluice doctor --fix`: takes away what nobody can miss. Each repair is proven by looking again, and what that finds is
 * what is told: a repair that did not hold is no repair.
 */
import { prunableWorktrees, pruneWorktrees } from '../../git/prune.ts'
import type { Repository } from '../../git/repository.ts'
import { removeSlot, slotAt } from '../../git/slot.ts'
import type { Fix } from '../../model/landing.ts'
import { GRACE_MS } from '../../process/kill.ts'
import type { Leftovers, Surroundings } from './find.ts'
import { findLocks, removeLocks } from './locks.ts'
import { endOrphans, findOrphans } from './orphans.ts'
import { findSlots, type SlotSize } from './slots.ts'

export type Mended = Pick<Fix, 'code' | 'problem' | 'action' | 'proof'>

/** Mends what was found. `Surroundings.needs` must be what it is now: under the repository's lock, or with a live run. */
export async function mend(around: Surroundings & { repo: Repository }, found: Leftovers): Promise<Mended[]> {
  const done = [
    await mendLocks(around, found),
    await mendWorktrees(around, found),
    await mendOrphans(around, found),
    await mendSlots(around, found),
  ]
  return done.filter((one) => one !== null)
}

async function mendLocks({ repo }: Surroundings, { locks }: Leftovers): Promise<Mended | null> {
  if (!locks.some(({ owner }) => owner === 'none')) return null
  const removed = await removeLocks(repo, Date.now())
  if (removed.length === 0) return null
  const left = (await findLocks(repo, Date.now())).filter(({ owner }) => owner === 'none')
  return {
    code: 'E404',
    problem: `left behind by a git that is gone: ${removed.join(', ')}`,
    action: 'removed, after nobody was found to have it open',
    proof: lookedAgain(left.length),
  }
}

async function mendWorktrees({ repo }: Surroundings, { worktrees }: Leftovers): Promise<Mended | null> {
  if (worktrees.length === 0) return null
  await pruneWorktrees(repo)
  return {
    code: 'E401',
    problem: `worktrees whose folder is gone: ${worktrees.join(', ')}`,
    action: 'git worktree prune',
    proof: lookedAgain((await prunableWorktrees(repo)).length),
  }
}

async function mendOrphans(around: Surroundings, { orphans }: Leftovers): Promise<Mended | null> {
  if (orphans === null || orphans.length === 0) return null
  const ended = await endOrphans(orphans, GRACE_MS)
  return {
    code: 'E403',
    problem: `${orphans.length} process(es) outlived ${[...new Set(orphans.map(({ of }) => of))].join(', ')}`,
    action: `ended ${ended}, found by the mark in their environment`,
    proof: lookedAgain(findOrphans(around.marks)?.length ?? orphans.length),
  }
}

async function mendSlots(
  { repo, work, needs }: Surroundings & { repo: Repository },
  found: Leftovers,
): Promise<Mended | null> {
  const stale = found.slots.filter(({ use }) => use === 'stale')
  if (needs.isLive || stale.length === 0) return null
  for (const slot of stale) await removeSlot(repo, slotOf(work, slot))
  const left = (await findSlots(work, needs, false)).filter(({ use }) => use === 'stale')
  return {
    code: 'E401',
    problem: `slots that are half made or have no seat: ${stale.map(({ name }) => name).join(', ')}`,
    action: 'removed; what was done in them is pinned',
    proof: lookedAgain(left.length),
  }
}

/** The slot of an agent or a gate as git knows it. */
export function slotOf(work: string, { name, kind }: SlotSize): ReturnType<typeof slotAt> {
  if (kind === 'open' || kind === 'shared') throw new Error(`${name} is no slot of a seat`)
  return slotAt(work, kind, Number(name.slice(name.lastIndexOf('-') + 1)))
}

function lookedAgain(left: number): string {
  return left === 0 ? 'a second look found none' : `a second look still found ${left}`
}
