/** The proof of one landing: what was landed, by whom it was made and approved, and what passed on exactly that tree. */
import type { CheckResult } from './landing.ts'

export interface Approval {
  by: string
  at: number
  comment: string | null
}

export interface Receipt {
  landing: string
  workstream: string
  attempt: number
  tool: string
  /** The pinned work, and the target's commit that it was merged into. */
  work: string
  onto: string
  /** The landing commit and its tree: what the gate saw. */
  commit: string
  tree: string
  /** The commit that the gate passed on, where that is a later one of the same group; else null. */
  gatedAs: string | null
  /** Empty: no gate was wanted. */
  gate: Pick<CheckResult, 'name' | 'command' | 'exit' | 'ms'>[]
  approvals: Approval[]
  /** When it reached the target, milliseconds since 1970. */
  at: number
}
