/**
 * A command of the user's (gate, set-up, acceptance, after) from start to end, leaving nothing behind: in a session
 * of its own, without input, its output in a file, and swept by nonce afterwards.
 *
 * Unlike an attempt it ends with us: its verdict is only of use to who asked. If we are killed, the nonce finds it.
 */
import { spawn } from 'node:child_process'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { TIMER_MS_MAX } from './appear.ts'
import { ownProcess } from './boundary.ts'
import { dropGroup, makeGroup } from './cgroup.ts'
import { identify } from './identity.ts'
import { killTree, lookFor } from './kill.ts'
import { boxed, type Enclosure } from './sandbox.ts'
import { NONCE_VARIABLE } from './table.ts'
import type { Tree } from './tree.ts'

export interface ShellSpec {
  /** By `/bin/sh -c`. */
  command: string
  cwd: string
  /** The whole environment, to which SLUICE_NONCE is added (and what a shell sets: PWD). */
  env: Readonly<Record<string, string>>
  /** stdout and stderr are appended here, in the order they were written. */
  logFile: string
  timeoutMs: number
  /** Aborted: the command is ended, and the promise rejects with the signal's reason. */
  signal?: AbortSignal
  nonce: string
  /** The box that it runs in, or null for none. In one a signal inside is told as a shell tells it: 128 + its number. */
  enclosure: Enclosure | null
}

export interface ShellResult {
  /** null when a signal ended it. */
  exit: number | null
  signal: string | null
  /** Until the command itself ended; monotonic. */
  ms: number
  timedOut: boolean
  /** Processes that outlived the command by themselves and were killed; 0 when we ended it (time-out). */
  survivorsKilled: number
}

/** Between TERM and KILL for a command that ran out of time. */
const GRACE_MS = 2_000

/** Children that are about to end when their parent does are no left-overs. */
const SETTLE_MS = 200
const SETTLE_LOOK_MS = 20

/** Moves itself into the control group, then becomes the command; without it, if that cannot be done. */
const JOIN = 'echo 0 2>/dev/null >"$0/cgroup.procs"; exec "$@"'

/** Runs the command to its end. Rejects when it cannot be started (no such folder) or when `signal` is aborted. */
export async function runShell(spec: ShellSpec): Promise<ShellResult> {
  if (NONCE_VARIABLE in spec.env) throw new Error(`${NONCE_VARIABLE} is added here`)
  spec.signal?.throwIfAborted()
  await using log = await open(spec.logFile, 'a')
  return await ownProcess('check', () => toItsEnd(spec, log.fd))
}

async function toItsEnd(
  { command, cwd, env, nonce, signal, timeoutMs, enclosure }: ShellSpec,
  output: number,
): Promise<ShellResult> {
  const startedMs = performance.now()
  const inBox = boxed(enclosure, { argv: ['/bin/sh', '-c', command], cwd, env })
  const group = await makeGroup(nonce, null)
  signal?.throwIfAborted()
  const [program, ...args] = group === null ? inBox : ['/bin/sh', '-c', JOIN, group, ...inBox]
  const child = spawn(program!, args, {
    cwd,
    env: { ...env, [NONCE_VARIABLE]: nonce },
    detached: true,
    stdio: ['ignore', output, output],
  })
  // In the same turn as spawn: our child cannot have been collected, so the number is its own.
  const tree: Tree = { nonce, leader: child.pid === undefined ? null : identify(child.pid) }
  const ended = Promise.withResolvers<{ exit: number | null; signal: string | null }>()
  child.once('error', ended.reject)
  child.once('exit', (exit, signal) => ended.resolve({ exit, signal }))

  const killing: Promise<unknown>[] = []
  let timedOut = false
  const stop = (): void => {
    if (killing.length === 0) killing.push(killTree(tree, { graceMs: GRACE_MS }))
  }
  const timer = setTimeout(
    () => {
      timedOut = true
      stop()
    },
    Math.min(timeoutMs, TIMER_MS_MAX),
  )
  signal?.addEventListener('abort', stop)
  try {
    const end = await ended.promise
    const ms = Math.round(performance.now() - startedMs)
    clearTimeout(timer)
    const survivorsKilled = killing.length > 0 ? 0 : await sweep(tree)
    await Promise.all(killing)
    signal?.throwIfAborted()
    return { ...end, ms, timedOut, survivorsKilled }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** Kills what the command left behind, and says how many they were. */
async function sweep(tree: Tree): Promise<number> {
  const look = lookFor(tree)
  const end = performance.now() + SETTLE_MS
  while (look().length > 0) {
    if (performance.now() >= end) return (await killTree(tree, { graceMs: 0 })).found
    await delay(SETTLE_LOOK_MS)
  }
  dropGroup(tree.nonce)
  return 0
}
