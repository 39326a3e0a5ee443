/**
 * The one way to run git: explicit repository, hardened environment, bounded in time and output, exit codes as values.
 *
 * Only plumbing (and `merge --ff-only`, see `fast-forward.ts`) is let through: porcelain in a tree that an agent wrote
 * runs what the agent configured, and its output is English.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { ownProcess } from '../process/boundary.ts'
import type { Completed } from '../process/complete.ts'
import { runCommand } from '../process/starter.ts'
import { type ConfigSource, gitEnvironment } from './environment.ts'

/** 57,000 files are checked out in 2 s on a slow disk; ten minutes is a limit against hanging for ever. */
const TIMEOUT_MS = 10 * 60_000
/** Far above any listing (57,000 paths are 5 MB); packs are streamed and do not count. */
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024

const COMMANDS: ReadonlySet<string> = new Set(
  [
    'cat-file check-attr check-ignore check-ref-format checkout-index commit-tree config diff-files diff-index diff-tree for-each-ref',
    'fsck hash-object index-pack init ls-files ls-tree merge-base merge-file merge-tree mktree pack-objects read-tree',
    'rev-list rev-parse',
    'show-ref symbolic-ref unpack-objects update-index update-ref write-tree',
    // Porcelain by name, with an output for programs, and harmless where it is used: listing worktrees, looking at the
    // user's own checkout, removing what our own index does not know from a slot, and the guarded fast-forward.
    'worktree status clean merge',
  ].flatMap((names) => names.split(' ')),
)

/** Only with the configuration `remote`, and it only for these: see `push.ts`. */
const COMMANDS_REMOTE: ReadonlySet<string> = new Set(['push', 'fetch'])

/** Those that only read, as they are used here. */
const READERS: ReadonlySet<string> = new Set(
  [
    'cat-file check-ignore check-ref-format config diff-files diff-index diff-tree for-each-ref fsck ls-files ls-tree merge-base',
    // Packs go to our standard output.
    'pack-objects rev-list rev-parse show-ref status symbolic-ref worktree',
  ].flatMap((names) => names.split(' ')),
)

export interface GitOptions {
  /** null: let git find the repository from `cwd` (only when a repository is opened). */
  gitDir: string | null
  workTree?: string
  indexFile?: string
  /** Default: the work tree, else the git directory, where no `.gitattributes` of anybody lies. */
  cwd?: string
  input?: string | Uint8Array
  /** Exit codes that are answers; any other one throws. Default: 0. */
  exits?: readonly number[]
  signal?: AbortSignal | undefined
  env?: Readonly<Record<string, string>>
  config?: ConfigSource
  timeoutMs?: number
}

export interface GitResult {
  exit: number
  stdout: string
  bytes: Buffer
  stderr: string
}

/** git said no, or was stopped at a limit (`exit` null). */
export class GitError extends Error {
  readonly args: readonly string[]
  readonly exit: number | null
  readonly stderr: string

  constructor(args: readonly string[], exit: number | null, stderr: string) {
    super(`git ${args.join(' ').slice(0, 300)}: ${exit === null ? 'stopped' : `exit ${exit}`}: ${stderr.trim()}`)
    this.name = 'GitError'
    this.args = args
    this.exit = exit
    this.stderr = stderr
  }
}

/** Runs git and waits for its end and its output. Throws GitError, or the signal's reason when it was aborted. */
export async function git(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { exits = [0] } = options
  const { exit, stdout: bytes, stderr } = await answer(args, options, OUTPUT_BYTES_MAX)
  if (exit === null || !exits.includes(exit)) throw new GitError(args, exit, stderr)
  return {
    exit,
    bytes,
    stderr,
    get stdout() {
      return bytes.toString('utf8')
    },
  }
}

/** What git said, whatever it was; `exit` null when it printed more than it may or ran out of time. */
async function answer(
  args: readonly string[],
  options: GitOptions,
  outputBytesMax: number,
): Promise<{ exit: number | null; stderr: string; stdout: Buffer }> {
  const { input = null, signal, timeoutMs = TIMEOUT_MS } = options
  signal?.throwIfAborted()
  const command = { ...invocation(args, options), input, timeoutMs, outputBytesMax }
  const run = (): Promise<Completed> => runCommand(command, signal)
  const { exit, stdout, stderr, problem } = await (isReader(args) ? run() : ownProcess(`git ${args[0]}`, run))
  signal?.throwIfAborted()
  if (problem !== null) throw new GitError(args, null, `cannot start git: ${problem}`)
  return { exit, stderr, stdout: Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength) }
}

function isReader(args: readonly string[]): boolean {
  return READERS.has(args[0]!) || (args[0] === 'hash-object' && !args.includes('-w'))
}

export interface Pipe {
  /** Bytes that went through. */
  bytes: number
  /** The end of the first and of the second process; a null exit is a stop at a limit. */
  from: { exit: number | null; stderr: string }
  to: { exit: number | null; stderr: string } | null
}

/** What a first process may have printed for the second to be chosen and fed in one piece. */
const SMALL_BYTES_MAX = 256 * 1024

type Choose = (head: Buffer) => { args: readonly string[]; options: GitOptions }

