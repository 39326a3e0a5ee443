/**
 * Runs random plans against the real coordinator in a world that is made up: a clock that jumps, git and tools in memory, and
 * everything that can go wrong. Whatever happens, every promise is checked by code that shares nothing with what it checks.
 *
 *     npm run simulate -- --runs 10000 --seed 1     # minutes
 *     npm run simulate -- --mutants                 # is every planted bug found?
 *
 * What breaks a promise is made as small as possible and printed with the command that does it again.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { enterSimulation } from './simulation/hooks.ts'
import { MUTANT_RUNS, MUTANTS } from './simulation/mutants.ts'
import { takeOverTime } from './simulation/world/clock.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
    mutant: { type: 'string' },
    mutants: { type: 'boolean', default: false },
  },
})

// Whoever reads may have read enough.
process.stdout.on('error', () => process.exit(1))
process.exitCode = values.mutants ? tryMutants() : await run()

async function run(): Promise<number> {
  const mutant = MUTANTS.find(({ name }) => name === values.mutant)
  if (values.mutant !== undefined && mutant === undefined) throw new Error(`there is no mutant "${values.mutant}"`)
  const [runs, seed] = [values.runs, values.seed].map(Number)
  if (!Number.isInteger(runs) || !Number.isInteger(seed)) throw new Error('--runs and --seed are whole numbers')
  const seconds = (): number => Number(process.hrtime.bigint()) / 1e9
  enterSimulation(mutant?.edits)
  takeOverTime()
  // Of whoever starts it nothing is to be found in a run.
  process.env = { PATH: '/bin' }
  const { simulateAll } = await import('./simulation/main.ts')
  const broken = await simulateAll({
    seed: seed!,
    runs: runs!,
    keep: values.keep === undefined ? null : new Set(values.keep.split(',')),
    command: `npm run simulate --${mutant === undefined ? '' : ` --mutant "${mutant.name}"`}`,
    seconds,
    say: (line) => process.stdout.write(`${line}\n`),
    isVerbose: values.verbose,
    isWhole: values.whole,
  })
  return broken === null ? 0 : 1
}

/** Each in a process of its own, for its bug is planted while the files are loaded. */
function tryMutants(): number {
  let missed = 0
  for (const { name, breaks, from = 1 } of MUTANTS) {
    const argv = [
      import.meta.filename,
      '--whole',
      '--runs',
      String(MUTANT_RUNS),
      '--seed',
      String(from),
      '--mutant',
      name,
    ]
    const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    const found = /^seed (\d+) breaks (\w+): (.*)$/m.exec(stdout)
    const isCaught = found !== null && breaks.includes(found[2]!)
    if (!isCaught) missed += 1
    process.stdout.write(`${isCaught ? 'found' : 'NOT FOUND'}: ${name}: ${found?.[0] ?? 'every promise kept'}\n`)
  }
  return missed === 0 ? 0 : 1
}
