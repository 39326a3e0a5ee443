/**
 * The one loop: requests -> decide -> apply, then wait until something has happened. What takes time (attempts, checks,
 * landings) runs beside it as tasks that end by changing the ledger and ringing the bell, so the loop never waits for
 * one of them, and nothing runs while nothing happens.
 */
import { EXIT, type ExitCode } from '../model/failure.ts'
import { tailsOf } from '../model/graph.ts'
import type { Run } from '../model/run.ts'
import { decide, type Item, type ScheduleState } from '../schedule/decide.ts'
import { exitOf, needsHuman, type Standing } from '../schedule/exit.ts'
import { toolOrder } from '../schedule/fallback.ts'
import { commitOf, readTip } from '../landing/tip.ts'
import type { SoftEdge } from '../plan/simulate.ts'
import { softEdgesOf } from '../plan/soft-edges.ts'
import { DETACH, END } from '../attempt/watch.ts'
import { Admitting } from './admitting.ts'
import { Budget } from './budget.ts'
import { Attempts, type Start } from './attempts.ts'
import { ChangesWatch } from './changes.ts'
import { HoldUps } from './hold-ups.ts'
import { Pausing } from './pausing.ts'
import { announceProgress, PROGRESS_MS } from './progress.ts'
import type { Context } from './context.ts'
import { advanceChecks } from './acceptance.ts'
import { mendTarget } from './culprit.ts'
import { Guard } from './guard.ts'
import { advanceLadder, isClimbed } from './ladder.ts'
import { Lessons } from './lessons.ts'
import { Publishing } from './publishing.ts'
import { Pushing } from './pushing.ts'
import { Queue } from './queue.ts'
import { Radar } from './radar.ts'
import { Receipts } from './receipts.ts'
import { timeAtWork } from '../observe/time-at-work.ts'
import { remind } from './reminding.ts'
import { applyRequests, type Hands } from './requests.ts'
import { answerRollback, type RollbackAsked } from './rollback.ts'
import { runAfter } from './after.ts'
import { Speculation } from './speculation.ts'
import { TargetWatch } from './target-watch.ts'
import { triesOf } from './tries.ts'
import { VitalsWatch } from './vitals.ts'

/** Of a workstream that says nothing about itself; only the order of equals hangs on it. */
const ESTIMATE_MINUTES = 30

export interface RunOptions {
  seats: number
  /** Ids named by `--only`; null: all. */
  only: ReadonlySet<string> | null
  /** On a terminal `run` stays while only people can lead on; else it ends. */
  staysForPeople: boolean
  /** The target's tip, when its gate has passed; null: it is worked on although it may be red. */
  greenBase: string | null
  /** Minutes that the plan's bound names, for the report. */
  boundMinutes: number
}

/** A dependency that lands within this time is worth waiting for: what begins on top of it may be thrown back. */
const SPECULATE_AFTER_MS = 10_000

/** Landings taken back because of `after`, in one run: then somebody should look. */
const MENDS_MAX = 3

/** What the tasks begin with that carry rollbacks out. */
const ROLLBACK = 'rollback '

type Mode = 'run' | 'drain' | 'stop' | 'detach'

export class Coordinator {
  readonly #context: Context
  readonly #options: RunOptions
  readonly #admitting: Admitting
  readonly #pausing: Pausing
  readonly #attempts: Attempts
  readonly #budget: Budget
  readonly #publishing: Publishing
  readonly #guard: Guard
  readonly #queue: Queue
  readonly #radar: Radar
  readonly #receipts: Receipts
  readonly #holdUps: HoldUps
  readonly #pushing: Pushing
  readonly #watch: TargetWatch
  readonly #changes: ChangesWatch
  readonly #vitals: VitalsWatch
  readonly #lessons: Lessons
  readonly #speculation: Speculation
  readonly #tails: ReadonlyMap<string, number>
  readonly #softEdges: readonly SoftEdge[]
  /** By workstream: those that go before it along a soft edge. */
  readonly #yieldsTo: ReadonlyMap<string, string[]>
  #mode: Mode = 'run'
  /** What `after` said of the end. */
  #isValid = true
  #mends = 0

