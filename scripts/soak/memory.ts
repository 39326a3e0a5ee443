/** Memory in use, resident memory and open files of the orchestrator, once a second, over all of its lives. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { medianOf } from '../../bench/median.ts'
import type { Place } from '../../bench/place.ts'

const EVERY_MS = 1_000
const KILOBYTES_PER_MB = 1_000_000 / 1_024

export interface Sample {
  /** Which start of the orchestrator it is of, from 0. */
  life: number
  /** Seconds since the soak began, and since this life did. */
  at: number
  age: number
  /** What its objects need (`collect.mjs`), in megabytes. */
  inUse: number
  resident: number
  files: number
}

export class Memory {
  readonly samples: Sample[] = []
  readonly #began = performance.now()
  readonly #folder: string
  #lives = 0

  /** From now on, what is started at this place writes down how much is in use. */
  constructor({ dir, env }: Place) {
    this.#folder = join(dir, 'in-use')
    mkdirSync(this.#folder)
    env['SOAK_IN_USE'] = this.#folder
    env['NODE_OPTIONS'] = `--import=${pathToFileURL(join(import.meta.dirname, 'collect.mjs')).href}`
  }

  /** Samples a process until it is disposed or the process is gone. */
  watch(pid: number): Disposable {
    const [life, began] = [this.#lives++, performance.now()]
    const timer = setInterval(() => {
      const seen = look(pid, this.#folder)
      const [at, age] = [this.#began, began].map((since) => (performance.now() - since) / 1000) as [number, number]
      if (seen !== null) this.samples.push({ life, at, age, ...seen })
    }, EVERY_MS)
    return { [Symbol.dispose]: () => clearInterval(timer) }
  }
}

/** null: it was killed in this very moment, or has not yet written down what is in use. */
function look(pid: number, folder: string): Pick<Sample, 'inUse' | 'resident' | 'files'> | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!
    return {
      inUse: Number(readFileSync(join(folder, `${pid}`), 'utf8')) / 1_000_000,
      resident: Number(kilobytes) / KILOBYTES_PER_MB,
      files: readdirSync(`/proc/${pid}/fd`).length,
    }
  } catch {
    return null
  }
}

/** One life at one age: the middle of what was seen then. */
export interface Grown {
  at: number
  inUse: number
  files: number
}

/** Of every life that got that old, in order: between these two ages in seconds. */
export function atAge(samples: readonly Sample[], from: number, to: number): Grown[] {
  const lives = Map.groupBy(
    samples.filter(({ age }) => age >= from && age < to),
    ({ life }) => life,
  )
  return [...lives.values()]
    .filter((seen) => seen.at(-1)!.age > to - 2)
    .map((seen) => ({
      at: seen[0]!.at,
      inUse: medianOf(seen.map(({ inUse }) => inUse)),
      files: medianOf(seen.map(({ files }) => files)),
    }))
}

/** The line through the points by least squares: what it gains for each step to the right. 0 for fewer than two points. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map((point) => point[0])), mean(points.map((point) => point[1]))]
  const spread = points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
  return spread === 0 ? 0 : points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) / spread
}
