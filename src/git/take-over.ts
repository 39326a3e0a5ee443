/**
 * Taking over what a tool has left: from a worktree and a hub that it could write to, into the user's repository as
 * objects that were checked, pinned before anything else happens to them. Nothing that a tool prints counts, nothing
 * that it configured runs, and what is refused is kept where it can be.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../model/failure.ts'
import { effect } from '../process/boundary.ts'
import { isDiskFull } from '../process/full-disk.ts'
import { checkedOutAt, unfinishedIn } from './checkout.ts'
import { GitError, git } from './git.ts'
import { bringContents } from './lfs.ts'
import { leftoverMarkers } from './markers.ts'
import { putBack } from './put-back.ts'
import { setRef, setRefs } from './refs.ts'
import { removeTree } from './remove-tree.ts'
import { type Repository, isAncestor } from './repository.ts'
import { ontoBase } from './rewritten.ts'
import { type Slot, inWorktree } from './slot.ts'
import { type Keeping, keepStray, type Notes, withoutAncestors } from './stray.ts'
import { applyTemplate } from './template.ts'
import { readTips } from './tips.ts'
import { transfer } from './transfer.ts'
import { type Change, pathsOf, treeChanges } from './tree-changes.ts'
import { type SnapshotCommit, commitUncommitted } from './uncommitted.ts'

/** `message`, `author` and `dateSeconds` are of the commit that holds what was not committed; `ref` pins the work. */
export interface TakeOver extends SnapshotCommit, Keeping {
  /** `ws/<id>`, which follows in the user's repository. */
  branch: string
  /** false: the branch follows later, when the work has been accepted. */
  follows?: boolean
}

/** A commit on the base, pinned. */
interface Pinned {
  tip: string
  /** Paths that differ between base and tip. */
  changed: string[]
}

export interface Work extends Pinned, Notes {
  kind: 'work'
  /** What was at those paths, and what is there now. */
  changes: Change[]
}

export interface Refused extends Notes {
  kind: 'refused'
  reason: 'unfinished' | 'hostile' | 'too-large' | 'unrelated' | 'damaged' | 'unreadable'
  message: string
  paths: string[]
  /** What was committed before it came to this: no work, but something to go on from. */
  kept: Pinned | null
}

export type Taken = Work | ({ kind: 'empty'; tip: string } & Notes) | Refused

/** Takes the work of a slot over. The tool and all its processes are dead. May be repeated after a kill. */
export async function takeOver(repo: Repository, slot: Slot, order: TakeOver): Promise<Taken> {
  const { base } = order
  const hub = { gitDir: slot.hub }
  const repairs = await effect('put a hub back', () => putBack(slot))
  const notes: Notes = { reports: [...repairs], repairs, strays: [] }
  const refuse = (reason: Refused['reason'], message: string): Refused => {
    return { kind: 'refused', reason, message, paths: [], kept: null, ...notes }
  }

  const { position, others, own, rewrites } = await readTips(slot, order.branch, base)
  let current: string
  try {
    current = await commitUncommitted(slot, position ?? base, order, notes)
  } catch (error) {
    order.signal?.throwIfAborted()
    // A full disk says nothing about the work.
    if (!(error instanceof GitError) || isDiskFull(error)) throw error
    if (error.exit === null) return refuse('unreadable', `the worktree cannot be read in time: ${messageOf(error)}`)
    return (await salvage(repo, slot, order, notes)) ?? refuse('damaged', messageOf(error))
  }

  const operation = await unfinishedIn(slot.admin)
  if (operation !== null) {
    const paths = current === base ? [] : await leftoverMarkers(hub, base, current)
    // An attempt goes on from there. A person is still at it, and nothing of theirs is handed in by halves.
    const kept = order.follows === false ? null : await keepCommitted(repo, slot, order, [own, position], notes)
    // The hub goes with the next attempt, and what was to be merged or rebased may be on no line but its own.
    const lines = [current, ...others].filter((commit) => commit !== base && commit !== kept?.tip)
    for (const commit of await withoutAncestors(slot, lines)) await keepStray(repo, slot, order, commit, notes)
    return { ...refuse('unfinished', `${operation} was not finished`), paths, kept }
  }

  const sound: string[] = []
  const foreign: string[] = []
  for (const commit of new Set([current, ...others])) {
    if (commit === base) continue
    // Our own commit on the base needs no question.
    if (commit === current && (position ?? base) === base) sound.push(commit)
    else if (await isAncestor(hub, base, commit)) sound.push(commit)
    else if (!(await isAncestor(hub, commit, base))) foreign.push(commit)
  }
  // What stands beside the base is the work when the files are of that line, or when there is no other.
  const [line] = foreign
  let refusal: string | null = null
  if (line !== undefined && (line === current || sound.length === 0)) {
    const moved = await ontoBase(slot, line, rewrites, order)
    if (moved.kind === 'refused') refusal = moved.message
    else {
      notes.reports.push(moved.report)
      if (moved.commit !== base) sound.unshift(moved.commit)
    }
  }
  const [tip, ...besides] = await withoutAncestors(slot, sound)
  for (const commit of [...besides, ...foreign]) await keepStray(repo, slot, order, commit, notes)
  if (tip === undefined) return refusal === null ? { kind: 'empty', tip: base, ...notes } : refuse('unrelated', refusal)

  const isOurs = tip === current && (position ?? base) === base
  const result = await transfer(repo, slot, tip, { ...order, isOurs })
  if (result.kind === 'refused') return refuse(result.reason, result.message)
  if (result.kind === 'done') return settle(repo, slot, order, tip, notes)
  return (await salvage(repo, slot, order, notes)) ?? refuse('damaged', result.message)
}

