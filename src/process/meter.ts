/**
 * Adds up what a tree of processes has used, from counters that each process has for itself.
 *
 * The kernel adds the counters of an ended process to those of the parent that waits for it, so the sum over the living
 * goes on without a gap, as long as that parent belongs to the tree. What ends as an orphan takes its share with it;
 * the meter keeps that, so what it shows never falls. A process that was seen once is counted to its last reading.
 */

/** One process and its counter at one look. */
export interface Reading {
  /** The process, not only its number: see `rowKey`. */
  key: string
  pid: number
  parent: number
  value: number
}

export class Meter {
  #last: readonly Reading[] | null = null
  #total = 0

  /** Takes the readings of all processes of the tree at this moment; gives what it has used since the first look. */
  advance(readings: readonly Reading[]): number {
    if (this.#last !== null) {
      const living = new Set(readings.map(({ key }) => key))
      const gone = this.#last.filter(({ key }) => !living.has(key))
      const taken = gone.filter((one) => !isInherited(one, this.#last!, living))
      const used = sum(readings) - sum(this.#last) + sum(taken)
      // Whoever ignores the end of its children inherits nothing of them.
      this.#total += Math.max(0, used)
    }
    this.#last = readings
    return this.#total
  }
}

/** Did a process that lives on in the tree wait for it, or for the one that waited for it? */
function isInherited(gone: Reading, before: readonly Reading[], living: ReadonlySet<string>): boolean {
  let { parent } = gone
  for (let steps = 0; steps <= before.length; steps++) {
    const ancestor = before.find(({ pid }) => pid === parent)
    if (ancestor === undefined) return false
    if (living.has(ancestor.key)) return true
    parent = ancestor.parent
  }
  return false
}

function sum(readings: readonly Reading[]): number {
  return readings.reduce((total, { value }) => total + value, 0)
}