/**
 * Gives one git the output of another without holding much of it in memory. `choose` sees the first bytes (at least
 * `headBytes` unless there are fewer) and names the second process. Stops at `bytesMax`. Never throws for an exit code.
 *
 * What is small, as most is, goes from one end to the next beginning: two short commands like all others, and a pipe
 * costs this process two forks.
 */
export async function gitPipe(
  from: { args: readonly string[]; options: GitOptions },
  choose: Choose,
  limits: { headBytes: number; bytesMax: number },
): Promise<Pipe> {
  const { stdout, ...end } = await answer(from.args, from.options, Math.min(SMALL_BYTES_MAX, limits.bytesMax))
  if (end.exit === null) return await ownProcess('git unpack-objects', () => stream(from, choose, limits))
  if (end.exit !== 0 || stdout.length === 0) return { bytes: stdout.length, from: end, to: null }
  const { args, options } = choose(stdout)
  const { exit, stderr } = await answer(args, { ...options, input: stdout }, SMALL_BYTES_MAX)
  return { bytes: stdout.length, from: end, to: { exit, stderr } }
}

async function stream(
  from: { args: readonly string[]; options: GitOptions },
  choose: Choose,
  { headBytes, bytesMax }: { headBytes: number; bytesMax: number },
): Promise<Pipe> {
  const source = start(from.args, from.options, ['pipe', 'pipe', 'pipe'])
  source.stdin!.on('error', () => {})
  source.stdin!.end(from.options.input)
  const sourceEnd = ended(source, from.args, from.options)
  const chunks = source.stdout!.iterator()
  let head: Buffer = Buffer.alloc(0)
  let bytes = 0
  while (head.length < headBytes) {
    const next = await chunks.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  if (head.length === 0) return { bytes: 0, from: await sourceEnd, to: null }
  const second = choose(head)
  const sink = start(second.args, second.options, ['pipe', 'ignore', 'pipe'])
  const sinkEnd = ended(sink, second.args, second.options)
  async function* through(): AsyncGenerator<Buffer> {
    yield* limited(head)
    for await (const chunk of chunks) yield* limited(chunk)
  }
  function* limited(chunk: Buffer): Generator<Buffer> {
    bytes += chunk.length
    if (bytes > bytesMax) {
      source.kill('SIGKILL')
      sink.kill('SIGKILL')
      throw new Error('over the limit')
    }
    yield chunk
  }
  await pipeline(through, sink.stdin!).catch(async () => {
    // The sink has closed the pipe. Content with what it has (a pack knows its own end), it leaves the source to end by
    // itself; refusing, it would leave it to wait for ever.
    const exit = await sinkEnd.then(
      (end) => end.exit,
      () => null,
    )
    if (exit !== 0) source.kill('SIGKILL')
    // What is left in it would be waited for.
    source.stdout!.destroy()
  })
  const [first, last] = await Promise.all([sourceEnd, sinkEnd])
  return { bytes, from: first, to: last }
}

/** What is run for these arguments: only what the list of commands allows, in our environment. */
function invocation(
  args: readonly string[],
  options: GitOptions,
): { program: string; args: string[]; cwd: string; env: NodeJS.ProcessEnv } {
  const allowed = options.config === 'remote' ? COMMANDS_REMOTE : COMMANDS
  if (!allowed.has(args[0]!)) throw new Error(`git ${args[0]} is not plumbing`)
  const where: string[] = []
  if (options.gitDir !== null) where.push(`--git-dir=${options.gitDir}`)
  if (options.workTree !== undefined) where.push(`--work-tree=${options.workTree}`)
  const index: Record<string, string> = options.indexFile === undefined ? {} : { GIT_INDEX_FILE: options.indexFile }
  const cwd = options.cwd ?? options.workTree ?? options.gitDir
  if (cwd === null) throw new Error('no repository and no place to look for one')
  const env = gitEnvironment(options.config ?? 'ours', { ...index, ...options.env })
  return { program: 'git', args: [...where, ...args], cwd, env }
}

/**
 * Starts git; the caller gives it input and waits for its end. It has a session of its own: a Ctrl-C of the terminal, or a
 * kill of our whole group, must not cut it off while it holds a lock of the user's repository or writes an object.
 */
export function start(args: readonly string[], options: GitOptions, stdio: ('ignore' | 'pipe')[]): ChildProcess {
  const { program, args: argv, cwd, env } = invocation(args, options)
  return spawn(program, argv, { cwd, env, stdio, detached: true })
}

/** Waits for the end of a process and of its output, kills it at the time limit or at an abort. */
async function ended(
  child: ChildProcess,
  args: readonly string[],
  { signal, timeoutMs = TIMEOUT_MS }: GitOptions,
): Promise<{ exit: number | null; stderr: string }> {
  const stop = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(stop, timeoutMs)
  signal?.addEventListener('abort', stop, { once: true })
  const complaint: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => void complaint.push(chunk))
  try {
    const exit = await new Promise<number | null>((resolve, reject) => {
      child.once('error', (cause) => reject(new GitError(args, null, `cannot start git: ${cause.message}`)))
      child.once('close', resolve)
    })
    signal?.throwIfAborted()
    return { exit, stderr: Buffer.concat(complaint).toString('utf8') }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** The records of a `-z` output. */
export function records(output: string): string[] {
  if (output === '') return []
  return (output.endsWith('\0') ? output.slice(0, -1) : output).split('\0')
}
