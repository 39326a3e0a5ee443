/**
 * Where finished work goes, decided in one place whoever finished it:
 *
 * ```
 * work ─▶ checking (its own acceptance tests) ─▶ waiting (landing.approve) ─▶ queued
 * ```
 * What a person has approved is that commit: the same work is not asked about again, other work is.
 */
import { treeOf } from '../git/ancestry.ts'
import type { Repository } from '../git/repository.ts'
import type { Attempt } from '../model/attempt.ts'
import type { Config } from '../model/config.ts'
import type { NewEvent } from '../model/event.ts'
import type { Approval } from '../model/receipt.ts'
import type { WorkstreamState } from '../model/state.ts'
import { acceptanceChecks } from '../plan/acceptance-checks.ts'
import { approvalRule } from '../plan/approval.ts'
import type { Ledger } from './ledger.ts'

/** An attempt that has left work behind. */
export type Finished = Attempt & { work: string }

/** The next state, and what is recorded in the same transaction. */
export interface Onward {
  to: WorkstreamState
  why: string | null
  more: { attempts: Attempt[]; events: NewEvent[] }
}

interface Known {
  ledger: Ledger
  repo: Repository
  config: Config
}

/** After an attempt: its tests first, when it has any that are to be run. */
export async function afterWork(known: Known, finished: Finished): Promise<Onward> {
  const { definition } = known.ledger.row(finished.workstream)
  if (acceptanceChecks(definition, known.config).length === 0) return await afterTests(known, finished)
  const { number: attempt, work } = finished
  return { to: { state: 'checking', attempt, work }, why: null, more: { attempts: [finished], events: [] } }
}

/** After the tests, or where none are wanted: into the queue, unless somebody has to agree first. */
export async function afterTests(
  known: Pick<Known, 'ledger' | 'repo'> & { config: Pick<Config, 'landing'> },
  finished: Finished,
): Promise<Onward> {
  const { ledger, repo, config } = known
  const { workstream, number: attempt, work, changed } = finished
  const definitions = [...ledger.rows.values()].map((row) => row.definition)
  const rule = approvalRule(config.landing.approve, { workstream, changed }, definitions)
  const approvals = rule === null ? [] : await approvalsOf(repo, finished, ledger.attempts.get(workstream) ?? [])
  const now = ledger.now()
  if (rule !== null && approvals.length === 0) {
    const to = { state: 'waiting', for: 'approval', attempt, work, rule, since: now } as const
    return { to, why: `landing.approve: ${rule}`, more: { attempts: [finished], events: [] } }
  }
  const attempts: Attempt[] = [approvals.length === 0 ? finished : { ...finished, approvals }]
  return {
    to: { state: 'queued', attempt, work, queuedAt: now },
    why: null,
    more: { attempts, events: [queued(finished)] },
  }
}

/** The event of work that joins the queue. */
export function queued({ workstream, number, work }: Finished): NewEvent {
  return { type: 'landing.queued', work, workstream, attempt: number }
}

/**
 * Approvals that the workstream has for exactly this work: the same commit, or the same tree as a change from the same
 * base (an amended message is no other work).
 */
async function approvalsOf(repo: Repository, finished: Finished, attempts: readonly Attempt[]): Promise<Approval[]> {
  for (const { work, base, approvals = [] } of attempts.toReversed()) {
    if (work === null || approvals.length === 0) continue
    if (work === finished.work) return approvals
    if (base === finished.base && (await treeOf(repo, work)) === (await treeOf(repo, finished.work))) return approvals
  }
  return []
}
