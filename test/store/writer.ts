/**
 * A process that writes to a store, for tests which kill it or let two compete. It reads where it stands, writes on,
 * and says on stdout what was acknowledged, one number per line; without a limit it goes on until it is killed.
 *
 *     node writer.ts STORE NAME [CHANGES]
 */
import { writeSync } from 'node:fs'
import { openStore } from '../../src/store/open.ts'
import { sampleRow, sampleRun } from './sample.ts'

const [path, name, changes] = process.argv.slice(2)
const store = openStore(path!)
const limit = changes === undefined ? Number.POSITIVE_INFINITY : Number(changes)
for (let n = 1; n <= limit; n++) {
  await store.latestRun()
  await store.record({
    run: name!,
    at: n,
    runs: [sampleRun({ id: name!, endedAt: n })],
    workstreams: [sampleRow(name!, { state: 'queued', attempt: n, work: '', queuedAt: n })].map((row) => ({
      ...row,
      run: name!,
    })),
    events: [{ type: 'landing.queued', work: String(n), workstream: name!, attempt: n }],
  })
  // Not console.log: what is acknowledged must be out before the next change begins.
  writeSync(1, `${n}\n`)
}
await store.close()