/** Of an operation that was not finished: the first of these commits that is on the base, pinned as if it were the work. */
async function keepCommitted(
  repo: Repository,
  slot: Slot,
  order: TakeOver,
  commits: readonly (string | null)[],
  notes: Notes,
): Promise<Pinned | null> {
  for (const commit of commits) {
    if (commit === null || commit === order.base) continue
    if (!(await isAncestor({ gitDir: slot.hub }, order.base, commit))) continue
    if ((await transfer(repo, slot, commit, order)).kind !== 'done') continue
    const { tip, changed } = await settle(repo, slot, order, commit, notes)
    return { tip, changed }
  }
  return null
}

/**
 * The hub's objects are damaged, but the files are there: they are taken as one commit on the base, from empty objects
 * and an index that has seen nothing. Null when that gives no work.
 */
async function salvage(repo: Repository, slot: Slot, order: TakeOver, notes: Notes): Promise<Work | null> {
  await removeTree(join(slot.hub, 'objects'))
  await mkdir(join(slot.hub, 'objects'))
  applyTemplate(slot.trusted, slot.hub)
  await rm(slot.index, { force: true })
  await git(['read-tree', order.base], inWorktree(slot))
  const tip = await commitUncommitted(slot, order.base, order, notes)
  if (tip === order.base || (await transfer(repo, slot, tip, order)).kind !== 'done') return null
  const repair = 'the hub was damaged: its history is lost, the files were taken as one commit'
  notes.reports.push(repair)
  notes.repairs.push(repair)
  return settle(repo, slot, order, tip, notes)
}

/** Pins first; then the branch follows, unless somebody works on it, and what git-lfs keeps comes along. */
async function settle(
  repo: Repository,
  slot: Slot,
  { base, ref, branch, maxBytes, follows = true }: TakeOver,
  tip: string,
  notes: Notes,
): Promise<Work> {
  const { reports } = notes
  const [changes, holder] = await Promise.all([
    treeChanges(repo.gitDir, base, tip),
    follows ? checkedOutAt(repo, branch) : null,
  ])
  const refs = follows && holder === null ? [ref, `refs/heads/${branch}`] : [ref]
  if (holder !== null) reports.push(`branch ${branch} does not follow: it is checked out at ${holder}`)
  try {
    await setRefs(
      repo,
      refs.map((name) => ({ ref: name, to: tip })),
      'sluice: work taken over',
    )
  } catch (error) {
    if (isDiskFull(error)) throw error
    await setRef(repo, ref, tip, 'sluice: work taken over')
    reports.push(`branch ${branch} does not follow: ${messageOf(error)}`)
  }
  const contents = await bringContents(repo, slot.hub, maxBytes)
  if (contents > 0) reports.push(`git-lfs contents that are new in the repository: ${contents}`)
  return { kind: 'work', tip, changed: pathsOf(changes), changes, ...notes }
}
