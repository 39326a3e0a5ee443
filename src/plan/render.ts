/** `sluice plan` on a terminal: 80 columns, plain text, the same with and without a terminal. */
import type { Diagnostic } from '../model/diagnostic.ts'
import type { Workstream } from '../model/workstream.ts'
import { type Overlap, OVERLAPS_MAX } from './overlap.ts'
import type { PlanReport } from './report.ts'
import type { SoftEdge } from './simulate.ts'
import { plannedMinutes } from './shape.ts'

/** The whole text, with a line end. */
export function renderPlan(report: PlanReport): string {
  const { plan, analysis, softEdges } = report
  const sections = [summaryOf(report), scheduleOf(report)]
  const inTurn = new Set(softEdges.flatMap(({ before, after }) => [`${before} ${after}`, `${after} ${before}`]))
  const atOnce = analysis.overlaps.filter(({ a, b }) => !inTurn.has(`${a} ${b}`))
  if (atOnce.length > 0) sections.push(overlapsText(atOnce))
  if (softEdges.length > 0) sections.push(softEdgesText(softEdges))
  const checks = plan.workstreams.filter(({ acceptance }) => acceptance.length > 0)
  if (checks.length > 0) sections.push(acceptanceText(checks))
  if (plan.diagnostics.length > 0) sections.push(renderDiagnostics(plan.diagnostics).trimEnd())
  return `${sections.join('\n\n')}\n`
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

/** Minutes as a person says them: "45 min", "2 h 05", "31 h". */
export function durationText(minutes: number): string {
  const whole = Math.round(minutes)
  if (whole < 60) return `${whole} min`
  const [hours, rest] = [Math.floor(whole / 60), whole % 60]
  return rest === 0 ? `${hours} h` : `${hours} h ${String(rest).padStart(2, '0')}`
}

function summaryOf({ analysis: { summary }, softEdges, schedule, eta }: PlanReport): string {
  const { bound } = summary
  const limit = bound.criticalPathMinutes >= bound.workMinutes / bound.agents ? 'the critical path' : 'the work'
  const again = summary.duplicateDependencies === 0 ? '' : ` (${summary.duplicateDependencies} written twice)`
  return [
    `plan      ${counted(summary.workstreams, 'workstream')}, ${summary.dependencies} dependencies${again}`,
    `shape     ${counted(summary.roots, 'root')}, longest chain ${summary.longestChain}, widest level ${summary.widestLevel}`,
    `bound     ${durationText(bound.makespanMinutes)} with ${counted(bound.agents, 'agent')}: ${limit} decides`,
    `          critical path ${durationText(bound.criticalPathMinutes)}, work ${durationText(bound.workMinutes)}`,
    `schedule  ${durationText(schedule.makespanMinutes)} as estimated; half of such runs take ${durationText(eta.p50)},`,
    `          four out of five at most ${durationText(eta.p80)}`,
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
    const takes = `${durationText(plannedMinutes(workstream))}${workstream.estimateMinutes === null ? '?' : ''}`
    return row(durationText(startMinute), takes, String(agent), String(analysis.shape.levels.get(id)), id)
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

function acceptanceText(workstreams: readonly Workstream[]): string {
  const tests = workstreams.flatMap(({ acceptance }) => acceptance)
  const commands = tests.filter(({ run }) => run !== null).length
  const lines = workstreams.flatMap(({ id, acceptance }) => [
    `  ${id}`,
    ...acceptance.map(
      ({ name, run }) =>
        `    ${run === null ? '[ ]' : '  $'} ${run === null || run === name ? name : `${run}    (${name})`}`,
    ),
  ])
  return [
    `ACCEPTANCE  $ is executed (${commands}), [ ] is a point for a person (${tests.length - commands})`,
    ...lines,
  ].join('\n')
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
