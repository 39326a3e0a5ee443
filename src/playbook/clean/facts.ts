/** What cleaning has to know about a repository. Looking changes nothing. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { checkedOutAt } from '../../git/checkout.ts'
import { listRefs } from '../../git/refs.ts'
import { isAncestor, type Repository } from '../../git/repository.ts'
import { findScratchFolders } from '../../git/scratch-folder.ts'
import { findSlots, folderBytes, type SlotNeeds } from '../leftovers/slots.ts'
import type { CleanFacts, LandedBranch } from './waste.ts'

/** Below the folder of the slots: a move there is a rename, which is done or not. */
export const QUARANTINE = 'quarantine'

const BRANCHES = 'refs/heads/ws'
const PINS = 'refs/sluice/wip'

export interface CleanAround {
  repo: Repository
  work: string
  needs: SlotNeeds
  /** Ids of workstreams that have landed and whose landing the target's branch has. */
  landed: readonly string[]
  target: string
}

export async function cleanFacts({ repo, work, needs, landed, target }: CleanAround): Promise<CleanFacts> {
  const [slots, branches, temporary, quarantine] = await Promise.all([
    findSlots(work, needs),
    landedBranches(repo, landed, target),
    needs.isLive ? [] : findScratchFolders(repo),
    readdir(join(work, QUARANTINE)).catch(() => []),
  ])
  return {
    slots,
    branches,
    temporary: sized(temporary),
    quarantine: sized(quarantine.map((name) => join(work, QUARANTINE, name))),
  }
}

function sized(paths: readonly string[]): { path: string; bytes: number }[] {
  return paths.map((path) => ({ path, bytes: folderBytes(path) }))
}

async function landedBranches(repo: Repository, landed: readonly string[], target: string): Promise<LandedBranch[]> {
  const refs = await listRefs(repo, BRANCHES, PINS, `refs/heads/${target}`)
  const pins = refs.filter(({ ref }) => ref.startsWith(`${PINS}/`))
  const tip = refs.find(({ ref }) => ref === `refs/heads/${target}`)?.object
  const ids = new Set(landed)
  const own = refs.filter(({ ref }) => ref.startsWith(`${BRANCHES}/`) && ids.has(ref.slice(BRANCHES.length + 1)))
  return await Promise.all(
    own.map(async ({ ref, object }) => {
      const name = ref.slice('refs/heads/'.length)
      const pin = pins.find((one) => one.object === object)?.ref
      const isLanded = tip !== undefined && (await isAncestor(repo, object, tip))
      const keptBy = isLanded ? target : (pin ?? null)
      return { name, commit: object, keptBy, checkedOutAt: await checkedOutAt(repo, name) }
    }),
  )
}
