/**
 * What a seed has in store: a plan, a configuration, and faults one by one, so that a run that breaks something can be tried
 * again without most of them.
 */
import type { Config } from '../../src/model/config.ts'
import { randomNumbers } from '../random.ts'
import { FATES, type FateKind } from './world/tools.ts'

export interface Planned {
  id: string
  dependsOn: string[]
  priority: number
  track: string | null
  estimateMinutes: number
  /** A file that others change too; null: it only has its own. */
  shared: number | null
  hasTests: boolean
  allowEmpty: boolean
  /** Named in the workstream: which of the tools it wants first. */
  tool: string | null
  attemptsMax: number | null
}

export interface Settings {
  agents: number
  gates: number
  attempts: number
  tools: string[]
  mode: Config['landing']['mode']
  speculate: Config['landing']['speculate']
  scope: Config['scope']
  resolve: Config['landing']['resolve']
  /** Workstreams that somebody has to approve. */
  approve: string[]
  hasAfter: boolean
  /** Longest check. */
  gateMsMax: number
  /** Share of what an orchestrator does that takes a while. */
  lag: number
}

export type Act =
  | { do: 'retry'; ids: string[]; fresh: boolean; tool: string | null }
  | { do: 'hold' | 'release' | 'approve' | 'reject' | 'submit' | 'resolve' | 'settle' | 'discard'; id: string }
  | { do: 'skip'; id: string; satisfy: boolean }
  | { do: 'cancel'; id: string; now: boolean }
  | { do: 'rollback'; id: string; cascade: boolean }
  | { do: 'push'; isRed: boolean }
  | { do: 'dirty' | 'clean' }
  | { do: 'stop'; now: boolean }
  | { do: 'detach' }

/** One thing that goes otherwise than well. */
export type Part =
  | { is: 'fate'; workstream: string; attempt: number; kind: FateKind; ms: number }
  /** Each passes alone; together they are red, until one of them is made anew. */
  | { is: 'clash'; a: string; b: string }
  /** The n-th check of all is red by chance. */
  | { is: 'flake'; check: number }
  | { is: 'crash'; doing: number; power: boolean; downMs: number; agents: number }
  | { is: 'git'; call: number }
  | { is: 'shortage'; of: 'memory' | 'disk'; atMs: number; ms: number }
  | { is: 'act'; atMs: number; act: Act }

export interface Scenario {
  seed: number
  plan: Planned[]
  settings: Settings
  parts: Part[]
}

const WORKSTREAMS_MAX = 8
const MINUTE_MS = 60_000

/** Everything a seed says. The same seed says the same. */
export function scenarioOf(seed: number): Scenario {
  const dice = new Dice(seed)
  const plan = planOf(dice)
  const ids = plan.map(({ id }) => id)
  const settings = settingsOf(dice, ids)
  return { seed, plan, settings, parts: partsOf(dice, ids, settings) }
}

