/**
 * List scheduling: who would work on what, and when, if nothing went wrong. The rule is the one the scheduler follows,
 * so that what is predicted is what is done: a free agent gets the most urgent ready workstream; among equally urgent
 * ones it stays on the track that it worked on last. Along a soft edge the second one lets all others go first while
 * the first is ready or at work; it never keeps an agent idle.
 */
import { byUrgency } from '../model/graph.ts'
import type { Workstream } from '../model/workstream.ts'
import { Heap } from './heap.ts'
import { plannedMinutes, type Shape, shapeOf } from './shape.ts'

export type Simulated = Pick<Workstream, 'id' | 'dependsOn' | 'priority' | 'track' | 'estimateMinutes'>

/** A preference, not a dependency: both touch the same files, and one after the other is better than at once. */
export interface SoftEdge {
  before: string
  after: string
}

export interface Slice {
  workstream: string
  /** 1 to N. */
  agent: number
  startMinute: number
  endMinute: number
}

export interface Schedule {
  agents: number
  makespanMinutes: number
  /** By start, then by agent. */
  order: Slice[]
}

/**
 * Simulates `workstreams` on `agents` seats (at least 1). `minutesOf` says how long each really takes; the order follows
 * the estimates all the same, because they are what the scheduler knows. Nodes on a cycle or behind one never start.
 * Soft edges may form circles and name what is not in the plan.
 */
export function simulate(
  workstreams: readonly Simulated[],
  agents: number,
  softEdges: readonly SoftEdge[] = [],
  minutesOf: (workstream: Simulated) => number = plannedMinutes,
): Schedule {
  return scheduleOf(prepare(workstreams, shapeOf(workstreams), softEdges), agents, minutesOf)
}

/** Simulates one plan with different soft edges, as planned. */
export function simulator(
  workstreams: readonly Simulated[],
  agents: number,
  shape: Shape,
): (softEdges: readonly SoftEdge[]) => Schedule {
  const plan = prepare(workstreams, shape, [])
  return (softEdges) =>
    scheduleOf({ ...plan, yielding: yieldingOf(plan.workstreams, softEdges) }, agents, plannedMinutes)
}

/** Samples of the Monte-Carlo for a small plan; large plans average out by themselves and get fewer. */
const SAMPLES_MAX = 200
const SAMPLES_MIN = 10
/** Workstreams simulated in all samples together: what fits into a fraction of a second. */
const SIMULATED_MAX = 100_000

/** Spread of a duration around its estimate (sigma of the logarithm): two out of three within 0.6 and 1.65 times. */
const SPREAD = 0.5

export interface Forecast {
  /** If every estimate is right. */
  schedule: Schedule
  /** Minutes from the start that half, and four fifths, of the simulated runs keep. */
  eta: { p50: number; p80: number }
}

/**
 * The schedule, and when it will be finished as a range. Durations vary log-normally around their estimates,
 * as those of people and tools do: seldom much shorter, sometimes much longer. Deterministic: the same plan gives the same range.
 */
export function forecast(
  workstreams: readonly Simulated[],
  agents: number,
  softEdges: readonly SoftEdge[] = [],
  shape = shapeOf(workstreams),
): Forecast {
  const plan = prepare(workstreams, shape, softEdges)
  const schedule = scheduleOf(plan, agents, plannedMinutes)
  if (plan.workstreams.length === 0) return { schedule, eta: { p50: 0, p80: 0 } }
  const samples = Math.min(SAMPLES_MAX, Math.max(SAMPLES_MIN, Math.floor(SIMULATED_MAX / plan.workstreams.length)))
  const normal = normalNumbers(plan.workstreams.length)
  const minutes = plan.workstreams.map(plannedMinutes)
  const makespans = Array.from({ length: samples }, () =>
    run(plan, agents, (rank) => minutes[rank]! * Math.exp(SPREAD * normal()), null),
  ).sort((a, b) => a - b)
  const at = (share: number): number => makespans[Math.ceil(share * samples) - 1]!
  return { schedule, eta: { p50: at(0.5), p80: at(0.8) } }
}

