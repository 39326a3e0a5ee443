/**
 * A process that records events and brings the logs up after each, until it is killed.
 *
 *     node log-writer.ts STORE FOLDER RUN
 */
import { writeSync } from 'node:fs'
import { openLogFiles } from '../../src/observe/log-files.ts'
import { openStore } from '../../src/store/open.ts'
import { AT, commitId, sampleAttempt } from '../store/sample.ts'

const [path, folder, run] = process.argv.slice(2)
const store = openStore(path!)
const logs = openLogFiles(folder!, store)
await logs.advance(run!)
writeSync(1, 'caught up\n')
for (let n = 1; ; n++) {
  await store.record({
    run: run!,
    at: AT + n,
    attempts: [sampleAttempt('ws-1', 1, { run: run! })],
    events: [
      { type: 'landing.built', landing: 'x', commit: commitId('c'), workstream: 'ws-1', attempt: 1 },
      { type: 'landing.queued', work: commitId('b'), workstream: 'ws-1', attempt: 1 },
    ],
  })
  await logs.advance(run!)
  writeSync(1, `${n}\n`)
}
