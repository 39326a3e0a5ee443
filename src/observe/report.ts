/**
 * `sluice.report/1`: what a run did, with proof. A landing's proof is the commit, its parents as git has them, and
 * each gate command with its exit and time on that very tree.
 */
import type { Attempt, PermissionAnswer, Stray, Usage } from '../model/attempt.ts'
import type { CheckResult, Conflict, Fix, Landing } from '../model/landing.ts'
import type { Approval, Receipt } from '../model/receipt.ts'
import type { Run } from '../model/run.ts'
import type { StateName } from '../model/state.ts'
import type { Spending } from '../schedule/budget.ts'
import type { WorkstreamRow } from '../store/store.ts'
import { type ConflictHistory, type ConflictStatistics, conflictStatistics } from './conflict-statistics.ts'
import { conflictCommands } from './conflict-text.ts'
import { countsOf, type Counts } from './counts.ts'
import { blockedDependents } from './dependents.ts'
import { document } from './documents.ts'
import { spentBy, statusRun, viewsOfRows, type StatusRun } from './status.ts'
import type { TimeAtWork } from './time-at-work.ts'

export interface ReportInput {
  run: Run
  rows: readonly WorkstreamRow[]
  attempts: readonly Attempt[]
  landings: readonly Landing[]
  conflicts: readonly Conflict[]
  fixes: readonly Fix[]
  /** Parents of each landing commit, read from the target's own history. */
  parents: ReadonlyMap<string, readonly string[]>
  /** What was told as a warning, with its code. */
  warnings: readonly ReportWarning[]
  /** Results of the user's `after:` checks; empty when there are none. */
  after: readonly CheckResult[]
  /** Commits whose gate was not run, because it was known from the same tree. */
  known: ReadonlySet<string>
  atWork: TimeAtWork
  /** No schedule could be faster, if every workstream took what was estimated; null while no run has ended. */
  boundMs: number | null
  lockHeld: boolean
  /** Landings and attempts of all runs that are remembered. */
  history: ConflictHistory
}

export type GateProof = Pick<CheckResult, 'name' | 'command' | 'exit' | 'ms'>

export interface ReportLanding {
  workstream: string
  title: string
  landing: string
  attempt: number
  tool: string | null
  commit: string
  parents: string[]
  /** Empty: no gate was wanted. */
  gate: GateProof[]
  /** It was not run on this commit, because it had passed on another one with the same tree. */
  gateCached: boolean
  at: number
  published: boolean
  /** null for a landing of an older Sluice. */
  receipt: Receipt | null
}

export interface ReportAttempt {
  workstream: string
  attempt: number
  tool: string
  agent: number
  startedAt: number
  ms: number | null
  outcome: string
  code: string | null
  message: string | null
  work: string | null
  changed: number
  approvals: Approval[]
  /** What a person has allowed its tool while it worked, or not. */
  answers: PermissionAnswer[]
  /** What it left besides the work, below `refs/sluice/stray/`. */
  strays: Stray[]
  /** What it changed outside its scope: kept in the file `patch`, and not landed. */
  parked: { paths: string[]; patch: string } | null
  /** What it used of a model; null: nobody knows. */
  usage: Usage | null
}

export interface ReportConflict extends Conflict {
  /** What cannot go on until it is settled, directly or not. */
  blocked: string[]
  commands: string[]
}

/** Finished work that lands when somebody agrees. */
export interface ReportApproval {
  workstream: string
  title: string
  attempt: number
  work: string
  /** The entry of `landing.approve` that asks. */
  rule: string
  since: number
}

export interface ReportFailure {
  workstream: string
  state: StateName
  code: string | null
  message: string
}

/** Something that somebody should know though it stopped nothing: changes that were parked, an edited gate. */
export interface ReportWarning {
  workstream: string | null
  attempt: number | null
  code: string
  message: string
  at: number
}

export interface ReportDocument {
  schema: 'sluice.report/1'
  run: StatusRun
  counts: Counts
  /** What all attempts have used of models; null: none has told. */
  spending: Spending | null
  landings: ReportLanding[]
  attempts: ReportAttempt[]
  fixes: Pick<Fix, 'code' | 'workstream' | 'problem' | 'action' | 'proof' | 'at'>[]
  conflicts: ReportConflict[]
  conflictStatistics: ConflictStatistics
  /** What waits for approval. */
  approvals: ReportApproval[]
  failures: ReportFailure[]
  /** All of the plan, in its order. */
  workstreams: { id: string; title: string; state: StateName; blockedBy: string[] }[]
  warnings: ReportWarning[]
  after: GateProof[]
  /** `makespanMs` is time at work, over all `starts`. */
  timings: { makespanMs: number; boundMs: number | null; starts: number }
}

