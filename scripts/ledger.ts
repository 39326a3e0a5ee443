/** What the store's file says, read by nothing of the store: for checkers that must not believe the code under test. */
import { DatabaseSync } from 'node:sqlite'
import type { Attempt } from '../src/model/attempt.ts'
import type { Landing } from '../src/model/landing.ts'
import type { WorkstreamState } from '../src/model/state.ts'

export interface Ledger {
  states: Map<string, WorkstreamState>
  attempts: Attempt[]
  landings: Landing[]
  /** `running` or `ended`; of several runs all, with commas between. */
  runState: string
  /** What `pragma integrity_check` says of the file is `ok`. */
  isSound: boolean
}

/** Reads `sluice.db`. Throws when it cannot be opened. */
export function readLedger(file: string): Ledger {
  const database = new DatabaseSync(file, { readOnly: true })
  const docs = <T>(table: string, column = 'doc'): T[] =>
    database
      .prepare(`select ${column} from ${table}`)
      .all()
      .map((row) => JSON.parse(String(row[column])) as T)
  try {
    const ids = database
      .prepare('select id from workstreams')
      .all()
      .map(({ id }) => String(id))
    const states = docs<WorkstreamState>('workstreams', 'state')
    return {
      states: new Map(ids.map((id, index) => [id, states[index]!])),
      attempts: docs<Attempt>('attempts'),
      landings: docs<Landing>('landings'),
      runState: docs<{ state: string }>('runs')
        .map(({ state }) => state)
        .join(),
      isSound: database.prepare('pragma integrity_check').get()?.['integrity_check'] === 'ok',
    }
  } finally {
    database.close()
  }
}
