/** `sluice report`: what was done, with proof per landing. The parents are read from git, not from our records. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parentsOf } from '../../git/ancestry.ts'
import { EXIT, messageOf, SluiceError } from '../../model/failure.ts'
import type { ConflictHistory } from '../../observe/conflict-statistics.ts'
import { reportHtml } from '../../observe/report-html.ts'
import { reportMarkdown } from '../../observe/report-markdown.ts'
import { reportDocument } from '../../observe/report.ts'
import { timeAtWork } from '../../observe/time-at-work.ts'
import { isHeld } from '../../process/lock.ts'
import type { Store } from '../../store/store.ts'
import { openSession, requireRun, type Session } from '../session.ts'
import { type CommonOptions, terminal } from '../terminal.ts'

type Format = 'md' | 'html' | 'json'

export interface ReportOptions extends CommonOptions {
  format: Format
  out?: string
}

export async function report(options: ReportOptions): Promise<number> {
  const session = await openSession(process.cwd())
  const text = await reportText(session, options.json ? 'json' : options.format)
  if (options.out === undefined) terminal.out(text)
  else writeOut(options.out, text)
  return EXIT.ok
}

/** Throws E103 (exit 2): the name is the user's. */
function writeOut(file: string, text: string): void {
  try {
    writeFileSync(resolve(file), text)
  } catch (error) {
    const fix = 'name a file that you may write, in a folder that is there'
    throw new SluiceError({ code: 'E103', message: `cannot write ${file}: ${messageOf(error)}`, fix }, EXIT.usage)
  }
}

/** Runs that statistics look back on; each is two queries by its index. */
const RUNS_MAX = 100

async function historyOf(store: Store): Promise<ConflictHistory> {
  const runs = await store.recentRuns(RUNS_MAX)
  const landings = await Promise.all(runs.map((run) => store.landings(run.id)))
  const attempts = await Promise.all(runs.map((run) => store.attempts(run.id)))
  return { landings: landings.flat(), attempts: attempts.flat() }
}

/** The report of the newest run. */
export async function reportText(session: Session, format: Format): Promise<string> {
  const { store, run } = await requireRun(session)
  const [rows, attempts, landings, conflicts, fixes] = await Promise.all([
    store.workstreams(run.id),
    store.attempts(run.id),
    store.landings(run.id),
    store.conflicts(run.id),
    store.fixes(run.id),
  ])
  const events = await store.events(run.id, 0, Number.MAX_SAFE_INTEGER)
  const history = await historyOf(store)
  await store.close()
  const commits = landings.flatMap(({ commit, stage }) => (stage === 'done' && commit !== null ? [commit] : []))
  const parents = await parentsOf(session.repo, commits)
  const ended = events.findLast((event) => event.type === 'run.ended')
  const after = events.flatMap((event) => (event.type === 'check.ended' && event.kind === 'after' ? event.results : []))
  const warnings = events.flatMap((event) => {
    if (event.type !== 'warning') return []
    const { workstream, attempt, at, failure } = event
    return [{ workstream, attempt, code: failure.code, message: failure.message, at }]
  })
  const known = events.flatMap((event) =>
    event.type === 'check.ended' && event.kind === 'gate' && event.cached ? [event.commit] : [],
  )
  const lockHeld = await isHeld(session.paths.lock)
  const document = reportDocument({
    run,
    rows,
    attempts,
    landings,
    conflicts,
    fixes,
    parents,
    warnings,
    after,
    known: new Set(known),
    atWork: timeAtWork(events, lockHeld ? Date.now() : null),
    boundMs: ended?.boundMs ?? null,
    lockHeld,
    history,
  })
  switch (format) {
    case 'json':
      return `${JSON.stringify(document, null, 2)}\n`
    case 'html':
      return reportHtml(document)
    case 'md':
      return reportMarkdown(document)
  }
}
