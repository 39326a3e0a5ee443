/**
 * Moving the target branch: the one change that Sluice makes to what the user sees. Nowhere checked out, it is a
 * compare-and-swap; in exactly one clean enough checkout, a guarded fast-forward; otherwise it waits and says why.
 */
import { effect } from '../process/boundary.ts'
import { freeDiskBytes } from '../process/machine.ts'
import { OutOfRoom, ROOM_BYTES_MIN } from '../process/room.ts'
import { type Checkout, checkoutsOf, mayBeCheckedOut, operationIn } from './checkout.ts'
import { type Block, type MovePlan, REFLOG_MESSAGE, fastForward, obstacles } from './fast-forward.ts'
import { casRef, readRef } from './refs.ts'
import type { Repository } from './repository.ts'
import { treeChanges } from './tree-changes.ts'

export type { Block, MovePlan } from './fast-forward.ts'
export { recoverMove, type Recovered } from './recover-move.ts'

export interface Target {
  /** null: the branch does not exist. */
  tip: string | null
  checkouts: Checkout[]
  /** What is in progress in one of them, in words, or null. */
  operation: string | null
}

export type Moved =
  /** `checkoutMs`: what git needed to bring the files of a checkout forward; 0 where it is checked out nowhere. */
  { kind: 'moved'; checkoutMs: number } | { kind: 'raced' } | ({ kind: 'pending' } & Block)

/** The state of a branch (short name): where it stands and who has it. */
export async function readTarget(repo: Repository, branch: string): Promise<Target> {
  const [tip, checkouts] = await Promise.all([readRef(repo, `refs/heads/${branch}`), checkoutsOf(repo, branch)])
  return { tip, checkouts, operation: await operationAmong(checkouts) }
}

async function operationAmong(checkouts: readonly Checkout[]): Promise<string | null> {
  for (const { gitDir } of checkouts) {
    const operation = await operationIn(gitDir)
    if (operation !== null) return operation
  }
  return null
}

/** What keeps a branch from being moved, as far as that does not depend on where it is moved to. Pure. */
export function blocksMove({ checkouts, operation }: Pick<Target, 'checkouts' | 'operation'>): Block | null {
  const paths = checkouts.map(({ path }) => path)
  if (checkouts.length > 1) return { reason: `it is checked out in ${checkouts.length} places`, paths }
  if (operation !== null) return { reason: `${operation} is in progress`, paths }
  const [checkout] = checkouts
  if (checkout === undefined || checkout.kind === 'attached') return null
  if (checkout.kind === 'hidden') return { reason: 'core.bare is set, which hides it from git', paths }
  return { reason: `a ${checkout.kind} is in progress`, paths }
}

/** What would keep the branch from being moved from `before` to `after` now, or null. Only looks. */
export async function whatHoldsUp(
  repo: Repository,
  branch: string,
  before: string,
  after: string,
): Promise<Block | null> {
  const [holders, changes] = await Promise.all([readTarget(repo, branch), treeChanges(repo.gitDir, before, after)])
  const [checkout] = holders.checkouts
  const block = blocksMove(holders)
  if (block !== null || checkout === undefined) return block
  return (await obstacles(checkout, before, changes)).block
}

/**
 * Moves a branch (short name) from `before` to its descendant `after`. Where it is checked out, `journal` is awaited
 * with the plan before the first file changes; after a kill `recoverMove` takes that plan. May be repeated.
 */
export async function moveTarget(
  repo: Repository,
  branch: string,
  before: string,
  after: string,
  journal: (plan: MovePlan) => Promise<void>,
): Promise<Moved> {
  if (!(await mayBeCheckedOut(repo, branch))) return await moveUnseen(repo, branch, before, after)
  const [checkouts, tip, changes] = await Promise.all([
    checkoutsOf(repo, branch),
    readRef(repo, `refs/heads/${branch}`),
    treeChanges(repo.gitDir, before, after),
  ])
  const [checkout] = checkouts
  if (checkout === undefined) return await moveUnseen(repo, branch, before, after)
  const operation = await operationAmong(checkouts)
  if (tip === after) return { kind: 'moved', checkoutMs: 0 }
  if (tip !== before) return { kind: 'raced' }
  const block = blocksMove({ checkouts, operation })
  if (block !== null) return { kind: 'pending', ...block }
  const { block: inTheWay, absent } = await obstacles(checkout, before, changes)
  if (inTheWay !== null) return { kind: 'pending', ...inTheWay }
  const plan: MovePlan = { before, after, path: checkout.path, gitDir: checkout.gitDir, absent }
  await journal(plan)
  const began = performance.now()
  const refusal = await fastForward(plan)
  const checkoutMs = performance.now() - began
  if (refusal === null) return { kind: 'moved', checkoutMs }
  const now = await readRef(repo, `refs/heads/${branch}`)
  if (now === after) return { kind: 'moved', checkoutMs }
  if (now !== before) return { kind: 'raced' }
  // Half of the files may be there, and look as if somebody had edited them: the journal stays, and the move is completed.
  if ((await freeDiskBytes(checkout.path)) < ROOM_BYTES_MIN)
    throw new OutOfRoom('git could not bring the checkout forward')
  return { kind: 'pending', ...refusal }
}

/** Nobody has it checked out. The swap looks by itself where the branch stands. */
async function moveUnseen(repo: Repository, branch: string, before: string, after: string): Promise<Moved> {
  const swap = (): Promise<boolean> => casRef(repo, `refs/heads/${branch}`, after, before, REFLOG_MESSAGE)
  const isOurs = await effect('move the target', swap)
  return isOurs ? { kind: 'moved', checkoutMs: 0 } : { kind: 'raced' }
}
