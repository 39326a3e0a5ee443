/**
 * What does not go on, and why, each told once: a tool that is given time, dependents of what failed or waits for a
 * person, and a run in which only people can do something.
 */
import type { NewEvent } from '../model/event.ts'
import { descendantsOf } from '../model/graph.ts'
import { isStuck } from '../model/state.ts'
import type { Wait } from '../schedule/decide.ts'
import type { Ledger } from './ledger.ts'

/** Ids that an event names; the others are counted. */
const IDS_MAX = 10

export class HoldUps {
  readonly #ledger: Ledger
  /** By workstream, as it was told. */
  #waits = new Map<string, Wait>()
  #stuck: ReadonlySet<string> = new Set()
  #blocked: ReadonlySet<string> = new Set()
  #people = ''

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** What is being waited for, now that it has been told. */
  get waits(): readonly Wait[] {
    return [...this.#waits.values()]
  }

  async tellWaits(waits: readonly Wait[]): Promise<void> {
    const news = waits.filter(({ workstream, until }) => this.#waits.get(workstream)?.until !== until)
    this.#waits = new Map(waits.map((wait) => [wait.workstream, wait]))
    if (news.length === 0) return
    const events = news.map(({ workstream, attempt, tool, until, why }): NewEvent => {
      return { type: 'tool.waiting', tool, until, why, workstream, attempt }
    })
    await this.#ledger.record({ events })
  }

  /** What is blocked follows from the stuck ones, so as long as those are the same nothing is to be looked at. */
  async tellBlocked(): Promise<void> {
    const rows = [...this.#ledger.rows.values()]
    const stuck = new Set(rows.filter(({ state }) => isStuck(state)).map(({ id }) => id))
    if (isSame(stuck, this.#stuck)) return
    const views = this.#ledger.views()
    const blocked = new Set(rows.filter(({ id }) => views.get(id)!.name === 'blocked').map(({ id }) => id))
    const events = [
      ...this.#told('dependents.blocked', stuck.difference(this.#stuck), blocked.difference(this.#blocked)),
      ...this.#told('dependents.freed', this.#stuck.difference(stuck), this.#blocked.difference(blocked)),
    ]
    this.#stuck = stuck
    this.#blocked = blocked
    if (events.length > 0) await this.#ledger.record({ events })
  }

  /** Those among `changed` that depend on one of `causes`, each named once. */
  #told(
    type: 'dependents.blocked' | 'dependents.freed',
    causes: ReadonlySet<string>,
    changed: ReadonlySet<string>,
  ): NewEvent[] {
    const left = new Set(changed)
    const events: NewEvent[] = []
    const nodes = [...this.#ledger.rows.values()].map(({ definition }) => definition)
    for (const workstream of causes) {
      if (left.size === 0) break
      const below = descendantsOf(nodes, [workstream])
      const all = nodes.flatMap(({ id }) => (below.has(id) && left.delete(id) ? [id] : []))
      if (all.length > 0) events.push({ type, ids: all.slice(0, IDS_MAX), count: all.length, workstream })
    }
    return events
  }

  /** `ids`: whom the run waits for when nothing else is left; empty while something is. */
  tellPeople(ids: readonly string[]): void {
    const now = ids.join(' ')
    if (now !== '' && now !== this.#people) this.#ledger.announce({ type: 'run.waiting', for: [...ids] })
    this.#people = now
  }
}

function isSame(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && a.isSubsetOf(b)
}
