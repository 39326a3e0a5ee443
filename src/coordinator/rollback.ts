/**
 * Carries a rollback out: planned from the target's history, reverted in memory, gated on exactly the commit that the
 * target then moves to. Beside the queue, not through it: both move by compare-and-swap, and whoever was slower builds
 * again on what is there.
 *
 * The commit is journaled before anything moves. A rollback that was cut off is asked again, and then it is the target's
 * history that says whether it has happened: asked twice it would bring back what it took.
 */
import { firstParentTrailers } from '../git/history.ts'
import { casRef, deleteRef, readRef, setRef } from '../git/refs.ts'
import { isAncestor } from '../git/repository.ts'
import { moveTo } from '../landing/move.ts'
import { publish } from '../landing/publish.ts'
import { planRollback } from '../landing/rollback.ts'
import { commitOf, pendingRef, readTip, type Tip } from '../landing/tip.ts'
import { type Undone, undoLandings } from '../landing/undo.ts'
import type { NewEvent } from '../model/event.ts'
import type { Failure } from '../model/failure.ts'
import { type CheckResult, passed } from '../model/landing.ts'
import type { BegunRollback, Request, RequestBody } from '../model/run.ts'
import type { RollbackMethod, RollbackPlan, RollbackRequest, Undo } from '../model/rollback.ts'
import type { WorkstreamState } from '../model/state.ts'
import type { WorkstreamRow } from '../store/store.ts'
import type { Context } from './context.ts'
import { ask, redEvidence } from './gating.ts'

export interface RollbackOrder {
  request: RollbackRequest
  cascade: boolean
  /** The reason, for the messages of the commits; may be empty. */
  why: string
  /** Of an earlier execution that was cut off. */
  begun: BegunRollback | null
  /** Awaited before anything moves. */
  journal: (begun: BegunRollback) => Promise<void>
}

export type RolledBack =
  | { kind: 'done'; undo: readonly Undo[]; commit: string; published: boolean }
  | { kind: 'refused'; failure: Failure; plan: RollbackPlan }

/** People and landings that move the target meanwhile: after this many rounds somebody should look. */
const ROUNDS_MAX = 20

/** What a rollback of the target as it is now would do. Writes nothing. */
export async function foreseeRollback(
  { repo, target, rows }: Pick<Context, 'repo' | 'target'> & { rows: Iterable<WorkstreamRow> },
  { request, cascade }: Pick<RollbackOrder, 'request' | 'cascade'>,
): Promise<{ plan: RollbackPlan; tip: Tip }> {
  const tip = await readTip(repo, target, { tidy: false })
  const history = await firstParentTrailers(repo, commitOf(tip))
  const ahead = tip.kind === 'pending' ? await firstParentTrailers(repo, tip.commit, tip.published) : []
  const unpublished = new Set(ahead.map(({ commit }) => commit))
  const known = [...rows]
  const workstreams = known.map(({ definition }) => definition)
  const plan = planRollback({ history, unpublished, workstreams, request, cascade })
  return { plan: { ...plan, problems: [...plan.problems, ...doneAgain(plan.undo, known)] }, tip }
}

/** What is brought back must not be on its way to the target for a second time. */
function doneAgain(undo: readonly Undo[], rows: readonly WorkstreamRow[]): Failure[] {
  const states = new Map(rows.map(({ id, state }) => [id, state.state]))
  return undo.flatMap(({ action, workstream: id }): Failure[] => {
    const state = states.get(id)
    if (action === 'take-back' || state === undefined || AT_REST.includes(state)) return []
    const message = `${id} cannot be brought back: it is to be done again, and is ${state}`
    return [{ code: 'E103', message, fix: `sluice cancel ${id}, then ask again` }]
  })
}

/** Where nothing of a workstream lands by itself. */
const AT_REST: readonly WorkstreamState['state'][] = ['reverted', 'landed', 'held', 'failed', 'discarded', 'cancelled']

export async function rollBack(context: Context, order: RollbackOrder, signal: AbortSignal): Promise<RolledBack> {
  const { ledger, repo, target } = context
  const done = order.begun === null ? null : await doneBefore(context, order.begun)
  if (done !== null) return done
  const foresee = (): ReturnType<typeof foreseeRollback> =>
    foreseeRollback({ repo, target, rows: ledger.rows.values() }, order)
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { plan, tip } = await foresee()
    const [problem] = plan.problems
    if (problem !== undefined) return { kind: 'refused', failure: problem, plan }
    const moved =
      plan.method.kind === 'reset'
        ? await reset(context, tip, plan, plan.method.to, order)
        : await revert(context, tip, plan, order, signal)
    if (moved.kind === 'raced') continue
    if (moved.kind === 'refused') return { ...moved, plan }
    await record(context, plan.undo, moved)
    return { kind: 'done', undo: plan.undo, commit: moved.commit, published: moved.published }
  }
  const failure: Failure = {
    code: 'E405',
    message: `${target} is moved all the time`,
    fix: 'try again when it is still',
  }
  return { kind: 'refused', failure, plan: (await foresee()).plan }
}

