/**
 * The target: never red by our own doing (I1), one landing for each landed workstream (I2), nothing that has landed is lost
 * (I3), a rollback restores exactly (I14), and nothing stands there without what it depends on.
 */
import type { Change } from '../../../src/store/store.ts'
import { GATE } from '../configuration.ts'
import { ownFile, whyRed } from '../files.ts'
import type { Pair } from '../files.ts'
import type { Known } from './known.ts'

export const MAIN = 'refs/heads/main'
const PENDING = 'refs/sluice/target/main'

interface Entry {
  commit: string
  workstream: string
  landing: string
}

export class TargetCheck {
  readonly #known: Known
  readonly #clashes: readonly Pair[]
  /** Trees that the gate has said to be green. */
  readonly #green = new Set<string>()

  /**
   * Landings that were to be taken back again, when a person's commit had overtaken that, and cannot be: what the person has
   * written is on top of them. It was told, and they stand.
   */
  readonly #standing = new Set<string>()

  constructor(known: Known) {
    this.#known = known
    this.#clashes = known.scenario.parts.flatMap((part) => (part.is === 'clash' ? [part] : []))
  }

  checked(command: string, commit: string, isGreen: boolean): void {
    if (command === GATE && isGreen) this.#green.add(this.#known.world.commits.treeId(commit))
  }

