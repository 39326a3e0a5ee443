/**
 * What `sluice clean` would take away, and what it keeps and why. Decided from facts alone, so that what is shown is what
 * is done: nothing is waste that anybody still needs, and nothing goes whose contents are not pinned.
 */
import type { SlotSize } from '../leftovers/slots.ts'

export type Waste =
  | { what: 'slot'; name: string; path: string; bytes: number; why: string }
  /** `commit`: where it stands; it is removed only while it stands there. */
  | { what: 'branch'; name: string; commit: string; bytes: 0; why: string }
  | { what: 'temporary'; name: string; path: string; bytes: number; why: string }
  /** Set aside by a clean that was cut off before it was done. */
  | { what: 'quarantine'; name: string; path: string; bytes: number; why: string }

export interface Kept {
  what: 'slot' | 'branch'
  name: string
  bytes: number
  why: string
}

/** A branch `ws/<id>` of a workstream that has landed. */
export interface LandedBranch {
  name: string
  commit: string
  /** Where that commit stays reachable when the branch is gone, or null. */
  keptBy: string | null
  /** The folder that it is checked out in, or null. */
  checkedOutAt: string | null
}

export interface CleanFacts {
  slots: readonly SlotSize[]
  branches: readonly LandedBranch[]
  /** Of killed commands, by the mark of this repository in their names. */
  temporary: readonly { path: string; bytes: number }[]
  quarantine: readonly { path: string; bytes: number }[]
}

export interface CleanPlan {
  waste: Waste[]
  kept: Kept[]
}

export function planClean({ slots, branches, temporary, quarantine }: CleanFacts): CleanPlan {
  const plan: CleanPlan = { waste: [], kept: [] }
  for (const { name, dir: path, bytes, use } of slots) {
    if (use === 'stale') plan.waste.push({ what: 'slot', name, path, bytes, why: 'half made, or no seat uses it' })
    else if (use === 'spare') plan.waste.push({ what: 'slot', name, path, bytes, why: 'its run is over' })
    else plan.kept.push({ what: 'slot', name, bytes, why: KEPT[use](name) })
  }
  for (const { name, commit, keptBy, checkedOutAt } of branches) {
    if (checkedOutAt !== null) plan.kept.push({ what: 'branch', name, bytes: 0, why: `checked out at ${checkedOutAt}` })
    else if (keptBy === null)
      plan.kept.push({ what: 'branch', name, bytes: 0, why: 'nothing else keeps what is on it' })
    else plan.waste.push({ what: 'branch', name, commit, bytes: 0, why: `has landed; its commit stays in ${keptBy}` })
  }
  for (const { path, bytes } of temporary) {
    plan.waste.push({ what: 'temporary', name: path, path, bytes, why: 'left by a command that was killed' })
  }
  for (const { path, bytes } of quarantine) {
    plan.waste.push({ what: 'quarantine', name: path, path, bytes, why: 'set aside by a clean that was cut off' })
  }
  return plan
}

const KEPT: Record<Exclude<SlotSize['use'], 'stale' | 'spare'>, (name: string) => string> = {
  needed: () => 'an attempt is at work there, or has not been settled',
  kept: () => 'the run is not over: it goes on faster with it',
  opened: (name) => `open for a person: \`sluice submit ${name.slice('open-'.length)}\` hands it in`,
}

export function bytesOf(items: readonly { bytes: number }[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0)
}
