/**
 * What Sluice has put on record, as a checker sees it: nothing here is computed by Sluice's own code, which is what is on
 * trial. Only its types are used, for they are what is written down.
 */
import type { Attempt, OutcomeKind } from '../../../src/model/attempt.ts'
import type { Landing } from '../../../src/model/landing.ts'
import type { Run } from '../../../src/model/run.ts'
import type { WorkstreamState } from '../../../src/model/state.ts'
import type { Change, WorkstreamRow } from '../../../src/store/store.ts'
import type { Planned, Scenario } from '../scenario.ts'
import type { World } from '../world/world.ts'

export class Known {
  readonly #world: () => World
  readonly scenario: Scenario
  readonly plan: ReadonlyMap<string, Planned>
  readonly rows = new Map<string, WorkstreamRow>()
  readonly attempts = new Map<string, Map<number, Attempt>>()
  readonly landings = new Map<string, Landing>()
  /** Workstreams that somebody has skipped, so that what began then goes on without, whatever becomes of them. */
  readonly skipped = new Set<string>()
  run: Run | null = null
  /** Seats of the orchestrator of this moment. */
  agents = 0
  /** Says that something must not be. */
  readonly breach: (invariant: string, what: string) => void

  constructor(world: () => World, scenario: Scenario, breach: Known['breach']) {
    this.#world = world
    this.scenario = scenario
    this.plan = new Map(scenario.plan.map((planned) => [planned.id, planned]))
    this.breach = breach
  }

  get world(): World {
    return this.#world()
  }

  state(id: string): WorkstreamState {
    return this.rows.get(id)?.state ?? { state: 'open' }
  }

  attempt(id: string, number: number): Attempt | undefined {
    return this.attempts.get(id)?.get(number)
  }

  /** Its work is a person's own, who hands it in whenever they like. */
  isByHand(id: string): boolean {
    const state = this.state(id)
    return 'attempt' in state && this.attempt(id, state.attempt)?.tool === 'manual'
  }

  /** It may be done without now: somebody has said so. */
  isSkipped(id: string): boolean {
    const state = this.state(id)
    return state.state === 'discarded' && state.satisfied
  }

  take(change: Change): void {
    for (const run of change.runs ?? []) this.run = run
    for (const row of change.workstreams ?? []) {
      this.rows.set(row.id, row)
      if (this.isSkipped(row.id)) this.skipped.add(row.id)
    }
    for (const attempt of change.attempts ?? []) {
      const all = this.attempts.get(attempt.workstream) ?? new Map<number, Attempt>()
      this.attempts.set(attempt.workstream, all.set(attempt.number, attempt))
    }
    for (const landing of change.landings ?? []) this.landings.set(landing.id, landing)
  }
}

/** Ends that cost a try, as the contract lists them. */
export const SPENT: readonly OutcomeKind[] = [
  'no-change',
  'crash',
  'timeout',
  'hang',
  'waiting-for-input',
  'refusal',
  'out-of-scope',
  'rejected',
  'acceptance',
  'red',
  'declined',
]
