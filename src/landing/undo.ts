/**
 * Carries a rollback out in memory: one revert commit each on top of the tip. Nothing is moved, nothing is gated, nothing
 * is pinned: the commits are a candidate like any other, for whoever asked.
 */
import type { ConflictFile } from '../git/conflict.ts'
import { commitTree, type Person } from '../git/merge.ts'
import type { Repository } from '../git/repository.ts'
import { takeBack } from '../git/revert.ts'
import type { Undo } from '../model/rollback.ts'
import { revertMessage } from './message.ts'

export interface UndoOrder {
  /** Reaches every commit that is to be undone. */
  tip: string
  /** In the order in which it is done. */
  undo: readonly Undo[]
  /** The reason, for the messages; empty: none is given. */
  why: string
  identity: Person
  /** Of every commit: from the journaled intent, so that a replay gives the same commits. */
  dateSeconds: number
}

export type Undone =
  /** `commits`: in the order in which they were made, one for each; the last is `tip`. */
  | { kind: 'clean'; commits: string[]; tip: string }
  /** `item` cannot be reverted on `onto`; `tree` holds the markers, side 2 is `onto`, side 3 what was there before. */
  | { kind: 'conflict'; item: Undo; onto: string; tree: string; files: ConflictFile[] }

export async function undoLandings(repo: Pick<Repository, 'gitDir'>, order: UndoOrder): Promise<Undone> {
  const { undo, why, identity, dateSeconds } = order
  const commits: string[] = []
  let { tip } = order
  for (const item of undo) {
    const merge = await takeBack(repo, tip, item.commit)
    if (merge.kind === 'conflict') return { kind: 'conflict', item, onto: tip, tree: merge.tree, files: merge.files }
    tip = await commitTree(repo, {
      tree: merge.tree,
      parents: [tip],
      message: revertMessage(item, why),
      author: identity,
      committer: identity,
      dateSeconds,
    })
    commits.push(tip)
  }
  return { kind: 'clean', commits, tip }
}
