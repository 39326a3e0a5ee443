/**
 * The store's contract without a database: rows as JSON, so that only what can be stored survives an orchestrator. SQLite
 * takes half a millisecond for a change and a run makes hundreds; every so often a run is on the real one all the same.
 */
import { type Event, type EventBody, isSignOfWork } from '../../src/model/event.ts'
import type { Run, Request } from '../../src/model/run.ts'
import type { Store } from '../../src/store/store.ts'

const EVENTS_MAX = 1000

/** Rows by key, in the order in which their keys came. */
class Table<Row> {
  readonly #rows = new Map<string, string>()

  /** Is ready to put the row there: what cannot be stored throws now, when nothing has been put anywhere. */
  to(key: readonly unknown[], row: Row): () => void {
    const [name, text] = [JSON.stringify(key), JSON.stringify(row)]
    return () => void this.#rows.set(name, text)
  }

  delete(key: readonly unknown[]): void {
    this.#rows.delete(JSON.stringify(key))
  }

  get(key: readonly unknown[]): Row | null {
    const text = this.#rows.get(JSON.stringify(key))
    return text === undefined ? null : (JSON.parse(text) as Row)
  }

  /** Of rows whose key begins so; all without. */
  all(prefix: readonly unknown[] = []): Row[] {
    const start = JSON.stringify(prefix).slice(0, -1)
    const found: Row[] = []
    for (const [key, text] of this.#rows) {
      if (key.startsWith(start) && ',]'.includes(key[start.length] ?? '')) found.push(JSON.parse(text) as Row)
      else if (prefix.length === 0) found.push(JSON.parse(text) as Row)
    }
    return found
  }
}

type Row<Key extends keyof Store> = Awaited<ReturnType<Store[Key]>> extends (infer One)[] ? One : never

export function memoryStore(): Store {
  const runs = new Table<Run>()
  const workstreams = new Table<Row<'workstreams'>>()
  const attempts = new Table<Row<'attempts'>>()
  const landings = new Table<Row<'landings'>>()
  const conflicts = new Table<Row<'conflicts'>>()
  const predictions = new Table<Row<'predictions'>[]>()
  const vitals = new Table<Row<'vitals'>>()
  const fixes = new Table<Row<'fixes'>>()
  const verdicts = new Table<NonNullable<Awaited<ReturnType<Store['verdict']>>>>()
  const requests = new Table<Request>()
  const open = new Set<string>()
  /** In order: the first has the number 1. */
  const told: (Pick<Event, 'at' | 'run' | 'workstream' | 'attempt'> & { body: string })[] = []
  let fixed = 0

  const newestRuns = (): Run[] => runs.all().sort((a, b) => b.startedAt - a.startedAt)
  const byTime = (a: Request, b: Request): number => a.at - b.at || (a.id < b.id ? -1 : 1)

  const eventsOf = (run: string, after: number): Event[] =>
    told
      .map(({ body, ...event }, place) => ({ body, event: { ...event, seq: place + 1 } }))
      .filter(({ event }) => event.run === run && event.seq > after)
      .map(({ body, event }) => ({ ...(JSON.parse(body) as EventBody), ...event }))

  return {
    async record({ run, at, ...change }) {
      const events = (change.events ?? []).map(({ workstream = null, attempt = null, ...body }) => {
        return { body: JSON.stringify(body), event: { ...body, at, run, workstream, attempt } }
      })
      const puts = [
        ...(change.runs ?? []).map((one) => runs.to([one.id], one)),
        ...(change.workstreams ?? []).map((row) => workstreams.to([row.run, row.id], row)),
        ...(change.requests ?? []).map((one) => requests.to([one.id], one)),
        ...(change.attempts ?? []).map((one) => attempts.to([one.workstream, one.number], one)),
        ...(change.landings ?? []).map((one) => landings.to([one.run, one.id], one)),
        ...(change.conflicts ?? []).map((one) => conflicts.to([run, one.workstream], one)),
        ...(change.settledConflicts ?? []).map((id) => () => conflicts.delete([run, id])),
        ...(change.predictions === undefined ? [] : [predictions.to([run], [...change.predictions])]),
        ...(change.vitals ?? []).map((one) => vitals.to([run, one.workstream ?? '', one.attempt ?? 0], one)),
        ...(change.fixes ?? []).map((one) => fixes.to([one.run, ++fixed], one)),
        ...(change.verdicts ?? []).map((one) => verdicts.to([one.tree, one.gate], one)),
      ]
      for (const put of puts) put()
      // Asked for at every turn of the loop.
      for (const { id, state } of change.requests ?? []) {
        if (state === 'open') open.add(id)
        else open.delete(id)
      }
      return events.map(({ body, event }): Event => {
        const seq = told.push({ at, run, workstream: event.workstream, attempt: event.attempt, body })
        return { ...event, seq }
      })
    },
    latestRun: async (target) => newestRuns().find((run) => target === undefined || run.target === target) ?? null,
    recentRuns: async (limit) => newestRuns().slice(0, limit),
    workstreams: async (run) => workstreams.all([run]).sort((a, b) => a.position - b.position),
    attempts: async (run) =>
      attempts
        .all()
        .filter((one) => one.run === run)
        .sort((a, b) => a.startedAt - b.startedAt || a.number - b.number),
    async lastAttemptNumbers() {
      const last = new Map<string, number>()
      for (const { workstream, number } of attempts.all())
        last.set(workstream, Math.max(last.get(workstream) ?? 0, number))
      return last
    },
    landings: async (run) => landings.all([run]).sort((a, b) => a.queuedAt - b.queuedAt),
    landing: async (id) => landings.all().find((one) => one.id === id) ?? null,
    conflicts: async (run) => conflicts.all([run]).sort((a, b) => (a.workstream < b.workstream ? -1 : 1)),
    predictions: async (run) => predictions.get([run]) ?? [],
    vitals: async (run) => vitals.all([run]).sort((a, b) => ((a.workstream ?? '') < (b.workstream ?? '') ? -1 : 1)),
    fixes: async (run) => fixes.all([run]),
    verdict: async (tree, gate) => verdicts.get([tree, gate]),
    openRequests: async () => [...open].map((id) => requests.get([id])!).sort(byTime),
    request: async (id) => requests.get([id]),
    newestRequest: async () => requests.all().sort(byTime).at(-1) ?? null,
    events: async (run, after = 0, limit = EVENTS_MAX) => eventsOf(run, after).slice(0, limit),
    async turningPoints(run) {
      const points: Event[] = []
      let sign: Event | null = null
      for (const event of eventsOf(run, 0)) {
        const isMark = ['run.started', 'run.resumed', 'run.ended'].includes(event.type)
        if (isMark && sign !== null) points.push(sign)
        if (isMark) {
          points.push(event)
          sign = null
        } else if (isSignOfWork(event) && points.length > 0 && points.at(-1)!.type !== 'run.ended') sign = event
      }
      return sign === null ? points : [...points, sign]
    },
    close: async () => {},
  }
}
