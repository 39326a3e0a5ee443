/** Many runs, one after the other, and what is told of them. Loaded when the simulated world has taken the place of the real one. */
import { createHash } from 'node:crypto'
import type { Outcome } from './simulate.ts'
import { simulate, simulateOnSqlite } from './simulate.ts'
import { type Scenario, scenarioOf } from './scenario.ts'
import { keptOf, shrink } from './shrink.ts'

/** One in so many runs is made once more, and then on SQLite. */
const AGAIN_EVERY = 100

/** Of the tape of a run that broke something. */
const LINES_SHOWN = 40
const STACK_LINES = 20

export interface Options {
  seed: number
  runs: number
  /** Only these parts and workstreams of the scenario; null: all. */
  keep: ReadonlySet<string> | null
  /** What to call to have the same again, without its options. */
  command: string
  /** Seconds of real time since any moment. */
  seconds: () => number
  say: (line: string) => void
  /** Tells the whole tape. */
  isVerbose: boolean
  /** What breaks a promise is told as it is, not made smaller. */
  isWhole: boolean
}

/** Gives the promise that was broken, or null when all was kept. */
export async function simulateAll(options: Options): Promise<string | null> {
  const { seed, runs, keep, say, seconds } = options
  const began = seconds()
  // Most errors are expected, and taking a stack for each is what costs; the one that is reported gets its own.
  Error.stackTraceLimit = 0
  const faults = new Map<string, number>()
  const all = createHash('sha256')
  let lives = 0
  for (let run = 0; run < runs; run++) {
    const whole = scenarioOf(seed + run)
    const scenario = keep === null ? whole : keptOf(whole, keep)
    const outcome = await simulate(scenario)
    if (options.isVerbose) for (const line of outcome.tape) say(line)
    const breach = outcome.breach ?? (run % AGAIN_EVERY === 0 ? await again(scenario, outcome) : null)
    if (breach !== null) {
      await report(options, whole, scenario, { ...outcome, breach })
      return breach.invariant
    }
    lives += outcome.lives
    all.update(outcome.fingerprint)
    for (const [name, count] of outcome.faults) faults.set(name, (faults.get(name) ?? 0) + count)
  }
  const s = seconds() - began
  say(`${runs} runs, seeds ${seed} to ${seed + runs - 1}: ${lives} orchestrators, every promise kept`)
  say(`${s.toFixed(1)} s, ${((s * 1000) / runs).toFixed(1)} ms a run; fingerprint ${all.digest('hex').slice(0, 16)}`)
  const told = [...faults].sort(([, a], [, b]) => b - a).map(([name, count]) => `${count} ${name}`)
  say(`what went otherwise than well: ${told.join(', ')}`)
  return null
}

/** The same scenario has to go the same way. On SQLite every promise takes other turns of the loop, so there it may not. */
async function again(scenario: Scenario, first: Outcome): Promise<Outcome['breach']> {
  const second = await simulate(scenario)
  if (second.fingerprint === first.fingerprint) return (await simulateOnSqlite(scenario)).breach
  const at = first.tape.findIndex((line, place) => line !== second.tape[place])
  const what = `the same seed goes another way: ${first.tape[at] ?? 'the end'} / ${second.tape[at] ?? 'the end'}`
  return { invariant: 'chance', what }
}

async function report(options: Options, whole: Scenario, scenario: Scenario, outcome: Outcome): Promise<void> {
  const { say, command } = options
  const { seed, breach } = outcome
  say(`seed ${seed} breaks ${breach!.invariant}: ${breach!.what}`)
  const breaks = async (smaller: Scenario): Promise<boolean> =>
    (await simulate(smaller)).breach?.invariant === breach!.invariant
  const canRepeat = !options.isWhole && (await breaks(scenario))
  const keep = canRepeat ? await shrink(whole, breaks) : []
  const small = canRepeat ? keptOf(whole, new Set(keep)) : scenario
  Error.stackTraceLimit = STACK_LINES
  const shown = canRepeat ? await simulate(small) : outcome
  say('')
  say(`plan: ${small.plan.map((one) => JSON.stringify(one)).join('\n      ')}`)
  say(`settings: ${JSON.stringify(small.settings)}`)
  for (const part of small.parts) say(`part: ${JSON.stringify(part)}`)
  say('')
  const lines = shown.tape.slice(-LINES_SHOWN)
  if (lines.length < shown.tape.length) say(`... ${shown.tape.length - lines.length} lines before`)
  for (const line of lines) say(line)
  say(`${breach!.invariant}: ${shown.breach?.what ?? breach!.what}`)
  say('')
  say(`once more: ${command} --runs 1 --seed ${seed}${canRepeat ? ` --keep ${keep.join(',')} --verbose` : ''}`)
}
