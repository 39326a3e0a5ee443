/**
 * Taking over what a tool has left: from a worktree and a hub that it could write to, into the user's repository as
 * objects that were checked, pinned before anything else happens to them. Nothing that a tool prints counts, nothing
 * that it configured runs, and what is refused is kept where it can be.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../model/failure.ts'
import { checkedOutAt, unfinishedIn } from './checkout.ts'
import { GitError, git } from './git.ts'
import { bringContents } from './lfs.ts'
import { leftoverMarkers } from './markers.ts'
import { changedPaths } from './merge.ts'
import { putBack } from './put-back.ts'
import { setRef, setRefs } from './refs.ts'
import { removeTree } from './remove-tree.ts'
import { type Repository, isAncestor } from './repository.ts'
import { type Slot, inWorktree } from './slot.ts'
import { applyTemplate } from './template.ts'
import { readTips } from './tips.ts'
import { transfer } from './transfer.ts'
import { type SnapshotCommit, commitUncommitted } from './uncommitted.ts'

/** `message`, `author` and `dateSeconds` are of the commit that holds what was not committed. */
export interface TakeOver extends SnapshotCommit {
  /** `refs/sluice/wip/<workstream>/<attempt>`: pins the work. Lines of work besides it go below `refs/sluice/stray/`. */
  ref: string
  /** `ws/<id>`, which follows in the user's repository. */
  branch: string
  /** Of all that is new, packed. */
  maxBytes: number
}

export interface Work {
  kind: 'work'
  tip: string
  /** Paths that differ between base and tip. */
  changed: string[]
  /** What a human may want to know: repairs, what was left out, what was found elsewhere. */
  reports: string[]
}

export interface Refused {
  kind: 'refused'
  reason: 'unfinished' | 'hostile' | 'too-large' | 'unrelated' | 'damaged' | 'unreadable'
  message: string
  paths: string[]
  reports: string[]
}

export type Taken = Work | { kind: 'empty'; tip: string; reports: string[] } | Refused

/** Takes the work of a slot over. The tool and all its processes are dead. May be repeated after a kill. */
export async function takeOver(repo: Repository, slot: Slot, order: TakeOver): Promise<Taken> {
  const { base } = order
  const hub = { gitDir: slot.hub }
  const reports = await putBack(slot)
  const refuse = (reason: Refused['reason'], message: string, paths: string[] = []): Refused => {
    return { kind: 'refused', reason, message, paths, reports }
  }

  const { position, others } = await readTips(slot, order.branch, base)
  let current: string
  try {
    current = await commitUncommitted(slot, position ?? base, order, reports)
  } catch (error) {
    order.signal?.throwIfAborted()
    if (!(error instanceof GitError)) throw error
    if (error.exit === null) return refuse('unreadable', `the worktree cannot be read in time: ${messageOf(error)}`)
    return (await salvage(repo, slot, order, reports)) ?? refuse('damaged', messageOf(error))
  }

  const operation = await unfinishedIn(slot.admin)
  if (operation !== null) {
    const paths = current === base ? [] : await leftoverMarkers(hub, base, current)
    // The hub goes with the next attempt, and what was to be merged or rebased may be on no line but its own.
    const lines = [current, ...others].filter((commit) => commit !== base)
    for (const commit of await withoutAncestors(slot, lines)) await keepStray(repo, slot, order, commit, reports)
    return refuse('unfinished', `${operation} was not finished`, paths)
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
  const [tip, ...besides] = await withoutAncestors(slot, sound)
  for (const commit of [...besides, ...foreign]) await keepStray(repo, slot, order, commit, reports)
  if (tip === undefined) {
    if (foreign.length > 0) return refuse('unrelated', 'what was committed does not descend from its base')
    return { kind: 'empty', tip: base, reports }
  }

  const result = await transfer(repo, slot, tip, order)
  if (result.kind === 'refused') return refuse(result.reason, result.message)
  if (result.kind === 'done') return settle(repo, slot, order, tip, reports)
  return (await salvage(repo, slot, order, reports)) ?? refuse('damaged', result.message)
}

/** Tips that no other one contains, in the given order: the first is the newest. */
async function withoutAncestors(slot: Slot, commits: string[]): Promise<string[]> {
  if (commits.length < 2) return commits
  const kept = (await git(['merge-base', '--independent', ...commits], { gitDir: slot.hub })).stdout.split('\n')
  return commits.filter((commit) => kept.includes(commit))
}

/** Keeps a line of work that is not the one taken. Best effort: it is not what the attempt is judged by. */
async function keepStray(repo: Repository, slot: Slot, order: TakeOver, tip: string, reports: string[]): Promise<void> {
  const result = await transfer(repo, slot, tip, order)
  const short = tip.slice(0, 12)
  if (result.kind === 'done' || (result.kind === 'refused' && result.reason === 'unrelated')) {
    const ref = `${order.ref.replace(/^refs\/sluice\/wip\//, 'refs/sluice/stray/')}/${short}`
    await setRef(repo, ref, tip, 'sluice: found besides the work')
    reports.push(`kept besides the work: ${short} as ${ref}`)
  } else {
    reports.push(`not kept: ${short}, ${result.message}`)
  }
}

/**
 * The hub's objects are damaged, but the files are there: they are taken as one commit on the base, from empty objects
 * and an index that has seen nothing. Null when that gives no work.
 */
async function salvage(repo: Repository, slot: Slot, order: TakeOver, reports: string[]): Promise<Work | null> {
  await removeTree(join(slot.hub, 'objects'))
  await mkdir(join(slot.hub, 'objects'))
  await applyTemplate(slot.trusted, slot.hub)
  await rm(slot.index, { force: true })
  await git(['read-tree', order.base], inWorktree(slot))
  const tip = await commitUncommitted(slot, order.base, order, reports)
  if (tip === order.base || (await transfer(repo, slot, tip, order)).kind !== 'done') return null
  reports.push('the hub was damaged: its history is lost, the files were taken as one commit')
  return settle(repo, slot, order, tip, reports)
}

/** Pins first; then the branch follows, unless somebody works on it, and what git-lfs keeps comes along. */
async function settle(
  repo: Repository,
  slot: Slot,
  { base, ref, branch, maxBytes }: TakeOver,
  tip: string,
  reports: string[],
): Promise<Work> {
  const [changed, holder] = await Promise.all([changedPaths(repo, base, tip), checkedOutAt(repo, branch)])
  const refs = holder === null ? [ref, `refs/heads/${branch}`] : [ref]
  if (holder !== null) reports.push(`branch ${branch} does not follow: it is checked out at ${holder}`)
  try {
    await setRefs(
      repo,
      refs.map((name) => ({ ref: name, to: tip })),
      'sluice: work taken over',
    )
  } catch (error) {
    await setRef(repo, ref, tip, 'sluice: work taken over')
    reports.push(`branch ${branch} does not follow: ${messageOf(error)}`)
  }
  const contents = await bringContents(repo, slot.hub, maxBytes)
  if (contents > 0) reports.push(`git-lfs contents that are new in the repository: ${contents}`)
  return { kind: 'work', tip, changed, reports }
}
