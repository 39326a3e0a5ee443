/**
 * Moves the target branch, or says why it cannot be moved yet.
 *
 * When the branch is checked out, git writes files into a person's checkout; a power cut may tear that in the middle.
 * So the move is journaled beside the store before it begins, and whoever comes next completes it path by path: the next
 * start when we were killed, we ourselves when only the git was that moves it.
 */
import { readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { MovePlan } from '../git/fast-forward.ts'
import { GitError } from '../git/git.ts'
import { type Recovered, recoverMove } from '../git/recover-move.ts'
import type { Repository } from '../git/repository.ts'
import { type Block, type Moved, moveTarget, whatHoldsUp } from '../git/target.ts'
import { effect } from '../process/boundary.ts'
import { writeFileAtomic } from '../process/files.ts'
import { isDiskFull } from '../process/full-disk.ts'

interface Journal {
  target: string
  plan: MovePlan
}

/** How long a git that survived the orchestrator may take to finish. */
const SURVIVOR_MS_MAX = 60_000

/** A git that ended without a trace and without a reason is set off again; whoever kills each of them wants it to wait. */
const TRIES_MAX = 3

/** By journal: the end of the last move. Who comes meanwhile (a landing, a rollback, a remote) waits for it. */
const moves = new Map<string, Promise<unknown>>()

/**
 * Moves `target` from one commit to a descendant of it, one move at a time. `journalFile` exists only while that is under
 * way.
 */
export async function publish(
  repo: Repository,
  target: string,
  from: string,
  to: string,
  journalFile: string,
): Promise<Moved> {
  const last = moves.get(journalFile) ?? Promise.resolve()
  const move = last.then(() => moveJournaled(repo, target, from, to, journalFile))
  moves.set(
    journalFile,
    move.catch(() => undefined),
  )
  return await move
}

async function moveJournaled(
  repo: Repository,
  target: string,
  from: string,
  to: string,
  journalFile: string,
): Promise<Moved> {
  const earlier = await settle(repo, journalFile)
  if (earlier !== null && earlier !== 'completed') return { kind: 'pending', ...earlier }
  for (let tries = 1; ; tries++) {
    let isJournaled = false
    const moved = await moveTarget(repo, target, from, to, async (plan) => {
      isJournaled = true
      await writeFileAtomic(journalFile, JSON.stringify({ target, plan } satisfies Journal))
    })
    if (!isJournaled) return moved
    if (moved.kind !== 'pending') {
      await removeJournal(journalFile)
      return moved
    }
    // Refused, or killed, or out of disk in the middle: what it has left says which.
    const left = await settle(repo, journalFile)
    if (left === 'completed') return { kind: 'moved', checkoutMs: 0 }
    if (left !== null) return { kind: 'pending', ...left }
    if (tries === TRIES_MAX || (await whatHoldsUp(repo, target, from, to)) !== null) return moved
  }
}

/** Completes a move that was cut off, without waiting for anybody; null: there was nothing to complete. */
async function settle(repo: Repository, journalFile: string): Promise<'completed' | Block | null> {
  try {
    const recovered = await recoverPublish(repo, journalFile, 0)
    switch (recovered?.kind) {
      case undefined:
      case 'nothing':
        return null
      case 'completed':
        return 'completed'
      case 'locked':
        return { reason: `another git command (${basename(recovered.lock)}) is in progress`, paths: [recovered.lock] }
      case 'ask':
        return { reason: `a move was cut off, and ${recovered.reason}`, paths: recovered.paths }
    }
  } catch (error) {
    if (!(error instanceof GitError) || isDiskFull(error)) throw error
    return {
      reason: `a move was cut off, and git cannot complete it: ${error.stderr.trim().split('\n', 1)[0]!}`,
      paths: [],
    }
  }
}

/**
 * Completes a move that was cut off; null when there was none. Where that has to wait (`locked`, `ask`) the journal stays.
 * `ownerMsMax`: how long whoever is at work in the checkout may take to finish.
 */
export async function recoverPublish(
  repo: Repository,
  journalFile: string,
  ownerMsMax = SURVIVOR_MS_MAX,
): Promise<Recovered | null> {
  let journal: Journal
  let since: number
  try {
    journal = JSON.parse(readFileSync(journalFile, 'utf8')) as Journal
    since = statSync(journalFile).mtimeMs
  } catch {
    // Not there, or cut off while it was written: then nothing had begun.
    return null
  }
  const recovered = await recoverMove(repo, journal.target, journal.plan, { since, ownerMsMax })
  if (recovered.kind === 'nothing' || recovered.kind === 'completed') await removeJournal(journalFile)
  return recovered
}

async function removeJournal(file: string): Promise<void> {
  await effect(`remove ${basename(file)}`, () => rm(file, { force: true }))
}
