/**
 * `npm run bench`: every measured promise as a line, the number beside its target; exit 1 when one is missed. Names as
 * arguments choose (`node bench/main.ts start makespan`).
 *
 * `--loaded` is for a machine that has other work too: times are printed but do not decide, because there they say more
 * about the load than about Sluice. Memory still does, and so do ratios, with room for the load.
 */
import { parseArgs } from 'node:util'
import type { Row } from './row.ts'
import { rowText } from './row.ts'

const BENCHES = [
  'start',
  'shim',
  're-attach',
  'restart',
  'kill',
  'plan',
  'fan-out',
  'overhead',
  'throughput',
  'sparse',
  'makespan',
  'radar',
  'sampling',
  'history',
] as const

/** On a busy machine. An idle seat of three costs as much, so what is broken still shows. */
const LOADED_SLACK = 1.4

const { values, positionals } = parseArgs({ options: { loaded: { type: 'boolean' } }, allowPositionals: true })
const unknown = positionals.filter((name) => !BENCHES.some((known) => known === name))
if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are ${BENCHES.join(', ')}`)

function misses({ ok, unit, value, target, best }: Row): boolean {
  if (values.loaded !== true || unit === 'MB' || unit === 'share') return !ok
  return unit === 'x' && (best === 'low' ? value > target * LOADED_SLACK : value * LOADED_SLACK < target)
}

let missed = 0
for (const name of BENCHES) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const { run } = (await import(`./${name}.ts`)) as { run: () => Promise<Row[]> }
  for (const row of await run()) {
    const isMiss = misses(row)
    if (isMiss) missed++
    process.stdout.write(`${rowText(row)}${row.ok || isMiss ? '' : ' (a busy machine: does not decide)'}\n`)
  }
}
process.exitCode = missed === 0 ? 0 : 1
