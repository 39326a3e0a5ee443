/** What `status` and the end of a run ask of the store, in a run that has a long history: nothing may grow with it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NewEvent } from '../src/model/event.ts'
import { openStore } from '../src/store/open.ts'
import type { Store } from '../src/store/store.ts'
import { medianOf } from './median.ts'
import { type Row, rowOf } from './row.ts'

const EVENTS = 20_000
const STARTS = 20
const RUNS = 20
/** One look for the marks, and one for each start. */
const MS_MAX = 5

/** Of one start each: begun, at work, killed, with requests of people after that. */
const STARTED: NewEvent = { type: 'run.started', target: 'main', base: '0'.repeat(40), agents: 1, workstreams: 1 }
const WORK: NewEvent = { type: 'landing.queued', work: '0'.repeat(40), workstream: 'a', attempt: 1 }
const ASKED: NewEvent = { type: 'request.applied', request: { kind: 'hold', ids: ['a'] }, answer: 'held' }

export async function run(): Promise<Row[]> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-bench-history-'))
  const store = openStore(join(dir, 'sluice.db'))
  try {
    const share = EVENTS / STARTS
    const events = [
      STARTED,
      ...Array.from({ length: share - 11 }, () => WORK),
      ...Array.from({ length: 10 }, () => ASKED),
    ]
    for (let start = 0; start < STARTS; start++) await store.record({ run: 'long', at: Date.now(), events })
    return [rowOf(`history: when a run was at work, out of ${EVENTS} events (CPU)`, await timed(store), 'ms', MS_MAX)]
  } finally {
    await store.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

/** In time of the processor: SQLite works in this very thread, so others who are at work do not count. The first only warms the caches. */
async function timed(store: Store): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn <= RUNS; turn++) {
    const began = process.cpuUsage()
    const points = await store.turningPoints('long')
    if (points.length !== 2 * STARTS) throw new Error(`${points.length} turning points of ${STARTS} starts`)
    const { user, system } = process.cpuUsage(began)
    if (turn > 0) times.push((user + system) / 1000)
  }
  return medianOf(times)
}
