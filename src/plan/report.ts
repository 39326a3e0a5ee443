/** Everything `sluice plan` knows, put together once; the terminal text and the JSON document render it. */
import type { Config } from '../model/config.ts'
import type { Workstream } from '../model/workstream.ts'
import { type Analysis, analyse } from './analysis.ts'
import type { Plan } from './load.ts'
import { type Forecast, forecast, type SoftEdge } from './simulate.ts'
import { softEdgesOf } from './soft-edges.ts'

export interface PlanReport extends Forecast {
  plan: Plan
  /** Whether commands among the acceptance tests are executed. */
  acceptance: Config['acceptance']
  analysis: Analysis
  /** Overlaps that are worked on one after the other, because that costs nothing. */
  softEdges: SoftEdge[]
}

/** Analyses and simulates a loaded plan for `agents` seats. Also of a plan with errors, as far as it can be read. */
export function reportOn(plan: Plan, agents: number, acceptance: Config['acceptance'] = 'run'): PlanReport {
  const analysis = analyse(plan.workstreams, agents, plan.duplicateDependencies)
  const { shape, overlaps } = analysis
  const softEdges = softEdgesOf(plan.workstreams, agents, shape, overlaps)
  return { plan, acceptance, analysis, softEdges, ...forecast(plan.workstreams, agents, softEdges, shape) }
}

/** `plan --json`, a contract with other programs: fields may be added, never renamed. */
export function planDocument({ plan, acceptance, analysis, softEdges, schedule, eta }: PlanReport) {
  return {
    schema: 'sluice.plan/1' as const,
    summary: analysis.summary,
    workstreams: plan.workstreams.map((workstream) => workstreamRow(workstream, analysis)),
    overlaps: analysis.overlaps,
    softEdges,
    acceptance,
    diagnostics: plan.diagnostics,
    schedule: { agents: schedule.agents, makespanMinutes: schedule.makespanMinutes, eta, order: schedule.order },
  }
}

export type PlanDocument = ReturnType<typeof planDocument>

function workstreamRow(workstream: Workstream, analysis: Analysis) {
  return {
    id: workstream.id,
    file: workstream.file,
    title: workstream.title,
    dependsOn: workstream.dependsOn,
    /** null on a cycle or behind one. */
    level: analysis.shape.levels.get(workstream.id) ?? null,
    scope: workstream.filesScope,
    creates: workstream.filesCreate,
    /** null when nothing is said; the schedule then counts a default. */
    estimateMinutes: workstream.estimateMinutes,
    tool: workstream.tool,
    track: workstream.track,
    priority: workstream.priority,
    acceptance: workstream.acceptance,
  }
}
