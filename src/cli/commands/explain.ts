/** `sluice explain`: what a code means and what to do about it, or why a workstream is not running. */
import { EXIT, SluiceError } from '../../model/failure.ts'
import { conflictTexts } from '../../observe/conflict-text.ts'
import { blockedDependents } from '../../observe/dependents.ts'
import { document } from '../../observe/documents.ts'
import { neutralise } from '../../observe/neutralise.ts'
import { buildsOn, viewsOfRows } from '../../observe/status.ts'
import { select } from '../../plan/select.ts'
import { explainCode, looksLikeCode } from '../../playbook/explain.ts'
import { type Blocker, explainWorkstream } from '../../playbook/explain-workstream.ts'
import { isHeld } from '../../process/lock.ts'
import { openSession, requireRun } from '../session.ts'
import { type CommonOptions, printJson, printLines } from '../terminal.ts'

export async function explain(subject: string, options: CommonOptions): Promise<number> {
  if (looksLikeCode(subject)) {
    const explained = explainCode(subject)
    if (explained.kind === 'unknown') throw new SluiceError(explained.failure, EXIT.usage)
    if (options.json) printJson(document('explain', explained.entry))
    else printLines(explained.lines)
    return EXIT.ok
  }
  const session = await openSession(process.cwd())
  const { store, run } = await requireRun(session)
  const [rows, attempts, landings, conflicts] = await Promise.all([
    store.workstreams(run.id),
    store.attempts(run.id),
    store.landings(run.id),
    store.conflicts(run.id),
  ])
  await store.close()
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
  const conflict = conflicts.find((one) => one.workstream === id) ?? null
  const row = rows.find((one) => one.id === id)!
  const own = attempts.filter((attempt) => attempt.workstream === id)
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
    isLive: await isHeld(session.paths.lock),
  })
  if (options.json) printJson(document('explain', { workstream: id, state: view.name, lines, conflict }))
  else printLines([...lines.map(neutralise), ...(conflict === null ? [] : ['', ...conflictTexts(conflict)])])
  return EXIT.ok
}
