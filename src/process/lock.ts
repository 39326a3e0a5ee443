/**
 * One coordinator per repository: a lock of the operating system, which dies with its process, so there is nothing
 * to clean up after `kill -9` and nothing to get wrong about stale lock files.
 *
 * Node has no flock, but SQLite locks files the same way on every system: an exclusive transaction on an empty
 * database that nothing is ever written to. It is kept in rollback-journal mode, where such a transaction also keeps
 * readers out. Who holds it is written beside the lock, for the message only; the lock itself decides.
 */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { EXIT, SluiceError, messageOf } from '../model/failure.ts'
import { fieldsOf, readJsonFile, writeFileAtomic } from './files.ts'

export interface LockHolder {
  pid: number
  /** Milliseconds since 1970. */
  startedAt: number
  /** What it does, for the message: `sluice run`. */
  command: string
}

export type Lock =
  | ({ kind: 'held'; release(): Promise<void> } & AsyncDisposable)
  /** Somebody else has it; null when they have not said who yet. */
  | { kind: 'taken'; by: LockHolder | null }

const SQLITE_BUSY = 5

/** Asking whether a lock is held touches it for a moment; who wants to take it waits that long. */
const PROBE_MS_MAX = 250

/**
 * Takes the lock `file` (its folder must exist) or says at once who has it. It is free again after `release`, and
 * when this process ends in any way. Throws E105 when the file cannot be opened or locked (read-only, no locks).
 */
export async function acquireLock(file: string, holder: LockHolder): Promise<Lock> {
  const note = `${file}.json`
  let held: FileLock | null
  try {
    held = lockFile(file, { waitMs: PROBE_MS_MAX })
  } catch (thrown) {
    throw new SluiceError(
      {
        code: 'E105',
        message: `cannot lock ${file}: ${messageOf(thrown)}`,
        fix: 'make the folder writable for this user, on a file system that has locks',
      },
      EXIT.noGo,
    )
  }
  if (held === null) return { kind: 'taken', by: await readJsonFile(note, readHolder) }
  await writeFileAtomic(note, `${JSON.stringify(holder)}\n`)
  const release = async (): Promise<void> => {
    if (!held.isHeld) return
    await rm(note, { force: true })
    held.release()
  }
  return { kind: 'held', release, [Symbol.asyncDispose]: release }
}

export interface FileLock {
  readonly isHeld: boolean
  release(): void
}

/**
 * Locks `file` for this process, which stands still for up to `waitMs`; null when somebody else holds it for longer. Whoever
 * holds it lives: the system takes it back with the process. Throws what SQLite says when it cannot be opened or locked.
 */
export function lockFile(file: string, { waitMs }: { waitMs: number }): FileLock | null {
  const database = new DatabaseSync(file, { timeout: waitMs })
  try {
    database.exec('pragma journal_mode = delete; begin exclusive')
  } catch (thrown) {
    database.close()
    if (fieldsOf(thrown)['errcode'] === SQLITE_BUSY) return null
    throw thrown
  }
  return {
    get isHeld() {
      return database.isOpen
    },
    release() {
      if (database.isOpen) database.close()
    },
  }
}

/** Whether a living process holds `file`. Creates nothing, and holds nothing longer than the question takes. */
export async function isHeld(file: string): Promise<boolean> {
  if (!existsSync(file)) return false
  const database = new DatabaseSync(file, { readOnly: true, timeout: 0 })
  try {
    database.prepare('select count(*) from sqlite_master').get()
    return false
  } catch (thrown) {
    if (fieldsOf(thrown)['errcode'] === SQLITE_BUSY) return true
    throw thrown
  } finally {
    database.close()
  }
}

function readHolder(value: unknown): LockHolder | null {
  const { pid, startedAt, command } = fieldsOf(value)
  return typeof pid === 'number' && typeof startedAt === 'number' && typeof command === 'string'
    ? { pid, startedAt, command }
    : null
}
