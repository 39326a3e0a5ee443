/**
 * A merge that was begun and waits for a person, as `git merge` leaves one behind: marked files, an index with the three
 * sides of each, and the note that makes the next commit a merge of both. Made by plumbing from a merge in memory, in a
 * hub of ours, so that nothing of the user's is in the middle of anything.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from './git.ts'
import { type ConflictMerge, mergeInMemory } from './merge.ts'
import { checkOut, giveIndex, linkWorktree, type Slot } from './slot.ts'

/**
 * Leaves a slot that was prepared at the target's tip in the middle of merging `origin/<target>` into `branch`, which
 * stands at `work`. The two conflict. Gives the paths that a person has to settle. May be repeated with the preparation.
 */
export async function beginMerge(
  slot: Slot,
  { branch, work, target, tip }: { branch: string; work: string; target: string; tip: string },
): Promise<string[]> {
  await git(['update-ref', `refs/heads/${branch}`, work], { gitDir: slot.hub })
  const theirs = `origin/${target}`
  // By name: the names stand in the markers.
  const merge = await mergeInMemory({ gitDir: slot.hub }, branch, theirs)
  if (merge.kind !== 'conflict') throw new Error(`${branch} and ${theirs} merge`)
  await checkOut(slot, merge.tree)
  await linkWorktree(slot, `ref: refs/heads/${branch}`)
  await giveIndex(slot)
  await markUnmerged(slot, merge, work)
  await writeFile(join(slot.admin, 'MERGE_MSG'), `Merge ${theirs} into ${branch}\n`)
  await writeFile(join(slot.admin, 'MERGE_MODE'), '')
  await writeFile(join(slot.admin, 'MERGE_HEAD'), `${tip}\n`)
  return merge.files.map(({ path }) => path)
}

/** In the person's index each path in question has its sides instead of the marked file. */
async function markUnmerged(slot: Slot, { files }: ConflictMerge, work: string): Promise<void> {
  const nothing = '0'.repeat(work.length)
  const lines = files.flatMap(({ path, stages }) => {
    const sides = Object.entries(stages).map(([stage, side]) => `${side!.mode} ${side!.object} ${stage}\t${path}\0`)
    return sides.length === 0 ? [] : [`0 ${nothing} 0\t${path}\0`, ...sides]
  })
  const theirs = { gitDir: slot.hub, workTree: slot.worktree, indexFile: join(slot.admin, 'index') }
  await git(['update-index', '-z', '--index-info'], { ...theirs, input: lines.join('') })
}
