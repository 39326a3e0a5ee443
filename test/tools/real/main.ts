/**
 * `npm run test:tools`: the agents themselves, with a scripted model, through the whole of Sluice. Arguments go to vitest:
 * `npm run test:tools -- -t '^copilot'`.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { rowText } from '../../../bench/row.ts'
import { STARTING } from './agents.ts'
import { installed } from './install.ts'
import { overhead } from './overhead.ts'

const began = performance.now()
const tools = await installed()
for (const { tool, reason } of tools) {
  process.stdout.write(reason === null ? `${tool}: is tested\n` : `${tool}: NOT tested: ${reason}\n`)
}
process.env[STARTING] = tools.flatMap(({ tool, reason }) => (reason === null ? [tool] : [])).join(' ')
process.stdout.write(`installed in ${((performance.now() - began) / 1000).toFixed(0)} s\n`)
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const config = join(import.meta.dirname, 'vitest.config.ts')
const chosen = process.argv.slice(2)
const args = [vitest, 'run', '--config', config, ...chosen]
const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] })
process.exitCode = status ?? 1
// A time: printed beside what it should be, and no verdict, since other work on the machine is measured with it.
const row = chosen.length === 0 ? await overhead() : null
if (row !== null) process.stdout.write(`${rowText(row)}\n`)
