/**
 * What orchestration costs: a plan of 37 workstreams with equal tools on three agents, against the schedule in which
 * nothing but the tools takes time.
 */
import { makePlace } from './place.ts'
import { configuration, refactoring, roundsOf } from './refactoring.ts'
import { makeRepository } from './repository.ts'
import { type Row, rowOf } from './row.ts'

const AGENTS = 3
const TOOL_SECONDS = 3
const RATIO_MAX = 1.1

export async function run(): Promise<Row[]> {
  using place = makePlace('bench-makespan')
  const plan = refactoring()
  const yaml = configuration({ agents: AGENTS, seconds: TOOL_SECONDS, gate: ['test -d results'] })
  const files = plan.workstreams.map(({ path, text }) => [path, text] as const)
  makeRepository(place, [['sluice.yaml', yaml], ['results/README.txt', 'One file for each workstream.\n'], ...files])
  const began = performance.now()
  const { exit, stderr } = place.sluice('run', '--no-input')
  const seconds = (performance.now() - began) / 1000
  if (exit !== 0) throw new Error(`run ended with ${exit}:\n${stderr}`)
  const ideal = roundsOf(plan, AGENTS) * TOOL_SECONDS
  return [rowOf(`makespan of ${plan.name}, ${seconds.toFixed(1)} s for ${ideal} s`, seconds / ideal, 'x', RATIO_MAX)]
}
