/**
 * Moves the target branch, or says why it cannot be moved yet.
 *
 * When the branch is checked out, git writes files into a person's checkout; a power cut may tear that in the middle.
 * So the move is journaled beside the store before it begins, and whoever comes next completes it path by path.
 */
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { MovePlan } from '../git/fast-forward.ts'
import { type Recovered, recoverMove } from '../git/recover-move.ts'
import type { Repository } from '../git/repository.ts'
import { type Moved, moveTarget } from '../git/target.ts'
import { effect } from '../process/boundary.ts'
import { writeFileAtomic } from '../process/files.ts'

interface Journal {
  target: string
  plan: MovePlan
}

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
  let isJournaled = false
  const moved = await moveTarget(repo, target, from, to, async (plan) => {
    isJournaled = true
    await writeFileAtomic(journalFile, JSON.stringify({ target, plan } satisfies Journal))
  })
  if (isJournaled) await removeJournal(journalFile)
  return moved
}

/** Completes a move that was cut off; null when there was none. After `ask` the journal stays: a person decides. */
export async function recoverPublish(repo: Repository, journalFile: string): Promise<Recovered | null> {
  let journal: Journal
  try {
    journal = JSON.parse(readFileSync(journalFile, 'utf8')) as Journal
  } catch {
    // Not there, or cut off while it was written: then nothing had begun.
    return null
  }
  const recovered = await recoverMove(repo, journal.target, journal.plan)
  if (recovered.kind !== 'ask') await removeJournal(journalFile)
  return recovered
}

async function removeJournal(file: string): Promise<void> {
  await effect(`remove ${basename(file)}`, () => rm(file, { force: true }))
}
