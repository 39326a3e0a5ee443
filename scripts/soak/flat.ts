/**
 * Has the orchestrator stayed as it was? Two questions to its samples. What grows with history shows when lives that began
 * later have more than those that began earlier, at the same age. What leaks shows while one life lasts: in the second half
 * of the last one, because the first minutes of any Node process fill its heap. Both are lines through the samples, and what
 * they would gain in the time of a soak is what is judged.
 */
import { line, type Line } from './line.ts'
import { atAge, type Sample, slopeOf } from './memory.ts'

/** Of its memory: so much may seem to be gained. The collector of Node gives nothing back before it has to. */
const GROWTH_SHARE_MAX = 0.1
/** Open files follow what is going on at that moment, and more is going on at once when the machine is busy. */
const FILES_GROWTH_MAX = 20
/** Shorter soaks have lives that are all youth: what they measure is told, and decides nothing. */
const MINUTES_MIN = 5

/** `minutes`: how long the soak was. Lives are compared at the age of as many seconds, up to twice that. */
export function flatness(samples: readonly Sample[], minutes: number): Line[] {
  const peers = atAge(samples, minutes, 2 * minutes)
  const lastLife = Math.max(...samples.map(({ life }) => life))
  const whole = samples.filter(({ life }) => life === lastLife)
  const half = whole.slice(Math.floor(whole.length / 2))
  const decides = minutes >= MINUTES_MIN
  const [first, last, early, late] = [peers[0], peers.at(-1), half[0], half.at(-1)]
  if (first === undefined || last === undefined || early === undefined || late === undefined || peers.length < 3) {
    return [line('memory: lives to compare', `${peers.length}`, '3 or more', !decides)]
  }
  const ages = `${peers.length} lives, each at the age of ${minutes} to ${2 * minutes} s`
  const [from, to] = [early, late].map(({ age }) => age.toFixed(0))
  const within = `one life from the age of ${from} to ${to} s`
  const judged = (what: string, unit: string, gained: number, most: number, ends: [number, number]): Line => {
    const told = `first ${ends[0].toFixed(0)}, last ${ends[1].toFixed(0)} ${unit}; gains ${gained.toFixed(1)} ${unit} in ${minutes} min`
    const target = decides ? `${most.toFixed(1)} ${unit}` : `none: too short to tell`
    return line(what, told, target, !decides || gained <= most)
  }
  const gain = <T>(seen: readonly T[], x: (one: T) => number, y: (one: T) => number): number =>
    slopeOf(seen.map((one) => [x(one), y(one)])) * minutes * 60
  const megabytesMax = GROWTH_SHARE_MAX * first.megabytes
  const [later, older] = [
    gain(
      peers,
      ({ at }) => at,
      ({ megabytes }) => megabytes,
    ),
    gain(
      half,
      ({ age }) => age,
      ({ megabytes }) => megabytes,
    ),
  ]
  const [filesLater, filesOlder] = [
    gain(
      peers,
      ({ at }) => at,
      ({ files }) => files,
    ),
    gain(
      half,
      ({ age }) => age,
      ({ files }) => files,
    ),
  ]
  return [
    judged(`memory, ${ages}`, 'MB', later, megabytesMax, [first.megabytes, last.megabytes]),
    judged(`memory, ${within}`, 'MB', older, megabytesMax, [early.megabytes, late.megabytes]),
    judged(`open files, ${ages}`, 'files', filesLater, FILES_GROWTH_MAX, [first.files, last.files]),
    judged(`open files, ${within}`, 'files', filesOlder, FILES_GROWTH_MAX, [early.files, late.files]),
  ]
}
