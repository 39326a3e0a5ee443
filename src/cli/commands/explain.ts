/** `sluice explain`: what a code means and what to do about it, or why a workstream is not running. */
import { join } from 'node:path'
import { decisionOf } from '../../coordinator/decision.ts'
import { Ledger } from '../../coordinator/ledger.ts'
import { attemptDir } from '../../coordinator/paths.ts'
import type { Attempt } from '../../model/attempt.ts'
import type { Event } from '../../model/event.ts'
import { type Code, EXIT, SluiceError } from '../../model/failure.ts'
import type { Run } from '../../model/run.ts'
import { decisionText } from '../../observe/decision-text.ts'
import { conflictTexts } from '../../observe/conflict-text.ts'
import { blockedDependents } from '../../observe/dependents.ts'
import { document } from '../../observe/documents.ts'
import { neutralise } from '../../observe/neutralise.ts'
import { pauseText } from '../../observe/pause-text.ts'
import { buildsOn, viewsOfRows } from '../../observe/status.ts'
import { createTeller } from '../../observe/tell.ts'
import { clockText } from '../../observe/units.ts'
import { select } from '../../plan/select.ts'
import { evidenceOf } from '../../playbook/evidence.ts'
import { entryLines, explainCode, type Here, looksLikeCode, NOTHING_HERE } from '../../playbook/explain.ts'
import { type Blocker, explainWorkstream } from '../../playbook/explain-workstream.ts'
import { isHeld } from '../../process/lock.ts'
import type { WorkstreamRow } from '../../store/store.ts'
import { presentTools } from '../preflight.ts'
import { openSession, requireRun, type Session } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function explain(subject: string, options: CommonOptions): Promise<number> {
  if (looksLikeCode(subject)) {
    const explained = explainCode(subject)
    if (explained.kind === 'unknown') throw new SluiceError(explained.failure, EXIT.usage)
    const here = await whatIsHere(explained.entry.code)
    if (options.json) printJson(document('explain', { ...explained.entry, here }))
    else printLines(entryLines(explained.entry, here).map(neutralise))
    return EXIT.ok
  }
  const session = await openSession(process.cwd())
  const { store, run } = await requireRun(session)
  const [landings, events, present, ledger] = await Promise.all([
    store.landings(run.id),
    store.events(run.id, 0, Number.MAX_SAFE_INTEGER),
    presentTools(session),
    Ledger.load(store, run, Date.now),
  ])
  await store.close()
  const rows = [...ledger.rows.values()]
  const views = viewsOfRows(rows)
  const [id] = select(
    rows.map((row) => row.definition),
    [subject],
    { stateOf: (one) => views.get(one)!.name },
  )
  const view = views.get(id!)!
  const blockers = view.blockedBy.map((one): Blocker => {
    const { state } = rows.find((row) => row.id === one)!
    return { id: one, state: views.get(one)!.name, failure: 'failure' in state ? state.failure : null }
  })
  const conflict = ledger.conflicts.get(id!) ?? null
  const row = ledger.row(id!)
  const own = ledger.attempts.get(id!) ?? []
  const decision = decisionOf(ledger, session.config, new Set(present.keys()), id!)
  const states = new Map(rows.map(({ id: one, state }) => [one, state]))
  const lines = explainWorkstream({
    row,
    view,
    attempts: own,
    buildsOn: buildsOn(row, own.at(-1), states),
    landing: landings.findLast((landing) => landing.workstream === id) ?? null,
    conflict,
    blockers,
    blocks: blockedDependents(rows, views, id!),
    noRoom: run.noRoom?.reasons ?? [],
    pauses: waitsOf(run, row, { events, own, tools: decision.tools }),
    decision: decisionText(decision, row.state, ledger.nextNumber(id!), Date.now()),
    brief: briefOf(session, run, row),
    isLive: await isHeld(session.paths.lock),
  })
  if (options.json) printJson(document('explain', { workstream: id, state: view.name, lines, conflict, decision }))
  else printLines([...lines.map(neutralise), ...(conflict === null ? [] : ['', ...conflictTexts(conflict)])])
  return EXIT.ok
}

/** Where it was written when a person was asked. */
function briefOf({ paths }: Session, run: Run, { id, state }: WorkstreamRow): string | null {
  if (state.state !== 'waiting' || state.for !== 'manual') return null
  return join(attemptDir(paths, run.id, id, state.attempt), 'brief.md')
}

/** The pauses of all and of the tools that it may take; and the time that its own last tool is given. */
function waitsOf(
  { pauses = [] }: Run,
  { id, state }: WorkstreamRow,
  { events, own, tools }: { events: readonly Event[]; own: readonly Attempt[]; tools: readonly string[] },
): string[] {
  const meant = pauses.filter((pause) => pause.of !== 'tool' || tools.includes(pause.tool))
  const texts = meant.map((pause) => `${pause.code} ${pauseText(pause)}`)
  // A network that is gone for all is all that anybody waits for.
  if (state.state !== 'open' || pauses.some((pause) => pause.of === 'network')) return texts
  const told = events.findLast((event) => event.type === 'tool.waiting' && event.workstream === id)
  const isOver =
    told?.type !== 'tool.waiting' || (told.attempt ?? 0) <= (own.at(-1)?.number ?? 0) || told.until <= Date.now()
  return isOver ? texts : [`it ${createTeller()(told).text}`, ...texts]
}

/** What the newest run met of a code. A playbook can be read anywhere: without a repository or a run there is nothing. */
async function whatIsHere(code: Code): Promise<Here> {
  let found
  try {
    found = await requireRun(await openSession(process.cwd()))
  } catch (error) {
    if (error instanceof SluiceError) return NOTHING_HERE
    throw error
  }
  const { store, run } = found
  const [events, fixes] = await Promise.all([store.events(run.id, 0, Number.MAX_SAFE_INTEGER), store.fixes(run.id)])
  await store.close()
  const evidence = evidenceOf(code, events)
  const tell = createTeller()
  return {
    evidence: evidence.map((event) => {
      const { subject, text } = tell(event)
      return `${clockText(event.at)} ${subject}${event.attempt === null ? '' : ` (${event.attempt})`}: ${text}`
    }),
    repairs: fixes.filter((fix) => fix.code === code),
    workstream: evidence.findLast((event) => event.workstream !== null)?.workstream ?? null,
  }
}