  constructor(context: Context, options: RunOptions) {
    this.#context = context
    this.#options = options
    const definitions = [...context.ledger.rows.values()].map((row) => row.definition)
    const estimates = new Map(definitions.map((one) => [one.id, one.estimateMinutes ?? ESTIMATE_MINUTES]))
    this.#tails = tailsOf(definitions, (id) => estimates.get(id)!)
    this.#softEdges = softEdgesOf(definitions, options.seats)
    const yielding = Map.groupBy(this.#softEdges, ({ after }) => after)
    this.#yieldsTo = new Map([...yielding].map(([id, edges]) => [id, edges.map(({ before }) => before)]))
    this.#admitting = new Admitting(context)
    this.#pausing = new Pausing(context)
    this.#attempts = new Attempts(context, options.seats)
    this.#budget = new Budget(context)
    this.#publishing = new Publishing(context)
    this.#radar = new Radar(context)
    this.#receipts = new Receipts(context)
    this.#speculation = new Speculation(context)
    this.#guard = new Guard(context, () => this.#queue.wake())
    this.#holdUps = new HoldUps(context.ledger)
    this.#lessons = new Lessons(context)
    this.#queue = new Queue(context, {
      guard: this.#guard,
      publishing: this.#publishing,
      tails: this.#tails,
      rivalsOf: (id) => this.#radar.conflictsWith(id),
      greenBase: options.greenBase,
    })
    this.#pushing = new Pushing(context)
    this.#changes = new ChangesWatch(context)
    this.#vitals = new VitalsWatch(context, this.#changes)
    this.#watch = new TargetWatch(context.repo, context.target, context.bell)
  }

  /** Start nothing more, let what runs come to its end. */
  drain(): void {
    if (this.#mode !== 'run') return
    this.#mode = 'drain'
    const { ledger, tasks, bell } = this.#context
    tasks.start('tell that it drains', () => ledger.record({ events: [{ type: 'run.draining', by: 'signal' }] }))
    bell.ring()
  }

  /** End the tools now; their work is pinned, and the next run starts from it. */
  stop(): void {
    this.#mode = 'stop'
    this.#context.room.giveUp()
    this.#context.tasks.abort(END)
    this.#context.bell.ring()
  }

  /** Go away; the tools go on under their shims, and the next run finds them again. */
  detach(): void {
    this.#mode = 'detach'
    this.#context.room.giveUp()
    this.#context.tasks.abort(DETACH)
    this.#context.bell.ring()
  }

  /** Runs to the end and gives the exit code of the contract. */
  async run(): Promise<ExitCode> {
    const { ledger, bell, tasks, now } = this.#context
    await using room = this.#context.room
    await using keys = this.#context.keys
    room.open()
    keys.resume()
    this.#attempts.resume()
    const heartbeat = setInterval(
      () => announceProgress(this.#context, this.#options.seats, this.#softEdges, this.#holdUps.waits),
      PROGRESS_MS,
    )
    try {
      await this.#settleOvertaken()
      for (;;) {
        tasks.assertSound()
        await applyRequests(ledger, this.#hands())
        // What a rollback may be giving up must not be published behind its back.
        if (!this.#isTakingBack && (await room.hold(() => this.#publishing.advance()))) continue
        if (this.#mode === 'run' || this.#mode === 'drain') {
          await this.#speculation.throwBack()
          advanceChecks(this.#context)
          this.#receipts.advance()
          this.#lessons.advance()
          // What was learned from the landing that it conflicts with may be what settles it.
          if (this.#lessons.areLearned) advanceLadder(this.#context)
          this.#radar.advance()
          this.#queue.advance()
          // What a person has to look at first is not for others to build on.
          if (this.#guard.question === null) await this.#pushing.advance()
        }
        await this.#watch.want(this.#publishing.isWaiting || this.#guard.question !== null)
        await this.#budget.advance()
        const [state, at] = [this.#state(), now()]
        const actions = decide(state, at)
        // At the same moment: while something is told, a step up the ladder may end, and what was decided knows nothing of it.
        const climbs = isClimbed(ledger)
        await this.#admitting.tell(actions)
        await this.#pausing.tell(state, at)
        let wakeAt: number | null = null
        let isDeferred = false
        // Read after deciding, so it has all that was landed when the decision was made.
        const begins = actions.some((action) => action.do === 'start' || action.do === 'ask')
        const base = begins ? await this.#tip() : ''
        for (const action of actions) {
          if (action.do === 'start') isDeferred = !(await this.#start(action, base)) || isDeferred
          else if (action.do === 'ask') await this.#attempts.ask(action, base)
          else if (action.do === 'fail')
            await ledger.move(action.workstream, { state: 'failed', failure: action.failure }, action.failure.message)
          else if (action.do === 'sleep') wakeAt = action.until
        }
        await this.#holdUps.tellWaits(actions.flatMap((action) => (action.do === 'sleep' ? action.waits : [])))
        await this.#holdUps.tellBlocked()
        const remindAt = await remind(this.#context)
        // Somebody else may have the seat.
        if (isDeferred) continue
        const hasActed = actions.some(({ do: what }) => what !== 'sleep' && what !== 'hold' && what !== 'end')
        // On a target that nothing may land on, what is queued is not under way.
        const isFrozen = this.#guard.question !== null && wakeAt === null && !hasActed
        const isDone = (actions.some((action) => action.do === 'end') || isFrozen) && !climbs
        if (this.#isOver(isDone)) {
          if (await this.#goesOn()) continue
          break
        }
        this.#holdUps.tellPeople(isDone && tasks.size === 0 ? this.#needPeople() : [])
        // What was just failed or asked may be all there was: look again before waiting for something to happen.
        const until = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, remindAt ?? Number.POSITIVE_INFINITY)
        if (!hasActed || tasks.size > 0) await bell.wait(Number.isFinite(until) ? until : null, now)
      }
    } finally {
      clearInterval(heartbeat)
      this.#watch[Symbol.dispose]()
      if (this.#mode !== 'detach') tasks.abort(END)
      await tasks.settled()
      await this.#changes.close()
      await this.#queue.close()
    }
    tasks.assertSound()
    room.assertServed()
    if (this.#mode === 'detach') return await this.#leave()
    await this.#attempts.removeIdleSlots()
    return await this.#end()
  }

  /** Before what was asked for since then; a rollback that was cut off may have meant that very tip, and goes first. */
  async #settleOvertaken(): Promise<void> {
    const { ledger, room } = this.#context
    const asked = await ledger.store.openRequests()
    if (!asked.some(({ body }) => body.kind === 'rollback')) await room.hold(() => this.#publishing.requeue())
  }

  /** The run is not over: its tools work on, and the next `run` takes it up again. */
  async #leave(): Promise<ExitCode> {
    const { ledger } = this.#context
    const working = [...ledger.rows.values()].flatMap(({ id, state }) => (state.state === 'running' ? [id] : []))
    const { vitals, events } = this.#vitals.unsaved()
    await ledger.record({ vitals, events: [...events, { type: 'run.detached', working }] })
    return EXIT.interrupted
  }

  /** false: it was to begin on top of queued work, and has to wait for that to land. */
  async #start(action: Start, tip: string): Promise<boolean> {
    const { workstream, speculatesOn } = action
    const ground =
      speculatesOn.length === 0
        ? { base: tip, speculation: [] }
        : await this.#context.room.hold(() => this.#speculation.groundFor(workstream, speculatesOn, tip))
    if (ground === null) return false
    await this.#attempts.start(action, ground)
    return true
  }

  #isOver(nothingLeft: boolean): boolean {
    if (this.#mode === 'stop' || this.#mode === 'detach') return this.#context.tasks.size === 0
    if (!nothingLeft || this.#context.tasks.size > 0) return false
    return this.#mode === 'drain' || !this.#options.staysForPeople || this.#needPeople().length === 0
  }

  /** Looks at what the run has made, once everything has settled: true when that leaves something to be done. */
  async #goesOn(): Promise<boolean> {
    await this.#guard.look()
    if (this.#mode !== 'run') return false
    const red = await runAfter(this.#context)
    this.#isValid = red === null
    if (red === null || this.#mends >= MENDS_MAX) return false
    this.#mends += 1
    const found = await mendTarget(this.#context, red, new AbortController().signal)
    this.#isValid = found.kind === 'flaky'
    if (found.kind === 'question')
      await this.#context.ledger.record({ events: [{ type: 'warning', failure: found.failure }] })
    return found.kind === 'mended'
  }

  async #end(): Promise<ExitCode> {
    const { ledger, now } = this.#context
    const standings = this.#standings()
    let exit: ExitCode = this.#mode === 'run' ? exitOf(standings) : EXIT.interrupted
    if (this.#mode === 'drain' && standings.every(({ state }) => state.state === 'landed')) exit = exitOf(standings)
    if (this.#mode === 'run' && this.#guard.question !== null) exit = EXIT.needsHuman
    if (exit !== EXIT.ok && this.#mode === 'run' && this.#budget.question !== null) exit = EXIT.needsHuman
    if (exit === EXIT.ok && !this.#isValid) exit = EXIT.failed
    if (exit === EXIT.ok && this.#pushing.hasFailed) exit = EXIT.needsHuman
    const run: Run = { ...ledger.run, state: 'ended', endedAt: now(), exit, noRoom: null, pauses: [] }
    const { ms: makespanMs } = timeAtWork(await ledger.store.turningPoints(ledger.run.id), now())
    const boundMs = Math.round(this.#options.boundMinutes * 60_000)
    const ended = { type: 'run.ended', exit, counts: ledger.counts(), makespanMs, boundMs } as const
    const { vitals, events } = this.#vitals.unsaved()
    await ledger.record({ runs: [run], vitals, events: [...events, ended] })
    return exit
  }

  #standings(): (Standing & { id: string })[] {
    const { ledger } = this.#context
    const views = ledger.views()
    const isSelected = (id: string): boolean => this.#options.only === null || this.#options.only.has(id)
    return [...ledger.rows.values()]
      .filter(({ id }) => isSelected(id))
      .map(({ id, state }) => ({ id, view: views.get(id)!.name, state }))
  }

  /** Workstreams in which only a person can lead on, and the target when it is one of those things. */
  #needPeople(): string[] {
    const ids = this.#standings().flatMap((standing) => (needsHuman(standing) ? [standing.id] : []))
    return this.#guard.question === null ? ids : [this.#context.target, ...ids]
  }

  #state(): ScheduleState {
    const { ledger, config, tools } = this.#context
    const items = [...ledger.rows.values()].map(({ id, definition, state, restart }): Item => {
      const order = toolOrder(definition, config.tools.order, ledger.run.choice).tools
      return {
        id,
        dependsOn: definition.dependsOn,
        priority: definition.priority,
        tail: this.#tails.get(id) ?? 0,
        track: definition.track,
        yieldsTo: this.#yieldsTo.get(id) ?? [],
        selected: this.#options.only === null || this.#options.only.has(id),
        state,
        ...(state.state === 'running' ? { tool: ledger.attempt(id, state.attempt).tool } : {}),
        tools: order.filter((tool) => tools.has(tool)),
        attemptsMax: definition.breaker.attemptsMax ?? config.limits.attempts,
        forced: restart.tool,
        breaker: definition.breaker,
        tries: triesOf(ledger, id),
        nextAttempt: ledger.nextNumber(id),
        // On a target that nothing may land on, nothing is about to land.
        speculates: this.#guard.question === null && this.#speculation.allows(id),
        overBudget: this.#budget.of(id, ledger.attempts.get(id) ?? []),
      }
    })
    const speculateAfterMs = config.landing.speculate === 'auto' ? SPECULATE_AFTER_MS : 0
    const admission = this.#admitting.ask()
    const mode = this.#mode === 'run' ? 'run' : 'drain'
    const isOverBudget = this.#budget.question !== null
    const seed = ledger.run.id
    return { mode, items, seats: this.#attempts.seats(), speculateAfterMs, admission, isOverBudget, seed }
  }

  /** Where landings go now. */
  async #tip(): Promise<string> {
    const { repo, target } = this.#context
    const tip = await readTip(repo, target)
    return commitOf(tip)
  }

  #hands(): Hands {
    const { repo, config, paths, tasks, identity } = this.#context
    return {
      repo,
      config,
      paths,
      identity,
      tip: () => this.#tip(),
      end: (workstream) => tasks.abort(END, `attempt ${workstream}`),
      stop: (now) => (now ? this.stop() : this.drain()),
      rollBack: (request) => this.#rollBack(request),
    }
  }

  get #isTakingBack(): boolean {
    return this.#guard.isMending || this.#context.tasks.hasLike(ROLLBACK)
  }

  #rollBack(request: RollbackAsked): void {
    const { tasks } = this.#context
    const name = `${ROLLBACK}${request.id}`
    // One that is asked for stays asked for: the next run takes it up.
    const isEnding = this.#mode === 'stop' || this.#mode === 'detach'
    if (isEnding || tasks.has(name)) return
    tasks.start(name, async (signal) => {
      await answerRollback(this.#context, request, signal)
      this.#publishing.expect()
    })
  }
}
