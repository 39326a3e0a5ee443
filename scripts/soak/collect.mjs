/**
 * Loaded into the orchestrator of a soak before its own code (`--import`): every second it collects garbage and writes
 * down how many bytes are in use, to `$SOAK_IN_USE/PID`. Resident memory cannot tell: V8 gives no garbage back before its
 * heap is several times what Sluice needs, and how much there is at a moment follows what has just been going on.
 *
 * Plain JavaScript: what takes the types out of a file needs ten megabytes itself.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const EVERY_MS = 1_000
const folder = process.env['SOAK_IN_USE']

// Options of Node are inherited: processes that the orchestrator starts load this too, and are not what is measured.
if (process.argv[2] === 'run' && folder !== undefined) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  const path = join(folder, `${process.pid}`)
  const measure = () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    writeFileSync(`${path}.new`, `${heapUsed + external}`)
    renameSync(`${path}.new`, path)
  }
  setInterval(measure, EVERY_MS).unref()
}
