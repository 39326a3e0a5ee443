/**
 * Climbing the ladder for a conflict (`landing.resolve`), beside the loop and outside the queue: making a file again may
 * take minutes, and others land meanwhile.
 *
 * ```
 * conflict ─▶ climbing ─▶ settled ─▶ queued again with a merge commit, landed like any work
 *                │  ▲
 *                ▼  │ failed
 *              asked: open, and the next attempt is there to settle it ─▶ settled
 *                └─▶ human, when no rung is left
 * ```
 * All that it needs is in the row of the conflict, so after any end it is simply climbed again.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { GitError } from '../git/git.ts'
import { changedPaths, mergeInMemory } from '../git/merge.ts'
import { type Automatic, resolveAutomatically } from '../landing/resolve/automatic.ts'
import { type NextRung, nextRung } from '../landing/resolve/ladder.ts'
import { regenerateIn } from '../landing/resolve/regenerate-in.ts'
import type { RunOnTree } from '../landing/resolve/regenerate.ts'
import { messageOf, SluiceError } from '../model/failure.ts'
import type { Conflict } from '../model/landing.ts'
import { AUTOMATIC_RUNGS, type SettledBy, type Tried } from '../model/rung.ts'
import { MANUAL } from '../schedule/decide.ts'
import { toolOrder } from '../schedule/fallback.ts'
import type { Context } from './context.ts'
import { askTool, laddered, type Laddered, leaveToPerson, settledChange, told, withStep } from './conflict-steps.ts'
import { afterTests } from './enqueue.ts'
import type { Ledger } from './ledger.ts'
import { gateLog } from './paths.ts'
import { commitResolution, pinStart, pinWork } from './resolution.ts'

/** Times that a workstream is settled and meets the next conflict all the same, before a person is asked. */
const ROUNDS_MAX = 3

/** The conflict as it begins. `behind`: what the work had stood back for. */
export function beginLadder(context: Context, conflict: Conflict, behind: readonly string[]): Laddered {
  const before = context.ledger.conflicts.get(conflict.workstream)?.ladder
  const round = before?.step.at === 'settled' ? before.round + 1 : 1
  const how = `landed behind ${behind.join(', ')}, and in conflict with what has landed`
  const tried: Tried[] = behind.length === 0 ? [] : [{ rung: 'reorder', how }]
  const begun: Laddered = { ...conflict, tried, ladder: { round, step: { at: 'climbing' }, by: [], start: null } }
  return next(context, begun).rung === 'human' ? withStep(begun, { at: 'human' }) : begun
}

/** Starts to climb for every conflict that waits for it. Returns at once. */
export function advanceLadder(context: Context): void {
  const { ledger, tasks } = context
  for (const { id } of ledger.rows.values()) {
    if (climbing(ledger, id) === null || tasks.has(`ladder ${id}`)) continue
    tasks.start(`ladder ${id}`, (signal) => climb(context, id, signal))
  }
}

/** There is a conflict of which nobody can say yet whether it is a person's: what a decision on what is known now misses. */
export function isClimbed(ledger: Ledger): boolean {
  return [...ledger.rows.keys()].some((id) => climbing(ledger, id) !== null)
}

/** One rung after the other, until it is settled, somebody is asked, or a person has taken it in hand. */
export async function climb(context: Context, id: string, signal: AbortSignal): Promise<void> {
  const { ledger } = context
  for (let conflict = climbing(ledger, id); conflict !== null; conflict = climbing(ledger, id)) {
    signal.throwIfAborted()
    const step = next(context, conflict)
    switch (step.rung) {
      case 'automatic':
        await climbAutomatically(context, conflict, step.rungs, signal)
        break
      case 'tool':
      case 'another-tool':
        await askTool(ledger, conflict, { rung: step.rung, tool: step.tool })
        break
      // What could be put behind others was, by the queue, before it was called a conflict.
      case 'reorder':
      case 'human':
        await leaveToPerson(ledger, conflict)
    }
  }
}

/** The conflict of a workstream whose ladder is to be climbed; null when it stands elsewhere. */
function climbing(ledger: Ledger, id: string): Laddered | null {
  const conflict = laddered(ledger, id)
  if (conflict === null || conflict.ladder.step.at !== 'climbing') return null
  return ledger.state(id).state === 'conflict' ? conflict : null
}

function next({ ledger, config, tools }: Context, conflict: Laddered): NextRung {
  if (conflict.ladder.round > ROUNDS_MAX) return { rung: 'human' }
  const { definition } = ledger.row(conflict.workstream)
  const { tool } = ledger.attempt(conflict.workstream, conflict.attempt)
  const order = toolOrder(definition, config.tools.order, ledger.run.choice).tools
  const present = order.filter((name) => tools.get(name)?.kind === 'process')
  const own = tool === MANUAL ? null : tool
  return nextRung({ resolve: config.landing.resolve, tried: conflict.tried, peer: null, own, tools: present })
}

