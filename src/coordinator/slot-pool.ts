/** Gate slots: a handful of checkouts that no agent can reach, lent out one user at a time. */
import type { Slot } from '../git/slot.ts'

export class SlotPool {
  /** How many slots there are. */
  readonly size: number
  readonly #free: Slot[]
  readonly #waiting: ((slot: Slot) => void)[] = []

  constructor(slots: readonly Slot[]) {
    this.size = slots.length
    this.#free = [...slots]
  }

  /** Lends a slot to `use` and takes it back however that ends. First come, first served. */
  async lend<T>(use: (slot: Slot) => Promise<T>): Promise<T> {
    const slot = this.#free.shift() ?? (await new Promise<Slot>((resolve) => this.#waiting.push(resolve)))
    try {
      return await use(slot)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.unshift(slot)
      else next(slot)
    }
  }
}
