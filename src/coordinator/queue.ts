/**
 * The landing queue at work: does what `decideLandings` says, one idempotent step at a time, beside the loop. Gates run
 * as tasks of their own; each wakes the queue when it ends.
 *
 * The train is not stored. Its landings are (intent, built, gated), and after any end the target's history says which of
 * them have landed; the others are built again.
 */
import { commitOf, readTip, type Tip } from '../landing/tip.ts'
import { buildCandidate } from '../landing/build.ts'
import { decideLandings, type QueueAction, type QueueState } from '../landing/decide.ts'
import { type Moved, moveTo } from '../landing/move.ts'
import { afterLanding, afterRefusal, firstPace, type Pace, partOf } from '../landing/pace.ts'
import { publish } from '../landing/publish.ts'
import { SluiceError } from '../model/failure.ts'
import { type CheckResult, passed } from '../model/landing.ts'
import { notYetLanded } from '../schedule/speculation.ts'
import { type Entry, hear, landingOf, told } from './candidate.ts'
import type { Context } from './context.ts'
import { ask, redEvidence } from './gating.ts'
import type { Guard } from './guard.ts'
import { conflicted, landed, refused, requeued } from './landing-ends.ts'
import { OldPins } from './pins.ts'
import type { Publishing } from './publishing.ts'

export interface QueueOptions {
  guard: Guard
  publishing: Publishing
  /** Longest remaining chain behind each workstream. */
  tails: ReadonlyMap<string, number>
  /** Workstreams whose work would conflict with that of this one, as far as is known. */
  rivalsOf: (workstream: string) => readonly string[]
  /** A tip that is known to be green; null where a red one is worked on all the same. */
  greenBase: string | null
}

type Act<Kind extends QueueAction['do']> = Extract<QueueAction, { do: Kind }>

export class Queue {
  readonly #context: Context
  readonly #guard: Guard
  readonly #publishing: Publishing
  readonly #tails: ReadonlyMap<string, number>
  readonly #rivalsOf: QueueOptions['rivalsOf']
  readonly #slots: number
  #train: Entry[] = []
  #pace: Pace
  /** Workstreams that stand back behind others which they conflict with, as long as those are only candidates. */
  readonly #behind = new Map<string, string[]>()
  /** Size of the largest candidate for those that were in a red group, until the red one among them is found. */
  readonly #together = new Map<string, number>()
  /** What is known of a tip by itself: commits that we moved to have passed. null: it is not asked. */
  #base: { commit: string; is: QueueState['base'] } | null
  /** Where landings went when it was last looked at: another answer means that somebody else has moved it. */
  #lastTip: string
  /** The same, with what else was known then; null: somebody was faster, and it has to be read again. */
  #tip: Tip | null = null
  #isMovedByOthers = false
  #isWanted = false
  /** The newest event when the queue was last looked at. */
  #seenSeq = -1
  readonly #pins: OldPins
  /** Makes the names of tasks unique. */
  #tasks = 0

  constructor(context: Context, { guard, publishing, tails, rivalsOf, greenBase }: QueueOptions) {
    this.#context = context
    this.#pins = new OldPins(context)
    this.#guard = guard
    this.#publishing = publishing
    this.#tails = tails
    this.#rivalsOf = rivalsOf
    this.#slots = context.gates.size
    this.#pace = firstPace(context.config.landing.mode, this.#slots)
    this.#base = greenBase === null ? null : { commit: greenBase, is: 'green' }
    this.#lastTip = greenBase ?? ''
  }

