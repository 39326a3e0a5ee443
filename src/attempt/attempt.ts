/**
 * One attempt from lease to settled: slot -> launch -> watch -> judge -> checkpoint.
 *
 * An attempt may be begun by one orchestrator and ended by another: everything that the end needs is in the record
 * (base, nonce, seat) and in the attempt's folder. Work is pinned whatever the outcome; nothing is deleted here.
 */
import { mkdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { changedPaths, type Person } from '../git/merge.ts'
import { slotEnclosure } from '../git/enclosure.ts'
import type { Repository } from '../git/repository.ts'
import { restoreWork } from '../git/restore.ts'
import { setUpSlot } from '../git/set-up.ts'
import { prepareSlot, type Slot } from '../git/slot.ts'
import type { Attempt, Hearsay, Outcome } from '../model/attempt.ts'
import type { Config } from '../model/config.ts'
import { SluiceError } from '../model/failure.ts'
import type { Workstream } from '../model/workstream.ts'
import { adopt } from '../process/adopt.ts'
import { attemptFolder } from '../process/attempt-folder.ts'
import { readClock, spentMs } from '../process/clock.ts'
import { allowedEnvironment } from '../process/environment.ts'
import { makeFolder, replaceFile } from '../process/files.ts'
import { bootId } from '../process/identity.ts'
import { killTree } from '../process/kill.ts'
import { launch, type Running } from '../process/launch.ts'
import { capOutput } from '../process/output-cap.ts'
import type { DiskRoom } from '../process/room.ts'
import type { Sampling } from '../process/sampling.ts'
import type { Enclosure } from '../process/sandbox.ts'
import type { Keys } from '../tools/keys/keys.ts'
import type { Prepared, ProcessTool } from '../tools/tool.ts'
import { keepCheckpoints } from './checkpoints.ts'
import { listen } from './hearing.ts'
import { limitsOf, settle, type Settled } from './settle.ts'
import { sharedCache } from './shared-cache.ts'
import { prepareStateFolder, stateFolderOf } from './state-folder.ts'
import { type Watched, watchTool } from './watch.ts'

const MINUTE_MS = 60_000
const MEGABYTE = 1024 ** 2

export interface Job {
  repo: Repository
  config: Config
  target: string
  identity: Person
  slot: Slot
  /** The attempt's folder, absolute. */
  dir: string
  tool: ProcessTool
  workstream: Workstream
  attempt: Attempt
  /** The work to start from, and whether it was refused as it is (then leaving it so is no progress). */
  checkpoint: { commit: string; wasRefused: boolean } | null
  brief: string
  /** Shared by all attempts of the run. */
  sampling: Sampling
  room: DiskRoom
  /** Tokens in the place of keys. */
  keys: Keys
  now: () => number
  /** The slot is ready; the base may have been put back for a checkpoint that conflicts with the newer one. */
  prepared: (slot: { created: boolean; ms: number; base: string }) => Promise<void>
  launched: (pid: number) => Promise<void>
  /** The work so far is pinned; the tool goes on. */
  checkpointed: (commit: string) => Promise<void>
  /** An earlier attempt by this tool on this seat whose session may be taken up again, or null. */
  resumes: { attempt: number; session: string } | null
  /** What the tool tells of itself, and lines of it for people. */
  heard: (heard: Hearsay, lines: readonly string[]) => Promise<void>
}

/** `detached`: we let go, and the tool goes on. */
export type Ended = Settled | { kind: 'detached' }

/** Runs an attempt from its beginning. Expected ends are outcomes; only a bug throws. */
export async function runAttempt(job: Job, signal: AbortSignal): Promise<Ended> {
  return await withTokens(job, () => begin(job, signal))
}

async function begin(job: Job, signal: AbortSignal): Promise<Ended> {
  let running: Running
  try {
    const base = await job.room.hold(() => prepare(job, signal), signal)
    job.attempt = { ...job.attempt, base }
    running = await job.room.hold(() => start(job), signal)
  } catch (error) {
    if (signal.aborted) {
      const outcome: Outcome = { kind: 'cancelled', code: null, message: 'ended before the tool was started' }
      return nothing(outcome)
    }
    if (!(error instanceof SluiceError)) throw error
    const { code, message } = error.failure
    const kind = code === 'E106' ? 'missing' : 'crash'
    return nothing({ kind, code, message })
  }
  await job.launched(running.tree.leader.pid)
  return await follow(job, running, signal)
}

/** Takes an attempt up again that another orchestrator had begun: follows it, settles it, or finds it lost. */
export async function resumeAttempt(
  job: Job,
  signal: AbortSignal,
  adopted: (pid: number) => Promise<void>,
): Promise<Ended> {
  return await withTokens(job, () => takeUp(job, signal, adopted))
}

/** Its tokens end with the attempt, however it ends; a tool that is let go keeps them. */
async function withTokens(job: Job, work: () => Promise<Ended>): Promise<Ended> {
  let isLetGo = false
  try {
    const ended = await work()
    isLetGo = ended.kind === 'detached'
    return ended
  } finally {
    if (!isLetGo) await job.room.hold(() => job.keys.takeBack(job.dir))
  }
}

async function takeUp(job: Job, signal: AbortSignal, adopted: (pid: number) => Promise<void>): Promise<Ended> {
  const found = await job.room.hold(() => adopt(job.dir))
  if (found.kind === 'running') {
    await adopted(found.running.tree.leader.pid)
    return await follow(job, found.running, signal)
  }
  const tree = found.tree ?? { nonce: job.attempt.nonce, leader: null }
  await job.room.hold(() => killTree(tree, { graceMs: 0 }))
  if (found.kind === 'exited') {
    const { code, signal } = found
    return await settle(job, { kind: 'exited', exit: { code, signal } })
  }
  // Before the tool was started there is nothing in the slot that is this attempt's.
  if (job.attempt.phase === 'preparing') {
    const outcome: Outcome = { kind: 'lost', code: 'E201', message: 'cut off before the tool was started' }
    return nothing(outcome)
  }
  return await settle(job, { kind: 'lost' })
}

async function prepare(job: Job, signal: AbortSignal): Promise<string> {
  const { repo, slot, config, target, identity, attempt, workstream, checkpoint } = job
  const began = performance.now()
  const branch = `ws/${workstream.id}`
  const { keep } = config.workspace
  const cone = await coneFor(job)
  const { created } = await prepareSlot(repo, slot, {
    base: attempt.base,
    branch,
    target,
    keep,
    cone,
    identity,
    signal,
  })
  let { base } = attempt
  if (checkpoint !== null) {
    const dateSeconds = Math.floor(job.now() / 1000)
    const order = { checkpoint: checkpoint.commit, base, branch, committer: identity, dateSeconds }
    base = (await restoreWork(repo, slot, order)).base
  }
  mkdirSync(job.dir, { recursive: true })
  const setUp = await setUpSlot({
    repo,
    slot,
    commit: base,
    workspace: config.workspace,
    environment: environmentOf(slot),
    logFile: attemptFolder(job.dir).out,
    nonce: attempt.nonce,
    enclosure: await enclosureOf(job),
    signal,
  })
  if (setUp.kind === 'failed') {
    const how = setUp.exit === null ? 'was killed' : `exit ${setUp.exit}`
    throw new SluiceError({ code: 'E201', message: `workspace.setup failed: ${how}` })
  }
  await job.prepared({ created, ms: Math.round(performance.now() - began), base })
  return base
}

/** What the worktree has to hold: what is declared, and what earlier attempts have changed beside it. */
async function coneFor({ repo, workstream, attempt, checkpoint }: Job): Promise<string[] | null> {
  // A definition that an earlier version stored has no such field.
  const declared = workstream.sparse ?? null
  if (declared === null || checkpoint === null) return declared
  const changed = await changedPaths(repo, attempt.base, checkpoint.commit)
  const folders = changed.flatMap((path) => (path.includes('/') ? [posix.dirname(path)] : []))
  return [...new Set([...declared, ...folders])]
}

function environmentOf(slot: Slot): Record<string, string> {
  return allowedEnvironment(process.env, { pass: [], set: { HOME: slot.home, TMPDIR: slot.tmp } })
}

/** What it may see beside its slot is its own folder, where the brief is, and what is shared, and write what is its own. */
function enclosureOf(
  { repo, slot, config, dir, workstream, attempt }: Job,
  shared: readonly string[] = [],
): Promise<Enclosure | null> {
  const state = stateFolderOf(slot, workstream.id, attempt.number)
  return slotEnclosure(repo, slot, config.sandbox, { readable: [dir, ...shared], writable: [state] })
}

async function start(job: Job): Promise<Running> {
  const { slot, dir, tool, workstream, attempt } = job
  const promptFile = join(dir, 'brief.md')
  await replaceFile(promptFile, job.brief)
  const { state, session } = await prepareStateFolder(slot, workstream.id, attempt.number, job.resumes)
  const exchanged = await job.keys.exchange(tool, dir)
  const prepared = await tool.prepare({
    run: attempt.run,
    workstream,
    attempt: attempt.number,
    root: job.repo.root,
    worktree: slot.worktree,
    dir,
    home: slot.home,
    tmp: slot.tmp,
    state,
    session,
    promptFile,
    prompt: job.brief,
    environment: process.env,
    exchanged,
  })
  // What is resumed has been written to by its tool: its folders may by now lead anywhere.
  if (session === null) await writeAll(prepared)
  const { argv, stdinFile, cache } = prepared
  const boxed = await enclosureOf(job)
  const shared = boxed === null ? null : await sharedCache(job.repo, slot, tool.id, cache)
  const enclosure = shared === null ? boxed : await enclosureOf(job, [shared])
  const env = shared === null ? prepared.env : { ...prepared.env, [cache!.variable]: shared }
  const { memoryLimitMb } = job.config.limits
  const memoryBytesMax = memoryLimitMb === null ? null : memoryLimitMb * MEGABYTE
  const { nonce } = attempt
  return await launch({ dir, argv, cwd: slot.worktree, env, nonce, stdinFile, enclosure, memoryBytesMax })
}

async function writeAll({ folders = [], files }: Prepared): Promise<void> {
  for (const folder of folders) makeFolder(folder)
  for (const { path, text } of files) {
    makeFolder(dirname(path))
    await replaceFile(path, text)
  }
}

async function follow(job: Job, running: Running, signal: AbortSignal): Promise<Ended> {
  const { timeoutMinutes, idleMinutes } = limitsOf(job)
  using _cap = capOutput(attemptFolder(job.dir).out)
  const spent = spentMs(job.attempt, readClock(), bootId())
  const keeping = keepCheckpoints(job)
  const listening = listen(job)
  let watched: Watched
  try {
    watched = await watchTool(running, {
      timeoutMs: Math.max(0, timeoutMinutes * MINUTE_MS - spent),
      idleMs: idleMinutes * MINUTE_MS,
      worktree: job.slot.worktree,
      dir: job.dir,
      signs: () => listening.signs(),
      sampling: job.sampling,
      room: job.room,
      signal,
    })
  } finally {
    await keeping[Symbol.asyncDispose]()
    await listening[Symbol.asyncDispose]()
  }
  if (watched.kind === 'detached') return { kind: 'detached' }
  const settled = await settle(job, watched)
  if (keeping.problem === null) return settled
  return { ...settled, reports: [...settled.reports, `the last checkpoint could not be taken: ${keeping.problem}`] }
}

/** An end without anything to take over: the tool was never started, or it cannot be told what became of it. */
export function nothing(outcome: Outcome): Settled {
  return {
    kind: 'settled',
    outcome,
    work: null,
    changed: [],
    parked: null,
    strays: [],
    reports: [],
    repairs: [],
    warnings: [],
    session: null,
    usage: null,
    lines: [],
  }
}
