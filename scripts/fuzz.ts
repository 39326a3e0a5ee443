/**
 * `npm run fuzz`: everything survives `kill -9` wherever it strikes. A whole run with all that people do in it, and landings in
 * situations that between them cross every step, are killed after every single effect that they have on the world outside; then
 * they are run to their end, and a checker looks whether every promise was kept. So are pairs of kills, the second one in the middle
 * of recovering from the first, and a person who pushes, or has git throw away what nothing refers to, at every moment that matters.
 *
 *     npm run fuzz [-- --sample N]       all single kills, and N pairs of each scenario (default 20)
 *     npm run fuzz -- --singles N        no more than N single kills of each, evenly spread, beginning by chance
 *     npm run fuzz -- --pairs            all pairs as well; that takes days
 *     npm run fuzz -- --scenario NAME [--step N --at WHEN[,WHEN]]   one scenario, or one case of it
 *     npm run fuzz -- --mutants          is every planted bug caught? With --scenario, those that are planted there
 *
 * `--seed N` repeats what is left to chance (not the machine's timing).
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { tryMutants } from './fuzz/mutants.ts'
import { actsOf, type Case, effectOf, type Outcome, Rig, singleKills, UNDISTURBED, work } from './fuzz/rig.ts'
import { HAS_BOXES } from './fuzz/checker/running.ts'
import type { Scenario } from './fuzz/scenario.ts'
import { SCENARIOS } from './fuzz/scenarios.ts'
import { MAIN } from './fuzz/stage.ts'
import { randomNumbers } from './random.ts'

/** What a start after a kill may take until it goes on with the work. */
const RECOVERY_P99_MS = 1_000
const WORKERS_MAX = 8
/** Cases from one sign of life to the next. */
const TOLD_EVERY = 250

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    sample: { type: 'string', default: '20' },
    pairs: { type: 'boolean', default: false },
    scenario: { type: 'string' },
    step: { type: 'string', default: '0' },
    at: { type: 'string' },
    singles: { type: 'string' },
    mutants: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const random = randomNumbers(seed)
const workers = Math.min(WORKERS_MAX, availableParallelism())
const chosen = SCENARIOS.filter(({ name }) => values.scenario === undefined || name === values.scenario)
if (chosen.length === 0) throw new Error(`scenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
process.exitCode = (values.mutants ? await tryMutants(chosen, workers, say) : await fuzz()) ? 0 : 1

async function fuzz(): Promise<boolean> {
  say(`seed ${seed}, ${workers} at once`)
  if (!HAS_BOXES) say('there is no sandbox on this machine: whether anything runs outside of it (I11) is not looked at')
  const began = performance.now()
  const recoveries: { ms: number; where: string }[] = []
  let [cases, broken] = [0, 0]
  for (const scenario of chosen) {
    const heard = (outcome: Outcome, { step, stops, act }: Case): true => {
      cases += 1
      // Some scenarios take an hour.
      if (cases % TOLD_EVERY === 0) say(`${scenario.name}: ${cases} cases so far, ${broken} broken`)
      const { recoveryMs: ms, where } = outcome
      if (stops.length > 0 && ms !== null && !scenario.waits)
        recoveries.push({ ms: Math.round(ms), where: `${scenario.name}, ${where}` })
      if (outcome.violations.length === 0) return true
      broken += 1
      say(`VIOLATED ${scenario.name}, ${outcome.where}:`)
      for (const violation of outcome.violations) say(`    ${violation.replaceAll('\n', '\n    ')}`)
      if (act === null && stops.length > 0)
        say(`    again with --scenario '${scenario.name}' --step ${step} --at '${stops.join()}'`)
      return true
    }
    await disturb(scenario, heard)
  }
  recoveries.sort((a, b) => a.ms - b.ms)
  const [p50, p99] = [0.5, 0.99].map((part) => recoveries[Math.floor(recoveries.length * part)]?.ms)
  const seconds = Math.round((performance.now() - began) / 1000)
  say(`${cases} cases in ${seconds} s, ${broken} of them with a broken promise`)
  say(
    `recovery, from the start of the process until it goes on with the work: p50 ${p50} ms, p99 ${p99} ms (target: ${RECOVERY_P99_MS})`,
  )
  const slowest = recoveries.at(-1)
  if (slowest !== undefined) say(`the longest: ${slowest.ms} ms, ${slowest.where}`)
  return broken === 0
}

/** All cases of one scenario. */
async function disturb(scenario: Scenario, heard: (outcome: Outcome, one: Case) => true): Promise<void> {
  using rigs = new DisposableStack()
  const made = await Promise.all(Array.from({ length: workers }, () => Rig.make(scenario)))
  for (const rig of made) rigs.use(rig)
  if (values.at !== undefined) {
    const stops = values.at.split(',')
    return await work(made, [{ step: Number(values.step), stops, act: null }], MAIN, (outcome, one) => {
      say(`${scenario.name}: ${outcome.where}`)
      return heard(outcome, one)
    })
  }
  const undisturbed = await made[0]!.run(UNDISTURBED, MAIN)
  heard(undisturbed, UNDISTURBED)
  const { moments } = undisturbed
  const all = moments.flat()
  say(`${scenario.name}: ${all.length} moments, ${new Set(all.map(effectOf)).size} kinds`)
  const every = singleKills(scenario, moments)
  const singles = values.singles === undefined ? every : strided(every, Number(values.singles))
  const acts = actsOf(scenario, moments)
  /** Each with the moments of the run that recovers from it: there it can be killed again. */
  const pairs: Case[] = []
  await work(made, [...singles, ...acts], MAIN, (outcome, one) => {
    const { step, stops, act } = one
    if (act === null) pairs.push(...outcome.moments[0]!.map((again) => ({ step, stops: [...stops, again], act })))
    return heard(outcome, one)
  })
  const tried = values.pairs ? pairs : drawn(pairs, Number(values.sample))
  await work(made, tried, MAIN, heard)
  say(
    `${scenario.name}: killed at ${singles.length} of ${every.length}, ${tried.length} of ${pairs.length} pairs, ${acts.length} acts of people`,
  )
}

/** So many of them at most, evenly spread, beginning by chance. */
function strided<T>(all: readonly T[], count: number): T[] {
  const stride = Math.max(1, all.length / count)
  const first = random() * stride
  return Array.from({ length: Math.min(count, all.length) }, (_, index) => all[Math.floor(first + index * stride)]!)
}

/** So many of them, by chance. */
function drawn<T>(all: readonly T[], count: number): T[] {
  const left = [...all]
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0]!,
  )
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
