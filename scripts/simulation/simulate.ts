/**
 * One run of a scenario, from the first orchestrator to the last: it is cut off, ends, is begun again, people help, and in
 * the end, with no more faults, everything that nobody has given up has to land.
 */
import type { MachineFacts } from '../../src/model/machine.ts'
import { messageOf } from '../../src/model/failure.ts'
import type { Change, Store } from '../../src/store/store.ts'
import { openStore } from '../../src/store/open.ts'
import { type Breach, Checker } from './check/checker.ts'
import { MAIN } from './check/target.ts'
import { acceptedBy, AFTER, configOf, GATE, workstreamOf } from './configuration.ts'
import { halfOf, ownFile, type Pair, whyRed, whyRedAtTheEnd, whyUntested, work } from './files.ts'
import { live } from './orchestrator.ts'
import { People } from './people.ts'
import type { Part, Scenario } from './scenario.ts'
import { memoryStore } from './store.ts'
import { EPOCH_MS, quiet, useClock } from './world/clock.ts'
import type { Fate } from './world/tools.ts'
import { enterWorld, World } from './world/world.ts'

export interface Outcome {
  seed: number
  breach: Breach | null
  /** Of everything that happened. */
  fingerprint: string
  tape: readonly string[]
  faults: ReadonlyMap<string, number>
  /** Orchestrators that were begun. */
  lives: number
}

const MINUTE_MS = 60_000

/** Runs that people lead on from while there still are faults, and afterwards. */
const TROUBLED_MAX = 4
const CALM_MAX = 10

/** More than any run of a dozen workstreams needs. */
const STEPS_MAX = 30_000

/** What comes of faults, and is counted like them: whoever reads the numbers sees that all of it is met. */
const COUNTED: ReadonlySet<string> = new Set([
  'conflict.found',
  'conflict.settled',
  'publish.pending',
  'rollback.done',
  'target.frozen',
  'landing.flaky',
  'thrown-back',
])

const COFFEE_MS = 5 * MINUTE_MS

const OK: Fate = { kind: 'ok', ms: 20 * MINUTE_MS }

/** Runs it to its end. The same scenario gives the same outcome. */
export async function simulate(scenario: Scenario, store: Store = memoryStore()): Promise<Outcome> {
  return await new Simulation(scenario, store).run()
}

/** The same on SQLite, in memory. */
export async function simulateOnSqlite(scenario: Scenario): Promise<Outcome> {
  const store = openStore(':memory:')
  try {
    return await simulate(scenario, store)
  } finally {
    await store.close()
  }
}

type Of<Kind extends Part['is']> = Extract<Part, { is: Kind }>

class Simulation {
  readonly #scenario: Scenario
  readonly #world: World
  readonly #checker: Checker
  readonly #people: People
  readonly #store: Store
  readonly #bare: Store
  readonly #clashes: readonly Pair[]
  readonly #short = new Map<Of<'shortage'>, 'memory' | 'disk'>()
  #agents: number
  #isCalm = false
  #checks = 0
  #lives = 0
  #steps = 0

  constructor(scenario: Scenario, store: Store) {
    this.#scenario = scenario
    this.#agents = scenario.settings.agents
    this.#clashes = this.#parts('clash')
    this.#checker = new Checker(() => this.#world, scenario)
    this.#world = new World(scenario.seed, this.#checker)
    this.#bare = this.#heard(store)
    this.#store = this.#fragile(this.#bare)
    this.#people = new People(this.#world, this.#bare, scenario.plan)
  }

