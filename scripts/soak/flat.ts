/**
 * Has the orchestrator stayed as it was? Two questions to its samples. What grows with history shows when lives that began
 * later have more than those that began earlier, at the same age. What leaks shows while one life lasts: in the second half
 * of the last one, because the first minutes of any Node process fill its heap. Both are lines through the samples, and what
 * they would gain in the time of a soak is what is judged.
 */
import { line, type Line } from './line.ts'
import { atAge, type Sample, slopeOf } from './memory.ts'

/** Of the memory it resides in at first: so much may be gained. Code that V8 compiles while it runs is in use, too. */
const GROWTH_SHARE_MAX = 0.1
/** Resident memory says little (`collect.mjs`), but what leaks outside the heap shows nowhere else. */
const RESIDENT_TIMES_MAX = 2
/** Open files follow what is going on at that moment, and more is going on at once when the machine is busy. */
const FILES_GROWTH_MAX = 20
/** Shorter soaks have lives that are all youth: what they measure is told, and decides nothing. */
const MINUTES_MIN = 5

type Use = Pick<Sample, 'inUse' | 'files'>

/** `minutes`: how long the soak was. Lives are compared at the age of as many seconds, up to twice that. */
export function flatness(samples: readonly Sample[], minutes: number): Line[] {
  const peers = atAge(samples, minutes, 2 * minutes)
  const lastLife = Math.max(...samples.map(({ life }) => life))
  const whole = samples.filter(({ life }) => life === lastLife)
  const half = whole.slice(Math.floor(whole.length / 2))
  const decides = minutes >= MINUTES_MIN
  const [first, last, early, late] = [peers[0], peers.at(-1), half[0], half.at(-1)]
  if (first === undefined || last === undefined || early === undefined || late === undefined || peers.length < 3) {
    const target = decides ? '3 or more' : 'none: too short to tell'
    return [line('memory: lives to compare', `${peers.length}`, target, !decides)]
  }
  const ages = `${peers.length} lives, each at the age of ${minutes} to ${2 * minutes} s`
  const [from, to] = [early, late].map(({ age }) => age.toFixed(0))
  const within = `one life from the age of ${from} to ${to} s`
  const judged = (what: string, unit: string, gained: number, most: number, ends: [number, number]): Line => {
    const told = `first ${ends[0].toFixed(0)}, last ${ends[1].toFixed(0)} ${unit}; gains ${gained.toFixed(1)} ${unit} in ${minutes} min`
    const target = decides ? `${most.toFixed(1)} ${unit}` : `none: too short to tell`
    return line(what, told, target, !decides || gained <= most)
  }
  const judge = (what: 'memory' | 'open files', unit: string, most: number, of: (one: Use) => number): Line[] => {
    const gain = (points: [number, number][]): number => slopeOf(points) * minutes * 60
    const later = gain(peers.map((one) => [one.at, of(one)]))
    const older = gain(half.map((one) => [one.age, of(one)]))
    return [
      judged(`${what}, ${ages}`, unit, later, most, [of(first), of(last)]),
      judged(`${what}, ${within}`, unit, older, most, [of(early), of(late)]),
    ]
  }
  const resident = samples.map((one) => one.resident)
  const [begun, largest] = [resident[0]!, Math.max(...resident)]
  return [
    ...judge('memory', 'MB', GROWTH_SHARE_MAX * begun, ({ inUse }) => inUse),
    line(
      'resident memory, garbage included',
      `first ${begun.toFixed(0)}, largest ${largest.toFixed(0)} MB`,
      decides ? `${(RESIDENT_TIMES_MAX * begun).toFixed(0)} MB at most` : 'none: too short to tell',
      !decides || largest <= RESIDENT_TIMES_MAX * begun,
    ),
    ...judge('open files', 'files', FILES_GROWTH_MAX, ({ files }) => files),
  ]
}
