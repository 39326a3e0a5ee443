/**
 * What a tool has left without committing it, as a commit: marked, so that the next attempt can have it uncommitted
 * again.
 */
import { treeOf } from './ancestry.ts'
import { git } from './git.ts'
import { commitTree, type Person } from './merge.ts'
import type { Repository } from './repository.ts'
import { type Slot, hasFiles, inWorktree } from './slot.ts'
import { snapshot } from './snapshot.ts'
import type { Notes } from './stray.ts'

const TRAILER = 'Sluice-Snapshot: uncommitted work'

export interface SnapshotCommit {
  /** What the slot was prepared at: our index stands there. */
  base: string
  message: string
  author: Person
  dateSeconds: number
  signal?: AbortSignal
  /** For reading the worktree. */
  timeoutMs?: number
}

/**
 * The commit of what is not committed, on `parent`; or `parent` when there is nothing, or no worktree any more. What a
 * human may want to know is added to the notes.
 */
export async function commitUncommitted(
  slot: Slot,
  parent: string,
  order: SnapshotCommit,
  { reports, repairs }: Pick<Notes, 'reports' | 'repairs'>,
): Promise<string> {
  const hub = { gitDir: slot.hub }
  if (!(await hasFiles(slot)) && (await git(['ls-tree', '--name-only', parent], hub)).stdout !== '') {
    const repair = 'the worktree was gone: what was committed counts'
    reports.push(repair)
    repairs.push(repair)
    return parent
  }
  // Seen from the tool's own commit: what git ignores and was committed all the same would else look deleted.
  if (parent !== order.base) await git(['read-tree', '--reset', parent], inWorktree(slot))
  const [before, { tree, nested }] = await Promise.all([treeOf(hub, parent), snapshot(slot, order)])
  for (const path of nested) reports.push(`left out, a repository of its own: ${path}`)
  if (tree === before) return parent
  const { author, dateSeconds } = order
  const message = snapshotMessage(order.message)
  return commitTree(hub, { tree, parents: [parent], message, author, committer: author, dateSeconds })
}

/** What a commit of uncommitted work says, so that `belowSnapshot` knows it. */
export function snapshotMessage(message: string): string {
  return `${message.trimEnd()}\n\n${TRAILER}\n`
}

/** The commit below a snapshot of uncommitted work; any other commit is its own answer. */
export async function belowSnapshot(repo: Pick<Repository, 'gitDir'>, commit: string): Promise<string> {
  const { stdout } = await git(['cat-file', 'commit', commit], { gitDir: repo.gitDir })
  const [head, ...body] = stdout.split('\n\n')
  const parents = [...head!.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1]!)
  return parents.length === 1 && body.at(-1)?.trim() === TRAILER ? parents[0]! : commit
}
