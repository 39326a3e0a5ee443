/**
 * `npm run test:crash`: the promise that a run survives `kill -9`, kept ten times over. A plan of 37 workstreams is run
 * once undisturbed and once with ten kills of the whole orchestrator, launcher included, at random moments while it is
 * at work, each followed by `run`. Both must end the same: every workstream landed, once, and nothing left behind.
 *
 * Each kill waits for a share of the landings and then for a random time, so that the moments spread over the whole run
 * however fast the machine is. `--seed N` repeats the moments (not the machine's timing); `--kills N` changes their number;
 * `--portable` runs it all by `ps` and Node's shim, as on systems without /proc.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makePlace, type Place } from '../bench/place.ts'
import { configuration, type Refactoring, refactoring, resultOf } from '../bench/refactoring.ts'
import { makeRepository } from '../bench/repository.ts'
import { PORTABLE_VARIABLE } from '../src/process/system.ts'
import { landedCount, violations } from './aftermath.ts'
import { randomNumbers } from './random.ts'

const AGENTS = 3
const GATE = ['for file in results/*.txt; do grep -q "is done" "$file" || exit 1; done']
/** Long enough for kills to meet tools at work, short enough for many rounds. */
const TOOL_SECONDS = 0.3
/** After a landing, a little longer than the way to the next one: every step of the way can be met. */
const DELAY_MS_MAX = 700
/** A run that hangs is a violation too. */
const RUN_MS_MAX = 120_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    kills: { type: 'string', default: '10' },
    portable: { type: 'boolean', default: false },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const kills = Number(values.kills)
const environment: Record<string, string> = values.portable ? { [PORTABLE_VARIABLE]: '1' } : {}
const plan = refactoring()

process.stdout.write(`plan ${plan.name}: ${plan.workstreams.length} workstreams; seed ${seed}\n`)
const found = [...(await undisturbed()), ...(await killed(randomNumbers(seed)))]
for (const violation of found) process.stdout.write(`VIOLATED: ${violation}\n`)
process.stdout.write(
  found.length === 0 ? 'nothing lost, nothing twice, nothing left behind\n' : `again with --seed ${seed}\n`,
)
process.exitCode = found.length === 0 ? 0 : 1

async function undisturbed(): Promise<string[]> {
  using place = makePlace('crash', environment)
  prepare(place, plan)
  const before = place.git('config', '--local', '--list')
  const { exit, repairs } = await follow(place, null)
  const left = await violations(place, plan, { agents: AGENTS, config: before, gate: GATE })
  const unasked = repairs.map((line) => `something was repaired that nobody had broken: ${line}`)
  const all = [...(exit === 0 ? [] : [`run ended with ${exit}`]), ...unasked, ...left]
  process.stdout.write(`undisturbed: ${landedCount(place)} landed, ${all.length} violations\n`)
  return all.map((one) => `undisturbed: ${one}`)
}

async function killed(random: () => number): Promise<string[]> {
  using place = makePlace('crash', environment)
  prepare(place, plan)
  const before = place.git('config', '--local', '--list')
  const all: string[] = []
  for (let kill = 0; kill < kills; kill++) {
    const moment = {
      landings: Math.floor((kill * (plan.workstreams.length - 4)) / kills),
      delayMs: random() * DELAY_MS_MAX,
    }
    const { exit } = await follow(place, moment)
    if (exit !== null) all.push(`kill ${kill + 1} came too late: run had ended with ${exit}`)
    process.stdout.write(
      `kill ${kill + 1}: ${Math.round(moment.delayMs)} ms after landing ${moment.landings}, ${landedCount(place)} landed\n`,
    )
  }
  const { exit, log } = await follow(place, null)
  if (exit !== 0) all.push(`the last run ended with ${exit}:\n${log}`)
  all.push(...(await violations(place, plan, { agents: AGENTS, config: before, gate: GATE })))
  process.stdout.write(`killed ${kills} times: ${landedCount(place)} landed, ${all.length} violations\n`)
  return all
}

/** A file of the target's that the plan leaves alone, the results' folder, and a gate that reads every result. */
function prepare(place: Place, { workstreams }: Refactoring): void {
  const yaml = configuration({ agents: AGENTS, seconds: TOOL_SECONDS, gate: GATE })
  const plans = workstreams.map(({ path, text }) => [path, text] as const)
  makeRepository(place, [['sluice.yaml', yaml], [resultOf('before'), 'what was there before is done\n'], ...plans])
}

interface Moment {
  landings: number
  delayMs: number
}

interface Followed {
  /** Null when the kill met it alive. */
  exit: number | null
  /** What it wrote to stderr. */
  log: string
  /** Events of repairs and of odd finds in a slot, as they were printed. */
  repairs: string[]
}

/**
 * Runs once. With a moment: until so many have landed and that time has passed, then the process group is killed.
 */
async function follow(place: Place, moment: Moment | null): Promise<Followed> {
  const child = place.start('run', '--json', '--no-input')
  const log: string[] = []
  child.stderr!.setEncoding('utf8').on('data', (text: string) => log.push(text))
  const limit = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), RUN_MS_MAX)
  const ended = once(child, 'exit') as Promise<[number | null]>
  const repairs: string[] = []
  const reached = Promise.withResolvers<void>()
  let landings = landedCount(place)
  const count = (): void => {
    if (moment !== null && landings >= moment.landings) reached.resolve()
  }
  count()
  createInterface({ input: child.stdout! }).on('line', (line) => {
    if (/"type":"(slot\.report|fix\.recorded)"/.test(line)) repairs.push(line)
    if (!line.includes('"type":"landing.moved"')) return
    landings++
    count()
  })
  if (moment !== null) {
    await Promise.race([reached.promise, ended])
    await Promise.race([delay(moment.delayMs), ended])
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
  }
  const [exit] = await ended
  clearTimeout(limit)
  return { exit, log: log.join(''), repairs }
}
