/**
 * What people do: by commands, which write a request and wake who listens, and by their own hands in the repository. Between
 * two runs they look at what is left and lead it on, as the messages tell them to.
 */
import type { RequestBody } from '../../src/model/run.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import type { Store } from '../../src/store/store.ts'
import { bothSides, mended, work } from './files.ts'
import type { Ears } from './orchestrator.ts'
import type { Act, Planned } from './scenario.ts'
import type { World } from './world/world.ts'

const MAIN = 'refs/heads/main'
const PENDING = 'refs/sluice/target/main'

/** The number that a person's own work bears in its files: they know what the first attempts did not. */
const BY_HAND = 100

export class People {
  readonly #world: World
  readonly #store: Store
  readonly #plan: ReadonlyMap<string, Planned>
  #requests = 0
  #pushes = 0
  /** Who listens now; null: nobody is at work. */
  ears: Ears | null = null

  constructor(world: World, store: Store, plan: readonly Planned[]) {
    this.#world = world
    this.#store = store
    this.#plan = new Map(plan.map((planned) => [planned.id, planned]))
  }

  async act(act: Act): Promise<void> {
    const world = this.#world
    world.tell(`person ${JSON.stringify(act)}`)
    world.fault(`person: ${act.do}`)
    switch (act.do) {
      case 'retry':
        return await this.#ask({ kind: 'retry', ids: act.ids, tool: act.tool, note: null, fresh: act.fresh })
      case 'hold':
      case 'release':
        return await this.#ask({ kind: act.do, ids: [act.id] })
      case 'discard':
        return await this.#ask({ kind: 'discard', id: act.id, satisfy: false })
      case 'skip':
        return await this.#ask({ kind: 'skip', ids: [act.id], satisfy: act.satisfy })
      case 'cancel':
        return await this.#ask({ kind: 'cancel', ids: [act.id], now: act.now })
      case 'rollback':
        return await this.#ask({
          kind: 'rollback',
          request: { ids: [act.id] },
          cascade: act.cascade,
          why: '',
          begun: null,
        })
      case 'settle':
        return await this.#ask({ kind: 'settle', id: act.id, tool: 'one' })
      case 'approve':
      case 'reject':
        return await this.#review(act.do, act.id)
      case 'submit':
      case 'resolve':
        return await this.#ask({ kind: act.do, id: act.id, work: await this.#workByHand(act.id) })
      case 'stop':
        return await this.#ask({ kind: 'stop', now: act.now })
      case 'detach':
        return this.ears?.detach()
      case 'push':
        return this.#push((files) => {
          files.set(`people/${++this.#pushes}.txt`, act.isRed ? 'breaks the gate\n' : 'a line\n')
        })
      case 'dirty':
      case 'clean':
        world.isDirty = act.do === 'dirty'
        return world.onTargetTouched()
    }
  }

  /** Leads on whatever only a person can lead on. Gives whether there was anything. */
  async help(): Promise<boolean> {
    const world = this.#world
    let hasHelped = world.isDirty
    if (world.isDirty) await this.act({ do: 'clean' })
    const files = world.commits.tree(world.refs.get(MAIN)!)
    if (JSON.stringify([...mended(files)]) !== JSON.stringify([...files])) {
      hasHelped = true
      this.#push((all) => {
        for (const [path, text] of mended(files)) all.set(path, text)
      })
    }
    for (const { id, state } of await this.#rows()) {
      const act = helpFor(id, state)
      if (act === null) continue
      hasHelped = true
      await this.act(act)
    }
    return hasHelped
  }

  async #rows(): Promise<{ id: string; state: WorkstreamState }[]> {
    const run = await this.#store.latestRun()
    return run === null ? [] : await this.#store.workstreams(run.id)
  }

  async #ask(body: RequestBody): Promise<void> {
    const at = this.#world.clock.now
    const run = (await this.#store.latestRun())?.id
    // Before the first run there is nothing to ask about.
    if (run === undefined) return
    const id = `request-${String(++this.#requests).padStart(4, '0')}`
    await this.#store.record({ run, at, requests: [{ id, at, body, state: 'open', answer: null }] })
    this.ears?.ring()
  }

  async #review(kind: 'approve' | 'reject', id: string): Promise<void> {
    const state = (await this.#rows()).find((row) => row.id === id)?.state
    const works = state !== undefined && 'work' in state ? { [id]: state.work } : {}
    await this.#ask({ kind, ids: [id], works, comment: null, by: 'a person' })
  }

  #tip(): string {
    const { refs } = this.#world
    return refs.get(PENDING) ?? refs.get(MAIN)!
  }

  /** A commit that does what the workstream wants, on what is there now; with the work so far where there is a conflict. */
  async #workByHand(id: string): Promise<string> {
    const { commits, clock } = this.#world
    const tip = this.#tip()
    const state = (await this.#rows()).find((row) => row.id === id)?.state
    const theirs = state?.state === 'conflict' ? state.work : null
    const merged = theirs === null ? tip : commits.merge(tip, theirs).tree
    const files = new Map(commits.tree(merged))
    for (const [path, text] of files) if (text.includes('<<<<<<<')) files.set(path, bothSides(text))
    work(files, { id, attempt: BY_HAND, shared: this.#plan.get(id)?.shared ?? null, kind: 'ok' })
    return commits.write({
      tree: commits.writeTree(files),
      parents: theirs === null ? [tip] : [theirs, tip],
      message: `By hand: ${id}\n`,
      author: 'Person',
      dateSeconds: Math.floor(clock.now / 1000),
    })
  }

  /** A person commits to the target itself. */
  #push(change: (files: Map<string, string>) => void): void {
    const { commits, refs, clock } = this.#world
    const tip = refs.get(MAIN)!
    const files = new Map(commits.tree(tip))
    change(files)
    const commit = commits.write({
      tree: commits.writeTree(files),
      parents: [tip],
      message: 'A commit of a person\n',
      author: 'Person',
      dateSeconds: Math.floor(clock.now / 1000),
    })
    this.#world.setRef(MAIN, commit, 'person')
    this.#world.onTargetTouched()
  }
}

function helpFor(id: string, state: WorkstreamState): Act | null {
  switch (state.state) {
    case 'conflict':
      return { do: 'resolve', id }
    case 'waiting':
      return { do: state.for === 'manual' ? 'submit' : 'approve', id }
    case 'held':
      return { do: 'release', id }
    case 'failed':
    case 'reverted':
      return { do: 'retry', ids: [id], fresh: false, tool: null }
    default:
      return null
  }
}
