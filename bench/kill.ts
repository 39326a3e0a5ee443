/** How long it takes until nothing is left of a tree that has grown: from the order to the last look that found nobody. */
import { join } from 'node:path'
import { untilExists } from '../src/process/appear.ts'
import { killTree } from '../src/process/kill.ts'
import { makeAgents } from './agents.ts'
import { medianOf } from './median.ts'
import { type Row, rowOf } from './row.ts'

const PROCESSES = 50
const RUNS = 5
const WAIT_MS_MAX = 30_000

/** Two looks at the process table (facts: 13.5 ms for 400 processes) and the pause between them, with room. */
const KILL_MS_MAX = 100

/** Every other one in a session of its own. */
const SCRIPT = `
i=0
while [ $i -lt ${PROCESSES / 2} ]; do sleep 600 & setsid sleep 600 & i=$((i + 1)); done
: >"$UP"
wait
`

export async function run(): Promise<Row[]> {
  await using agents = await makeAgents()
  const times: number[] = []
  for (let turn = 0; turn < RUNS; turn++) {
    const up = join(agents.dir, `up-${turn}`)
    const running = await agents.start(turn, SCRIPT, { env: { ...agents.env, UP: up } })
    if (!(await untilExists(up, { timeoutMs: WAIT_MS_MAX }))) throw new Error('the tree never grew')
    const began = performance.now()
    const { found, survivors } = await killTree(running.tree, { graceMs: 0 })
    times.push(performance.now() - began)
    if (found <= PROCESSES || survivors > 0) throw new Error(`found ${found}, left ${survivors}`)
  }
  return [rowOf(`kill: a tree of ${PROCESSES} processes`, medianOf(times), 'ms', KILL_MS_MAX)]
}
