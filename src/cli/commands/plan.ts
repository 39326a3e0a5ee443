/** `sluice plan`: schedule, predicted conflicts, bound. Reads only; invalid plans are analysed as far as they go. */
import { EXIT } from '../../model/failure.ts'
import { drawGraph, type GraphFormat } from '../../plan/draw.ts'
import { hasErrors, loadPlan } from '../../plan/load.ts'
import { document } from '../../observe/documents.ts'
import { planDocument, reportOn } from '../../plan/report.ts'
import { renderDiagnostics, renderPlan } from '../../plan/render.ts'
import { openSession, machineSeats } from '../session.ts'
import { type CommonOptions, printJson, terminal } from '../terminal.ts'

export interface PlanOptions extends CommonOptions {
  agents?: number
  graph?: GraphFormat
  /** `true` without ids. */
  conflicts?: true | string[]
  simulate?: boolean
  /** Codes, separated by commas. */
  inject?: string
}

export async function plan(options: PlanOptions): Promise<number> {
  if (options.conflicts !== undefined) {
    const { planConflicts } = await import('./plan-conflicts.ts')
    return await planConflicts(options.conflicts === true ? [] : options.conflicts, options)
  }
  if (options.simulate) {
    const { planSimulate } = await import('./plan-simulate.ts')
    return await planSimulate(options.inject, options)
  }
  const { repo, config } = await openSession(process.cwd())
  const loaded = await loadPlan(repo.root, config)
  const seats = machineSeats(config, options.agents ?? null)
  if (options.graph !== undefined) {
    const text = drawGraph(loaded.workstreams, options.graph)
    if (options.json) printJson(document('graph', { format: options.graph, text, diagnostics: loaded.diagnostics }))
    else {
      terminal.out(text)
      terminal.err(renderDiagnostics(loaded.diagnostics.filter(({ severity }) => severity === 'error')))
    }
  } else {
    const report = reportOn(loaded, seats, config.acceptance)
    if (options.json) printJson(planDocument(report))
    else terminal.out(renderPlan(report))
  }
  return hasErrors(loaded.diagnostics) ? EXIT.usage : EXIT.ok
}
