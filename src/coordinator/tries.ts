/** The tries of a workstream as the scheduler counts them: settled, since a person's last retry, on ground that held. */
import type { Try } from '../schedule/fallback.ts'
import { errorSignature } from '../tools/signatures.ts'
import type { Ledger } from './ledger.ts'

/** Oldest first. */
export function triesOf(ledger: Ledger, id: string): Try[] {
  const { after } = ledger.row(id).restart
  const attempts = ledger.attempts.get(id) ?? []
  return attempts.flatMap((attempt) => {
    const { number, tool, outcome, startedAt, endedAt, phase, digest = null } = attempt
    // What was built on work that did not land says nothing about the tool, however it ended.
    const counts = phase === 'settled' && number > after && ledger.stands(attempt)
    if (!counts || outcome === null) return []
    const signature = outcome.evidence === undefined ? null : errorSignature(outcome.evidence)
    return [{ number, tool, outcome, startedAt, endedAt: endedAt ?? 0, signature, digest }]
  })
}
