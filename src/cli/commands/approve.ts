/**
 * `sluice approve`: shows what waits for approval, with what speaks for it, and what a tool at work asks to be allowed, and
 * answers: yes, or with `--reject` no. On a terminal it asks first; a script that calls it has made up its mind.
 */
import { acceptanceChecks } from '../../plan/acceptance-checks.ts'
import { treeOf } from '../../git/ancestry.ts'
import { readChange } from '../../git/diff-text.ts'
import { readUserIdentity } from '../../git/identity.ts'
import { gateDigest } from '../../landing/checks.ts'
import { EXIT, SluiceError } from '../../model/failure.ts'
import type { CheckResult } from '../../model/landing.ts'
import type { Run } from '../../model/run.ts'
import { type ApprovalEvidence, approvalText } from '../../observe/approval-text.ts'
import { blockedDependents } from '../../observe/dependents.ts'
import { document } from '../../observe/documents.ts'
import { type OpenQuestion, openQuestions, questionText } from '../../observe/question-text.ts'
import { latestAttempts, viewsOfRows } from '../../observe/status.ts'
import type { Store, WorkstreamRow } from '../../store/store.ts'
import { confirm } from '../confirm.ts'
import type { Session } from '../session.ts'
import { type CommonOptions, printJson, printLines, terminal } from '../terminal.ts'
import { withRun } from './requests.ts'

/** Of the difference that a screen shows. */
const LINES_MAX = 200

export interface ApproveOptions extends CommonOptions {
  reject?: boolean
  comment?: string
  show?: boolean
}

export async function approve(selectors: string[], options: ApproveOptions): Promise<number> {
  return await withRun(async (desk) => {
    const { session, store, run } = desk
    const ids = await desk.select(selectors)
    const waiting = await evidenceOf(session, store, run, new Set(ids))
    const questions = await questionsOf(store, run, new Set(ids))
    if (!options.json) show(waiting, questions)
    if (options.show) {
      if (waiting.length + questions.length === 0) throw nothingWaits(ids)
      if (options.json) printJson(document('approvals', { approvals: waiting, questions }))
      return EXIT.ok
    }
    const asks = terminal.isInteractive(options) && !options.json
    const left = asks ? await unanswered([...waiting, ...questions], options) : new Set<string>()
    const answered = ids.filter((id) => !left.has(id))
    if (answered.length === 0) {
      terminal.err('nothing was changed\n')
      return EXIT.ok
    }
    const body = {
      kind: options.reject ? 'reject' : 'approve',
      ids: answered,
      works: Object.fromEntries(waiting.map(({ workstream, work }) => [workstream, work])),
      ...(questions.length === 0
        ? {}
        : { questions: Object.fromEntries(questions.map(({ workstream, key }) => [workstream, key])) }),
      comment: options.comment?.trim() || null,
      by: await personOf(session),
    } as const
    return await desk.ask(body, options, { approvals: waiting, questions })
  })
}

function show(waiting: readonly ApprovalEvidence[], questions: readonly OpenQuestion[]): void {
  const style = terminal.outStyle()
  for (const evidence of waiting) printLines([...approvalText(evidence, style), ''])
  for (const question of questions) printLines([...questionText(question, style), ''])
}

function nothingWaits(ids: readonly string[]): SluiceError {
  const message = `${ids.join(', ')} ${ids.length === 1 ? 'does' : 'do'} not wait for approval`
  return new SluiceError({ code: 'E103', message, fix: 'sluice status --needs-me' }, EXIT.failed)
}

/** Those that the person would rather leave as they are. */
async function unanswered(
  waiting: readonly { workstream: string }[],
  { reject }: ApproveOptions,
): Promise<Set<string>> {
  const left = new Set<string>()
  for (const { workstream } of waiting) {
    const question = `${reject ? 'decline' : 'approve'} ${workstream}?`
    const isYes = await confirm(question, { input: process.stdin, output: process.stderr })
    if (!isYes) left.add(workstream)
  }
  return left
}

/** Who answers: the name that git knows, else that of the account. */
async function personOf({ repo }: Session): Promise<string> {
  const { name, email } = await readUserIdentity(repo)
  return name ?? email ?? process.env['USER'] ?? process.env['LOGNAME'] ?? 'somebody'
}

async function questionsOf(store: Store, run: Run, ids: ReadonlySet<string>): Promise<OpenQuestion[]> {
  const rows = (await store.workstreams(run.id)).filter(({ id }) => ids.has(id))
  return openQuestions(rows, latestAttempts(await store.attempts(run.id)))
}

/** Of those named that wait for approval, in plan order. */
async function evidenceOf(
  session: Session,
  store: Store,
  run: Run,
  ids: ReadonlySet<string>,
): Promise<ApprovalEvidence[]> {
  const rows = await store.workstreams(run.id)
  const found: ApprovalEvidence[] = []
  for (const row of rows) {
    if (ids.has(row.id) && row.state.state === 'waiting' && row.state.for === 'approval')
      found.push(await evidence(session, store, rows, row, row.state))
  }
  return found
}

async function evidence(
  session: Session,
  store: Store,
  rows: readonly WorkstreamRow[],
  { id, run, definition }: WorkstreamRow,
  { attempt: number, work, rule, since }: { attempt: number; work: string; rule: string; since: number },
): Promise<ApprovalEvidence> {
  const [attempts, predictions] = [await store.attempts(run), await store.predictions(run)]
  const attempt = attempts.find((one) => one.workstream === id && one.number === number)
  if (attempt === undefined) throw new Error(`no attempt ${number} of ${id}`)
  const { tool, outcome, base, startedAt, endedAt } = attempt
  return {
    workstream: id,
    title: definition.title,
    rule,
    since,
    attempt: number,
    tool,
    outcome,
    ms: endedAt === null ? null : endedAt - startedAt,
    base,
    work,
    acceptance: await verdictOn(session, store, definition, work),
    checklist: definition.acceptance.flatMap(({ name, run: command }) => (command === null ? [name] : [])),
    warnings: (attempt.warnings ?? []).map(({ code, message }) => ({ code, message })),
    conflicts: predictions.flatMap(({ a, b, paths }) => {
      if (a !== id && b !== id) return []
      return [{ with: a === id ? b : a, paths }]
    }),
    blocks: blockedDependents(rows, viewsOfRows(rows), id),
    change: await readChange(session.repo, { before: base, after: work, linesMax: LINES_MAX }),
  }
}

/** As it was given when the work was finished; a person's own (`resolve --ref`) is not tested before it lands. */
async function verdictOn(
  { repo, config }: Session,
  store: Store,
  definition: WorkstreamRow['definition'],
  work: string,
): Promise<CheckResult[] | null> {
  const checks = acceptanceChecks(definition, config)
  if (checks.length === 0) return []
  const verdict = await store.verdict(await treeOf(repo, work), gateDigest(checks, config))
  return verdict?.results ?? null
}
