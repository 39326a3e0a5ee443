/** What a reader of the user's files found: always with a place, never alone (all are reported in one go). */
import type { Code } from './failure.ts'

export interface Diagnostic {
  code: Code
  severity: 'error' | 'warning'
  /** Relative to the repository root. */
  file: string
  /** 1-based; 0 when the whole file is meant. */
  line: number
  column: number
  workstream: string | null
  message: string
  fix: string
}
