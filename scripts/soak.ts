/**
 * `npm run soak`: many workstreams, many agents, and for ten minutes tools, shims and the orchestrator are killed at random
 * moments. At the end everything has landed or can be explained, nothing is left behind, and the orchestrator has not grown.
 *
 *     npm run soak [-- --minutes 10] [--seed N] [--workstreams 200] [--agents 20]
 *
 * The orchestrator is killed with its whole process group, launcher included, and started again at once; the last
 * part of the time is one life of it, in which a leak would have to show. `--seed N` repeats plan and chaos (not the
 * machine's timing). The tools' pace follows the clock, so that the work lasts as long as the soak; what lasts far longer
 * is ended, and told.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makePlace } from '../bench/place.ts'
import { endStrays } from '../test/kit/traces.ts'
import { landedCount } from './aftermath.ts'
import { randomNumbers } from './random.ts'
import { Memory } from './soak/memory.ts'
import { summary } from './soak/summary.ts'
import { kill, Victims } from './soak/victims.ts'
import { makeWork, prepare, setPace, STEPS } from './soak/work.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    workstreams: { type: 'string', default: '200' },
    agents: { type: 'string', default: '20' },
  },
})
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9))
const [minutes, count, agents] = [values.minutes, values.workstreams, values.agents].map(Number) as [
  number,
  number,
  number,
]

type Draw = () => number

/** Of the whole time: from one kill of the orchestrator to the next, at least and at most; but never less than it takes to start. */
const LIFE_SHARE = [0.03, 0.09] as const
const LIFE_MS_MIN = 8_000
/** One life without a kill at the end. */
const LAST_LIFE_SHARE = 0.4
/** Between two kills of a tool or a shim, at most; half of that on average. */
const KILL_EVERY_MS = 5_000
const PACE_EVERY_MS = 2_000
/** Of the time that is left, the part that tools are to fill: the rest is for what is killed and done again. */
const FILL = 0.8
/** After the time is over nothing is killed any more, and the run has as long again to end, and three minutes. */
const hardEnd = performance.now() + (2 * minutes + 3) * 60_000
const began = performance.now()
const end = began + minutes * 60_000

// One source for each, so that none depends on how fast the others draw.
const [planned, lives, deaths] = [seed, seed + 1, seed + 2].map(randomNumbers) as [Draw, Draw, Draw]
const work = makeWork(count, planned)
say(`seed ${seed}: ${count} workstreams, ${agents} agents, ${minutes} minutes; ${work.hopeless.size} cannot land`)
using place = makePlace('soak')
// Whatever happens to this process: nothing that it has caused is left.
using _strays = { [Symbol.dispose]: () => endStrays(place.dir) }
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    endStrays(place.dir)
    place[Symbol.dispose]()
    process.exit(1)
  })
}
const pace = join(place.dir, 'pace')
setPace(pace, 1)
prepare(place, work, agents, pace)
const config = place.git('config', '--local', '--list')
const memory = new Memory(place)
const over = new AbortController()
const kills = { tool: 0, shim: 0, orchestrator: 0 }

const beside = [repeatedly(PACE_EVERY_MS, keepPace), chaos()]
const { exit, log } = await orchestrate()
const lastedMs = performance.now() - began
over.abort()
await Promise.all(beside)
const before = { agents, config, exit, log }
const { lines, isKept } = await summary({ place, work, before, kills, samples: memory.samples, minutes, lastedMs })
for (const line of lines) say(line)
if (!isKept) say(`again with --seed ${seed}`)
process.exitCode = isKept ? 0 : 1

/** Runs it again after each kill, until it has ended by itself (or the hard end has come, then exit is null). */
async function orchestrate(): Promise<{ exit: number | null; log: string }> {
  for (;;) {
    const child = place.start('run', '--json', '--no-input')
    let log = ''
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text))
    child.stdout!.resume()
    const ended = once(child, 'exit') as Promise<[number | null]>
    using _watch = memory.watch(child.pid!)
    const killAt = nextKill()
    const stop = new AbortController()
    const untilMs = (killAt ?? hardEnd) - performance.now()
    await Promise.race([ended, delay(Math.max(0, untilMs), null, { signal: stop.signal }).catch(() => null)])
    stop.abort()
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid!, 'SIGKILL')
      await ended
      if (killAt === null) return { exit: null, log }
      kills.orchestrator++
      say(`${clock()} orchestrator killed, ${landedCount(place)} landed`)
      continue
    }
    const [exit] = await ended
    return { exit, log }
  }
}

/** When this life ends, by the clock of this process; null: it is the last one. */
function nextKill(): number | null {
  const wholeMs = minutes * 60_000
  const [least, most] = LIFE_SHARE.map((share) => Math.max(LIFE_MS_MIN, share * wholeMs)) as [number, number]
  const at = performance.now() + least + lives() * Math.max(least, most - least)
  return at < end - LAST_LIFE_SHARE * wholeMs ? at : null
}

async function chaos(): Promise<void> {
  const victims = new Victims(place)
  while (performance.now() < end && !over.signal.aborted) {
    const [waitMs, role, which] = [deaths() * KILL_EVERY_MS, deaths() < 0.5 ? 'tool' : 'shim', deaths()] as const
    await delay(waitMs, null, { signal: over.signal }).catch(() => null)
    const living = await victims.living(role)
    const victim = living[Math.floor(which * living.length)]
    if (victim === undefined || !kill(victim)) continue
    kills[role]++
    say(`${clock()} ${role} of ${victim.attempt} killed`)
  }
}

/** The time that is left, over the seats and the workstreams that are left. */
function keepPace(): void {
  const left = Math.max(1, count - work.hopeless.size - landedCount(place))
  const seconds = Math.max(0, end - performance.now()) / 1000
  setPace(pace, Math.max(0.05, (FILL * seconds * Math.min(agents, left)) / left / STEPS))
}

async function repeatedly(everyMs: number, act: () => void): Promise<void> {
  while (!over.signal.aborted) {
    act()
    await delay(everyMs, null, { signal: over.signal }).catch(() => null)
  }
}

function clock(): string {
  return `${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
