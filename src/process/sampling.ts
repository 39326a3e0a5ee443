/**
 * The one look now and then (a second with /proc) at what all tools of a run use. Whoever follows a tool tracks its tree; without any tracked
 * tree no timer runs.
 */
import { type TreeSampler, treeSampler, type TreeUse } from './sampler.ts'
import { VIEW } from './table.ts'
import type { Tree } from './tree.ts'
import { NoAnswer } from './view.ts'

/** The counters of disks cost as much as all the rest, and are told as a mean of a minute. */
const DISK_MS = 5_000

export interface Look {
  /** `performance.now()` of the look. */
  at: number
  /** By nonce. */
  uses: ReadonlyMap<string, TreeUse>
  /** The counters of disks were read too. */
  withDisk: boolean
}

export interface Tracked extends Disposable {
  /** What the tree has used, from a look that is at most `ageMsMax` old; a new one is taken when there is none. */
  use(ageMsMax: number): TreeUse
}

const NOTHING: TreeUse = { cpuMs: 0, residentBytes: 0, diskBytes: 0, processes: 0 }

export class Sampling {
  readonly #sample: TreeSampler = treeSampler()
  readonly #trees = new Map<string, Tree>()
  readonly #listeners: ((look: Look) => void)[] = []
  #timer: NodeJS.Timeout | null = null
  #last: Look | null = null
  #diskAt = Number.NEGATIVE_INFINITY

  /** Hears of every look that the clock has caused. */
  onLook(listener: (look: Look) => void): void {
    this.#listeners.push(listener)
  }

  /** Follows a tree until it is disposed of. */
  track(tree: Tree): Tracked {
    this.#trees.set(tree.nonce, tree)
    // It is in no look so far.
    this.#last = null
    this.#timer ??= setInterval(() => this.#tick(), VIEW.lookMs)
    return {
      use: (ageMsMax) => {
        const isFresh = this.#last !== null && performance.now() - this.#last.at <= ageMsMax
        const look = isFresh ? this.#last : (this.#look() ?? this.#last)
        return look?.uses.get(tree.nonce) ?? NOTHING
      },
      [Symbol.dispose]: () => {
        this.#trees.delete(tree.nonce)
        if (this.#trees.size > 0 || this.#timer === null) return
        clearInterval(this.#timer)
        this.#timer = null
        this.#last = null
      },
    }
  }

  get isAtWork(): boolean {
    return this.#timer !== null
  }

  #tick(): void {
    const look = this.#look()
    if (look === null) return
    for (const listener of this.#listeners) listener(look)
  }

  /** null: the system does not answer at this moment. */
  #look(): Look | null {
    const at = performance.now()
    // A timer is never early by more than its rounding.
    const withDisk = at - this.#diskAt >= DISK_MS - VIEW.lookMs / 2
    try {
      this.#last = { at, withDisk, uses: this.#sample([...this.#trees.values()], { disk: withDisk }) }
    } catch (error) {
      if (error instanceof NoAnswer) return null
      throw error
    }
    if (withDisk) this.#diskAt = at
    return this.#last
  }
}
