/** The repository's lock, for commands that must be alone: taken, or the refusal that names who has it. */
import { existsSync, mkdirSync } from 'node:fs'
import type { Paths } from '../coordinator/paths.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import { acquireLock, type Lock } from '../process/lock.ts'

export type HeldLock = Extract<Lock, { kind: 'held' }>

/** Who waited for a lock that was then removed with its folder holds nothing: it has to begin anew. */
const LOCK_TRIES_MAX = 5

/** `command` is what others are told while it is held. Throws E105, exit 6, when somebody else has it. */
export async function lockRepository(paths: Pick<Paths, 'state' | 'lock'>, command: string): Promise<HeldLock> {
  for (let tries = 1; ; tries++) {
    mkdirSync(paths.state, { recursive: true })
    const lock = await acquireLock(paths.lock, { pid: process.pid, startedAt: Date.now(), command })
    if (lock.kind === 'held') {
      if (existsSync(paths.lock) || tries === LOCK_TRIES_MAX) return lock
      await lock.release()
      continue
    }
    const who = lock.by === null ? 'another coordinator' : `\`${lock.by.command}\` (process ${lock.by.pid})`
    const fix = 'follow it with `sluice status`, or end it with `sluice cancel --all`'
    throw new SluiceError({ code: 'E105', message: `${who} holds this repository`, fix }, EXIT.locked)
  }
}