  /** Takes the queue as far as it goes, when something has happened since. Returns at once; the work goes on beside. */
  advance(): void {
    // What was wanted while the last look was ending has not been looked at.
    if (this.#isWanted || this.#context.ledger.lastSeq !== this.#seenSeq) this.wake()
  }

  /** The same, also when nothing of ours has happened: somebody may have moved the target. */
  wake(): void {
    const { tasks, ledger } = this.#context
    const hasWork = this.#train.length > 0 || [...ledger.rows.values()].some(({ state }) => state.state === 'queued')
    if (!hasWork) return
    this.#isWanted = true
    if (!tasks.has('queue')) tasks.start('queue', (signal) => this.#work(signal))
  }

  /** Nothing lands now: what is under way goes back to the queue. */
  async #clear(): Promise<void> {
    for (const { commit } of this.#train) this.#entry(commit).stop.abort('no longer wanted')
    const landings = this.#train.splice(0).flatMap((entry) => entry.landings)
    if (landings.length > 0) await requeued(this.#context, landings, 'intent', 'nothing lands for now')
    this.#pins.add(landings)
  }

  /** Puts back what is under way. The gates have been stopped and have ended. */
  async close(): Promise<void> {
    const left = this.#train.splice(0).flatMap(({ landings }) => landings)
    if (left.length > 0) await requeued(this.#context, left, 'refused', 'the run ended before it could land')
    this.#pins.add(left)
    await this.#pins.close()
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (this.#isWanted && !signal.aborted) {
      this.#isWanted = false
      this.#seenSeq = this.#context.ledger.lastSeq
      // Read once: what moves it afterwards is ourselves, or makes our own move fail.
      let tip = await this.#tipToStartFrom()
      if (!(await this.#guard.admits(tip))) {
        await this.#clear()
        break
      }
      while (!signal.aborted) {
        const actions = decideLandings(this.#state(tip))
        tip = await this.#applyAll(actions, tip)
        // Whoever was faster may have moved it back: the guard looks before anything is built on that.
        if (this.#tip === null) this.#isWanted = true
        if (this.#tip === null || actions.length === 0) break
        this.#isMovedByOthers = false
      }
    }
    if (!signal.aborted) this.#pins.sweep(this.#train)
  }

  /** When the head is green the tip need not be read: the swap that moves it looks by itself whether that is still so. */
  async #tipToStartFrom(): Promise<Tip> {
    const [head] = this.#train
    const isBlind = this.#tip?.kind === 'published' && head?.gate === 'green' && head.onto === this.#tip.commit
    return isBlind ? this.#tip! : await this.#readTip()
  }

  async #readTip(): Promise<Tip> {
    const { repo, target } = this.#context
    let tip = await readTip(repo, target)
    if (tip.kind === 'diverged') {
      await this.#publishing.requeue()
      tip = await readTip(repo, target)
    }
    const at = commitOf(tip)
    if (this.#lastTip !== '' && at !== this.#lastTip) this.#isMovedByOthers = true
    this.#lastTip = at
    this.#tip = tip
    return tip
  }

  #state(tip: Tip): QueueState {
    const { ledger } = this.#context
    const waiting = [...ledger.rows.values()].flatMap(({ id, state, definition }) => {
      if (state.state !== 'queued') return []
      const attempt = ledger.attempt(id, state.attempt)
      // The loop throws it back; until then it must not meet other work of what it was built on.
      if (!ledger.stands(attempt)) return []
      return [
        {
          workstream: id,
          queuedAt: state.queuedAt,
          priority: definition.priority,
          tail: this.#tails.get(id) ?? 0,
          needs: notYetLanded(attempt, (other) => ledger.rows.get(other)?.state),
          behind: [...new Set([...(this.#behind.get(id) ?? []), ...this.#rivalsOf(id)])],
          together: this.#together.get(id) ?? Number.POSITIVE_INFINITY,
        },
      ]
    })
    const { window, group } = this.#pace
    const at = commitOf(tip)
    const isKnown = this.#base === null || this.#guard.believes(at)
    const base = isKnown ? 'green' : this.#base?.commit === at ? this.#base.is : 'unknown'
    return { tip: at, base, waiting, train: this.#train, window, group, slots: this.#slots }
  }

  /** A candidate is built beside the move of another one: it reads nothing that the move writes. */
  async #applyAll(actions: readonly QueueAction[], tip: Tip): Promise<Tip> {
    const builds = actions.flatMap((action) => (action.do === 'build' ? [this.#build(action)] : []))
    const rest = async (): Promise<Tip> => {
      let at = tip
      for (const action of actions) if (action.do !== 'build') at = await this.#apply(action, at)
      return at
    }
    // To the end of all, also when one fails: nothing goes on behind the back of who closes the run.
    const [after] = await Promise.allSettled([rest(), ...builds])
    await Promise.all(builds)
    if (after.status === 'rejected') throw after.reason
    return after.value
  }

  /** Gives where landings go afterwards. */
  async #apply(action: Exclude<QueueAction, Act<'build'>>, tip: Tip): Promise<Tip> {
    switch (action.do) {
      case 'drop':
        await this.#drop(action, tip)
        return tip
      case 'gate':
        this.#gate(this.#entry(action.commit))
        return tip
      case 'land':
        return await this.#land(this.#upTo(action.commit), tip)
      case 'refuse':
        await this.#refuse(this.#take(action.commit))
        return tip
      case 'split':
        await this.#split(this.#take(action.commit))
        return tip
      case 'ask-base':
        this.#askBase(commitOf(tip))
        return tip
    }
  }

  #entry(commit: string): Entry {
    const entry = this.#train.find((one) => one.commit === commit)
    if (entry === undefined) throw new Error(`no candidate ${commit}`)
    return entry
  }

  /** It and those ahead of it. */
  #upTo(commit: string): Entry[] {
    return this.#train.slice(0, this.#train.indexOf(this.#entry(commit)) + 1)
  }

  #take(commit: string): Entry {
    const entry = this.#entry(commit)
    this.#train = this.#train.filter((one) => one !== entry)
    entry.stop.abort('no longer wanted')
    return entry
  }

  async #build({ workstreams: chosen, onto, ahead }: Act<'build'>): Promise<void> {
    const { ledger, repo, identity, signs, room } = this.#context
    const began = performance.now()
    const dateSeconds = Math.floor(ledger.now() / 1000)
    // A person may have taken one out since it was chosen.
    const workstreams = chosen.filter((id) => ledger.state(id).state === 'queued')
    if (workstreams.length === 0) return
    const parts = workstreams.map((id) => {
      const landing = { ...landingOf(ledger, id), onto, date: dateSeconds }
      const { title } = ledger.row(id).definition
      const { attempt, id: name } = landing
      const { tool } = ledger.attempt(id, attempt)
      return { landing, names: { workstream: id, title, landing: name, attempt, tool } }
    })
    const intents = parts.map(({ landing }) => landing)
    await ledger.record({
      workstreams: intents.map(({ workstream, id, attempt, work, queuedAt }) => {
        return { ...ledger.row(workstream), state: { state: 'landing', attempt, work, queuedAt, landing: id } }
      }),
      landings: intents,
      events: told(intents, ({ id }) => ({ type: 'landing.intent', landing: id, onto })),
    })
    const built = await room.hold(() => buildCandidate(repo, { onto, parts, identity, signs, dateSeconds }))
    const { landings, commit, tree } = built
    for (const { landing, onto: at, ahead: besides, merge } of built.conflicts) {
      const others = [...ahead, ...besides]
      const before = this.#behind.get(landing.workstream) ?? []
      this.#behind.set(landing.workstream, others)
      if (others.length > 0)
        await requeued(this.#context, [landing], 'intent', `stands back behind ${others.join(', ')}`)
      else await conflicted(this.#context, landing, at, merge, before)
    }
    if (landings.length === 0) return
    await ledger.record({
      landings,
      events: told(landings, ({ id, commit: at }) => ({ type: 'landing.built', landing: id, commit: at! })),
    })
    const ids = landings.map(({ workstream }) => workstream)
    this.#train.push({
      workstreams: ids,
      onto,
      commit,
      gate: 'wanted',
      isInDoubt: false,
      landings,
      tree,
      results: [],
      ownMs: performance.now() - began,
      stop: new AbortController(),
    })
  }

  #gate(entry: Entry): void {
    const { tasks } = this.#context
    entry.gate = 'running'
    tasks.start(this.#taskName('gate'), async (signal) => {
      const stop = AbortSignal.any([signal, entry.stop.signal])
      try {
        const { results } = await this.#ask(entry, stop)
        if (!stop.aborted) await hear(this.#context, entry, results)
      } catch (error) {
        if (!stop.aborted) throw error
      }
      this.wake()
    })
  }

  async #ask({ commit, tree, onto, landings }: Entry, stop: AbortSignal): Promise<{ results: CheckResult[] }> {
    const checks = this.#context.config.gate ?? []
    const last = landings.at(-1)!
    const { workstream, attempt, id } = last
    return await ask(this.#context, { kind: 'gate', commit, tree, onto, checks, workstream, attempt, log: id }, stop)
  }

  async #land(entries: readonly Entry[], tip: Tip): Promise<Tip> {
    const { ledger, repo, target, paths, bell, room } = this.#context
    const began = performance.now()
    const from = entries[0]!.onto
    const to = entries.at(-1)!.commit
    const move = {
      repo,
      target,
      from,
      to,
      isPending: tip.kind === 'pending',
      publish: (before: string, after: string) => publish(repo, target, before, after, paths.publishJournal),
    }
    const moved = await room
      .hold(() => moveTo(move))
      .catch(async (error: unknown): Promise<Moved> => {
        if (!(error instanceof SluiceError)) throw error
        // Somebody holds the branch, or has left a lock behind: nothing is lost, and only a person can tell.
        await this.#guard.block(from, error.failure)
        return { kind: 'raced' }
      })
    if (moved.kind === 'raced') {
      this.#tip = null
      return tip
    }
    const moveMs = (performance.now() - began - moved.checkoutMs) / entries.length
    for (const { commit } of entries) this.#take(commit)
    this.#lastTip = to
    const at = ledger.now()
    const landings = entries.flatMap(({ landings: parts, ownMs }) => {
      const overheadMs = Math.round((ownMs + moveMs) / parts.length)
      return parts.map((one) => ({ ...one, at, published: moved.published, overheadMs }))
    })
    await landed(this.#context, landings)
    for (const { workstreams } of entries) {
      this.#pace = afterLanding(this.#pace)
      for (const id of workstreams) this.#behind.delete(id)
    }
    if (this.#base !== null) this.#base = { commit: to, is: 'green' }
    bell.ring()
    this.#pins.add(landings)
    const published = tip.kind === 'pending' ? tip.published : from
    this.#tip = moved.published ? { kind: 'published', commit: to } : { kind: 'pending', commit: to, published }
    return this.#tip
  }

  async #refuse(entry: Entry): Promise<void> {
    this.#pace = afterRefusal(this.#pace)
    this.#together.clear()
    for (const landing of entry.landings) await refused(this.#context, landing, entry.results)
    this.#pins.add(entry.landings)
    this.#context.bell.ring()
  }

  async #split(entry: Entry): Promise<void> {
    const size = partOf(entry.workstreams.length, this.#slots)
    for (const id of entry.workstreams) this.#together.set(id, size)
    await requeued(this.#context, entry.landings, 'intent', 'the group is red: gated again in parts')
    this.#pins.add(entry.landings)
  }

  async #drop({ commit }: Act<'drop'>, tip: Tip): Promise<void> {
    const { landings } = this.#take(commit)
    const why = this.#isMovedByOthers ? 'the target moved while the gate ran' : 'what was ahead of it does not land'
    const onto = commitOf(tip)
    const events = told(landings, ({ id }) => ({ type: 'landing.rebuilt', landing: id, onto, why }))
    await requeued(this.#context, landings, 'intent', why, events)
    this.#pins.add(landings)
  }

  /** Whether the target is red without the candidate. Only asked when a candidate is red on a tip that we did not make. */
  #askBase(commit: string): void {
    const { tasks, config } = this.#context
    this.#base = { commit, is: 'running' }
    tasks.start(this.#taskName('gate of the target'), async (signal) => {
      const checks = config.gate ?? []
      const asked = { kind: 'base', commit, tree: null, onto: null, checks, workstream: null, attempt: null } as const
      const { results } = await ask(this.#context, { ...asked, log: `base.${commit.slice(0, 12)}` }, signal)
      if (this.#base?.commit === commit) this.#base = { commit, is: passed(results) ? 'green' : 'unknown' }
      if (!passed(results)) this.#guard.suspect({ commit, checks, what: redEvidence(results).message })
      this.wake()
    })
  }

  #taskName(what: string): string {
    return `${what} ${++this.#tasks}`
  }
}
