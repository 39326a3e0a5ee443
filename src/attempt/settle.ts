/**
 * The end of an attempt: the tree is dead, what it left is taken over and pinned, and only then it is judged. Whatever
 * the outcome, the work is reachable in the user's repository when this is done.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { treeOf } from '../git/ancestry.ts'
import { deleteRef, readRef, setRef } from '../git/refs.ts'
import { changedPaths } from '../git/merge.ts'
import type { Repository } from '../git/repository.ts'
import { hasFiles } from '../git/slot.ts'
import { type Taken, takeOver } from '../git/take-over.ts'
import { WORK_BYTES_MAX } from '../git/transfer.ts'
import { workDigest } from '../git/work-digest.ts'
import type { Outcome, Stray, Usage } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'
import { attemptFolder, removeShimDrafts } from '../process/attempt-folder.ts'
import { isOutOfFiles } from '../process/full-disk.ts'
import { withoutSecrets } from '../process/secrets.ts'
import { accept, refusalText } from './accept.ts'
import { checkpointRef } from './checkpoints.ts'
import type { Job } from './attempt.ts'
import { resumableSession } from '../tools/heard.ts'
import { heardOf, usageIn } from './hearing.ts'
import { judge } from './judge.ts'
import { blameMemory, wasShortOfMemory } from './memory.ts'
import { enforceScope, outsideScope, type Parked } from './scope.ts'
import type { Watched } from './watch.ts'

/** The end of a log that classifiers, briefs and people get to see. */
const TAIL_BYTES_MAX = 16 * 1024

/** Paths that a message names. */
const PATHS_SHOWN_MAX = 5

export interface Settled {
  kind: 'settled'
  outcome: Outcome
  /** Tip of the pinned work, or null when there is none. */
  work: string | null
  /** Of what the tool itself made of the files, before anything was put right or parked; missing when that is nothing. */
  digest?: string
  changed: string[]
  /** Changes outside the scope that were taken out and kept. */
  parked: Parked | null
  /** What was found besides the work, and kept. */
  strays: Stray[]
  reports: string[]
  /** What of the slot was damaged and put right. */
  repairs: string[]
  /** What somebody should know though the work is accepted. */
  warnings: Failure[]
  /** The tool's own name for its conversation, where it told one. */
  session: string | null
  /** What it used of its model, where that is known. */
  usage: Usage | null
  /** The last that it said or did, where nobody was told so far. */
  lines: string[]
}

/** The workstream's own limit, else the tool's, else the run's. */
export function limitsOf({ config, tool, workstream }: Job): { timeoutMinutes: number; idleMinutes: number } {
  const settings = config.tools.settings[tool.id]
  return {
    timeoutMinutes: workstream.timeoutMinutes ?? settings?.timeoutMinutes ?? config.limits.timeoutMinutes,
    idleMinutes: settings?.idleMinutes ?? config.limits.idleMinutes,
  }
}

/** Pins what the tool left, and says how it ended. With a full disk it waits for room: the work lies where it is. */
export async function settle(job: Job, watched: Exclude<Watched, { kind: 'detached' }>): Promise<Settled> {
  return await job.room.hold(() => settleOnce(job, watched))
}

async function settleOnce(job: Job, watched: Exclude<Watched, { kind: 'detached' }>): Promise<Settled> {
  const { repo, slot, workstream, attempt, identity, tool } = job
  if (watched.kind === 'lost') await removeShimDrafts(job.dir)
  const ref = `refs/sluice/wip/${workstream.id}/${attempt.number}`
  const taken = await takeOver(repo, slot, {
    base: attempt.base,
    ref,
    branch: `ws/${workstream.id}`,
    message: `${workstream.id}: attempt ${attempt.number} by ${tool.id}`,
    author: identity,
    dateSeconds: Math.floor(job.now() / 1000),
    maxBytes: WORK_BYTES_MAX,
  })
  const found = await differenceOf(job, taken)
  const tail = withoutSecrets(tailOf(attemptFolder(job.dir).out), job.config)
  const { heard, lines, text } = heardOf(job)
  const judged = judge({
    watched,
    tail: tool.printsEvents === true && text !== '' ? text : tail,
    difference: found.difference,
    allowEmpty: workstream.allowEmpty,
    limits: limitsOf(job),
    trouble: heard.trouble,
    classify: (exit, hasDifference) => tool.classify(exit, tail, hasDifference, heard),
  })
  const { outcome, warnings } = blameMemory(judged, await wasShortOfMemory(job.dir))
  const reports = [...taken.reports, ...found.reports]
  const { strays, repairs } = taken
  const session = resumableSession(heard)
  const usage = usageIn(job, heard)
  const rest = {
    session,
    usage,
    lines,
    parked: null,
    strays,
    reports,
    repairs,
    warnings: [...found.warnings, ...warnings],
  }
  if (taken.kind !== 'work') {
    const kept = (taken.kind === 'refused' ? taken.kept : null) ?? (await lastCheckpoint(job, taken, reports))
    if (kept !== null) await setRef(repo, ref, kept.tip, 'kept')
    const work = outcome.kind === 'empty' ? attempt.base : (kept?.tip ?? null)
    return { kind: 'settled', outcome, work, changed: kept?.changed ?? [], ...rest }
  }
  await dropCheckpoint(job)
  if (found.tip !== taken.tip) await setRef(repo, ref, found.tip, 'put right as declared')
  const digest = taken.changes.length === 0 ? {} : { digest: workDigest(taken.changes) }
  const settled: Settled = { kind: 'settled', outcome, work: found.tip, ...digest, changed: found.changed, ...rest }
  // What settles a conflict is held to the files in conflict, by who judges it.
  if (outcome.kind !== 'ok' || attempt.resolves !== undefined) return settled
  return await withinScope(job, settled, found.tip, ref)
}