  async run(): Promise<Outcome> {
    const world = this.#world
    useClock(world.clock)
    enterWorld(world)
    this.#arrange()
    try {
      let isDone = false
      for (let runs = 0; runs < TROUBLED_MAX && !isDone && !this.#isBroken; runs++) isDone = await this.#oneRun()
      this.#calmDown()
      for (let runs = 0; runs < CALM_MAX && !isDone && !this.#isBroken; runs++) isDone = await this.#oneRun()
      if (!isDone && !this.#isBroken)
        this.#break('ended', `people help, nothing fails, and it comes to no end: ${this.#standing()}`)
    } catch (error) {
      this.#break('bug', error instanceof Error ? (error.stack ?? error.message) : messageOf(error))
    }
    const { seed } = this.#scenario
    const breach = this.#checker.breaches[0] ?? null
    const fingerprint = world.fingerprint()
    return { seed, breach, fingerprint, tape: world.tape, faults: world.faults, lives: this.#lives }
  }

  get #isBroken(): boolean {
    return this.#checker.breaches.length > 0
  }

  #break(invariant: string, what: string): void {
    this.#checker.breaches.push({ invariant, what })
  }

  #parts<Kind extends Part['is']>(kind: Kind): Of<Kind>[] {
    return this.#scenario.parts.filter((part): part is Of<Kind> => part.is === kind)
  }

  #standing(): string {
    return [...this.#checker.known.rows.values()].map(({ id, state }) => `${id} ${state.state}`).join(', ')
  }

  /** Puts everything in place that is decided beforehand. */
  #arrange(): void {
    const world = this.#world
    const { settings, plan } = this.#scenario
    const tree = world.commits.writeTree([['README.md', 'a project\n']])
    const dateSeconds = Math.floor(EPOCH_MS / 1000)
    const first = world.commits.write({ tree, parents: [], message: 'Begin\n', author: 'Person', dateSeconds })
    world.setRef(MAIN, first, 'person')
    world.fortune = {
      crashAt: new Set(this.#parts('crash').map(({ doing }) => doing)),
      gitFailsAt: new Set(this.#parts('git').map(({ call }) => call)),
      lag: settings.lag,
    }
    const fates = new Map(this.#parts('fate').map((one) => [`${one.workstream}.${one.attempt}`, one]))
    world.fates = (id, attempt) => (this.#isCalm ? OK : (fates.get(`${id}.${attempt}`) ?? this.#usual(id, attempt)))
    const shared = new Map(plan.map((one) => [one.id, one.shared]))
    world.tools.writes = (tool, how) => {
      const files = world.worktrees.get(tool.worktree)!.files
      const { workstream: id, attempt, fate } = tool
      if (how === 'part') halfOf(files, { id, attempt })
      else work(files, { id, attempt, shared: shared.get(id)!, kind: fate.kind })
      tool.wrote = files.get(ownFile(id)) ?? null
    }
    world.gate = {
      lengthMs: () => Math.floor(1 + world.random() * settings.gateMsMax),
      judge: (command, commit) => this.#judge(command, commit),
    }
    for (const part of this.#parts('shortage')) this.#later(part.atMs, () => this.#runShort(part))
    for (const part of this.#parts('act')) this.#later(part.atMs, () => void this.#people.act(part.act))
  }

  #usual(id: string, attempt: number): Fate {
    return { kind: 'ok', ms: OK.ms + 1000 * (Number(id.slice(1)) * 7 + attempt) }
  }

  #later(ms: number, run: () => void): void {
    this.#world.clock.after(ms, 'world', () => {
      if (!this.#isCalm) run()
    })
  }

  #judge(command: string, commit: string): string | null {
    const files = this.#world.commits.tree(commit)
    this.#checks += 1
    const isFlake = !this.#isCalm && this.#parts('flake').some(({ check }) => check === this.#checks)
    if (isFlake) this.#world.fault('flake')
    const accepted = acceptedBy(command)
    const found =
      accepted !== null
        ? whyUntested(files, accepted)
        : command === AFTER
          ? whyRedAtTheEnd(files)
          : whyRed(files, this.#clashes)
    const why = found ?? (isFlake ? 'by chance' : null)
    if (why !== null && command === GATE && !isFlake) this.#world.fault('red gate')
    this.#checker.checked(command, commit, why === null)
    this.#world.tell(`${command} says ${why ?? 'green'} of ${commit.slice(0, 10)}`)
    return why
  }

  #runShort(part: Of<'shortage'>): void {
    this.#short.set(part, part.of)
    this.#world.isShort = true
    this.#world.fault(`short of ${part.of}`)
    this.#world.clock.after(part.ms, 'world', () => {
      this.#short.delete(part)
      this.#world.isShort = this.#short.size > 0
    })
  }

  #machine(): MachineFacts {
    const isShortOf = new Set(this.#short.values())
    const totalBytes = 16e9
    return {
      memory: { totalBytes, availableBytes: isShortOf.has('memory') ? 1e9 : 12e9 },
      memoryPressure: null,
      load: 1,
      disks: [{ what: 'the slots', path: '/', freeBytes: isShortOf.has('disk') ? 100e6 : 100e9, totalBytes: 500e9 }],
    }
  }