export function reportDocument(input: ReportInput): ReportDocument {
  const { run, rows, attempts, conflicts, fixes } = input
  const views = viewsOfRows(rows)
  // One that is on its way to the target is none any more.
  const isOpen = ({ ladder }: Conflict): boolean => ladder?.step.at !== 'settled'
  return document('report', {
    run: statusRun(run, input.lockHeld),
    counts: countsOf([...views.values()].map(({ name }) => name)),
    spending: spentBy(attempts),
    landings: reportLandings(input),
    attempts: attempts.map(reportAttempt),
    fixes: fixes.map(({ code, workstream, problem, action, proof, at }) => ({
      code,
      workstream,
      problem,
      action,
      proof,
      at,
    })),
    conflicts: conflicts.filter(isOpen).map((conflict) => ({
      ...conflict,
      blocked: blockedDependents(rows, views, conflict.workstream),
      commands: [...conflictCommands(conflict), `sluice resolve ${conflict.workstream} --discard`],
    })),
    conflictStatistics: conflictStatistics(input.history),
    approvals: rows.flatMap(({ id, state, definition }): ReportApproval[] => {
      if (state.state !== 'waiting' || state.for !== 'approval') return []
      const { attempt, work, rule, since } = state
      return [{ workstream: id, title: definition.title, attempt, work, rule, since }]
    }),
    failures: rows.flatMap(({ id, state }): ReportFailure[] => {
      const view = views.get(id)!
      if (state.state === 'failed') {
        return [{ workstream: id, state: view.name, code: state.failure.code, message: state.failure.message }]
      }
      if (view.name !== 'blocked') return []
      return [{ workstream: id, state: view.name, code: null, message: `waits for ${view.blockedBy.join(', ')}` }]
    }),
    workstreams: rows.map(({ id, definition }) => {
      const { name, blockedBy } = views.get(id)!
      return { id, title: definition.title, state: name, blockedBy }
    }),
    warnings: [...input.warnings],
    after: input.after.map(gateProof),
    timings: { makespanMs: input.atWork.ms, boundMs: input.boundMs, starts: input.atWork.starts },
  })
}

/** Landed means moved: what the journal calls built or gated is no landing yet. In the order of the target's history. */
function reportLandings({ rows, attempts, landings, parents, known }: ReportInput): ReportLanding[] {
  const titles = new Map(rows.map(({ id, definition }) => [id, definition.title]))
  const tools = new Map(attempts.map(({ workstream, number, tool }) => [`${workstream}.${number}`, tool]))
  const moved = landings.filter(({ stage, commit }) => (stage === 'moved' || stage === 'done') && commit !== null)
  return moved
    .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
    .map((landing) => ({
      workstream: landing.workstream,
      title: titles.get(landing.workstream) ?? '',
      landing: landing.id,
      attempt: landing.attempt,
      tool: tools.get(`${landing.workstream}.${landing.attempt}`) ?? null,
      commit: landing.commit!,
      parents: [...(parents.get(landing.commit!) ?? [])],
      gate: landing.gate.map(gateProof),
      gateCached: known.has(landing.gatedAs ?? landing.commit!),
      at: landing.at ?? 0,
      published: landing.published,
      receipt: landing.receipt ?? null,
    }))
}

function gateProof({ name, command, exit, ms }: CheckResult): GateProof {
  return { name, command, exit, ms }
}

function reportAttempt(attempt: Attempt): ReportAttempt {
  const { workstream, number, tool, agent, startedAt, endedAt, outcome, work, changed, phase } = attempt
  const { strays = [], parked = null } = attempt
  return {
    workstream,
    attempt: number,
    tool,
    agent,
    startedAt,
    ms: endedAt === null ? null : endedAt - startedAt,
    outcome: outcome?.kind ?? phase,
    code: outcome?.code ?? null,
    message: outcome?.message ?? null,
    work,
    changed: changed.length,
    approvals: attempt.approvals ?? [],
    answers: attempt.answers ?? [],
    strays,
    parked,
    usage: attempt.usage ?? null,
  }
}
