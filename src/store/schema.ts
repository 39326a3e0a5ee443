/**
 * The tables as types. Key columns are real columns; what is only ever read as a whole is one JSON document, so that
 * a field added to an attempt or a landing needs no migration, and both databases store the same text.
 */
import type { Generated } from 'kysely'

export interface Tables {
  runs: { id: string; target: string; started_at: number; doc: string }
  workstreams: { run: string; id: string; position: number; definition: string; state: string; restart: string }
  attempts: { workstream: string; number: number; run: string; doc: string }
  landings: { id: string; run: string; doc: string }
  conflicts: { run: string; workstream: string; doc: string }
  predictions: { run: string; doc: string }
  vitals: { run: string; subject: string; doc: string }
  fixes: { id: Generated<number>; run: string; doc: string }
  verdicts: { tree: string; gate: string; doc: string }
  requests: { id: string; at: number; state: string; doc: string }
  events: {
    seq: Generated<number>
    run: string
    at: number
    type: string
    workstream: string | null
    attempt: number | null
    doc: string
  }
}
