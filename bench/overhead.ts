/**
 * What a landing costs of itself, from the queue to the moved target, in a repository of 20,000 files: reading the tip,
 * merging in memory, the candidate, the journal, the guarded move. The gate and bringing checkouts forward are not in it:
 * they are the user's own.
 */
import { join } from 'node:path'
import { openStore } from '../src/store/open.ts'
import { medianOf } from './median.ts'
import { makePlace, type Place } from './place.ts'
import { configuration } from './refactoring.ts'
import { makeRepository, sourceFiles } from './repository.ts'
import { type Row, rowOf } from './row.ts'

const FILES = 20_000
const WORKSTREAMS = 12
const OVERHEAD_MS_MAX = 60

export async function run(): Promise<Row[]> {
  using place = makePlace('bench-overhead')
  // One after the other: what is measured is one landing, not the machine under three agents.
  const files = Array.from({ length: WORKSTREAMS }, (_, index) => {
    const [id, before] = [`part-${index}`, `part-${index - 1}`]
    const workstream = { id, tasks: [id], files_scope: [`results/${id}.txt`], depends_on: index === 0 ? [] : [before] }
    return [`workstreams/${id}.json`, JSON.stringify(workstream)] as const
  })
  const yaml = configuration({ agents: 1, seconds: 0, gate: ['test -f sluice.yaml'] })
  makeRepository(place, [['sluice.yaml', yaml], ...files, ...sourceFiles(FILES)])
  place.git('switch', '-q', '-c', 'elsewhere')
  const { exit, stderr } = place.sluice('run', '--no-input')
  if (exit !== 0) throw new Error(`run ended with ${exit}:\n${stderr}`)
  return [rowOf(`landing overhead p50, ${FILES} files`, medianOf(await overheadsMs(place)), 'ms', OVERHEAD_MS_MAX)]
}

async function overheadsMs(place: Place): Promise<number[]> {
  const store = openStore(join(place.repo, '.sluice', 'sluice.db'))
  try {
    const run = await store.latestRun()
    const landings = await store.landings(run!.id)
    return landings.filter(({ stage }) => stage === 'done').map(({ overheadMs }) => overheadMs)
  } finally {
    await store.close()
  }
}
