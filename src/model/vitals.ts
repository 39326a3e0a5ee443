/**
 * What is known of a tool at work, and of the machine under it: what it uses, as a series for charts, and which
 * thresholds it is beyond now. Kept per attempt; the machine has one of its own in each run.
 */
import type { Code } from './failure.ts'
import type { MachineFacts } from './machine.ts'
import type { Series } from './series.ts'

export type Metric = 'cpu' | 'memory' | 'disk_io' | 'disk' | 'file_changes'

export type Level = 'normal' | 'warning' | 'critical'

/** A metric that went from one level to another. */
export interface Crossing {
  metric: Metric
  from: Level
  to: Level
  code: Code
  /** One line: the value, and what is normal. */
  message: string
}

/** A threshold that something is beyond now. */
export interface Alert {
  metric: Metric
  level: Exclude<Level, 'normal'>
  code: Code
  message: string
  /** ms since the epoch. */
  since: number
}

export interface Vitals {
  /** null: of the machine. */
  workstream: string | null
  attempt: number | null
  series: Series
  /** None when it no longer runs. */
  alerts: Alert[]
  /** As it was last; of the machine only. */
  machine?: MachineFacts
}
