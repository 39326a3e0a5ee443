/**
 * The store in SQL, the same for both databases. Nothing here knows which one it is: what differs (opening, begin,
 * the spelling of a growing key) is in the dialect and in the migrations.
 */
import { type Kysely, type Selectable, sql } from 'kysely'
import type { Attempt } from '../model/attempt.ts'
import { type Event, type EventBody, type NewEvent, SIGNS_OF_WORK } from '../model/event.ts'
import type { Conflict, Fix, Landing, PredictedConflict } from '../model/landing.ts'
import type { Request, Run } from '../model/run.ts'
import type { Vitals } from '../model/vitals.ts'
import { effect } from '../process/boundary.ts'
import { STARTS_AND_ENDS } from './migrations/004-starts.ts'
import type { Tables } from './schema.ts'
import type { Change, Store, Verdict, WorkstreamRow } from './store.ts'

const EVENTS_MAX = 1000

/** Rows per insert: SQLite takes at most 32,766 parameters in one statement. */
const ROWS_PER_INSERT = 1000

export class SqlStore implements Store {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async record(change: Change): Promise<Event[]> {
    const transaction = this.#db.transaction()
    const write = async (tx: Kysely<Tables>): Promise<Event[]> => {
      await writeState(tx, change)
      await writeWork(tx, change)
      return await writeEvents(tx, change, change.events ?? [])
    }
    return await effect(`record ${subjectOf(change)}`, () => transaction.execute(write))
  }

  async latestRun(target?: string): Promise<Run | null> {
    let query = this.#db.selectFrom('runs').select('doc').orderBy('started_at', 'desc').limit(1)
    if (target !== undefined) query = query.where('target', '=', target)
    return parse<Run>(await query.executeTakeFirst())
  }

  async recentRuns(limit: number): Promise<Run[]> {
    const query = this.#db.selectFrom('runs').select('doc').orderBy('started_at', 'desc').limit(limit)
    return (await query.execute()).map((row) => JSON.parse(row.doc) as Run)
  }

  async workstreams(run: string): Promise<WorkstreamRow[]> {
    const rows = await this.#db
      .selectFrom('workstreams')
      .selectAll()
      .where('run', '=', run)
      .orderBy('position')
      .execute()
    return rows.map((row) => ({
      run: row.run,
      id: row.id,
      position: row.position,
      definition: JSON.parse(row.definition),
      state: JSON.parse(row.state),
      restart: JSON.parse(row.restart),
    }))
  }

  async attempts(run: string): Promise<Attempt[]> {
    const rows = await this.#db.selectFrom('attempts').select('doc').where('run', '=', run).execute()
    return rows
      .map((row) => JSON.parse(row.doc) as Attempt)
      .sort((a, b) => a.startedAt - b.startedAt || a.number - b.number)
  }

  async lastAttemptNumbers(): Promise<Map<string, number>> {
    const rows = await this.#db
      .selectFrom('attempts')
      .select(['workstream', (e) => e.fn.max('number').as('number')])
      .groupBy('workstream')
      .execute()
    return new Map(rows.map((row) => [row.workstream, Number(row.number)]))
  }

  async landings(run: string): Promise<Landing[]> {
    const rows = await this.#db.selectFrom('landings').select('doc').where('run', '=', run).execute()
    return rows.map((row) => JSON.parse(row.doc) as Landing).sort((a, b) => a.queuedAt - b.queuedAt)
  }

