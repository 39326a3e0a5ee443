/**
 * A short command from start to end, with its output in memory. It has a session of its own: a Ctrl-C of the terminal,
 * or a kill of our whole group, must not cut a git off while it holds a lock of the user's repository.
 */
import { spawn } from 'node:child_process'

/** Plain data: it may be sent to the process that starts it (`starter.ts`). */
export interface Command {
  program: string
  args: readonly string[]
  cwd: string
  /** The whole environment. */
  env: Readonly<Record<string, string | undefined>>
  /** null: /dev/null. */
  input: string | Uint8Array | null
  /** Of stdout; a command that prints more is stopped. */
  outputBytesMax: number
  timeoutMs: number
}

export interface Completed {
  /** null when it was stopped, or could not be started. */
  exit: number | null
  stdout: Uint8Array
  stderr: string
  /** Why it could not be started, or null. */
  problem: string | null
}

/** Runs the command here. Resolves however it ends, after its output has ended too; `stop` kills it. */
export async function complete(command: Command, stop?: AbortSignal): Promise<Completed> {
  const { program, args, cwd, env, input, outputBytesMax, timeoutMs } = command
  const stdin = input === null ? 'ignore' : 'pipe'
  const child = spawn(program, args, { cwd, env, stdio: [stdin, 'pipe', 'pipe'], detached: true })
  const kill = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(kill, timeoutMs)
  stop?.addEventListener('abort', kill, { once: true })
  const out: Buffer[] = []
  const complaint: Buffer[] = []
  let size = 0
  child.stdout!.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > outputBytesMax) kill()
    else out.push(chunk)
  })
  child.stderr!.on('data', (chunk: Buffer) => void complaint.push(chunk))
  // A command that ends without reading all of its input is not our failure: its exit code tells.
  child.stdin?.on('error', () => {})
  child.stdin?.end(input ?? undefined)
  const { promise, resolve } = Promise.withResolvers<{ exit: number | null; problem: string | null }>()
  child.once('error', (error) => resolve({ exit: null, problem: error.message }))
  child.once('close', (exit) => resolve({ exit, problem: null }))
  const end = await promise
  clearTimeout(timer)
  stop?.removeEventListener('abort', kill)
  return { ...end, stdout: Buffer.concat(out), stderr: Buffer.concat(complaint).toString('utf8') }
}
