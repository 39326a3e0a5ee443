/**
 * A workstream's work in a worktree for a person: a slot like an agent's, so outside the repository, in nobody's
 * `git worktree list`, and with a hub in which plain git does no harm. What it holds is taken over like an agent's: checked
 * and pinned before anything is removed.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fieldsOf, readJsonFile, writeFileAtomic } from '../process/files.ts'
import { beginMerge } from './begin-merge.ts'
import type { Person } from './merge.ts'
import { deleteRef, setRef } from './refs.ts'
import type { Repository } from './repository.ts'
import { restoreWork } from './restore.ts'
import { prepareSlot, type Slot } from './slot.ts'
import { type Taken, takeOver } from './take-over.ts'
import { WORK_BYTES_MAX } from './transfer.ts'

export interface Opened {
  /**
   * `fresh`: at the target, there was no work. `continued`: the work, which has all of the target. `merged`: both, they go
   * together. `conflict`: a merge of both that was begun, in the middle.
   */
  kind: 'fresh' | 'continued' | 'merged' | 'conflict'
  /** What the work is a difference from. */
  base: string
  /** That a person has to settle. */
  conflicts: string[]
}

const KINDS: ReadonlySet<unknown> = new Set<Opened['kind']>(['fresh', 'continued', 'merged', 'conflict'])

export interface Opening {
  /** Short name of the branch that lands, and where landings go. */
  target: string
  tip: string
  /** null: there is none yet. */
  work: string | null
  /** `ws/<id>`. */
  branch: string
  identity: Person
  dateSeconds: number
}

/** The record is written last: without it nobody has been told of the folder. */
const record = (slot: Slot): string => join(slot.dir, 'opened.json')

/** What a slot was opened with; null when it is not open. */
export async function readOpened(slot: Slot): Promise<Opened | null> {
  return await readJsonFile(record(slot), (value) => {
    const { kind, base, conflicts } = fieldsOf(value)
    const isRecord = KINDS.has(kind) && typeof base === 'string' && Array.isArray(conflicts)
    return isRecord ? (value as Opened) : null
  })
}

/** Opens the work, and throws away what the slot held: take that first. */
export async function openWork(repo: Repository, slot: Slot, opening: Opening): Promise<Opened> {
  const { target, tip, branch, identity } = opening
  await rm(record(slot), { force: true })
  await prepareSlot(repo, slot, { base: tip, branch, target, keep: [], identity })
  const opened = await restore(repo, slot, opening)
  await writeFileAtomic(record(slot), `${JSON.stringify(opened)}\n`)
  return opened
}

async function restore(repo: Repository, slot: Slot, opening: Opening): Promise<Opened> {
  const { target, tip, work, branch, identity: committer, dateSeconds } = opening
  if (work === null) return { kind: 'fresh', base: tip, conflicts: [] }
  const order = { checkpoint: work, base: tip, branch, committer, dateSeconds }
  const { kind, base } = await restoreWork(repo, slot, order)
  if (kind !== 'behind') return { kind, base, conflicts: [] }
  return { kind: 'conflict', base, conflicts: await beginMerge(slot, { branch, work, target, tip }) }
}

export function openedRef(workstream: string): string {
  return `refs/sluice/opened/${workstream}`
}

/**
 * Takes over what a person has made in an opened slot, uncommitted changes included, and pins it. Nothing is removed, and
 * the branch does not follow: whether it is accepted is not known yet. A merge in progress is refused.
 */
export async function takeOpened(
  repo: Repository,
  slot: Slot,
  { base }: Opened,
  { workstream, author, dateSeconds }: { workstream: string; author: Person; dateSeconds: number },
): Promise<Taken> {
  return await takeOver(repo, slot, {
    base,
    ref: openedRef(workstream),
    branch: `ws/${workstream}`,
    follows: false,
    message: `${workstream}: by hand`,
    author,
    dateSeconds,
    maxBytes: WORK_BYTES_MAX,
  })
}

/** Keeps what was taken from a slot that is opened afresh, under a name of its own. Gives the name. */
export async function setAside(repo: Repository, workstream: string, tip: string): Promise<string> {
  const ref = `refs/sluice/stray/${workstream}/${tip.slice(0, 12)}`
  await setRef(repo, ref, tip, 'sluice: opened afresh')
  await deleteRef(repo, openedRef(workstream), tip)
  return ref
}
