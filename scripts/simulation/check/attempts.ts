/**
 * Attempts: one live tool for each workstream (I7) and slot (I6), never more than there are seats, nothing begins before what
 * it depends on is in its files, tries are bounded (I12), and what a tool has made can be had again (I8).
 */
import type { Attempt } from '../../../src/model/attempt.ts'
import type { Change } from '../../../src/store/store.ts'
import { ownFile } from '../files.ts'
import type { Tool } from '../world/tools.ts'
import { type Known, SPENT } from './known.ts'

/** Of the contract: tries in a row that cost nothing. */
const UNSPENT_MAX = 5
const WAIT_MS_MAX = 15 * 60_000
/** For as long nobody is given up because the network is gone. */
const OUTAGE_MS_MAX = 24 * 60 * 60_000

/** Ends that say nothing about whether the next try will go better. */
const NEUTRAL = new Set(['ok', 'empty', 'cancelled', 'thrown-back'])

export class AttemptCheck {
  readonly #known: Known
  /** Workstreams that had landed once, and then no longer. */
  readonly #takenBack = new Set<string>()

  constructor(known: Known) {
    this.#known = known
  }

  launched(tool: Tool, tree: string): void {
    const { world, breach, agents } = this.#known
    const { workstream: id, attempt: number, worktree } = tool
    const name = `${id}.${number}`
    const others = world.tools.living.filter((one) => one !== tool)
    if (others.some(({ workstream }) => workstream === id)) breach('I7', `${name} begins while another attempt lives`)
    if (others.some((one) => one.worktree === worktree))
      breach('I6', `${name} begins in ${worktree}, where another works`)
    const seat = Number(/agent-(\d+)/.exec(worktree)?.[1])
    if (seat < 1 || seat > agents) breach('seats', `${name} has seat ${seat} of ${agents}`)
    const state = this.#known.state(id)
    if (state.state !== 'running' || state.attempt !== number)
      breach('I7', `${name} begins, and ${id} is ${state.state}`)
    this.#hasDependencies(tool, tree)
    this.#isWithinBounds(id, number)
  }

  touched(worktree: string, why: string): void {
    const { world, breach } = this.#known
    const living = world.tools.living.find((tool) => tool.worktree === worktree)
    if (living !== undefined)
      breach('I6', `${worktree} is ${why} while ${living.workstream}.${living.attempt} works in it`)
  }

  recorded(change: Change): void {
    const { breach, world } = this.#known
    for (const { id, state } of change.workstreams ?? [])
      if (this.#known.state(id).state === 'landed' && state.state !== 'landed') this.#takenBack.add(id)
    for (const attempt of change.attempts ?? []) {
      const before = this.#known.attempt(attempt.workstream, attempt.number)
      const numbers = [...(this.#known.attempts.get(attempt.workstream)?.keys() ?? [])]
      const name = `${attempt.workstream}.${attempt.number}`
      if (before === undefined && numbers.some((one) => one > attempt.number))
        breach('I7', `${name} is younger than it says`)
      if (before?.phase === 'settled' && attempt.phase !== 'settled') breach('I7', `${name} had an end, and has none`)
      if (attempt.work !== null) this.#isPinned(name, attempt.workstream, attempt.number, attempt.work)
    }
    for (const event of change.events ?? []) {
      if (event.type === 'tool.waiting' && event.until - world.clock.now > WAIT_MS_MAX)
        breach('I12', `${event.workstream} waits for ${event.until - world.clock.now} ms`)
      if (event.type === 'attempt.ended') this.#isKept(event.workstream!, event.attempt!)
    }
  }

  /** Between two runs nothing is at work, and all work can still be had. */
  ended(): void {
    const { attempts } = this.#known
    for (const [id, all] of attempts)
      for (const { number, work } of all.values())
        if (work !== null) this.#isPinned(`${id}.${number}`, id, number, work)
  }

  #hasDependencies({ workstream: id, attempt }: Tool, tree: string): void {
    const { plan, world, breach } = this.#known
    for (const other of plan.get(id)!.dependsOn) {
      // Where nothing had to be changed, nothing shows.
      if (this.#known.isSkipped(other) || plan.get(other)!.allowEmpty) continue
      if (!world.commits.tree(tree).has(ownFile(other)))
        breach('base', `${id}.${attempt} begins without the work of ${other}`)
    }
  }

  #isWithinBounds(id: string, number: number): void {
    const { scenario, plan, breach, rows } = this.#known
    const after = rows.get(id)!.restart.after
    const counted = [...this.#known.attempts.get(id)!.values()].filter(
      (one) => one.number > after && one.number < number && one.phase === 'settled' && !this.#isForgiven(one),
    )
    const most = plan.get(id)!.attemptsMax ?? scenario.settings.attempts
    const kinds = counted.map(({ outcome }) => outcome!.kind)
    const spent = kinds.filter((kind) => SPENT.includes(kind)).length
    if (spent >= most) breach('I12', `${id}.${number} begins after ${spent} tries of ${most}`)
    let inARow = 0
    let goneSince: number | null = null
    for (const { outcome, endedAt } of counted) {
      const { kind } = outcome!
      goneSince = kind === 'network' ? (goneSince ?? endedAt!) : null
      const isWaitedFor = goneSince !== null && endedAt! - goneSince <= OUTAGE_MS_MAX
      inARow = SPENT.includes(kind) ? 0 : inARow + (NEUTRAL.has(kind) || isWaitedFor ? 0 : 1)
    }
    if (inARow >= UNSPENT_MAX) breach('I12', `${id}.${number} begins after ${inARow} in a row that cost nothing`)
  }

  /** What it was built on may have fallen, and then it says nothing about the tool. */
  #isForgiven({ speculation = [], standsOn = [] }: Attempt): boolean {
    return speculation.length > 0 || standsOn.some(({ workstream }) => this.#takenBack.has(workstream))
  }

  #isPinned(name: string, id: string, number: number, work: string): void {
    const { refs, commits } = this.#known.world
    const pin = refs.get(`refs/sluice/wip/${id}/${number}`)
    // Of "nothing had to be changed" the work is the base, which nobody can lose.
    const isBase =
      this.#known.attempt(id, number)?.base === work || [...refs.values()].some((at) => commits.isAncestor(work, at))
    if (pin !== work && !isBase) this.#known.breach('I8', `the work of ${name} (${work}) is pinned nowhere`)
  }

  /** What the tool had written when it was ended is in what was pinned. */
  #isKept(id: string, number: number): void {
    const { world, breach } = this.#known
    const tool = world.tools.all.findLast((one) => one.workstream === id && one.attempt === number)
    if (tool === undefined || tool.wrote === null) return
    const pin = world.refs.get(`refs/sluice/wip/${id}/${number}`)
    const kept = pin === undefined ? undefined : world.commits.tree(pin).get(ownFile(id))
    if (kept !== tool.wrote)
      breach('I8', `${id}.${number} wrote ${JSON.stringify(tool.wrote)}, and ${JSON.stringify(kept)} is kept`)
  }
}
