/**
 * Landings against one at a time, with four gate slots: simulated, by the real decisions in a world where a gate takes
 * one unit of time and nothing else takes any; and real, by `sluice run` in a repository with a gate that sleeps, so that
 * not the processors are what is waited for.
 *
 * One at a time, each work needs a gate of its own, and a red one a second one (it is asked again). Of the real queue that
 * is measured for a few works and counted for all: the time of one landing, times the gates that would be run.
 */
import type { Event } from '../src/model/event.ts'
import { simulateQueue, type Work as SimulatedWork } from '../test/landing/simulated-queue.ts'
import { makePlace } from './place.ts'
import { atLeast, type Row } from './row.ts'
import { eventsOf, handIn, type Landings, type Work } from './works.ts'

const SLOTS = 4
const CASES = [
  { mode: 'single', redShare: 0.05, timesMin: 3.3 },
  { mode: 'single', redShare: 0.2, timesMin: 2.5 },
  { mode: 'groups', redShare: 0.05, timesMin: 6 },
] as const

const SIMULATED_WORKS = 200
const SEEDS = 50

const WORKS = 60
const SERIAL_WORKS = 8
const GATE_SECONDS = 2
/** Of where the red ones stand: chosen once for all, where the simulation says what it says on average. */
const SEED = 1
const NEEDS_A_HUMAN = 3

export async function run(): Promise<Row[]> {
  const rows = CASES.map(({ mode, redShare, timesMin }) => {
    const title = `throughput simulated, ${mode}, ${redShare * 100} % red`
    return atLeast(title, simulatedTimes(mode, redShare), 'x', timesMin)
  })
  const serial = await secondsOf(greenAndRed(SERIAL_WORKS, 0, SEED), { window: 1, mode: 'single' })
  const secondsEach = serial / SERIAL_WORKS
  for (const { mode, redShare, timesMin } of CASES) {
    const works = greenAndRed(WORKS, redShare, SEED)
    const seconds = await secondsOf(works, { window: SLOTS, mode })
    const serialSeconds = gatesOneAtATime(works) * secondsEach
    const title = `throughput real, ${mode}, ${redShare * 100} % red: ${WORKS} works in ${seconds.toFixed(1)} s`
    rows.push(
      atLeast(`${title} for ${serialSeconds.toFixed(1)} s one at a time`, serialSeconds / seconds, 'x', timesMin),
    )
  }
  return rows
}

/** Over many plans: all the time that one at a time takes, for the time that the queue takes. */
function simulatedTimes(mode: Landings['mode'], redShare: number): number {
  let [serial, queued] = [0, 0]
  for (let seed = 1; seed <= SEEDS; seed++) {
    const works = greenAndRed(SIMULATED_WORKS, redShare, seed).map(({ id, isRed }): SimulatedWork => {
      return { id, at: 0, isRed, needs: [], conflicts: [] }
    })
    serial += simulateQueue({ mode: 'single', slots: 1, works }).time
    queued += simulateQueue({ mode, slots: SLOTS, works }).time
  }
  return serial / queued
}

type Judged = Pick<Work, 'id'> & { isRed: boolean }

/** Exactly this share is red; where they stand in the queue is drawn (mulberry32). */
function greenAndRed(count: number, redShare: number, seed: number): Judged[] {
  let state = seed | 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const red = new Set<number>()
  while (red.size < Math.round(count * redShare)) red.add(Math.floor(uniform() * count))
  return Array.from({ length: count }, (_, place) => {
    return { id: `work-${String(place).padStart(4, '0')}`, isRed: red.has(place) }
  })
}

function gatesOneAtATime(works: readonly Judged[]): number {
  return works.reduce((sum, { isRed }) => sum + (isRed ? 2 : 1), 0)
}

/** Lands the works by the real queue; from the first that is taken up to the last that is settled. */
async function secondsOf(works: readonly Judged[], landings: Pick<Landings, 'window' | 'mode'>): Promise<number> {
  using place = makePlace('bench-throughput')
  const written = works.map(({ id, isRed }): Work => ({
    id,
    files: [[`${id}/${isRed ? 'red' : 'green'}.txt`, `${id}\n`]],
  }))
  const gate = `sleep ${GATE_SECONDS}; ! ls */red.txt 2>/dev/null`
  await handIn(place, written, [['README.md', 'Works\n']], { gate, ...landings })
  const { exit, stderr } = place.sluice('run', '--no-input')
  const reds = works.filter(({ isRed }) => isRed).length
  if (exit !== (reds === 0 ? 0 : NEEDS_A_HUMAN)) throw new Error(`run ended with ${exit}:\n${stderr}`)
  const events = await eventsOf(place)
  const count = (type: Event['type']): number => events.filter((event) => event.type === type).length
  if (count('landing.moved') !== works.length - reds || count('landing.refused') !== reds)
    throw new Error(
      `${count('landing.moved')} landed and ${count('landing.refused')} refused of ${works.length}, ${reds} red`,
    )
  const began = events.find(({ type }) => type === 'landing.intent')!.at
  const ended = events.findLast(({ type }) => type === 'landing.moved' || type === 'landing.refused')!.at
  return (ended - began) / 1000
}