/** What was kept while the tool was at work, when what it has left cannot be taken over or is gone. */
async function lastCheckpoint(
  { repo, slot, workstream, attempt }: Job,
  taken: Taken,
  reports: string[],
): Promise<{ tip: string; changed: string[] } | null> {
  if (taken.kind === 'empty' && (await hasFiles(slot))) return null
  const tip = await readRef(repo, checkpointRef(workstream.id, attempt.number))
  if (tip === null) return null
  reports.push('what the tool has left is lost or unusable: its last checkpoint counts')
  return { tip, changed: await changedPaths(repo, attempt.base, tip) }
}

/** The work itself is pinned now. */
async function dropCheckpoint({ repo, workstream, attempt }: Job): Promise<void> {
  const ref = checkpointRef(workstream.id, attempt.number)
  if ((await readRef(repo, ref)) !== null) await deleteRef(repo, ref)
}

/** What would land is held against the scope; what did not end well keeps all of its work for the next attempt. */
async function withinScope(job: Job, settled: Settled, tip: string, ref: string): Promise<Settled> {
  const { repo, config, workstream, attempt, identity, dir } = job
  const scoped = await enforceScope({
    repo,
    policy: config.scope,
    workstream,
    base: attempt.base,
    tip,
    changed: settled.changed,
    refs: [ref],
    dir,
    author: identity,
    dateSeconds: Math.floor(job.now() / 1000),
  })
  switch (scoped.kind) {
    case 'inside':
      return settled
    case 'parked':
      return { ...settled, work: scoped.tip, changed: scoped.changed, parked: scoped.parked }
    case 'outside': {
      const more = scoped.paths.length > PATHS_SHOWN_MAX ? ` and ${scoped.paths.length - PATHS_SHOWN_MAX} more` : ''
      const message = `it changed files outside its scope: ${scoped.paths.slice(0, PATHS_SHOWN_MAX).join(', ')}${more}`
      return { ...settled, outcome: { kind: 'out-of-scope', code: 'E503', message } }
    }
  }
}

interface Found {
  difference: 'work' | 'none' | 'same' | { refused: string }
  /** The work as it is to land: as it was taken, or put right. */
  tip: string
  changed: string[]
  reports: string[]
  warnings: Failure[]
}

async function differenceOf(job: Job, taken: Taken): Promise<Found> {
  const { repo, config, workstream, attempt, checkpoint, dir, identity } = job
  const { base } = attempt
  const rest = { tip: base, changed: [], reports: [], warnings: [] }
  if (taken.kind === 'empty') return { difference: 'none', ...rest }
  if (taken.kind === 'refused') return { difference: { refused: taken.message }, ...rest }
  const { tip, changed, changes } = taken
  const asTaken = { ...rest, tip, changed }
  if (changed.length === 0) return { difference: 'none', ...asTaken }
  if (checkpoint?.wasRefused && (await isSameTree(repo, tip, checkpoint.commit))) {
    return { difference: 'same', ...asTaken }
  }
  const dateSeconds = Math.floor(job.now() / 1000)
  const isParked = config.scope === 'park' && attempt.resolves === undefined
  const leftOut = isParked ? outsideScope(workstream, changed) : []
  const handed = { repo, config, base, tip, changes, leftOut, folder: dir, author: identity, dateSeconds }
  const accepted = await accept(handed)
  if (accepted.kind === 'refused') return { difference: { refused: refusalText(accepted.refusals) }, ...asTaken }
  return { ...accepted, difference: accepted.changed.length === 0 ? 'none' : 'work' }
}

async function isSameTree(repo: Repository, a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([treeOf(repo, a), treeOf(repo, b)])
  return left === right
}

function tailOf(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    // It is there: what cannot be read now is read when the system opens files again.
    if (isOutOfFiles(error)) throw error
    return ''
  }
  try {
    const { size } = fstatSync(descriptor)
    const length = Math.min(size, TAIL_BYTES_MAX)
    const buffer = Buffer.alloc(length)
    readSync(descriptor, buffer, 0, length, size - length)
    return buffer.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}
