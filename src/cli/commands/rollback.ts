/**
 * `sluice rollback`: takes landings back, or brings them back again. With `--dry-run` it shows what would be done and
 * what depends on it, and writes nothing.
 */
import { foreseeRollback } from '../../coordinator/rollback.ts'
import { commitOf } from '../../landing/tip.ts'
import { EXIT, SluiceError } from '../../model/failure.ts'
import { idProblem } from '../../model/id.ts'
import type { RollbackRequest } from '../../model/rollback.ts'
import { rollbackDocument, rollbackText } from '../../observe/rollback-text.ts'
import { type CommonOptions, printJson, terminal } from '../terminal.ts'
import { type Desk, withRun } from './requests.ts'

export interface RollbackOptions extends CommonOptions {
  to?: string
  /** true: the newest run. */
  run?: string | true
  cascade?: boolean
  why?: string
  dryRun?: boolean
}

export async function rollback(ids: string[], options: RollbackOptions): Promise<number> {
  return await withRun(async (desk) => {
    const request = await requestOf(desk, ids, options)
    const { cascade = false, why = '' } = options
    if (options.dryRun) return await foresee(desk, request, cascade, options)
    return await desk.ask({ kind: 'rollback', request, cascade, why, begun: null }, options)
  })
}

async function requestOf(desk: Desk, ids: string[], { to, run }: RollbackOptions): Promise<RollbackRequest> {
  const ways = [ids.length > 0, to !== undefined, run !== undefined].filter(Boolean).length
  if (ways !== 1) {
    const failure = {
      code: 'E103',
      message: ways === 0 ? 'say what to take back' : 'say it in one way: by workstreams, --to or --run',
      fix: 'sluice rollback ID, sluice rollback --to LANDING, or sluice rollback --run; --dry-run shows what it would do',
    } as const
    throw new SluiceError(failure, EXIT.usage)
  }
  if (to !== undefined) return { to }
  if (run !== undefined) return { run: run === true ? desk.run.id : run }
  // A plain id may be of an earlier run, which the plan of the rollback knows from the target's history.
  return { ids: ids.every((id) => idProblem(id) === null) ? ids : await desk.select(ids) }
}

async function foresee(
  desk: Desk,
  request: RollbackRequest,
  cascade: boolean,
  options: RollbackOptions,
): Promise<number> {
  const { repo } = desk.session
  const { target } = desk.run
  const rows = await desk.rows()
  const { plan, tip } = await foreseeRollback({ repo, target, rows }, { request, cascade })
  const context = { target, tip: commitOf(tip), request, cascade }
  if (options.json) printJson(rollbackDocument(plan, context))
  else for (const line of rollbackText(plan, context, terminal.outStyle())) terminal.out(`${line}\n`)
  // Shown is what was asked for, also why it would be refused; only when there is nothing to show it has failed.
  return plan.undo.length > 0 ? EXIT.ok : EXIT.failed
}
