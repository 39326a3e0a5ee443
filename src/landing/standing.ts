/**
 * What the target's history stands for now. A landing is in effect until a revert of ours names it, and again when
 * that revert is named by another one, and so on: whoever is newer has the say.
 *
 * ```
 * Land ws-1      Sluice-Landing: 7f3a-1
 * Revert 7f3a-1  Sluice-Reverts: 7f3a-1             commit c1: ws-1 is taken back
 * Bring back     Sluice-Reverts: c1                 commit c2: ws-1 has landed
 * Revert 7f3a-1  Sluice-Reverts: c2                           ws-1 is taken back
 * ```
 */
import { firstParentTrailers, type Landed } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'

export interface Standing extends Landed {
  /** The newer commit that takes this one back now; null: it is in effect. */
  undoneBy: string | null
}

/** What a revert of this commit says in `Sluice-Reverts`. */
export function nameOf({ landing, commit }: Pick<Landed, 'landing' | 'commit'>): string {
  return landing ?? commit
}

/** Judges a history, newest first, in the same order. Linear. */
export function standings(history: readonly Landed[]): Standing[] {
  const undone = new Map<string, string>()
  return history.map((entry) => {
    const undoneBy = undone.get(nameOf(entry)) ?? null
    // Whatever could take this revert back is newer, so it has been seen.
    if (undoneBy === null) for (const name of entry.reverts) if (!undone.has(name)) undone.set(name, entry.commit)
    return { ...entry, undoneBy }
  })
}

/** A landing as the target's history tells it. */
export interface LandedWork {
  workstream: string
  landing: string
  attempt: number
  commit: string
  at: number
}

/** The landing in effect of every workstream that has one: the newest. */
export function inEffect(standing: readonly Standing[]): Map<string, LandedWork> {
  const landed = new Map<string, LandedWork>()
  for (const { workstream, landing, attempt, commit, committedAt: at, undoneBy } of standing) {
    if (workstream === null || landing === null || undoneBy !== null || landed.has(workstream)) continue
    landed.set(workstream, { workstream, landing, attempt: attempt ?? 0, commit, at })
  }
  return landed
}

/** Landings, and reverts, that are taken back now: by what reverts in this part of the history call them. */
export function takenBack(standing: readonly Standing[]): Set<string> {
  return new Set(standing.flatMap(({ reverts, undoneBy }) => (undoneBy === null ? reverts : [])))
}

/** What the first-parent history from `tip` (down to `until`, when given) says is landed now. */
export async function landedIn(
  repo: Pick<Repository, 'gitDir'>,
  tip: string,
  until?: string,
): Promise<Map<string, LandedWork>> {
  return inEffect(standings(await firstParentTrailers(repo, tip, until)))
}
