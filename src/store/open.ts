/** Opens the store of a repository: a SQLite file in its `.sluice/`, brought up to the newest schema. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { EXIT, messageOf, SluiceError } from '../model/failure.ts'
import { effectNow } from '../process/boundary.ts'
import { foundation } from './migrations/001-foundation.ts'
import { predictions } from './migrations/002-predictions.ts'
import { vitals } from './migrations/003-vitals.ts'
import { starts } from './migrations/004-starts.ts'
import type { Tables } from './schema.ts'
import { SqlStore } from './sql-store.ts'
import { openSqlite, sqliteDialect } from './sqlite-dialect.ts'
import type { Store } from './store.ts'

/** In order; the schema's version is how many of them have run. */
const MIGRATIONS = [foundation, predictions, vitals, starts]

/** Opens (and creates, and migrates) the store at `path`. */
export function openStore(path: string): Store {
  mkdirSync(dirname(path), { recursive: true })
  const database = openSound(path)
  migrate(database, path)
  return new SqlStore(new Kysely<Tables>({ dialect: sqliteDialect(database) }))
}

/** Opens the store for reading, or gives null where there is none yet: reading must not create anything. */
export function openStoreIfThere(path: string): Store | null {
  return existsSync(path) ? openStore(path) : null
}

function openSound(path: string): DatabaseSync {
  try {
    return openSqlite(path)
  } catch (error) {
    const fix = 'move the file away and run again: what has landed is found from the history of the target'
    const failure = { code: 'E605', message: `${path} cannot be read: ${messageOf(error)}`, fix } as const
    throw new SluiceError(failure, EXIT.failed)
  }
}

function migrate(database: DatabaseSync, path: string): void {
  const version = (): number => Number(database.prepare('pragma user_version').get()?.['user_version'] ?? 0)
  if (version() === MIGRATIONS.length) return
  database.exec('begin immediate')
  // Asked again inside the transaction: another process may have migrated while this one waited for the lock.
  const from = version()
  if (from > MIGRATIONS.length) {
    database.exec('rollback')
    database.close()
    const failure = {
      code: 'E605',
      message: `${path} was written by a newer Sluice (schema ${from}, this one knows ${MIGRATIONS.length})`,
      fix: 'use the newer version',
    } as const
    throw new SluiceError(failure, EXIT.usage)
  }
  for (const migration of MIGRATIONS.slice(from)) {
    for (const statement of migration('integer primary key autoincrement')) database.exec(statement)
  }
  database.exec(`pragma user_version = ${MIGRATIONS.length}`)
  effectNow('migrate', () => database.exec('commit'))
}

/** What is wrong with the database at `path`, one line each; empty when it is sound or not there. It is read as a whole. */
export function brokenStore(path: string): string[] {
  if (!existsSync(path)) return []
  try {
    using database = openSqlite(path, { readOnly: true })
    const rows = database.prepare('pragma integrity_check').all()
    return rows.map((row) => String(row['integrity_check'])).filter((text) => text !== 'ok')
  } catch (error) {
    return [messageOf(error)]
  }
}
