/**
 * The files by which an attempt outlives the orchestrator, all in the attempt's folder:
 *
 * | file | written by | says |
 * | --- | --- | --- |
 * | `spec.json` | launch, before anything starts | what is run, and its nonce (names of variables only: values may be secret) |
 * | `lock` | the shim holds it | as long as it is held the shim lives; the kernel lets go of it with the process (`shim-lock.ts`) |
 * | `run.json` | the shim, before the tool starts | who shim and tool are; so there is never a tool without it |
 * | `out.log` | the tool | stdout and stderr, a file, so that nobody dies of SIGPIPE |
 * | `exit.json` | the shim, after the tool ended | how it ended |
 * | `exit.new`, `run.new` | the shim | what becomes of those two; `exit.new` is there as long as the tool runs |
 * | `void` | adopt, under the lock | nobody waits for this attempt any more: a shim that comes late must not start |
 * | `shim.log` | the shim | what went wrong before the tool started |
 */
import { constants } from 'node:os'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fieldsOf, integerOf, readJsonFile } from './files.ts'
import { readIdentity } from './identity.ts'
import type { ProcessIdentity } from './identity.ts'

/** How a process ended: by itself with a code, or by a signal (`SIGKILL`); exactly one of the two is null. */
export interface ProcessExit {
  code: number | null
  signal: string | null
}

/** `shell`: `shim.ts`; `node`: `node-shim.ts`. */
export type ShimKind = 'shell' | 'node'

export interface AttemptFolder {
  spec: string
  lock: string
  run: string
  out: string
  exit: string
  void: string
  shimLog: string
}

export function attemptFolder(dir: string): AttemptFolder {
  return {
    spec: join(dir, 'spec.json'),
    lock: join(dir, 'lock'),
    run: join(dir, 'run.json'),
    out: join(dir, 'out.log'),
    exit: join(dir, 'exit.json'),
    void: join(dir, 'void'),
    shimLog: join(dir, 'shim.log'),
  }
}

/** `exit.json`, or null while the tool runs (or when its end was never recorded). */
export function readExit(dir: string): Promise<ProcessExit | null> {
  return readJsonFile(attemptFolder(dir).exit, (value) => {
    const { code, signal } = fieldsOf(value)
    if (typeof signal === 'string' && signal in constants.signals) return { code: null, signal }
    const exit = integerOf(code)
    return exit === null ? null : { code: exit, signal: null }
  })
}

export interface RunRecord {
  shim: ProcessIdentity
  tool: ProcessIdentity
}

/** `run.json`, or null when the tool was not started (or the file is damaged). */
export function readRun(dir: string): Promise<RunRecord | null> {
  return readJsonFile(attemptFolder(dir).run, (value) => {
    const fields = fieldsOf(value)
    const shim = readIdentity(fields['shim'])
    const tool = readIdentity(fields['tool'])
    return shim !== null && tool !== null ? { shim, tool } : null
  })
}

export interface SpecRecord {
  nonce: string
  /** Which shim it was given to, and with that what its lock is; null of one that an older version launched. */
  shim: ShimKind | null
}

/** What `spec.json` says of who looks after the tool, or null when nothing was launched from this folder. */
export function readSpec(dir: string): Promise<SpecRecord | null> {
  return readJsonFile(attemptFolder(dir).spec, (value) => {
    const { nonce, shim } = fieldsOf(value)
    return typeof nonce === 'string' ? { nonce, shim: shim === 'shell' || shim === 'node' ? shim : null } : null
  })
}

/** What `spec.json` says about the machine at the start of the tool: the boot, and how many had been killed for memory. */
export function readMemoryMark(dir: string): Promise<{ bootId: string; kills: number } | null> {
  return readJsonFile(attemptFolder(dir).spec, (value) => {
    const { bootId, killsForMemory } = fieldsOf(value)
    const kills = integerOf(killsForMemory)
    return typeof bootId === 'string' && kills !== null ? { bootId, kills } : null
  })
}

/** What the shim had to say, for a message; empty when it said nothing. */
export async function readShimLog(dir: string): Promise<string> {
  try {
    return (await readFile(attemptFolder(dir).shimLog, 'utf8')).trim()
  } catch {
    return ''
  }
}

/**
 * Removes what a shim that was killed had written aside: the room that it holds for `exit.json` from its beginning on, and
 * a `run.json` that was not in its place yet. Nobody is to write in the folder any more.
 */
export async function removeShimDrafts(dir: string): Promise<void> {
  for (const name of ['exit.new', 'run.new']) await rm(join(dir, name), { force: true })
}