/** One that was cut off when the target had moved already, put on record now; null when it has not come to that. */
async function doneBefore(context: Context, begun: BegunRollback): Promise<RolledBack | null> {
  const { repo, target } = context
  const { kind, commit, undo, commits } = begun
  const tip = await readTip(repo, target)
  const at = commitOf(tip)
  if ((await isAncestor(repo, commit, at)) !== (kind === 'revert')) return null
  const published = tip.kind !== 'pending' || kind === 'reset' || (await isAncestor(repo, commit, tip.published))
  // A run that began meanwhile has read the history itself, and may have gone on from there.
  const isAsBefore = ({ action, landing }: Undo, { state }: WorkstreamRow): boolean =>
    state.state === (action === 'take-back' ? 'landed' : 'reverted') && state.landing === landing
  const after = kind === 'revert' ? commit : at
  await record(context, undo, { method: kind, commit: after, commits, published }, isAsBefore)
  return { kind: 'done', undo, commit: after, published }
}

interface Done {
  method: RollbackMethod['kind']
  commit: string
  /** One for each that was undone; none for a reset. */
  commits: string[]
  published: boolean
}

type Moved = { kind: 'raced' } | { kind: 'refused'; failure: Failure } | ({ kind: 'moved' } & Done)

/** Nobody has seen what goes, and nothing is built on it: the pending tip goes back. */
async function reset(
  { repo, target }: Context,
  tip: Tip,
  { undo }: RollbackPlan,
  to: string,
  order: RollbackOrder,
): Promise<Moved> {
  if (tip.kind !== 'pending') return { kind: 'raced' }
  const from = tip.commit
  await setRef(repo, `refs/sluice/abandoned/${from}`, from, 'taken back before it was published')
  await order.journal({ kind: 'reset', commit: from, undo, commits: [] })
  const isGone =
    to === tip.published
      ? await deleteRef(repo, pendingRef(target), from)
      : await casRef(repo, pendingRef(target), to, from, 'sluice: rollback')
  // It is gone as well when it was published meanwhile, and then it can only be reverted.
  const isPublished = await isAncestor(repo, from, (await readRef(repo, `refs/heads/${target}`)) ?? to)
  return isGone && !isPublished
    ? { kind: 'moved', method: 'reset', commit: to, commits: [], published: true }
    : { kind: 'raced' }
}

async function revert(
  context: Context,
  tip: Tip,
  plan: RollbackPlan,
  order: RollbackOrder,
  signal: AbortSignal,
): Promise<Moved> {
  const { ledger, repo, target, identity, paths } = context
  const from = commitOf(tip)
  const dateSeconds = Math.floor(ledger.now() / 1000)
  const undone = await undoLandings(repo, { tip: from, undo: plan.undo, why: order.why, identity, dateSeconds })
  if (undone.kind === 'conflict') return { kind: 'refused', failure: conflictFailure(undone) }
  const to = undone.tip
  const pin = `refs/sluice/rollback/${to}`
  await setRef(repo, pin, to, 'sluice: rollback')
  try {
    const results = await gate(context, from, to, signal)
    if (!passed(results)) return { kind: 'refused', failure: redFailure(plan, results) }
    await order.journal({ kind: 'revert', commit: to, undo: plan.undo, commits: undone.commits })
    const moved = await moveTo({
      repo,
      target,
      from,
      to,
      isPending: tip.kind === 'pending',
      publish: (before, after) => publish(repo, target, before, after, paths.publishJournal),
    })
    if (moved.kind === 'raced') return moved
    return { kind: 'moved', method: 'revert', commit: to, commits: undone.commits, published: moved.published }
  } finally {
    await deleteRef(repo, pin)
  }
}