  async landing(id: string): Promise<Landing | null> {
    return parse<Landing>(await this.#db.selectFrom('landings').select('doc').where('id', '=', id).executeTakeFirst())
  }

  async conflicts(run: string): Promise<Conflict[]> {
    const rows = await this.#db
      .selectFrom('conflicts')
      .select('doc')
      .where('run', '=', run)
      .orderBy('workstream')
      .execute()
    return rows.map((row) => JSON.parse(row.doc) as Conflict)
  }

  async predictions(run: string): Promise<PredictedConflict[]> {
    const query = this.#db.selectFrom('predictions').select('doc').where('run', '=', run)
    return parse<PredictedConflict[]>(await query.executeTakeFirst()) ?? []
  }

  async vitals(run: string): Promise<Vitals[]> {
    const query = this.#db.selectFrom('vitals').select('doc').where('run', '=', run).orderBy('subject')
    return (await query.execute()).map((row) => JSON.parse(row.doc) as Vitals)
  }

  async fixes(run: string): Promise<Fix[]> {
    const rows = await this.#db.selectFrom('fixes').select('doc').where('run', '=', run).orderBy('id').execute()
    return rows.map((row) => JSON.parse(row.doc) as Fix)
  }

  async verdict(tree: string, gate: string): Promise<Verdict | null> {
    const query = this.#db.selectFrom('verdicts').select('doc').where('tree', '=', tree).where('gate', '=', gate)
    return parse<Verdict>(await query.executeTakeFirst())
  }

  async openRequests(): Promise<Request[]> {
    const query = this.#db.selectFrom('requests').select('doc').where('state', '=', 'open').orderBy('at').orderBy('id')
    return (await query.execute()).map((row) => JSON.parse(row.doc) as Request)
  }

  async request(id: string): Promise<Request | null> {
    return parse<Request>(await this.#db.selectFrom('requests').select('doc').where('id', '=', id).executeTakeFirst())
  }

  async newestRequest(): Promise<Request | null> {
    const query = this.#db.selectFrom('requests').select('doc').orderBy('at', 'desc').orderBy('id', 'desc').limit(1)
    return parse<Request>(await query.executeTakeFirst())
  }

  async events(run: string, after = 0, limit = EVENTS_MAX): Promise<Event[]> {
    const query = this.#db.selectFrom('events').selectAll().where('run', '=', run).where('seq', '>', after)
    const rows = await query.orderBy('seq').limit(limit).execute()
    return rows.map(eventOf)
  }

  async turningPoints(run: string): Promise<Event[]> {
    const ofRun = this.#db.selectFrom('events').selectAll().where('run', '=', run)
    const marks = await ofRun
      .where(sql<boolean>`${sql.raw(STARTS_AND_ENDS)}`)
      .orderBy('seq')
      .execute()
    const points: Event[] = []
    for (const [index, mark] of marks.entries()) {
      points.push(eventOf(mark))
      if (mark.type === 'run.ended') continue
      const next = marks[index + 1]?.seq ?? Number.MAX_SAFE_INTEGER
      const last = await ofRun
        .where('seq', '>', mark.seq)
        .where('seq', '<', next)
        .where((e) => e.or(SIGNS_OF_WORK.map((kind) => e('type', 'like', `${kind}.%`))))
        .orderBy('seq', 'desc')
        .limit(1)
        .executeTakeFirst()
      if (last !== undefined) points.push(eventOf(last))
    }
    return points
  }

  async close(): Promise<void> {
    await this.#db.destroy()
  }
}

/** What a change is about, in a word: its first event, or else what it writes. */
function subjectOf({ events = [], ...written }: Change): string {
  const tables = Object.keys(written).filter((key) => key !== 'run' && key !== 'at')
  return events[0]?.type ?? tables.join(' and ')
}

function eventOf(row: Selectable<Tables['events']>): Event {
  return {
    ...(JSON.parse(row.doc) as EventBody),
    seq: Number(row.seq),
    at: Number(row.at),
    run: row.run,
    workstream: row.workstream,
    attempt: row.attempt,
  }
}

function parse<T>(row: { doc: string } | undefined): T | null {
  return row === undefined ? null : (JSON.parse(row.doc) as T)
}

function batches<T>(items: readonly T[]): T[][] {
  const result: T[][] = []
  for (let i = 0; i < items.length; i += ROWS_PER_INSERT) result.push(items.slice(i, i + ROWS_PER_INSERT))
  return result
}

async function writeState(tx: Kysely<Tables>, change: Change): Promise<void> {
  for (const run of change.runs ?? []) {
    const row = { id: run.id, target: run.target, started_at: run.startedAt, doc: JSON.stringify(run) }
    await tx
      .insertInto('runs')
      .values(row)
      .onConflict((c) => c.column('id').doUpdateSet({ doc: row.doc }))
      .execute()
  }
  for (const rows of batches(change.workstreams ?? [])) {
    await tx
      .insertInto('workstreams')
      .values(rows.map(workstreamValues))
      .onConflict((c) =>
        c.columns(['run', 'id']).doUpdateSet((e) => ({
          position: e.ref('excluded.position'),
          definition: e.ref('excluded.definition'),
          state: e.ref('excluded.state'),
          restart: e.ref('excluded.restart'),
        })),
      )
      .execute()
  }
  for (const request of change.requests ?? []) {
    const row = { id: request.id, at: request.at, state: request.state, doc: JSON.stringify(request) }
    await tx
      .insertInto('requests')
      .values(row)
      .onConflict((c) => c.column('id').doUpdateSet({ state: row.state, doc: row.doc }))
      .execute()
  }
}

function workstreamValues(row: WorkstreamRow): Tables['workstreams'] {
  return {
    run: row.run,
    id: row.id,
    position: row.position,
    definition: JSON.stringify(row.definition),
    state: JSON.stringify(row.state),
    restart: JSON.stringify(row.restart),
  }
}

async function writeWork(tx: Kysely<Tables>, change: Change): Promise<void> {
  for (const attempt of change.attempts ?? []) {
    const key = { workstream: attempt.workstream, number: attempt.number, run: attempt.run }
    const doc = JSON.stringify(attempt)
    const insert = tx.insertInto('attempts').values({ ...key, doc })
    await insert.onConflict((c) => c.columns(['workstream', 'number']).doUpdateSet({ doc })).execute()
  }
  for (const landing of change.landings ?? []) {
    const doc = JSON.stringify(landing)
    const insert = tx.insertInto('landings').values({ id: landing.id, run: landing.run, doc })
    await insert.onConflict((c) => c.column('id').doUpdateSet({ doc })).execute()
  }
  for (const conflict of change.conflicts ?? []) {
    const doc = JSON.stringify(conflict)
    const insert = tx.insertInto('conflicts').values({ run: change.run, workstream: conflict.workstream, doc })
    await insert.onConflict((c) => c.columns(['run', 'workstream']).doUpdateSet({ doc })).execute()
  }
  for (const workstream of change.settledConflicts ?? []) {
    await tx.deleteFrom('conflicts').where('run', '=', change.run).where('workstream', '=', workstream).execute()
  }
  if (change.predictions !== undefined) {
    const doc = JSON.stringify(change.predictions)
    const insert = tx.insertInto('predictions').values({ run: change.run, doc })
    await insert.onConflict((c) => c.column('run').doUpdateSet({ doc })).execute()
  }
  for (const one of change.vitals ?? []) {
    const subject = one.workstream === null ? '' : `${one.workstream}.${one.attempt}`
    const doc = JSON.stringify(one)
    const insert = tx.insertInto('vitals').values({ run: change.run, subject, doc })
    await insert.onConflict((c) => c.columns(['run', 'subject']).doUpdateSet({ doc })).execute()
  }
  for (const fix of change.fixes ?? []) {
    await tx
      .insertInto('fixes')
      .values({ run: fix.run, doc: JSON.stringify(fix) })
      .execute()
  }
  for (const verdict of change.verdicts ?? []) {
    const doc = JSON.stringify(verdict)
    const insert = tx.insertInto('verdicts').values({ tree: verdict.tree, gate: verdict.gate, doc })
    await insert.onConflict((c) => c.columns(['tree', 'gate']).doUpdateSet({ doc })).execute()
  }
}

async function writeEvents(tx: Kysely<Tables>, change: Change, events: readonly NewEvent[]): Promise<Event[]> {
  const stored: Event[] = []
  for (const event of events) {
    const { workstream = null, attempt = null, ...body } = event
    const row = { run: change.run, at: change.at, type: body.type, workstream, attempt, doc: JSON.stringify(body) }
    const { seq } = await tx.insertInto('events').values(row).returning('seq').executeTakeFirstOrThrow()
    stored.push({ ...body, seq: Number(seq), at: change.at, run: change.run, workstream, attempt })
  }
  return stored
}
