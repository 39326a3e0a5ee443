/** What the coordinator's parts share: the ledger, the world, and one way to have something done beside the loop. */
import type { Person } from '../git/merge.ts'
import type { Repository } from '../git/repository.ts'
import type { Config } from '../model/config.ts'
import { messageOf } from '../model/failure.ts'
import type { MachineFacts } from '../model/machine.ts'
import type { ClockReading } from '../process/clock.ts'
import type { DiskRoom } from '../process/room.ts'
import type { Sampling } from '../process/sampling.ts'
import type { Keys } from '../tools/keys/keys.ts'
import type { Tool } from '../tools/tool.ts'
import type { Bell } from './bell.ts'
import type { Ledger } from './ledger.ts'
import type { Paths } from './paths.ts'
import type { SlotPool } from './slot-pool.ts'

export interface Context {
  ledger: Ledger
  repo: Repository
  config: Config
  paths: Paths
  target: string
  identity: Person
  /** Landings are signed as the user. */
  signs: boolean
  /** Tools that are present, by id, in the run's order. */
  tools: ReadonlyMap<string, Tool>
  gates: SlotPool
  bell: Bell
  tasks: Tasks
  /** What the machine has left now. */
  machine: () => MachineFacts
  /** Where steps wait while the disk is full. */
  room: DiskRoom
  /** What the tools at work use of the machine. */
  sampling: Sampling
  /** Tokens for tools in the place of keys. */
  keys: Keys
  now: () => number
  /** All clocks of the machine, to notice when it slept. */
  clock: () => ClockReading
}

/** Work under way beside the loop. A task that throws is a bug: it stops the run with its state kept. */
export class Tasks {
  readonly #bell: Bell
  readonly #running = new Map<string, { done: Promise<void>; controller: AbortController }>()
  #bug: unknown = null

  constructor(bell: Bell) {
    this.#bell = bell
  }

  /** Starts `work` under a key that is in use once. Its signal is aborted by `abort`. */
  start(key: string, work: (signal: AbortSignal) => Promise<void>): void {
    if (this.#running.has(key)) throw new Error(`${key} is under way already`)
    const controller = new AbortController()
    const done = work(controller.signal)
      .catch((error: unknown) => {
        if (!controller.signal.aborted) this.#bug ??= error
      })
      .finally(() => {
        this.#running.delete(key)
        this.#bell.ring()
      })
    this.#running.set(key, { done, controller })
  }

  has(key: string): boolean {
    return this.#running.has(key)
  }

  /** One whose key begins so is under way. */
  hasLike(start: string): boolean {
    return [...this.#running.keys()].some((key) => key.startsWith(start))
  }

  get size(): number {
    return this.#running.size
  }

  /** Aborts one task, or all. What the task does about it is its own affair; it still has to end. */
  abort(reason: string, key?: string): void {
    for (const [name, { controller }] of this.#running) if (key === undefined || name === key) controller.abort(reason)
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  /** Rethrows what a task died of. */
  assertSound(): void {
    if (this.#bug !== null) throw new Error(`a task failed: ${messageOf(this.#bug)}`, { cause: this.#bug })
  }
}
