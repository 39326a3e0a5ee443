/** The acceptance tests of a workstream, on its own commit, before its work may queue. */
import { passed } from '../model/landing.ts'
import { acceptanceChecks } from '../plan/acceptance-checks.ts'
import type { Context } from './context.ts'
import { afterTests } from './enqueue.ts'
import { ask, redEvidence } from './gating.ts'

/** Starts the tests of what is being checked and has none under way. */
export function advanceChecks(context: Context): void {
  const { ledger, tasks } = context
  for (const { id, state } of ledger.rows.values()) {
    if (state.state !== 'checking' || tasks.has(`check ${id}`)) continue
    tasks.start(`check ${id}`, (signal) => check(context, id, signal))
  }
}

async function check(context: Context, id: string, signal: AbortSignal): Promise<void> {
  const { ledger, config } = context
  const { state, definition } = ledger.row(id)
  if (state.state !== 'checking') return
  const { attempt, work } = state
  const checks = acceptanceChecks(definition, config)
  const log = `${id}.${attempt}.acceptance`
  const asked = {
    kind: 'acceptance',
    commit: work,
    tree: null,
    onto: null,
    checks,
    workstream: id,
    attempt,
    log,
  } as const
  const verdict = await ask(context, asked, signal)
  const onward = passed(verdict.results) ? await afterTests(context, { ...ledger.attempt(id, attempt), work }) : null
  const now = ledger.state(id)
  // A person may have cancelled it meanwhile.
  if (now.state !== 'checking' || now.attempt !== attempt) return
  if (onward !== null) return await ledger.move(id, onward.to, onward.why, onward.more)
  const { message, evidence } = redEvidence(verdict.results)
  const outcome = { kind: 'acceptance', code: 'E502', message: `acceptance failed: ${message}`, evidence } as const
  // What settled a conflict, and does not do what was asked, is work to go on from like any other.
  const settledConflicts = ledger.conflicts.has(id) ? [id] : []
  const attempts = [{ ...ledger.attempt(id, attempt), outcome }]
  await ledger.move(id, { state: 'open' }, null, { attempts, settledConflicts })
}
