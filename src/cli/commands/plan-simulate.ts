/** `sluice plan --simulate [--inject CODE,...]`: rehearses the plan, and faults on it, without touching anything. */
import { type Code, CODES, EXIT, SluiceError } from '../../model/failure.ts'
import { didYouMean } from '../../model/id.ts'
import { document } from '../../observe/documents.ts'
import { hasErrors, loadPlan } from '../../plan/load.ts'
import { renderDiagnostics } from '../../plan/render.ts'
import { reportOn } from '../../plan/report.ts'
import { FAULTS } from '../../playbook/rehearse/fault.ts'
import { rehearse } from '../../playbook/rehearse/rehearse.ts'
import { rehearsalText } from '../../playbook/rehearse/text.ts'
import { machineSeats, openSession } from '../session.ts'
import { printJson, printLines, terminal } from '../terminal.ts'
import type { PlanOptions } from './plan.ts'

export async function planSimulate(codes: string | undefined, options: PlanOptions): Promise<number> {
  const asked = codes === undefined ? [] : codesIn(codes)
  const { repo, config } = await openSession(process.cwd())
  const plan = await loadPlan(repo.root, config)
  if (hasErrors(plan.diagnostics) || plan.workstreams.length === 0) {
    const errors = plan.diagnostics.filter(({ severity }) => severity === 'error')
    if (!options.json) terminal.err(renderDiagnostics(errors))
    const message = plan.workstreams.length === 0 ? 'there is no workstream to rehearse with' : 'the plan has errors'
    throw new SluiceError({ code: 'E103', message, fix: 'sluice plan', details: { diagnostics: errors } }, EXIT.usage)
  }
  const agents = machineSeats(config, options.agents ?? null)
  const { schedule, eta, softEdges } = reportOn(plan, agents, config.acceptance)
  const faults = rehearse({ workstreams: plan.workstreams, softEdges, agents, config }, asked)
  const { makespanMinutes } = schedule
  if (options.json) printJson(document('simulation', { agents, makespanMinutes, eta, faults }))
  else printLines(rehearsalText(makespanMinutes, faults))
  return EXIT.ok
}

/** Throws E103 for a code that is none, or that this version does not raise. */
function codesIn(text: string): Code[] {
  const known = Object.keys(FAULTS)
  return text.split(',').map((part) => {
    const code = part.trim().toUpperCase()
    if (isFault(code)) return code
    const meant = didYouMean(code, known)
    const message = code in CODES ? `${code} is not raised by this version` : `there is no code ${JSON.stringify(part)}`
    const fix = meant === null ? `those that can be rehearsed: ${known.join(' ')}` : `did you mean ${meant}?`
    throw new SluiceError({ code: 'E103', message, fix }, EXIT.usage)
  })
}

function isFault(code: string): code is Code {
  return code in FAULTS
}
