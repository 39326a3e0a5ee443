/**
 * A small process of ours that starts short commands for a run.
 *
 * Forking costs as much as the memory of who forks: 0.9 ms at 50 MB, 3 ms at 120 MB, and the main thread stands still for
 * that long. A workstream needs some forty git processes, so on two cores the starting was half of what a run costs
 * beside its agents. Only `run` opens one; without it commands are started directly, with the same result.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Command, complete, type Completed } from './complete.ts'
import { entryPath } from './entry.ts'

/** What the two processes tell each other; `id` pairs an answer with its question. */
export type ToStarter = { id: number; command: Command } | { id: number; stop: true }
export type FromStarter = { ready: true } | { id: number; completed: Completed }

/** Keeps its memory, and with it each fork, small. */
const FLAGS = ['--max-semi-space-size=1']

class Starter implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (completed: Completed) => void>()
  #nextId = 1
  #isReady = false

  constructor() {
    const entry = entryPath(import.meta.url, { source: 'starter-process.ts', built: 'starter.js' })
    this.#child = spawn(process.execPath, [...FLAGS, entry], {
      detached: true,
      env: {},
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child.on('message', (message: FromStarter) => this.#hear(message))
    this.#child.once('error', () => this.#end())
    this.#child.once('exit', () => this.#end())
    this.#child.unref()
    this.#child.channel?.unref()
  }

  /** False until it has started, and after it has ended: then commands are started directly. */
  get isReady(): boolean {
    return this.#isReady
  }

  async complete(command: Command, stop?: AbortSignal): Promise<Completed> {
    const id = this.#nextId++
    const { promise, resolve } = Promise.withResolvers<Completed>()
    if (this.#waiting.size === 0) this.#child.channel?.ref()
    this.#waiting.set(id, resolve)
    const onStop = (): void => this.#send({ id, stop: true })
    stop?.addEventListener('abort', onStop, { once: true })
    this.#send({ id, command })
    const completed = await promise
    stop?.removeEventListener('abort', onStop)
    return completed
  }

  #send(message: ToStarter): void {
    // When it cannot be sent the process has ended, and `exit` answers all that wait.
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #hear(message: FromStarter): void {
    if ('ready' in message) {
      this.#isReady = true
      return
    }
    this.#waiting.get(message.id)?.(message.completed)
    this.#waiting.delete(message.id)
    if (this.#waiting.size === 0) this.#child.channel?.unref()
  }

  #end(): void {
    this.#isReady = false
    const problem = 'the process that starts commands has ended'
    for (const resolve of this.#waiting.values()) resolve({ exit: null, stdout: new Uint8Array(), stderr: '', problem })
    this.#waiting.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isReady = false
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.ref()
    // Idle, it holds nothing and need not say goodbye. What it has started has a session of its own.
    if (this.#waiting.size === 0) this.#child.kill('SIGKILL')
    else if (this.#child.connected) this.#child.disconnect()
    await ended
  }
}

let current: Starter | null = null

/** Opens the starter for this process until it is disposed. */
export function openStarter(): AsyncDisposable {
  if (current !== null) throw new Error('there is a starter already')
  const starter = new Starter()
  current = starter
  return {
    async [Symbol.asyncDispose]() {
      current = null
      await starter[Symbol.asyncDispose]()
    },
  }
}

/** Runs a short command, by the starter when one is open. */
export async function runCommand(command: Command, stop?: AbortSignal): Promise<Completed> {
  return current?.isReady ? await current.complete(command, stop) : await complete(command, stop)
}
