/** The promise that no work is lost, as something that can be looked up: every attempt's work has a ref that holds it. */
import { presentCommits } from '../../git/ancestry.ts'
import { listRefs } from '../../git/refs.ts'
import type { Repository } from '../../git/repository.ts'
import type { Attempt } from '../../model/attempt.ts'

export interface Pin {
  ref: string
  commit: string
}

/** Of all attempts that left work. One that changed nothing, as allowed, has its base, which needs no pin. */
export function pinsOf(attempts: readonly Attempt[]): Pin[] {
  return attempts.flatMap(({ workstream, number, work, outcome }) =>
    work === null || outcome?.kind === 'empty'
      ? []
      : [{ ref: `refs/sluice/wip/${workstream}/${number}`, commit: work }],
  )
}

/**
 * Pins whose ref is not there though their commit is. One that stands elsewhere was moved on purpose (submitted work takes
 * its place); a commit that is gone altogether was gone before anybody asked.
 */
export async function lostPins(repo: Pick<Repository, 'gitDir'>, pins: readonly Pin[]): Promise<Pin[]> {
  const refs = new Set((await listRefs(repo, 'refs/sluice/wip')).map(({ ref }) => ref))
  const missing = pins.filter(({ ref }) => !refs.has(ref))
  const present = await presentCommits(
    repo,
    missing.map(({ commit }) => commit),
  )
  return missing.filter(({ commit }) => present.has(commit))
}
