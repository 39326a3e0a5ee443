/** All checks together, each of them shown everything that happens at the moment it does. */
import type { Change } from '../../../src/store/store.ts'
import type { Scenario } from '../scenario.ts'
import type { Tool } from '../world/tools.ts'
import type { Watcher, World } from '../world/world.ts'
import { AttemptCheck } from './attempts.ts'
import { Known } from './known.ts'
import { StateCheck } from './states.ts'
import { TargetCheck } from './target.ts'

const NO_GO = 5

export interface Breach {
  /** `I1` ... `I14` of the architecture, or a word of ours. */
  invariant: string
  what: string
}

export class Checker implements Watcher {
  readonly breaches: Breach[] = []
  readonly known: Known
  readonly #target: TargetCheck
  readonly #attempts: AttemptCheck
  readonly states: StateCheck

  constructor(world: () => World, scenario: Scenario) {
    const breach = (invariant: string, what: string): void => void this.breaches.push({ invariant, what })
    this.known = new Known(world, scenario, breach)
    this.#target = new TargetCheck(this.known)
    this.#attempts = new AttemptCheck(this.known)
    this.states = new StateCheck(this.known)
  }

  ref(name: string, before: string | null, after: string | null, by: 'sluice' | 'person'): void {
    this.#target.moved(name, before, after, by)
  }

  launched(tool: Tool, tree: string): void {
    this.#attempts.launched(tool, tree)
  }

  touched(worktree: string, why: string): void {
    this.#attempts.touched(worktree, why)
  }

  checked(command: string, commit: string, isGreen: boolean): void {
    this.#target.checked(command, commit, isGreen)
  }

  /** Before it is known, so that what was can be compared with what is to be. */
  recorded(change: Change): void {
    this.#target.recorded(change)
    this.#attempts.recorded(change)
    this.states.recorded(change)
    this.known.take(change)
  }

  /** When nothing can happen without the clock going on. */
  look(): void {
    this.states.looked()
  }

  began(agents: number): void {
    this.known.agents = agents
    this.states.began()
  }

  ended(exit: number): void {
    // On a red target it has not even looked at what the last one has left.
    if (exit !== NO_GO) this.#target.ended()
    this.#attempts.ended()
    this.states.ended(exit)
  }
}
