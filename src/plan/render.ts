/** `sluice plan` on a terminal: 80 columns, plain text, the same with and without a terminal. */
import type { Diagnostic } from '../model/diagnostic.ts'
import type { AcceptanceTest, Workstream } from '../model/workstream.ts'
import { hasErrors } from './load.ts'
import { type Overlap, OVERLAPS_MAX } from './overlap.ts'
import type { PlanReport } from './report.ts'
import type { SoftEdge } from './simulate.ts'
import { plannedMinutes } from './shape.ts'

/** The whole text, with a line end. */
export function renderPlan(report: PlanReport): string {
  const { plan, analysis, softEdges } = report
  // Of a plan that cannot be run nobody wants to know how long it would take.
  if (plan.workstreams.length === 0 || hasErrors(plan.diagnostics)) return `${brokenText(report)}\n`
  const sections = [summaryOf(report), scheduleOf(report)]
  const inTurn = new Set(softEdges.flatMap(({ before, after }) => [`${before} ${after}`, `${after} ${before}`]))
  const atOnce = analysis.overlaps.filter(({ a, b }) => !inTurn.has(`${a} ${b}`))
  if (atOnce.length > 0) sections.push(overlapsText(atOnce))
  if (softEdges.length > 0) sections.push(softEdgesText(softEdges))
  const checks = plan.workstreams.filter(({ acceptance }) => acceptance.length > 0)
  if (checks.length > 0) sections.push(acceptanceText(checks, report.acceptance))
  if (plan.diagnostics.length > 0) sections.push(renderDiagnostics(plan.diagnostics).trimEnd())
  return `${sections.join('\n\n')}\n`
}

function brokenText({ plan: { workstreams, diagnostics } }: PlanReport): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  const read = workstreams.length === 0 ? 'no workstreams' : `${counted(workstreams.length, 'workstream')} so far`
  const what = errors === 0 ? '' : `, and ${counted(errors, 'error')}: nothing is scheduled before they are mended`
  const lines = [`plan      ${read}${what}`, ...(diagnostics.length === 0 ? [] : ['', renderDiagnostics(diagnostics)])]
  return lines.join('\n').trimEnd()
}

/** `path:line:column CODE message`, the fix indented below; errors first, each kind by place. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning')
  return [...errors, ...warnings].map(diagnosticText).join('')
}

function diagnosticText({ file, line, column, code, severity, message, fix }: Diagnostic): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`
  return `${place} ${code} ${severity === 'warning' ? 'warning: ' : ''}${message}\n    ${fix}\n`
}

/** Minutes as they are written everywhere: `45m`, `2h05`, `31h`. */
export function minutesText(minutes: number): string {
  const whole = Math.round(minutes)
  if (whole < 60) return `${whole}m`
  const [hours, rest] = [Math.floor(whole / 60), whole % 60]
  return rest === 0 ? `${hours}h` : `${hours}h${String(rest).padStart(2, '0')}`
}

function summaryOf({ analysis: { summary }, softEdges, schedule, eta }: PlanReport): string {
  const { bound } = summary
  const limit = bound.criticalPathMinutes >= bound.workMinutes / bound.agents ? 'the critical path' : 'the work'
  const again = summary.duplicateDependencies === 0 ? '' : ` (${summary.duplicateDependencies} written twice)`
  return [
    `plan      ${counted(summary.workstreams, 'workstream')}, ${counted(summary.dependencies, 'dependency', 'dependencies')}${again}`,
    `shape     ${counted(summary.roots, 'root')}, longest chain ${summary.longestChain}, widest level ${summary.widestLevel}`,
    `bound     ${minutesText(bound.makespanMinutes)} with ${counted(bound.agents, 'agent')}: ${limit} decides`,
    `          critical path ${minutesText(bound.criticalPathMinutes)}, work ${minutesText(bound.workMinutes)}`,
    `schedule  ${minutesText(schedule.makespanMinutes)} as estimated; half of such runs take ${minutesText(eta.p50)},`,
    `          four out of five at most ${minutesText(eta.p80)}`,
    `overlaps  ${overlapCount(summary.overlaps, softEdges.length)}`,
  ].join('\n')
}

function overlapCount(overlaps: number, inTurn: number): string {
  if (overlaps === 0) return 'none'
  const ordered = inTurn === 0 ? '' : `, ${inTurn === overlaps ? 'done' : `${inTurn} of them done`} in turn`
  return `${overlaps < OVERLAPS_MAX ? '' : 'at least '}${counted(overlaps, 'pair')} without an order${ordered}`
}

function scheduleOf({ plan, analysis, schedule }: PlanReport): string {
  const byId = new Map(plan.workstreams.map((workstream) => [workstream.id, workstream]))
  const lines = schedule.order.map(({ workstream: id, agent, startMinute }) => {
    const workstream = byId.get(id)!
    const takes = `${minutesText(plannedMinutes(workstream))}${workstream.estimateMinutes === null ? '?' : ''}`
    return row(minutesText(startMinute), takes, String(agent), String(analysis.shape.levels.get(id)), id)
  })
  const title = 'SCHEDULE    ? is no estimate, the default counts'
  return [title, row('start', 'takes', 'agent', 'level', 'workstream'), ...lines].join('\n')
}

function row(start: string, takes: string, agent: string, level: string, workstream: string): string {
  return `  ${start.padStart(9)}  ${takes.padStart(9)}  ${agent.padStart(5)}  ${level.padStart(5)}  ${workstream}`
}

/** Paths shown of one pair: they say where to look, and the JSON document has them all. */
const PATHS_SHOWN = 3

function overlapsText(overlaps: readonly Overlap[]): string {
  const lines = overlaps.flatMap(({ a, b, paths }) => [
    `  ${a}  ${b}`,
    ...paths.slice(0, PATHS_SHOWN).map(([left, right]) => `      ${left === right ? left : `${left}  ~  ${right}`}`),
    ...(paths.length > PATHS_SHOWN ? [`      and ${paths.length - PATHS_SHOWN} more`] : []),
  ])
  return ['OVERLAPS    W104: both may change the same files, and nothing puts them in order', ...lines].join('\n')
}

function softEdgesText(softEdges: readonly SoftEdge[]): string {
  const lines = softEdges.map(({ before, after }) => `  ${before}  before  ${after}`)
  return ['IN TURN     these overlap too; one after the other takes no longer', ...lines].join('\n')
}

function acceptanceText(workstreams: readonly Workstream[], mode: PlanReport['acceptance']): string {
  const isRun = ({ run }: AcceptanceTest): boolean => run !== null && mode === 'run'
  const tests = workstreams.flatMap(({ acceptance }) => acceptance)
  const commands = tests.filter(isRun).length
  const lines = workstreams.flatMap(({ id, acceptance }) => [
    `  ${id}`,
    ...acceptance.map((test) => {
      const { name, run } = test
      return `    ${isRun(test) ? '  $' : '[ ]'} ${run === null || run === name ? name : `${run}    (${name})`}`
    }),
  ])
  const title =
    mode === 'run'
      ? `ACCEPTANCE  $ is executed (${commands}), [ ] is a point for a person (${tests.length - commands})`
      : `ACCEPTANCE  points for a person (${tests.length}); none is executed (acceptance: show)`
  return [title, ...lines].join('\n')
}

function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`
}
