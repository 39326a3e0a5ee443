/**
 * One landing, from the queue to the target: exactly once, and only what passed.
 *
 * ```
 * intent ─▶ built ─▶ gated ─▶ moved ─▶ done
 *   ▲  └ conflict  └ red   └ raced: somebody moved the target
 *   └──────────────────────────┘
 * ```
 * Each step is journaled before the next begins, and the target moves by compare-and-swap. After a crash a landing is
 * not taken up in the middle: the target's history says whether it has landed, and if not it is built again from the
 * pinned work, as a landing of its own. The journal only says where to look.
 */
import { conflictLines } from '../git/markers.ts'
import { commitTree, mergeInMemory, type Person } from '../git/merge.ts'
import { casRef, deleteRef, setRef } from '../git/refs.ts'
import type { Repository } from '../git/repository.ts'
import type { Moved as TargetMoved } from '../git/target.ts'
import { type CheckResult, type Conflict, type ConflictFile, type Landing, passed } from '../model/landing.ts'
import type { Change } from '../store/store.ts'
import { landingMessage, type LandingNames } from './message.ts'
import { pendingRef, readTip } from './tip.ts'

/** People who push faster than a gate passes: after this many rebuilds the landing goes back to the queue. */
const REBUILDS_MAX = 20

export interface LandingSteps {
  repo: Repository
  target: string
  identity: Person
  /** The user wants commits signed, and they can be. */
  signs: boolean
  now: () => number
  record: (change: Omit<Change, 'run' | 'at'>) => Promise<void>
  /** The gate's verdict on exactly this commit, and how long of that was not ours: checkout and commands. */
  gate: (
    commit: string,
    tree: string,
    onto: string,
    signal: AbortSignal,
  ) => Promise<{ results: CheckResult[]; outsideMs: number }>
  move: (from: string, to: string) => Promise<TargetMoved>
  /** Who changed a path last on the target's side since the work began. */
  authorOf: (path: string, onto: string, work: string) => Promise<ConflictFile['other']>
}

export type LandResult =
  | { kind: 'landed'; landing: Landing; commit: string; at: number; published: boolean }
  | { kind: 'conflict'; landing: Landing; conflict: Conflict }
  | { kind: 'red'; landing: Landing; results: CheckResult[] }
  /** The unpublished landings below it must be landed again first. */
  | { kind: 'diverged'; landing: Landing }
  | { kind: 'raced'; landing: Landing }

export async function land(
  steps: LandingSteps,
  start: Landing,
  names: LandingNames,
  signal: AbortSignal,
): Promise<LandResult> {
  let landing = start
  const began = performance.now()
  let outsideMs = 0
  const own = (): number => Math.round(performance.now() - began - outsideMs)
  for (let rebuild = 0; rebuild < REBUILDS_MAX; rebuild++) {
    signal.throwIfAborted()
    const tip = await readTip(steps.repo, steps.target)
    if (tip.kind === 'diverged') return { kind: 'diverged', landing }
    landing = { ...landing, stage: 'intent', onto: tip.commit, commit: null, date: Math.floor(steps.now() / 1000) }
    await journal(steps, landing, [{ type: 'landing.intent', landing: landing.id, onto: tip.commit }])

    const merge = await mergeInMemory(steps.repo, tip.commit, landing.work)
    if (merge.kind === 'conflict') {
      return { kind: 'conflict', landing, conflict: await describeConflict(steps, landing, merge) }
    }
    const commit = await commitTree(steps.repo, {
      tree: merge.tree,
      parents: [tip.commit, landing.work],
      message: landingMessage(names),
      author: steps.identity,
      committer: steps.identity,
      dateSeconds: landing.date,
      sign: steps.signs,
    })
    await setRef(steps.repo, candidateRef(landing.workstream), commit, `candidate of ${landing.id}`)
    landing = { ...landing, stage: 'built', commit }
    await journal(steps, landing, [{ type: 'landing.built', landing: landing.id, commit }])

    const gateBegan = performance.now()
    const verdict = await steps.gate(commit, merge.tree, tip.commit, signal)
    outsideMs += verdict.outsideMs
    landing = { ...landing, gate: verdict.results }
    if (!passed(verdict.results)) return { kind: 'red', landing, results: verdict.results }
    landing = { ...landing, stage: 'gated' }
    const gateMs = Math.round(performance.now() - gateBegan)
    await journal(steps, landing, [{ type: 'landing.gated', landing: landing.id, commit, ms: gateMs }])

    const moved = await moveTo(steps, tip.commit, commit, tip.kind === 'pending')
    outsideMs += moved.checkoutMs
    if (moved.kind === 'raced') {
      const why = 'the target moved while the gate ran'
      await journal(steps, landing, [{ type: 'landing.rebuilt', landing: landing.id, onto: tip.commit, why }])
      continue
    }
    landing = { ...landing, stage: 'moved', at: steps.now(), published: moved.published, overheadMs: own() }
    return { kind: 'landed', landing, commit, at: landing.at!, published: moved.published }
  }
  return { kind: 'raced', landing }
}

/** Pins of what is being gated. */
export const CANDIDATES = 'refs/sluice/candidate'

export function candidateRef(workstream: string): string {
  return `${CANDIDATES}/${workstream}`
}

/** The candidate needs no pin once it is on the target, or refused. */
export async function unpinCandidate(repo: Repository, workstream: string): Promise<void> {
  await deleteRef(repo, candidateRef(workstream))
}

async function journal(steps: LandingSteps, landing: Landing, events: NonNullable<Change['events']>): Promise<void> {
  const named = events.map((event) => ({ ...event, workstream: landing.workstream, attempt: landing.attempt }))
  await steps.record({ landings: [landing], events: named })
}

type Moved = { kind: 'raced'; checkoutMs: number } | { kind: 'landed'; published: boolean; checkoutMs: number }

/** On the branch itself, unless publishing already waits or has to begin waiting now. */
async function moveTo(steps: LandingSteps, from: string, to: string, isPending: boolean): Promise<Moved> {
  if (!isPending) {
    const result = await steps.move(from, to)
    if (result.kind === 'moved') return { kind: 'landed', published: true, checkoutMs: result.checkoutMs }
    if (result.kind === 'raced') return { kind: 'raced', checkoutMs: 0 }
  }
  const swapped = await casRef(
    steps.repo,
    pendingRef(steps.target),
    to,
    isPending ? from : null,
    'landing, to be published',
  )
  return swapped ? { kind: 'landed', published: false, checkoutMs: 0 } : { kind: 'raced', checkoutMs: 0 }
}

async function describeConflict(
  steps: LandingSteps,
  landing: Landing,
  merge: { tree: string; files: readonly { path: string; kind: string }[] },
): Promise<Conflict> {
  const files: ConflictFile[] = []
  for (const { path, kind } of merge.files) {
    const lines = kind === 'content' ? await conflictLines(steps.repo, merge.tree, path) : []
    files.push({ path, kind, lines, other: await steps.authorOf(path, landing.onto, landing.work) })
  }
  return {
    workstream: landing.workstream,
    attempt: landing.attempt,
    onto: landing.onto,
    work: landing.work,
    ref: `refs/sluice/wip/${landing.workstream}/${landing.attempt}`,
    files,
    at: steps.now(),
  }
}