class Dice {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = randomNumbers(seed)
    // Neighbouring seeds begin alike.
    for (let i = 0; i < 3; i++) this.#next()
  }

  is(share: number): boolean {
    return this.#next() < share
  }

  /** From `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1))
  }

  of<T>(values: readonly T[]): T {
    return values[this.whole(0, values.length - 1)]!
  }

  times<T>(mostOf: number, make: () => T): T[] {
    return Array.from({ length: this.whole(0, mostOf) }, make)
  }
}

function planOf(dice: Dice): Planned[] {
  const edges = dice.of([0, 0.15, 0.35, 0.6])
  const shares = dice.of([0, 0.2, 0.5])
  return Array.from({ length: dice.whole(1, WORKSTREAMS_MAX) }, (_, at) => ({
    id: `w${at}`,
    dependsOn: Array.from({ length: at }, (__, other) => `w${other}`).filter(() => dice.is(edges)),
    priority: dice.is(0.2) ? dice.whole(1, 3) : 0,
    track: dice.is(0.3) ? dice.of(['red', 'blue']) : null,
    estimateMinutes: dice.whole(5, 90),
    shared: dice.is(shares) ? dice.whole(0, 1) : null,
    hasTests: dice.is(0.3),
    allowEmpty: dice.is(0.1),
    tool: dice.is(0.2) ? dice.of(['one', 'two', 'nowhere']) : null,
    attemptsMax: dice.is(0.1) ? dice.whole(1, 5) : null,
  }))
}

function settingsOf(dice: Dice, ids: readonly string[]): Settings {
  const tools = dice.of([['one'], ['one', 'two'], ['one', 'two', 'three']])
  return {
    agents: dice.whole(1, 4),
    gates: dice.whole(1, 4),
    attempts: dice.whole(1, 4),
    tools: dice.is(0.1) ? [...tools, 'manual'] : tools,
    mode: dice.is(0.25) ? 'groups' : 'single',
    speculate: dice.of([true, false, 'auto']),
    scope: dice.of(['park', 'block', 'allow']),
    resolve: dice.of([[], ['reorder', 'human'], ['reorder', 'rerere', 'tool', 'another-tool', 'human']]),
    approve: ids.filter(() => dice.is(0.08)),
    hasAfter: dice.is(0.2),
    gateMsMax: dice.of([1_000, 60_000, 20 * MINUTE_MS]),
    lag: dice.of([0, 0.05, 0.4]),
  }
}

const BAD = (Object.keys(FATES) as FateKind[]).filter((kind) => kind !== 'ok')

function partsOf(dice: Dice, ids: readonly string[], settings: Settings): Part[] {
  // Some runs are calm, some are not.
  const trouble = dice.of([0, 0.15, 0.4, 0.8])
  const people = dice.of([0, 0, 2, 8])
  const crashes = dice.of([0, 0, 1, 4])
  const span = (40 + 25 * ids.length) * MINUTE_MS
  const someId = (): string => dice.of(ids)
  const parts: Part[] = []
  for (const workstream of ids) {
    // Some tools fail the same way again and again.
    const usual = dice.of(BAD)
    for (let attempt = 1; attempt <= 6; attempt++) {
      const isBad = dice.is(trouble)
      const kind = dice.is(0.3) ? usual : dice.of(BAD)
      const ms = dice.whole(1, 50) * MINUTE_MS
      if (isBad) parts.push({ is: 'fate', workstream, attempt, kind, ms: kind === 'late end' ? TIMEOUT_MS : ms })
    }
  }
  parts.push(
    ...dice.times(ids.length > 1 ? 2 : 0, (): Part => ({ is: 'clash', a: someId(), b: someId() })),
    ...dice.times(trouble > 0 ? 3 : 0, (): Part => ({ is: 'flake', check: dice.whole(1, 4 * ids.length) })),
    ...dice.times(trouble > 0 ? 2 : 0, (): Part => ({ is: 'git', call: dice.whole(1, 20) })),
    ...dice.times(crashes, (): Part => ({
      is: 'crash',
      doing: dice.whole(1, 80 * ids.length),
      power: dice.is(0.3),
      downMs: dice.whole(0, 30) * MINUTE_MS,
      agents: dice.is(0.7) ? settings.agents : dice.whole(1, 4),
    })),
    ...dice.times(trouble > 0 ? 2 : 0, (): Part => ({
      is: 'shortage',
      of: dice.of(['memory', 'disk']),
      atMs: dice.whole(0, span),
      ms: dice.whole(1, 60) * MINUTE_MS,
    })),
    ...dice.times(people, (): Part => ({ is: 'act', atMs: dice.whole(0, span), act: actOf(dice, someId, settings) })),
  )
  return parts
}

/** The default of `limits.timeoutMinutes` here. */
export const TIMEOUT_MS = 60 * MINUTE_MS

function actOf(dice: Dice, someId: () => string, { tools }: Settings): Act {
  const id = someId()
  const acts: (() => Act)[] = [
    () => ({ do: 'retry', ids: [id], fresh: dice.is(0.3), tool: dice.is(0.3) ? dice.of(tools) : null }),
    () => ({ do: 'hold', id }),
    () => ({ do: 'release', id }),
    () => ({ do: 'approve', id }),
    () => ({ do: 'reject', id }),
    () => ({ do: 'submit', id }),
    () => ({ do: 'resolve', id }),
    () => ({ do: 'settle', id }),
    () => ({ do: 'discard', id }),
    () => ({ do: 'skip', id, satisfy: dice.is(0.5) }),
    () => ({ do: 'cancel', id, now: dice.is(0.5) }),
    () => ({ do: 'rollback', id, cascade: dice.is(0.5) }),
    () => ({ do: 'rollback', id, cascade: true }),
    () => ({ do: 'push', isRed: dice.is(0.2) }),
    () => ({ do: 'dirty' }),
    () => ({ do: 'clean' }),
    () => ({ do: 'stop', now: dice.is(0.5) }),
    () => ({ do: 'detach' }),
  ]
  return dice.of(acts)()
}
