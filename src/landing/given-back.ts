/**
 * What was taken back beside the target, on a pending tip that somebody's commit has overtaken: it stands on the target
 * again, though nobody has asked for that.
 */
import { firstParentTrailers } from '../git/history.ts'
import type { Repository } from '../git/repository.ts'
import { inEffect, type LandedWork, standings } from './standing.ts'
import { readTip } from './tip.ts'

export interface GivenBack {
  landings: readonly LandedWork[]
  /** When the pending tip was made, milliseconds since 1970. */
  at: number
}

/** null where no pending tip was overtaken. Writes nothing. */
export async function givenBack(repo: Repository, target: string): Promise<GivenBack | null> {
  const tip = await readTip(repo, target, { tidy: false })
  if (tip.kind !== 'diverged') return null
  const [here, there] = await Promise.all([
    firstParentTrailers(repo, tip.published),
    firstParentTrailers(repo, tip.pending),
  ])
  const standing = inEffect(standings(there))
  const stands = [...inEffect(standings(here)).values()]
  // What has landed anew there had been taken back first.
  const landings = stands.filter(({ workstream, landing }) => standing.get(workstream)?.landing !== landing)
  return { landings, at: there[0]!.committedAt }
}
