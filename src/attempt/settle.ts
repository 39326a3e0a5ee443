/**
 * The end of an attempt: the tree is dead, what it left is taken over and pinned, and only then it is judged. Whatever
 * the outcome, the work is reachable in the user's repository when this is done.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { treeOf } from '../git/ancestry.ts'
import { leftoverMarkers } from '../git/markers.ts'
import type { Repository } from '../git/repository.ts'
import { type Taken, takeOver } from '../git/take-over.ts'
import type { Outcome } from '../model/attempt.ts'
import { attemptFolder } from '../process/attempt-folder.ts'
import type { Job } from './attempt.ts'
import { judge } from './judge.ts'
import { enforceScope, type Parked } from './scope.ts'
import type { Watched } from './watch.ts'

/** The end of a log that classifiers, briefs and people get to see. */
const TAIL_BYTES_MAX = 16 * 1024

/** Of one attempt's work, packed: more is a build product that was committed by mistake. */
const WORK_BYTES_MAX = 512 * 1024 * 1024

/** Paths that a message names. */
const PATHS_SHOWN_MAX = 5

export interface Settled {
  kind: 'settled'
  outcome: Outcome
  /** Tip of the pinned work, or null when there is none. */
  work: string | null
  changed: string[]
  /** Changes outside the scope that were taken out and kept. */
  parked: Parked | null
  reports: string[]
}

/** The workstream's own limit, else the tool's, else the run's. */
export function limitsOf({ config, tool, workstream }: Job): { timeoutMinutes: number; idleMinutes: number } {
  const settings = config.tools.settings[tool.id]
  return {
    timeoutMinutes: workstream.timeoutMinutes ?? settings?.timeoutMinutes ?? config.limits.timeoutMinutes,
    idleMinutes: settings?.idleMinutes ?? config.limits.idleMinutes,
  }
}

/** Pins what the tool left, and says how it ended. */
export async function settle(job: Job, watched: Exclude<Watched, { kind: 'detached' }>): Promise<Settled> {
  const { repo, slot, workstream, attempt, identity, tool, checkpoint } = job
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
  const difference = await differenceOf(repo, taken, attempt.base, checkpoint)
  const tail = tailOf(attemptFolder(job.dir).out)
  const outcome = judge({
    watched,
    tail,
    difference,
    allowEmpty: workstream.allowEmpty,
    limits: limitsOf(job),
    classify: (exit, hasDifference) => tool.classify(exit, tail, hasDifference),
  })
  const { reports } = taken
  if (taken.kind !== 'work') {
    const work = outcome.kind === 'empty' ? attempt.base : null
    return { kind: 'settled', outcome, work, changed: [], parked: null, reports }
  }
  const settled: Settled = { kind: 'settled', outcome, work: taken.tip, changed: taken.changed, parked: null, reports }
  return outcome.kind === 'ok' ? await withinScope(job, settled, taken.tip, ref) : settled
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

async function differenceOf(
  repo: Repository,
  taken: Taken,
  base: string,
  checkpoint: Job['checkpoint'],
): Promise<'work' | 'none' | 'same' | { refused: string }> {
  if (taken.kind === 'empty') return 'none'
  if (taken.kind === 'refused') return { refused: taken.message }
  if (taken.changed.length === 0) return 'none'
  if (checkpoint?.wasRefused && (await isSameTree(repo, taken.tip, checkpoint.commit))) return 'same'
  const markers = await leftoverMarkers(repo, base, taken.tip)
  return markers.length === 0 ? 'work' : { refused: `conflict markers in ${markers.join(', ')}` }
}

async function isSameTree(repo: Repository, a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([treeOf(repo, a), treeOf(repo, b)])
  return left === right
}

function tailOf(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
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