type Rungs = Extract<NextRung, { rung: 'automatic' }>['rungs']

async function climbAutomatically(
  context: Context,
  conflict: Laddered,
  rungs: Rungs,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, repo } = context
  const { workstream: id } = conflict
  const automatic = await resolved(context, conflict, rungs, signal)
  signal.throwIfAborted()
  if (automatic.kind === 'resolved') {
    const { tree, by } = automatic
    const work = await commitResolution(context, conflict, { tree, by, reasons: [] })
    if (isOvertaken(ledger, conflict)) return
    await pinWork(repo, id, conflict.attempt, work)
    await handOn(context, conflict, work, by)
    return
  }
  const { tree, by, files } = automatic
  const paths = files.map(({ path }) => path)
  const start = by.length === 0 ? null : await pinStart(repo, conflict, { tree, paths })
  if (isOvertaken(ledger, conflict)) return
  const tried = rungs.map((rung): Tried => {
    return automatic.tried.find((one) => one.rung === rung) ?? { rung, how: 'nothing was left for it' }
  })
  const climbed = { ...conflict, tried: [...conflict.tried, ...tried], ladder: { ...conflict.ladder, by, start } }
  await ledger.record({
    conflicts: [climbed],
    events: tried.map((one) => told(conflict, { type: 'conflict.tried', tried: one })),
  })
}

/** What could not be carried out has settled nothing; the next rung may. */
async function resolved(
  context: Context,
  { workstream, attempt, onto, work, tried }: Laddered,
  rungs: Rungs,
  signal: AbortSignal,
): Promise<Automatic> {
  const { repo, config } = context
  const conflict = await mergeInMemory(repo, onto, work)
  if (conflict.kind === 'clean') return { kind: 'resolved', tree: conflict.tree, by: [] }
  // What an earlier step has settled of it is settled again.
  const known = new Set<string>([...tried, ...rungs.map((rung) => ({ rung }))].map(({ rung }) => rung))
  const again = config.landing.resolve.flatMap((rung) =>
    AUTOMATIC_RUNGS.filter((one) => one === rung && known.has(one)),
  )
  const order = { repo, onto, work, conflict, rungs: again, config: config.landing }
  try {
    const run = runOnTree(context, `${workstream}.${attempt}`, signal)
    return await context.room.hold(() => resolveAutomatically({ ...order, run }), signal)
  } catch (error) {
    if (signal.aborted || !(error instanceof GitError || error instanceof SluiceError)) throw error
    const how = `could not be carried out: ${messageOf(error)}`
    const { tree, files } = conflict
    return { kind: 'left', tree, by: [], files, tried: rungs.map((rung) => ({ rung, how })) }
  }
}

function runOnTree(
  { gates, ledger, paths, repo, target, config }: Context,
  name: string,
  signal: AbortSignal,
): RunOnTree {
  const logFile = gateLog(paths, ledger.run.id, `${name}.regenerate`)
  const { workspace, sandbox } = config
  return async (order) => {
    mkdirSync(dirname(logFile), { recursive: true })
    return await gates.lend(async (slot) => {
      signal.throwIfAborted()
      const place = { repo, slot, target, workspace, sandbox, logFile, nonce: randomUUID(), signal }
      return await regenerateIn(place)(order)
    })
  }
}

/** Whether something was decided about the conflict while we were looking for a way to settle it. */
function isOvertaken(ledger: Ledger, { workstream, work, onto }: Laddered): boolean {
  const now = climbing(ledger, workstream)
  return now === null || now.work !== work || now.onto !== onto
}

/** The work is now a merge of both sides: its attempt has done it, and it goes where finished work goes. */
async function handOn(context: Context, conflict: Laddered, work: string, by: SettledBy[]): Promise<void> {
  const { ledger, repo } = context
  const { workstream: id, attempt: number, onto } = conflict
  const changed = await changedPaths(repo, onto, work)
  const outcome = { kind: 'ok', code: null, message: 'its conflict was settled' } as const
  const { approvals: _, ...attempt } = ledger.attempt(id, number)
  // Its own tests have passed on its own commit; the gate decides about the rest.
  const { to, why, more } = await afterTests(context, { ...attempt, base: onto, work, changed, outcome })
  const { conflicts, events } = settledChange(conflict, work, by)
  await ledger.move(id, to, why ?? 'settled', { ...more, conflicts, events: [...events, ...more.events] })
}
