/**
 * What a rollback would do, before anything is done: for a person with the command that does it, and for programs as
 * `sluice.rollback/1`.
 */
import type { Failure } from '../model/failure.ts'
import type { Kept, RollbackPlan, RollbackRequest, Undo } from '../model/rollback.ts'
import { document } from './documents.ts'
import { failureText } from './failure-text.ts'
import { oneLine } from './neutralise.ts'
import { paint, type Style } from './style.ts'
import { count, listed, shortCommit } from './units.ts'

/** What a plan is told with besides itself. */
export interface RollbackContext {
  /** The target branch. */
  target: string
  /** The commit that the plan was made for. */
  tip: string
  request: RollbackRequest
  cascade: boolean
}

export interface RollbackDocument {
  schema: 'sluice.rollback/1'
  target: string
  tip: string
  method: 'revert' | 'reset'
  /** Of a reset: where the pending tip goes back to. */
  resetTo: string | null
  /** Newest first, as it is done. `dependents` of what is taken back, `needs` of what is brought back. */
  undo: (Omit<Undo, 'dependents' | 'needs'> & { dependents: string[]; needs: string[] })[]
  /** Newest first. */
  kept: Kept[]
  /** Empty: it may be done. */
  problems: { code: string; message: string; fix: string | null; details: Record<string, unknown> }[]
  /** What does it; null while there are problems. */
  command: string | null
}

const TITLE_MAX = 60
const NAME_MAX = 100

/** Rows of one list; the rest is counted, and `--json` has all. */
const ROWS_MAX = 12
const NAMES_MAX = 8

/** The command that asks for this, without `--dry-run`. */
export function rollbackCommand({ request, cascade }: Pick<RollbackContext, 'request' | 'cascade'>): string {
  const what =
    'ids' in request ? request.ids.join(' ') : 'to' in request ? `--to ${request.to}` : `--run ${request.run}`
  return `sluice rollback ${what}${cascade ? ' --cascade' : ''}`
}

export function rollbackDocument(plan: RollbackPlan, context: RollbackContext): RollbackDocument {
  const { undo, method, kept, problems } = plan
  return document('rollback', {
    target: context.target,
    tip: context.tip,
    method: method.kind,
    resetTo: method.kind === 'reset' ? method.to : null,
    undo: undo.map((item) => ({
      ...item,
      dependents: item.action === 'take-back' ? item.dependents : [],
      needs: item.action === 'bring-back' ? item.needs : [],
    })),
    kept,
    problems: problems.map(problemFields),
    command: problems.length === 0 ? rollbackCommand(context) : null,
  })
}

function problemFields({ code, message, fix, details = {} }: Failure): RollbackDocument['problems'][number] {
  return { code, message, fix: fix ?? null, details }
}

/** The same for a terminal. */
export function rollbackText(plan: RollbackPlan, context: RollbackContext, style: Style): string[] {
  const { undo, problems } = plan
  const lines = undo.length === 0 ? [] : [...undoText(plan, style), ...keptText(plan, context)]
  if (problems.length === 0) return [...lines, `  next    ${rollbackCommand(context)}`]
  return [...lines, ...(lines.length === 0 ? [] : ['']), ...problems.flatMap((failure) => failureText(failure, style))]
}

function undoText({ undo }: RollbackPlan, style: Style): string[] {
  const shown = undo.slice(0, ROWS_MAX)
  const width = Math.max(...shown.map(({ workstream }) => workstream.length))
  const landingWidth = Math.max(...shown.map(({ landing }) => landing.length))
  const row = (item: Undo): string => {
    const names = `${item.workstream.padEnd(width)}  ${item.landing.padEnd(landingWidth)}  ${shortCommit(item.commit)}`
    return `  ${item.action === 'take-back' ? '-' : '+'} ${names}  ${oneLine(item.title, TITLE_MAX)}`.trimEnd()
  }
  return [
    paint(style, 'bold', headOf(undo)),
    ...shown.flatMap((item) => [row(item), ...remarks(item).map((remark) => `      ${remark}`)]),
    ...(undo.length > ROWS_MAX ? [`  and ${undo.length - ROWS_MAX} more`] : []),
  ]
}

function headOf(undo: readonly Undo[]): string {
  const back = undo.filter(({ action }) => action === 'take-back').length
  const again = undo.length - back
  const parts = [
    ...(back > 0 ? [`take ${count(back, 'landing')} back`] : []),
    ...(again > 0 ? [`bring ${count(again, 'landing')} back`] : []),
  ]
  return `would ${parts.join(' and ')}, newest first`
}

function remarks(item: Undo): string[] {
  const all: string[] = []
  if (!item.asked) all.push('by --cascade')
  if (item.action === 'take-back' && item.dependents.length > 0)
    all.push(`depended on by ${listed(item.dependents, NAMES_MAX)}`)
  if (item.action === 'bring-back' && item.needs.length > 0) all.push(`depends on ${listed(item.needs, NAMES_MAX)}`)
  if (!item.published) all.push('not published yet')
  return all
}

function keptText({ undo, method, kept }: RollbackPlan, { target }: RollbackContext): string[] {
  const branch = oneLine(target, NAME_MAX)
  const number = (kind: Kept['kind']): number => kept.filter((commit) => commit.kind === kind).length
  const parts = [
    ...(number('landing') > 0 ? [count(number('landing'), 'later landing')] : []),
    ...(number('person') > 0 ? [count(number('person'), 'commit') + ' of people'] : []),
    ...(number('revert') > 0 ? [count(number('revert'), 'earlier revert')] : []),
  ]
  const landings = kept.flatMap(({ workstream }) => workstream ?? [])
  const names = landings.length === 0 ? '' : ` (${listed(landings, NAMES_MAX)})`
  const how =
    method.kind === 'revert'
      ? `${count(undo.length, 'revert commit')} on ${branch}, gated before it moves`
      : `${branch} does not have them yet: landings go on from ${shortCommit(method.to)}`
  return [
    `  how     ${how}`,
    ...(parts.length === 0 ? [] : [`  kept    ${parts.join(', ')}${names}`]),
    '  safe    branches, pinned work and journal stay; a rollback can be rolled back',
  ]
}
