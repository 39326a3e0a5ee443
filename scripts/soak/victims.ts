/**
 * Whom the chaos of a soak may kill: tools and shims that its own Sluice has started, each proven by its attempt's record
 * (boot, number, start time) and by the nonce that it carries. Everything else on the machine is somebody's.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from '../../bench/place.ts'
import { readExit, readRun, readSpec } from '../../src/process/attempt-folder.ts'
import { isAlive, type ProcessIdentity } from '../../src/process/identity.ts'
import { carriesNonce, namesNonce, processRow } from '../../src/process/table.ts'

export type Role = 'tool' | 'shim'

export interface Victim {
  /** `<workstream>.<attempt>`. */
  attempt: string
  role: Role
  identity: ProcessIdentity
  nonce: string
}

export class Victims {
  readonly #runs: string
  /** Attempts that have ended: never looked at again. */
  readonly #over = new Set<string>()

  constructor({ repo }: Pick<Place, 'repo'>) {
    this.#runs = join(repo, '.sluice', 'runs')
  }

  /** All of a role that live now, in the order of their names. */
  async living(role: Role): Promise<Victim[]> {
    const found: Victim[] = []
    for (const dir of this.#attempts()) {
      if (this.#over.has(dir)) continue
      const [nonce, run, exit] = [(await readSpec(dir))?.nonce ?? null, await readRun(dir), await readExit(dir)]
      if (nonce === null || run === null) continue
      if (exit !== null || !(isAlive(run.shim) || isAlive(run.tool))) this.#over.add(dir)
      const victim = { attempt: dir.slice(dir.lastIndexOf('/') + 1), role, identity: run[role], nonce }
      if (isProven(victim)) found.push(victim)
    }
    return found.sort((a, b) => (a.attempt < b.attempt ? -1 : 1))
  }

  #attempts(): string[] {
    try {
      return readdirSync(this.#runs).flatMap((run) => {
        const folder = join(this.#runs, run, 'attempts')
        return readdirSync(folder).map((name) => join(folder, name))
      })
    } catch {
      // Nothing has been started yet.
      return []
    }
  }
}

function isProven({ role, identity, nonce }: Victim): boolean {
  const row = processRow(identity.pid)
  if (row === null || !isAlive(identity)) return false
  return role === 'shim' ? namesNonce(row, nonce) : carriesNonce(row, nonce)
}

/** Proves it once more and ends it, in the same turn; false: it has ended by itself. */
export function kill(victim: Victim): boolean {
  if (!isProven(victim)) return false
  try {
    process.kill(victim.identity.pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
