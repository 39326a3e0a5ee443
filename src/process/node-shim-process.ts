/**
 * The other side of `node-shim.ts`: waits for the tool and records how it ended. Why it is written as it is:
 *
 * - The lock is SQLite's (`lock.ts`): it works on every system, and ends with the process and with nothing else. No child
 *   inherits it.
 * - `run.json` is in place before the tool begins: a shell waits in its place, with its number and its start time, until it
 *   is told to become the tool. If we are killed before that, its pipe ends and so does it. Windows has no such exec: there
 *   the tool begins first, and a kill within some milliseconds leaves one that nobody finds.
 * - Room for `exit.json` is taken before the tool begins, and the end is written over it, as the shell's shim does.
 * - It reads all of its modules before it takes the lock: an upgrade in the middle changes nothing.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { attemptFolder, type ProcessExit, type RunRecord } from './attempt-folder.ts'
import { identify } from './identity.ts'
import { lockFile } from './lock.ts'
import type { NodeShimOrder } from './node-shim.ts'
import { SYSTEM } from './system.ts'
import { NONCE_VARIABLE } from './table.ts'

/** Somebody who asks whether the lock is held holds it for that moment. */
const LOCK_MS_MAX = 10_000

/** Exit codes of a shim, as of the shell's. */
const NO_ROOM = 74
const NOT_LOCKED = 75
const VOID = 76
const NOT_STARTED = 125

/** Waits for a word, joins its control group if it has one ($1), becomes the tool. */
const WAIT = `read -r sluice_word <&3 || exit ${NOT_STARTED}
[ -z "$1" ] || echo 0 2>/dev/null >"$1/cgroup.procs"
shift
exec 3<&- "$@"`

/** What `exit.json` takes at most; it is filled up to that with spaces. */
const END_BYTES = 64

const order = readOrder()
const folder = attemptFolder(order.dir)
const exitAside = join(order.dir, 'exit.new')

const lock = lockFile(folder.lock, { waitMs: LOCK_MS_MAX })
if (lock === null) refuse(NOT_LOCKED, 'the lock of the attempt is held')
if (existsSync(folder.void)) refuse(VOID, 'the attempt was given up')
const room = takeRoom()
const tool = start()
tool.once('error', (error) => refuse(NOT_STARTED, `${order.cwd}: ${error.message}`))
tool.once('exit', (code, signal) => {
  record({ code, signal })
  lock?.release()
  process.exit(0)
})
if (tool.pid !== undefined) announce(tool.pid)

/** Who gives it may be killed in the middle. */
function readOrder(): NodeShimOrder {
  try {
    return JSON.parse(readFileSync(0, 'utf8')) as NodeShimOrder
  } catch {
    return refuse(NOT_STARTED, 'the order did not come to its end')
  }
}

function takeRoom(): number {
  try {
    const file = openSync(exitAside, 'w')
    writeSync(file, `${' '.repeat(END_BYTES)}\n`)
    return file
  } catch (error) {
    return refuse(NO_ROOM, String(error))
  }
}

function start(): ReturnType<typeof spawn> {
  const { argv, cwd, env, stdinFile, nonce, group } = order
  const stdin = stdinFile === null ? 'ignore' : openInput(stdinFile)
  const [program, ...args] = SYSTEM === 'windows' ? argv : ['/bin/sh', '-c', WAIT, 'sluice-wait', group ?? '', ...argv]
  // A session and a group of its own: killing the tool's group spares us.
  return spawn(program!, args, {
    cwd,
    env: { ...env, PWD: cwd, [NONCE_VARIABLE]: nonce },
    detached: SYSTEM !== 'windows',
    windowsHide: true,
    stdio: [stdin, 1, 1, ...(SYSTEM === 'windows' ? [] : ['pipe' as const])],
  })
}

function openInput(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    return refuse(NOT_STARTED, String(error))
  }
}

function announce(pid: number): void {
  const [shim, leader] = [identify(process.pid), identify(pid)]
  if (shim === null || leader === null) refuse(NOT_STARTED, 'it ended before it began')
  const aside = join(order.dir, 'run.new')
  const run: RunRecord = { shim, tool: leader }
  writeFileSync(aside, `${JSON.stringify({ nonce: order.nonce, ...run })}\n`)
  renameSync(aside, folder.run)
  const word = tool.stdio[3] as Writable | null | undefined
  word?.on('error', () => {})
  word?.end('go\n')
}

function record({ code, signal }: { code: number | null; signal: NodeJS.Signals | null }): void {
  const end: ProcessExit = toldByBox(code) ?? { code, signal }
  writeSync(room, JSON.stringify(end).padEnd(END_BYTES), 0)
  fsyncSync(room)
  closeSync(room)
  renameSync(exitAside, folder.exit)
}

/** A box tells a signal inside it as 128 and its number. */
function toldByBox(code: number | null): ProcessExit | null {
  if (!order.isBoxed || code === null || code <= 128) return null
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0]
  return signal === undefined ? null : { code: null, signal }
}

/** Nothing of the tool runs: a shell that waits for its word ends with us. */
function refuse(code: number, why: string): never {
  process.stderr.write(`${why}\n`)
  process.exit(code)
}
