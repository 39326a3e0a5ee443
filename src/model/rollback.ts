/**
 * A rollback as data: what would be undone, in which order, and why it may not be. A screen shows it before anything
 * is done, and the same value is then carried out.
 */
import type { Failure } from './failure.ts'

/**
 * `ids`: these workstreams; one that has landed is taken back, one that was taken back comes again. `to`: everything
 * that landed after this landing (a value of `Sluice-Landing`). `run`: everything that this run landed.
 */
export type RollbackRequest = { ids: readonly string[] } | { to: string } | { run: string }

interface Undoing {
  workstream: string
  title: string
  /** The value of `Sluice-Landing` that goes, or comes again. */
  landing: string
  /** The commit of the target's first-parent line that is reverted: the landing, or a revert of ours. */
  commit: string
  /** Value of the trailer `Sluice-Reverts`: the landing, or the id of the revert commit that is reverted. */
  reverts: string
  /** When that commit was made, milliseconds since 1970. */
  at: number
  /** false while the branch itself does not have it (W407). */
  published: boolean
  /** false: it is here because something else that is undone cannot be without it (`cascade`). */
  asked: boolean
}

/** Both directions are one revert commit each; what stands in the way of each is another thing. */
export type Undo =
  /** `dependents`: what has landed and depends on it, directly or not, also when it is undone too. */
  | ({ action: 'take-back'; dependents: string[] } & Undoing)
  /** `needs`: what it depends on, directly or not, and was taken back, also when it comes again too. */
  | ({ action: 'bring-back'; needs: string[] } & Undoing)

/** A commit that stays although something older is undone. */
export interface Kept {
  commit: string
  kind: 'landing' | 'revert' | 'person'
  /** null for a commit of a person, and for a revert. */
  workstream: string | null
  landing: string | null
}

export type RollbackMethod =
  /** New commits on top. */
  | { kind: 'revert' }
  /** Nobody has seen what goes, and nothing was built on it: the pending tip goes back to this commit. */
  | { kind: 'reset'; to: string }

export interface RollbackPlan {
  /** Newest first: the order in which it is undone. */
  undo: Undo[]
  method: RollbackMethod
  /** Newest first: what came after the oldest that is undone, and stays. */
  kept: Kept[]
  /** What forbids it; empty: it may be done. */
  problems: Failure[]
}
