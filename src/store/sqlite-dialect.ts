/**
 * Kysely's SQLite dialect over `node:sqlite`, which needs nothing built.
 *
 * Transactions begin *immediate*: a deferred one that reads first and writes later fails with "database is locked"
 * when another process wrote in between, busy timeout or not. The journal is a WAL with synchronous FULL: what was
 * acknowledged survives a power cut.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SqliteDialect, type SqliteDatabase } from 'kysely'

/** How long a writer waits for another process's transaction; ours take milliseconds. */
const BUSY_MS_MAX = 10_000

export function openSqlite(path: string, options: { readOnly?: boolean } = {}): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: options.readOnly ?? false })
  database.exec(`pragma busy_timeout = ${BUSY_MS_MAX}`)
  if (!options.readOnly) {
    switchToWal(database)
    database.exec('pragma synchronous = full')
  }
  return database
}

const SQLITE_BUSY = 5
const LOOK_MS = 10

/** The one statement that does not wait for other processes by itself: two that create the file at once would meet here. */
function switchToWal(database: DatabaseSync): void {
  const deadline = performance.now() + BUSY_MS_MAX
  for (;;) {
    try {
      if (database.prepare('pragma journal_mode').get()?.['journal_mode'] !== 'wal')
        database.exec('pragma journal_mode = wal')
      return
    } catch (error) {
      const isBusy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
      if (!isBusy || performance.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS)
    }
  }
}

export function sqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({ database: new Shim(database) })
}

/** As many different statements as the store has, several times over. */
const STATEMENTS_MAX = 500

class Shim implements SqliteDatabase {
  readonly #database: DatabaseSync
  /** Preparing costs as much as running: each statement is prepared once. */
  readonly #prepared = new Map<string, { statement: StatementSync; reader: boolean }>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  close(): void {
    this.#database.close()
  }

  prepare(sql: string): ReturnType<SqliteDatabase['prepare']> {
    // After some failures (a full disk) SQLite has rolled back by itself; to be told so would hide the failure.
    const isOver = sql === 'rollback' && !this.#database.isTransaction
    const { statement, reader } = this.#prepare(isOver ? 'select 1' : sql === 'begin' ? 'begin immediate' : sql)
    const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[]
    return {
      reader,
      all: (parameters) => statement.all(...values(parameters)),
      run: (parameters) => statement.run(...values(parameters)),
      iterate: (parameters) => statement.iterate(...values(parameters)),
    }
  }

  #prepare(sql: string): { statement: StatementSync; reader: boolean } {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const statement = this.#database.prepare(sql)
    const prepared = { statement, reader: statement.columns().length > 0 }
    if (this.#prepared.size >= STATEMENTS_MAX) this.#prepared.clear()
    this.#prepared.set(sql, prepared)
    return prepared
  }
}