  /** From now on nothing fails any more. */
  #calmDown(): void {
    this.#isCalm = true
    this.#world.fortune = { crashAt: new Set(), gitFailsAt: new Set(), lag: 0 }
    this.#short.clear()
    this.#world.isShort = false
    this.#world.tell('calm')
  }

  /** From a start to an end of its own; true when people find nothing left to be done. */
  async #oneRun(): Promise<boolean> {
    let exit: number | null = null
    while (exit === null && !this.#isBroken) exit = await this.#oneLife()
    if (exit === null || this.#isBroken) return true
    this.#world.tell(`exit ${exit}: ${this.#standing()}`)
    await this.#pass(COFFEE_MS)
    const hasHelped = await this.#people.help()
    return !hasHelped && exit !== 130 && exit !== 5
  }

  /** Gives the exit code; null when it was cut off, and some time has passed since. */
  async #oneLife(): Promise<number | null> {
    const world = this.#world
    const life = ++this.#lives
    let exit: number | null = null
    let bug: unknown = null
    this.#checker.began(this.#agents)
    world.tell(`orchestrator ${life} with ${this.#agents} agents`)
    const ended = live({
      config: configOf(this.#scenario),
      plan: this.#scenario.plan.map(workstreamOf),
      store: this.#store,
      agents: this.#agents,
      gates: this.#scenario.settings.gates,
      machine: () => this.#machine(),
      listens: (ears) => {
        if (life === this.#lives) this.#people.ears = ears
      },
    })
    ended.then(
      (code) => (exit = code),
      (error: unknown) => (bug = error),
    )
    await this.#drive(() => exit !== null || bug !== null || world.isDead)
    this.#people.ears = null
    if (bug !== null) throw bug
    if (exit !== null) {
      this.#checker.ended(exit)
      world.clock.dropOrchestrator()
      return exit
    }
    if (world.isDead) await this.#bury()
    return null
  }

  async #bury(): Promise<void> {
    const world = this.#world
    const crash = this.#parts('crash').find(({ doing }) => doing === world.doings)
    world.clock.dropOrchestrator()
    world.onTargetTouched = () => {}
    world.tools.loseListeners()
    if (crash?.power) {
      world.fault('power cut')
      world.tools.killAll()
    }
    this.#agents = crash?.agents ?? this.#agents
    await this.#pass(crash?.downMs ?? 0)
    world.isDead = false
  }

  /** Lets the world go on until that is so. */
  async #drive(isOver: () => boolean): Promise<void> {
    for (;;) {
      await quiet()
      this.#checker.look()
      if (isOver() || this.#isBroken) return
      if (++this.#steps > STEPS_MAX) return this.#break('livelock', `${STEPS_MAX} steps: ${this.#standing()}`)
      if (!this.#world.clock.hasMore) return this.#break('deadlock', `nothing will ever happen: ${this.#standing()}`)
      this.#world.clock.advance()
    }
  }

  /** Time in which nobody of ours is at work. */
  async #pass(ms: number): Promise<void> {
    let isOver = false
    this.#world.clock.after(ms, 'world', () => (isOver = true))
    await this.#drive(() => isOver)
  }

  /** Whoever looks on hears of every change in the moment in which it becomes durable. */
  #heard(store: Store): Store {
    return {
      ...bound(store),
      record: async (change: Change) => {
        const events = await store.record(change)
        this.#checker.recorded(change)
        for (const event of events) {
          this.#world.tell(`${event.workstream ?? ''} ${tale(event)}`)
          const outcome = event.type === 'attempt.ended' ? event.outcome.kind : event.type
          if (COUNTED.has(outcome)) this.#world.fault(`=> ${outcome}`)
        }
        return events
      },
    }
  }

  /** The same for an orchestrator, which may be cut off around it. */
  #fragile(store: Store): Store {
    const world = this.#world
    return {
      ...store,
      record: async (change: Change) => {
        await world.doing('before a record', () => {})
        const events = await store.record(change)
        await world.doing('after a record', () => {})
        if (change.events?.some(({ type }) => type === 'run.draining')) this.#checker.states.isDraining = true
        return events
      },
      close: async () => {},
    }
  }
}

/** Its methods, which a spread leaves out. */
function bound(store: Store): Store {
  return {
    record: (change) => store.record(change),
    latestRun: (target) => store.latestRun(target),
    recentRuns: (limit) => store.recentRuns(limit),
    workstreams: (run) => store.workstreams(run),
    attempts: (run) => store.attempts(run),
    lastAttemptNumbers: () => store.lastAttemptNumbers(),
    landings: (run) => store.landings(run),
    landing: (id) => store.landing(id),
    conflicts: (run) => store.conflicts(run),
    predictions: (run) => store.predictions(run),
    vitals: (run) => store.vitals(run),
    fixes: (run) => store.fixes(run),
    verdict: (tree, gate) => store.verdict(tree, gate),
    openRequests: () => store.openRequests(),
    request: (id) => store.request(id),
    newestRequest: () => store.newestRequest(),
    events: (run, after, limit) => store.events(run, after, limit),
    turningPoints: (run) => store.turningPoints(run),
    close: () => store.close(),
  }
}

function tale(event: Change['events'] extends readonly (infer One)[] | undefined ? One : never): string {
  switch (event.type) {
    case 'workstream.state':
      return `${event.from} -> ${event.to.state}${event.why === null ? '' : ` (${event.why})`}`
    case 'attempt.ended':
      return `attempt ${event.attempt} ended: ${event.outcome.kind}`
    case 'warning':
    case 'target.frozen':
      return `${event.type} ${event.failure.code} ${event.failure.message}`
    case 'request.applied':
      return `${event.request.kind}: ${event.answer}`
    default:
      return event.type
  }
}
