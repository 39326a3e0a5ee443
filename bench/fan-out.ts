/** Ten workstreams that wait for nothing, a second each, on five agents: two seconds of work, the rest is ours. */
import { makePlace } from './place.ts'
import { configuration } from './refactoring.ts'
import { makeRepository } from './repository.ts'
import { type Row, rowOf } from './row.ts'

const WORKSTREAMS = 10
const AGENTS = 5
const TOOL_SECONDS = 1
const SECONDS_MAX = 3

export async function run(): Promise<Row[]> {
  using place = makePlace('bench-fan-out')
  const files = Array.from({ length: WORKSTREAMS }, (_, index) => {
    const id = `part-${index}`
    return [`workstreams/${id}.json`, JSON.stringify({ id, tasks: [id], files_scope: [`results/${id}.txt`] })] as const
  })
  const yaml = configuration({ agents: AGENTS, seconds: TOOL_SECONDS, gate: ['test -f sluice.yaml'] })
  makeRepository(place, [['sluice.yaml', yaml], ...files])
  const began = performance.now()
  const { exit, stderr } = place.sluice('run', '--no-input')
  const seconds = (performance.now() - began) / 1000
  if (exit !== 0) throw new Error(`run ended with ${exit}:\n${stderr}`)
  return [rowOf('ten independent seconds on 5 agents', seconds, 's', SECONDS_MAX)]
}
