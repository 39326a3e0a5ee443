/**
 * Landings that the target had and no longer has: somebody has moved it back, and only they know why. Nothing lands on
 * such a target, and no run begins on it, before a person has said what is meant.
 */
import { areReachable } from '../git/ancestry.ts'
import { isAncestor, type Repository } from '../git/repository.ts'
import type { Failure } from '../model/failure.ts'
import type { WorkstreamRow } from '../store/store.ts'

type LandedRow = Pick<WorkstreamRow, 'id'> & Extract<WorkstreamRow['state'], { state: 'landed' }>

/**
 * The question (E405) when `tip` lacks a landing of the newest move; else null. What landed earlier stands below it.
 * `what` is given up with the command named: the landing, or the work.
 */
export async function rewound(
  repo: Repository,
  { target, tip, rows, what }: { target: string; tip: string; rows: Iterable<WorkstreamRow>; what: string },
): Promise<Failure | null> {
  const lost = await lastLost(repo, tip, newestMove(rows))
  if (lost === null) return null
  const short = lost.commit.slice(0, 10)
  const [putBack, giveUp] = [`git merge --ff-only ${short}`, `sluice retry ${lost.id}`]
  return {
    code: 'E405',
    message: `${target} was moved back: it no longer has the landing of ${lost.id} (${short})`,
    fix: `put it back with \`${putBack}\`, or give the ${what} up with \`${giveUp}\``,
    details: { landing: lost.landing, commit: lost.commit, commands: [putBack, giveUp] },
  }
}

/** Landings that reached the target at the same moment are of one move. */
function newestMove(rows: Iterable<WorkstreamRow>): LandedRow[] {
  const landed = [...rows].flatMap(({ id, state }) => (state.state === 'landed' ? [{ id, ...state }] : []))
  const newest = Math.max(...landed.map(({ at }) => at))
  return landed.filter(({ at }) => at === newest)
}

/** Of those that the tip lacks, the one that stands on all others. */
async function lastLost(repo: Repository, tip: string, move: readonly LandedRow[]): Promise<LandedRow | null> {
  const beside = move.map(({ commit }) => commit).filter((commit) => commit !== tip)
  if (await areReachable(repo, beside, tip)) return null
  let last: LandedRow | null = null
  for (const one of move) {
    if (await isAncestor(repo, one.commit, tip)) continue
    if (last === null || (await isAncestor(repo, last.commit, one.commit))) last = one
  }
  return last
}
