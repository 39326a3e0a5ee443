/**
 * What a start has to do after whatever end: complete a torn move of the checkout, settle landings that were under way,
 * and end what an orchestrator left running that nobody waits for. Every step may be repeated.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { deleteRef, listRefs } from '../git/refs.ts'
import { isAncestor, type Repository } from '../git/repository.ts'
import { removeHalfWrittenObjects } from '../git/loose-object.ts'
import { removeScratchFolders } from '../git/scratch-folder.ts'
import { CANDIDATES, unpinCandidate } from '../landing/build.ts'
import { recoverPublish } from '../landing/publish.ts'
import { readTip } from '../landing/tip.ts'
import { EXIT, SluiceError } from '../model/failure.ts'
import type { Fix, Landing } from '../model/landing.ts'
import type { WorkstreamState } from '../model/state.ts'
import { removeHalfWritten } from '../process/files.ts'
import type { Context } from './context.ts'
import { afterTests } from './enqueue.ts'
import { withReceipt } from './landing-ends.ts'
import type { Ledger } from './ledger.ts'
import { endOfTries } from './overcome.ts'
import type { Paths } from './paths.ts'
import { unpinStarts } from './resolution.ts'

/** Before anything is read from the target: a fast-forward that was killed in the middle is completed. */
export async function recoverCheckout(repo: Repository, paths: Paths): Promise<void> {
  // The journal of the move, or anything else of ours there, that was not put in its place. A rollback comes by here too.
  await removeHalfWritten(paths.state)
  const recovered = await recoverPublish(repo, paths.publishJournal)
  if (recovered?.kind === 'locked') {
    throw new SluiceError(
      {
        code: 'E404',
        message: `moving the checkout was cut off, and it cannot be completed: another git command holds ${recovered.lock}`,
        fix: 'let it finish; when no git command is running, remove that file; then run again',
      },
      EXIT.needsHuman,
    )
  }
  if (recovered?.kind !== 'ask') return
  throw new SluiceError(
    {
      code: 'E405',
      message: `moving the checkout was cut off, and it cannot be completed: ${recovered.reason}`,
      fix: 'bring these paths to what you want (`git status`, `git diff`), remove .sluice/publish.json, then run again',
      details: { paths: recovered.paths },
    },
    EXIT.needsHuman,
  )
}

/** What a rollback, or a merge with a remote, had pinned for its gate when it was cut off. Nobody may be at work. */
export async function unpinCutOff(repo: Repository): Promise<void> {
  for (const { ref } of await listRefs(repo, 'refs/sluice/rollback', 'refs/sluice/pull')) await deleteRef(repo, ref)
}

/**
 * Landings that were under way: on the target they are landed, else they go back to the queue. `swept` processes of
 * checks were ended before (`sweepGates`), which is put on record now that there is a ledger.
 */
export async function recoverLandings(context: Context, swept: number): Promise<void> {
  const { ledger, repo, target } = context
  for (const folder of foldersOfOurs(context.paths, ledger.run.id)) await removeHalfWritten(folder)
  await removeScratchFolders(repo)
  await removeHalfWrittenObjects(repo.objects)
  if (swept > 0) await recordFix(ledger, orphans(swept))
  const tip = await readTip(repo, target)
  const reaches = tip.kind === 'diverged' ? [tip.published, tip.pending] : [tip.commit]
  for (const { id, state } of ledger.rows.values()) {
    if (state.state === 'landed') await closeJournal(ledger, id, state)
    if (state.state !== 'landing') continue
    const landing = ledger.landings.get(state.landing)
    const commit = landing?.commit ?? null
    const isThere =
      commit !== null && (await Promise.all(reaches.map((at) => isAncestor(repo, commit, at)))).includes(true)
    if (landing === undefined || commit === null || !isThere) {
      const { attempt, work, queuedAt } = state
      const landings: Landing[] = landing === undefined ? [] : [{ ...landing, stage: 'refused' }]
      await ledger.move(id, { state: 'queued', attempt, work, queuedAt }, 'the landing was cut off', { landings })
      continue
    }
    const published = await isAncestor(repo, commit, tip.kind === 'published' ? tip.commit : tip.published)
    const at = ledger.now()
    const landed: WorkstreamState = {
      state: 'landed',
      attempt: state.attempt,
      landing: landing.id,
      commit,
      at,
      published,
    }
    const { events, ...end } = endOfTries(ledger, { ...landing, commit })
    await ledger.move(id, landed, 'found on the target', {
      ...end,
      landings: [withReceipt(ledger, { ...landing, commit, at, published })],
      events: [
        { type: 'landing.moved', landing: landing.id, commit, published, workstream: id, attempt: state.attempt },
        ...events,
      ],
    })
  }
  for (const { id, state } of ledger.rows.values()) if (state.state === 'queued') await askFirst(context, id, state)
  // Nothing is landing now: a pin that is still there was left by a kill.
  await Promise.all([unpinAllCandidates(repo), unpinCutOff(repo), unpinStarts(repo, ledger)])
}

async function unpinAllCandidates(repo: Repository): Promise<void> {
  for (const { ref } of await listRefs(repo, CANDIDATES)) await unpinCandidate(repo, ref.slice(CANDIDATES.length + 1))
}

/** What was queued before `landing.approve` named it: nothing lands that somebody wants to see first. */
async function askFirst(
  context: Context,
  id: string,
  state: Extract<WorkstreamState, { state: 'queued' }>,
): Promise<void> {
  const finished = { ...context.ledger.attempt(id, state.attempt), work: state.work }
  const { to, why, more } = await afterTests(context, finished)
  if (to.state === 'waiting') await context.ledger.move(id, to, why, more)
}

/** Every folder besides `.sluice/` in which an orchestrator of this run writes small files. */
function foldersOfOurs({ state, work }: Paths, run: string): string[] {
  const slots = ['agents', 'gates'].flatMap((kind) => foldersIn(join(work, kind)))
  return [...foldersIn(join(state, 'runs', run, 'attempts')), ...slots]
}

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

/** A landing that the target's history told of first: its own record, with the gate's proof, comes to the same end. */
async function closeJournal(
  ledger: Ledger,
  id: string,
  state: Extract<WorkstreamState, { state: 'landed' }>,
): Promise<void> {
  const landing = ledger.landings.get(state.landing)
  if (landing === undefined || landing.stage === 'done') return
  const { commit, at, published, attempt } = state
  const { events, ...end } = endOfTries(ledger, { ...landing, commit })
  await ledger.record({
    ...end,
    landings: [withReceipt(ledger, { ...landing, commit, at, published })],
    events: [{ type: 'landing.moved', landing: landing.id, commit, published, workstream: id, attempt }, ...events],
  })
}

/** Each automatic repair is on record: problem, action, proof (S11). */
async function recordFix(ledger: Ledger, fix: Omit<Fix, 'run' | 'at' | 'workstream'>): Promise<void> {
  const full: Fix = { ...fix, run: ledger.run.id, workstream: null, at: ledger.now() }
  await ledger.record({ fixes: [full], events: [{ type: 'fix.recorded', ...fix }] })
}

function orphans(count: number): Omit<Fix, 'run' | 'at' | 'workstream'> {
  return {
    code: 'E403',
    problem: `${count} process(es) of a check outlived the orchestrator that had started it`,
    action: 'ended them, found by the mark in their environment',
    proof: 'a second look found none',
  }
}