function scheduleOf(plan: Prepared, agents: number, minutesOf: (workstream: Simulated) => number): Schedule {
  const order: Slice[] = []
  const makespanMinutes = run(
    plan,
    agents,
    (rank) => minutesOf(plan.workstreams[rank]!),
    (rank, agent, startMinute, endMinute) => {
      order.push({ workstream: plan.workstreams[rank]!.id, agent, startMinute, endMinute })
    },
  )
  return { agents, makespanMinutes, order }
}

/**
 * A plan as numbers, for simulating it many times: a workstream is its rank, its place in the order of urgency among
 * all. The more urgent of two is then the smaller number.
 */
interface Prepared {
  /** By rank. Without those on a cycle or behind one: they never start. */
  workstreams: readonly Simulated[]
  /** Ranks with the same priority and the same tail have the same number. */
  urgency: Int32Array
  /** Number of the track, or -1. */
  track: Int32Array
  /** Dependencies inside the plan. */
  open: Int32Array
  dependents: readonly (readonly number[])[]
  /** Those that yield to it, along soft edges; without an entry nobody does. */
  yielding: ReadonlyMap<number, readonly number[]>
}

function prepare(workstreams: readonly Simulated[], shape: Shape, softEdges: readonly SoftEdge[]): Prepared {
  const tailOf = ({ id }: Simulated): number => shape.tails.get(id)!
  const sorted = workstreams
    .filter(({ id }) => shape.levels.has(id))
    .map((workstream) => ({ id: workstream.id, priority: workstream.priority, tail: tailOf(workstream), workstream }))
    .sort(byUrgency)
  const rankOf = new Map(sorted.map(({ id }, rank) => [id, rank]))
  const tracks = new Map<string, number>()
  const plan: Prepared = {
    workstreams: sorted.map(({ workstream }) => workstream),
    urgency: new Int32Array(sorted.length),
    track: new Int32Array(sorted.length).fill(-1),
    open: new Int32Array(sorted.length),
    dependents: sorted.map(({ id }) => shape.dependents.get(id)!.flatMap((dependent) => rankOf.get(dependent) ?? [])),
    yielding: yieldingOf(
      sorted.map(({ workstream }) => workstream),
      softEdges,
    ),
  }
  for (const ranks of plan.dependents) for (const rank of ranks) plan.open[rank]!++
  sorted.forEach(({ priority, tail, workstream: { track } }, rank) => {
    const before = sorted[rank - 1]
    const same = before !== undefined && before.priority === priority && before.tail === tail
    plan.urgency[rank] = before === undefined ? 0 : plan.urgency[rank - 1]! + (same ? 0 : 1)
    if (track === null) return
    if (!tracks.has(track)) tracks.set(track, tracks.size)
    plan.track[rank] = tracks.get(track)!
  })
  return plan
}

function yieldingOf(byRank: readonly Simulated[], softEdges: readonly SoftEdge[]): Map<number, number[]> {
  const yielding = new Map<number, number[]>()
  if (softEdges.length === 0) return yielding
  const rankOf = new Map(byRank.map(({ id }, rank) => [id, rank]))
  for (const { before, after } of softEdges) {
    const [first, second] = [rankOf.get(before), rankOf.get(after)]
    if (first === undefined || second === undefined) continue
    const known = yielding.get(first)
    if (known === undefined) yielding.set(first, [second])
    else known.push(second)
  }
  return yielding
}

type OnStart = (rank: number, agent: number, startMinute: number, endMinute: number) => void

/** Runs through a plan once and gives the makespan in minutes; time jumps from one end to the next. */
function run(plan: Prepared, agents: number, minutesOf: (rank: number) => number, onStart: OnStart | null): number {
  const ready = new ReadyQueue(plan)
  const open = plan.open.slice()
  for (let rank = 0; rank < open.length; rank++) if (open[rank] === 0) ready.add(rank)
  const free = new Heap<number>((a, b) => a - b)
  for (let agent = 1; agent <= agents; agent++) free.push(agent)
  const working = new Int32Array(agents + 1)
  const ends = new Float64Array(agents + 1)
  const lastTrack = new Int32Array(agents + 1).fill(-1)
  const busy = new Heap<number>((a, b) => ends[a]! - ends[b]! || a - b)
  let now = 0
  for (;;) {
    while (free.size > 0 && ready.size > 0) {
      const agent = free.pop()!
      const rank = ready.take(lastTrack[agent]!)
      working[agent] = rank
      lastTrack[agent] = plan.track[rank]!
      ends[agent] = now + minutesOf(rank)
      onStart?.(rank, agent, now, ends[agent])
      busy.push(agent)
    }
    const first = busy.peek()
    if (first === undefined) return now
    now = ends[first]!
    // All that end at the same time do so before anything is given out.
    for (let agent = busy.peek(); agent !== undefined && ends[agent] === now; agent = busy.peek()) {
      busy.pop()
      free.push(agent)
      ready.end(working[agent]!)
      for (const dependent of plan.dependents[working[agent]!]!) {
        open[dependent]!--
        if (open[dependent] === 0) ready.add(dependent)
      }
    }
  }
}

