/**
 * Where landings go. Usually the target branch itself. While the user's checkout of it cannot be moved, landings go on
 * at `refs/sluice/target/<branch>` (the pending tip), and publishing brings the branch there later.
 */
import { deleteRef, readRef, setRef } from '../git/refs.ts'
import { isAncestor, type Repository } from '../git/repository.ts'

export function pendingRef(target: string): string {
  return `refs/sluice/target/${target}`
}

export type Tip =
  | { kind: 'published'; commit: string }
  | { kind: 'pending'; commit: string; published: string }
  /** The branch has commits that the pending tip lacks, so what is unpublished must be landed again on top of them. */
  | { kind: 'diverged'; published: string; pending: string }

/**
 * The tip that the next landing is built on. A pending tip that has been published meanwhile is dropped, unless `tidy`
 * is false (then nothing is written). Throws when the target branch does not exist (preflight looked).
 */
export async function readTip(repo: Repository, target: string, { tidy = true } = {}): Promise<Tip> {
  // In this order: a pending tip goes after the branch has come to where it was.
  const pending = await readRef(repo, pendingRef(target))
  const published = await readRef(repo, `refs/heads/${target}`)
  if (published === null) throw new Error(`the target branch ${target} has disappeared`)
  if (pending === null) return { kind: 'published', commit: published }
  if (pending === published || (await isAncestor(repo, pending, published))) {
    if (tidy) await deleteRef(repo, pendingRef(target), pending)
    return { kind: 'published', commit: published }
  }
  if (await isAncestor(repo, published, pending)) return { kind: 'pending', commit: pending, published }
  return { kind: 'diverged', published, pending }
}

/** The commit that landings go onto; of a diverged one, which has to be settled first, the branch. */
export function commitOf(tip: Tip): string {
  return tip.kind === 'diverged' ? tip.published : tip.commit
}

/** Drops a pending tip that can no longer be published, keeping its commits reachable for a look back. */
export async function abandonPending(repo: Repository, target: string, pending: string): Promise<void> {
  await setRef(repo, `refs/sluice/abandoned/${pending}`, pending, 'could not be published')
  await deleteRef(repo, pendingRef(target), pending)
}