  moved(name: string, before: string | null, after: string | null, by: 'sluice' | 'person'): void {
    if (by === 'person' || (name !== MAIN && name !== PENDING)) return
    const { breach, world } = this.#known
    const { commits, refs } = world
    if (after === null) {
      const isKept = [MAIN, `refs/sluice/abandoned/${before}`].some((ref) => {
        const at = refs.get(ref)
        return at !== undefined && commits.isAncestor(before!, at)
      })
      if (name === MAIN || !isKept) breach('I3', `${name} is removed, and ${before} is nowhere`)
      return
    }
    if (before !== null && !commits.isAncestor(before, after)) {
      const isKept = name === PENDING && refs.get(`refs/sluice/abandoned/${before}`) === before
      if (!isKept) breach('I3', `${name} is moved from ${before} to ${after}, which does not contain it`)
    }
    // Back to where it was already: that has been looked at.
    if (before !== null && commits.isAncestor(after, before)) return
    const red = whyRed(commits.tree(after), this.#clashes)
    if (red !== null) breach('I1', `${name} is moved to ${after}, which is red: ${red}`)
    if (!this.#green.has(commits.treeId(after))) breach('I1', `${name} is moved to ${after}, which no gate has passed`)
    this.#stands(after)
    this.#inOrder(before ?? refs.get(MAIN)!, after)
  }

  recorded(change: Change): void {
    const { world, breach } = this.#known
    for (const { id, state } of change.workstreams ?? []) {
      if (state.state !== 'landed') continue
      const tips = [MAIN, PENDING].flatMap((ref) => world.refs.get(ref) ?? [])
      const landed = tips.some((tip) => world.commits.isAncestor(state.commit, tip))
      if (!landed) breach('I2', `${id} is said to have landed as ${state.commit}, which is not on the target`)
    }
    for (const { body, state } of change.requests ?? []) {
      if (body.kind !== 'rollback' || state !== 'refused' || !('ids' in body.request)) continue
      const { ids } = body.request
      for (const { workstream, landing } of this.#inEffect(world.refs.get(PENDING) ?? world.refs.get(MAIN)!))
        if (ids.includes(workstream)) this.#standing.add(landing)
    }
    for (const event of change.events ?? []) {
      if (event.type !== 'rollback.done' || event.method !== 'revert') continue
      for (const { action, workstream, landing } of event.undone)
        this.#isUndone(event.commit, action, workstream, landing)
    }
  }

  /** At the end of a run: what is said to have landed is what the history says. */
  ended(): void {
    const { world, breach, rows } = this.#known
    const tip = world.refs.get(PENDING) ?? world.refs.get(MAIN)!
    const entries = this.#inEffect(tip)
    for (const { id, state } of rows.values()) {
      const names = entries.filter(({ workstream }) => workstream === id).map(({ landing }) => landing)
      if (state.state === 'landed' && !names.includes(state.landing))
        breach('I3', `${id} has landed as ${state.landing}, and the target says ${names.join() || 'nothing'}`)
      const owned = names.filter((name) => !this.#standing.has(name))
      if (state.state !== 'landed' && owned.length > 0)
        breach('I2', `${id} is ${state.state}, and ${owned.join()} is on the target`)
    }
  }

  #stands(tip: string): void {
    const { breach } = this.#known
    const entries = this.#inEffect(tip)
    const ids = new Set(entries.map(({ workstream }) => workstream))
    const owned = entries.filter(({ landing }) => !this.#standing.has(landing))
    if (new Set(owned.map(({ workstream }) => workstream)).size < owned.length)
      breach('I2', `a workstream has landed twice: ${entries.map(({ landing }) => landing).join()}`)
    for (const id of ids) {
      const missing = this.#missing(id, ids)
      if (missing.length > 0) breach('order', `${id} is on the target without ${missing.join()}`)
    }
  }

  #missing(id: string, there: ReadonlySet<string>): string[] {
    if (this.#known.isByHand(id)) return []
    return this.#known.plan.get(id)?.dependsOn.filter((one) => !there.has(one) && !this.#known.skipped.has(one)) ?? []
  }

  /** Each landing of a move finds what it depends on below it. */
  #inOrder(before: string, after: string): void {
    const { commits } = this.#known.world
    const line = commits.line(after, before)
    const ours = new Set(this.#inEffect(after).map(({ commit }) => commit))
    for (const commit of line) {
      if (!ours.has(commit)) continue
      const [parent] = commits.get(commit).parents
      const below = new Set(this.#inEffect(parent!).map(({ workstream }) => workstream))
      const id = trailers(commits.get(commit).message, 'Sluice-Workstream')[0]!
      const missing = this.#missing(id, below)
      if (missing.length > 0) this.#known.breach('order', `${id} lands before ${missing.join()}`)
    }
  }

  /** The file of the workstream is as it was before its landing, or with it again. */
  #isUndone(commit: string, action: 'take-back' | 'bring-back', id: string, landing: string): void {
    const { commits } = this.#known.world
    const landed = commits
      .line(commit)
      .find((one) => trailers(commits.get(one).message, 'Sluice-Landing').includes(landing))
    if (landed === undefined) return this.#known.breach('I14', `${landing} is undone, and never was on the target`)
    const path = ownFile(id)
    const expected = commits.tree(action === 'take-back' ? `${landed}^1` : landed).get(path)
    const found = commits.tree(commit).get(path)
    if (found !== expected)
      this.#known.breach(
        'I14',
        `${action} of ${landing}: ${path} is ${JSON.stringify(found)}, was ${JSON.stringify(expected)}`,
      )
  }

  /** Landings of a first-parent line that no newer commit takes back. */
  #inEffect(tip: string): Entry[] {
    const { commits } = this.#known.world
    const gone = new Set<string>()
    const found: Entry[] = []
    for (const commit of commits.line(tip)) {
      const { message } = commits.get(commit)
      const [landing] = trailers(message, 'Sluice-Landing')
      const [workstream] = trailers(message, 'Sluice-Workstream')
      if (gone.has(landing ?? commit)) continue
      for (const name of trailers(message, 'Sluice-Reverts')) gone.add(name)
      if (landing !== undefined && workstream !== undefined) found.push({ commit, workstream, landing })
    }
    return found
  }
}

function trailers(message: string, key: string): string[] {
  const start = `${key}: `
  if (!message.includes(start)) return []
  return message.split('\n').flatMap((line) => (line.startsWith(start) ? [line.slice(start.length)] : []))
}
