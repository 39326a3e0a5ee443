/**
 * Beginning anew: the state of all runs and the slots go, the branches and what is pinned stay. Attempts are counted from
 * one again afterwards, so the pins of the old ones are moved to where no new attempt writes.
 *
 * Only under the repository's lock. Pins are moved first and the state goes last: a reset that was cut off is done again.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { deleteRefs, listRefs, setRefs } from '../../git/refs.ts'
import { removeTree } from '../../git/remove-tree.ts'
import type { Repository } from '../../git/repository.ts'
import { SluiceError } from '../../model/failure.ts'
import { endOrphans, findOrphans } from '../leftovers/orphans.ts'
import { folderBytes } from '../leftovers/slots.ts'

/** Where moved pins are: `refs/sluice/kept/<stamp>/wip/<workstream>/<attempt>`. */
export const KEPT = 'refs/sluice/kept'

/** Refs that hold somebody's work. Those that are left out are lessons, which have passed the gate, and stay as they are. */
const WORK = ['wip', 'stray', 'opened', 'abandoned']

/** Refs that only mean something to the state that goes. */
const OF_STATE = ['base', 'candidate', 'conflict', 'pull', 'rebased', 'regenerate', 'rollback', 'remote']

export interface Losses {
  /** Of `.sluice/`: the store with its history, reports and approvals, the logs, what tools printed, parked patches. */
  stateBytes: number
  slotBytes: number
  /** Attempts that were not settled (`ws-09 attempt 2`): what they have done since they began is in a slot alone. */
  unsettled: string[]
  /** Worktrees that are open for a person, with whatever is in them. */
  opened: string[]
}

export async function lossesOf(paths: { state: string; work: string }, unsettled: readonly string[]): Promise<Losses> {
  const opened = await readdir(join(paths.work, 'open')).catch(() => [])
  const [stateBytes, slotBytes] = [folderBytes(paths.state), folderBytes(paths.work)]
  return { stateBytes, slotBytes, unsettled: [...unsettled], opened }
}

export interface ResetOrder {
  repo: Repository
  work: string
  /** Marks of every attempt and check, settled or not: whoever carries one is ended. */
  marks: ReadonlyMap<string, string>
  stamp: string
}

/** Does all but remove the state itself, which holds the lock. Gives how many pins were moved. */
export async function resetWork({ repo, work, marks, stamp }: ResetOrder): Promise<number> {
  await endOrphans(findOrphans(marks) ?? [], 0)
  const held = await listRefs(repo, ...WORK.map((name) => `refs/sluice/${name}`))
  const moved = held.map(({ ref, object }) => ({
    ref: `${KEPT}/${stamp}/${ref.slice('refs/sluice/'.length)}`,
    to: object,
  }))
  if (moved.length > 0) await setRefs(repo, moved, 'sluice: kept by a reset')
  const stale = await listRefs(repo, ...OF_STATE.map((name) => `refs/sluice/${name}`))
  const gone = await deleteRefs(
    repo,
    [...held, ...stale].map(({ ref, object }) => ({ ref, before: object })),
  )
  if (!gone) {
    const fix = 'nothing is lost and nothing was reset; wait for the other git, then again'
    throw new SluiceError({ code: 'E404', message: 'refs of ours are locked, or were moved meanwhile', fix })
  }
  await removeTree(work)
  return moved.length
}