/** Like a candidate: red is asked once more on the same commit. */
async function gate(context: Context, onto: string, commit: string, signal: AbortSignal): Promise<CheckResult[]> {
  const checks = context.config.gate ?? []
  const log = `rollback.${commit.slice(0, 12)}`
  const asked = { kind: 'gate', commit, tree: null, onto, checks, workstream: null, attempt: null, log } as const
  const { results } = await ask(context, asked, signal)
  return passed(results) ? results : (await ask(context, asked, signal)).results
}

/** States follow the history: what is taken back waits for `retry`, what is brought back has landed again. */
async function record(
  { ledger }: Context,
  undo: readonly Undo[],
  moved: Done,
  isMeant: (item: Undo, row: WorkstreamRow) => boolean = speaksOf,
): Promise<void> {
  const workstreams: WorkstreamRow[] = []
  const events: NewEvent[] = []
  for (const [place, item] of undo.entries()) {
    const { action, workstream, landing } = item
    const row = ledger.rows.get(workstream)
    if (row === undefined || !isMeant(item, row)) continue
    const commit = moved.commits[place] ?? moved.commit
    const attempt = ledger.landings.get(landing)?.attempt ?? 0
    const at = ledger.now()
    const to: WorkstreamState =
      action === 'take-back'
        ? { state: 'reverted', landing }
        : { state: 'landed', attempt, landing, commit, at, published: moved.published }
    workstreams.push({ ...row, state: to })
    events.push({ type: 'workstream.state', from: row.state.state, to, why: null, workstream })
  }
  const undone = undo.map(({ action, workstream, landing }) => ({ action, workstream, landing }))
  const { method, commit, published } = moved
  events.push({ type: 'rollback.done', undone, method, commit, published })
  await ledger.record({ workstreams, events })
}

/** One that is tried again already is where that has got to, whatever becomes of what had landed before. */
function speaksOf({ action }: Undo, { state }: WorkstreamRow): boolean {
  return action === 'bring-back' || state.state === 'landed'
}

function conflictFailure({ item, files }: Extract<Undone, { kind: 'conflict' }>): Failure {
  const paths = files.map(({ path }) => path)
  return {
    code: 'E402',
    message: `${item.workstream} cannot be taken back by itself, later changes are on top of it: ${paths.join(', ')}`,
    fix: `take those back as well, or by hand: git revert -m 1 ${item.commit.slice(0, 12)}`,
    details: { workstream: item.workstream, landing: item.landing, paths },
  }
}

function redFailure(plan: RollbackPlan, results: CheckResult[]): Failure {
  const { message, evidence } = redEvidence(results)
  const names = plan.undo.map(({ workstream }) => workstream).join(', ')
  return {
    code: 'E501',
    message: `the gate is red without ${names}: ${message}`,
    fix: 'see what needs it: `sluice rollback --dry-run` shows what depends on each',
    details: { results, evidence },
  }
}

export type RollbackAsked = Request & { body: Extract<RequestBody, { kind: 'rollback' }> }

/** Carries a person's request out and closes it with an answer. May be cut off and repeated. */
export async function answerRollback(context: Context, request: RollbackAsked, signal: AbortSignal): Promise<void> {
  const { ledger } = context
  let { body } = request
  const journal = async (begun: BegunRollback): Promise<void> => {
    body = { ...body, begun }
    await ledger.record({ requests: [{ ...request, body }] })
  }
  const result = await rollBack(context, { ...body, journal }, signal)
  const answer = result.kind === 'refused' ? result.failure.message : doneText(context.target, result)
  const closed: Request =
    result.kind === 'refused'
      ? { ...request, body, state: 'refused', answer, failure: result.failure }
      : { ...request, body, state: 'done', answer }
  await ledger.record({
    requests: [closed],
    events: [{ type: 'request.applied', request: body, answer, workstream: null }],
  })
}

function doneText(target: string, { undo, commit, published }: Extract<RolledBack, { kind: 'done' }>): string {
  const names = (action: string): string[] =>
    undo.filter((item) => item.action === action).map(({ workstream }) => workstream)
  const [taken, brought] = [names('take-back'), names('bring-back')]
  const parts = [
    ...(taken.length === 0 ? [] : [`taken back: ${taken.join(', ')}`]),
    ...(brought.length === 0 ? [] : [`brought back: ${brought.join(', ')}`]),
  ]
  const what = parts.join('; ')
  const at = commit.slice(0, 10)
  const again = taken.length === 0 ? '' : `; \`sluice retry ${taken.join(' ')}\` tries again`
  return published
    ? `${what}; ${target} is at ${at}${again}`
    : `${what} in ${at}; your checkout of ${target} cannot show it yet: commit or stash what is in the way, then \`sluice run\``
}
