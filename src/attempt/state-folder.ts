/**
 * The folder that an attempt's tool keeps its settings and sessions in: beside its slot's home, where no other attempt can
 * have planted anything. The next attempt by the same tool is given it when it goes on with that session.
 */
import { lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { removeTree } from '../git/remove-tree.ts'
import type { Slot } from '../git/slot.ts'

export interface StateFolder {
  /** Absolute. */
  state: string
  session: string | null
}

/** The name of an attempt among those of its slot. */
function nameOf(workstream: string, attempt: number): string {
  return `${workstream}.${attempt}`
}

export function stateFolderOf(slot: Slot, workstream: string, attempt: number): string {
  return join(slot.dir, 'state', nameOf(workstream, attempt))
}

/**
 * Makes the folder, from the one that `resumes` left in this slot where it is still there; what other attempts left in the
 * slot goes. `session` is null where a new one has to begin.
 */
export async function prepareStateFolder(
  slot: Slot,
  workstream: string,
  attempt: number,
  resumes: { attempt: number; session: string } | null,
): Promise<StateFolder> {
  const state = stateFolderOf(slot, workstream, attempt)
  mkdirSync(join(slot.dir, 'state'), { recursive: true })
  const earlier = resumes === null ? null : stateFolderOf(slot, workstream, resumes.attempt)
  const isThere = earlier !== null && lstatSync(earlier, { throwIfNoEntry: false })?.isDirectory() === true
  if (isThere) renameSync(earlier, state)
  for (const name of readdirSync(join(slot.dir, 'state'))) {
    if (!isThere || name !== nameOf(workstream, attempt)) await removeTree(join(slot.dir, 'state', name))
  }
  mkdirSync(state, { recursive: true })
  return { state, session: isThere ? resumes!.session : null }
}