/** In `ReadyQueue`; 0 is what waits for its dependencies. */
const [READY, TAKEN] = [1, 2]

/** Heaps of ranks: all, and once more by track, so that staying on a track does not mean to search. */
interface Tier {
  all: Heap<number>
  byTrack: Heap<number>[]
}

/**
 * The ready ones, in two tiers: those that yield to something ready or at work come after all others. What changes the
 * tier is put into the other one too; an entry that no longer holds is dropped when it comes up.
 */
class ReadyQueue {
  readonly #plan: Prepared
  readonly #tiers: readonly [Tier, Tier]
  readonly #state: Uint8Array
  /** How many of those that it yields to are ready or at work. */
  readonly #yieldsTo: Int32Array
  size = 0

  constructor(plan: Prepared) {
    this.#plan = plan
    const tier = (): Tier => ({ all: new Heap<number>((a, b) => a - b), byTrack: [] })
    this.#tiers = [tier(), tier()]
    this.#state = new Uint8Array(plan.workstreams.length)
    this.#yieldsTo = new Int32Array(plan.workstreams.length)
  }

  add(rank: number): void {
    this.size++
    this.#state[rank] = READY
    this.#push(rank)
    for (const other of this.#plan.yielding.get(rank) ?? []) {
      this.#yieldsTo[other]!++
      if (this.#yieldsTo[other] === 1 && this.#state[other] === READY) this.#push(other)
    }
  }

  /** The workstream has come to its end: nothing yields to it any longer. */
  end(rank: number): void {
    for (const other of this.#plan.yielding.get(rank) ?? []) {
      this.#yieldsTo[other]!--
      if (this.#yieldsTo[other] === 0 && this.#state[other] === READY) this.#push(other)
    }
  }

  /** The most urgent one; one of `track` if it is as urgent but for the id. Only when `size` is not 0. */
  take(track: number): number {
    const best = this.#top(0, this.#tiers[0].all)
    const chosen =
      best === undefined ? this.#onTrack(1, this.#top(1, this.#tiers[1].all)!, track) : this.#onTrack(0, best, track)
    this.#state[chosen] = TAKEN
    this.size--
    return chosen
  }

  #onTrack(tier: 0 | 1, best: number, track: number): number {
    const heap = track < 0 ? undefined : this.#tiers[tier].byTrack[track]
    const onTrack = heap && this.#top(tier, heap)
    const { urgency } = this.#plan
    return onTrack !== undefined && urgency[onTrack] === urgency[best] ? onTrack : best
  }

  #push(rank: number): void {
    const tier = this.#tiers[this.#tierOf(rank)]
    tier.all.push(rank)
    const track = this.#plan.track[rank]!
    if (track >= 0) (tier.byTrack[track] ??= new Heap<number>((a, b) => a - b)).push(rank)
  }

  #tierOf(rank: number): 0 | 1 {
    return this.#yieldsTo[rank] === 0 ? 0 : 1
  }

  /** The first that is still ready and still of this tier. */
  #top(tier: 0 | 1, heap: Heap<number>): number | undefined {
    for (let rank = heap.peek(); rank !== undefined; rank = heap.peek()) {
      if (this.#state[rank] === READY && this.#tierOf(rank) === tier) return rank
      heap.pop()
    }
    return undefined
  }
}

/** Normally distributed numbers (Box-Muller) from a small generator with a fixed seed (mulberry32). */
function normalNumbers(seed: number): () => number {
  let state = seed | 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
