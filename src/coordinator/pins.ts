/**
 * Pins of candidates that are no longer gated. They go when the queue rests: on two cores the next landing would share
 * the machine with the broom, and a landing is only a few processes of git itself.
 */
import type { Landing } from '../model/landing.ts'
import { unpin } from './candidate.ts'
import type { Context } from './context.ts'

export class OldPins {
  readonly #context: Context
  readonly #landings: Landing[] = []
  /** Makes the names of tasks unique. */
  #sweeps = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** To be removed at the next sweep. */
  add(landings: readonly Landing[]): void {
    this.#landings.push(...landings)
  }

  /** Removes them beside the loop; not those of candidates in `train`. */
  sweep(train: readonly { landings: readonly Landing[] }[]): void {
    // What is built again on the same commit within a second is the same commit, and needs its pin.
    const inUse = new Set(train.flatMap(({ landings }) => landings.map(({ commit }) => commit)))
    const old = this.#landings.splice(0).filter(({ commit }) => !inUse.has(commit))
    if (old.length > 0) this.#context.tasks.start(`unpin ${++this.#sweeps}`, () => this.#unpin(old))
  }

  /** Removes all, at the end of a run. */
  async close(): Promise<void> {
    await this.#unpin(this.#landings.splice(0))
  }

  async #unpin(landings: readonly Landing[]): Promise<void> {
    await this.#context.room.hold(() => unpin(this.#context, landings))
  }
}
