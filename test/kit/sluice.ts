/**
 * The command line as a user has it: a process of its own, with a home, a state folder and a git configuration that
 * are nobody's. In the background its `--json` stream is what a test waits for: events are caused, never slept for.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Event } from '../../src/model/event.ts'

const BIN = join(import.meta.dirname, '../../bin/sluice.js')

/** A limit against hanging for ever, never a measurement; below the limit of a test, so that what was said is told. */
export const PATIENCE_MS = 40_000

export interface Place {
  cwd: string
  /** The whole environment: nothing of ours is inherited. */
  env: Record<string, string>
  /** How long a command may take; `PATIENCE_MS` when missing. */
  patienceMs?: number
}

export interface Ended {
  /** The exit code, 128 + number for a signal. */
  exit: number
  stdout: string
  stderr: string
}

/** Runs `sluice` to its end. `before` is a program (with arguments) that starts it, like `unshare -m`. */
export function sluice(args: readonly string[], place: Place, before: readonly string[] = []): Promise<Ended> {
  const [program, ...rest] = [...before, process.execPath, BIN, ...args]
  const { cwd, env, patienceMs } = place
  const child = spawn(program!, rest, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  return endOf(child, args, patienceMs)
}

/** Gathers what a process writes until it ends; kills it when that takes too long. */
export function endOf(child: ChildProcess, args: readonly string[], patienceMs = PATIENCE_MS): Promise<Ended> {
  let [stdout, stderr] = ['', '']
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`sluice ${args.join(' ')} did not end\n${stdout.slice(-4000)}\n${stderr.slice(-4000)}`))
    }, patienceMs)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ exit: code ?? 128 + constants.signals[signal!], stdout, stderr })
    })
  })
}

/** What a test knows of an event: its type, and any of its fields. */
export type Pattern = { type: Event['type'] } & Record<string, unknown>

export interface Background {
  pid: number
  /** All events so far. */
  events: readonly Event[]
  /** The first event, past or to come, that has these fields. Throws when it ends without one. */
  event(pattern: Pattern): Promise<Event>
  /** To `sluice` alone, as `kill` sends it. */
  signal(name: NodeJS.Signals): void
  /** Kills it and what starts it, as a power cut would; tools and checks are in sessions of their own and live on. */
  kill(): Promise<void>
  /** The exit code and what was written. Throws when it takes too long. */
  ended: Promise<Ended>
}

/**
 * Starts `sluice ... --json` in a process group of its own. Whoever starts it waits for `ended`, or kills it. `before`: as
 * for `sluice`; a program that replaces itself by it, so that the number is that of Sluice.
 */
export function startSluice(
  args: readonly string[],
  { cwd, env, patienceMs = PATIENCE_MS }: Place,
  before: readonly string[] = [],
): Background {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const [program, ...rest] = [...before, process.execPath, BIN, ...args, '--json']
  const child = spawn(program, rest, { cwd, env, stdio, detached: true })
  const events: Event[] = []
  const waiting = new Set<() => void>()
  const told = (): void => {
    for (const look of waiting) look()
  }
  let partial = ''
  let isOver = false
  const ended = endOf(child, args, patienceMs)
  child.stdout!.on('data', (text: string) => {
    const lines = (partial + text).split('\n')
    partial = lines.pop()!
    events.push(...lines.map((line) => JSON.parse(line) as Event))
    told()
  })
  const over = (): void => {
    isOver = true
    told()
  }
  void ended.then(over, over)
  return {
    pid: child.pid!,
    events,
    async event(pattern) {
      const { promise, resolve } = Promise.withResolvers<Event | null>()
      const look = (): void => {
        const found = events.find((event) => matches(event, pattern))
        if (found !== undefined) resolve(found)
        else if (isOver) resolve(null)
      }
      waiting.add(look)
      look()
      const timer = setTimeout(() => resolve(null), patienceMs)
      const found = await promise
      clearTimeout(timer)
      waiting.delete(look)
      if (found !== null) return found
      const types = events.map(({ type, workstream }) => `${type} ${workstream ?? ''}`).join('\n')
      const errors = isOver ? (await ended).stderr : ''
      throw new Error(`no event ${JSON.stringify(pattern)} came:\n${types}\n${errors}`)
    },
    signal(name) {
      child.kill(name)
    },
    async kill() {
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGKILL')
      await ended
    },
    ended,
  }
}

/** Every field of the pattern is there; objects are compared field by field, to any depth. */
function matches(value: unknown, pattern: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return value === pattern
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(pattern).every(([key, wanted]) => matches((value as Record<string, unknown>)[key], wanted))
}
