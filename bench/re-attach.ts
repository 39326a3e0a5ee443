/** How long it takes to find 50 living agents again, that an orchestrator which is gone had started. */
import { adopt } from '../src/process/adopt.ts'
import { makeAgents } from './agents.ts'
import { medianOf } from './median.ts'
import { type Row, rowOf } from './row.ts'

const AGENTS = 50
const RUNS = 5
const RE_ATTACH_MS_MAX = 50

export async function run(): Promise<Row[]> {
  await using agents = await makeAgents()
  const numbers = Array.from({ length: AGENTS }, (_, at) => at)
  for (const number of numbers) (await agents.start(number, 'exec sleep 600')).release()
  const times: number[] = []
  for (let turn = 0; turn <= RUNS; turn++) {
    const began = performance.now()
    const found = await Promise.all(numbers.map((number) => adopt(agents.folder(number))))
    if (turn > 0) times.push(performance.now() - began)
    for (const one of found) {
      if (one.kind !== 'running') throw new Error(`an agent that lives was found ${one.kind}`)
      one.running.release()
    }
  }
  return [rowOf(`re-attach: ${AGENTS} living agents`, medianOf(times), 'ms', RE_ATTACH_MS_MAX)]
}
