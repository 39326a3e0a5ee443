/**
 * Work that does not descend from its base: an agent has amended or rebased what was there before it, or has worked on an
 * older commit. As it is it cannot land, because what the base brought would count as a change of its own. What it
 * means is known all the same, and becomes one commit on the base.
 */
import { mergeBase, treeOf } from './ancestry.ts'
import { changedPaths, commitTree, mergeInMemory } from './merge.ts'
import { isAncestor } from './repository.ts'
import type { Slot } from './slot.ts'
import type { SnapshotCommit } from './uncommitted.ts'

/** Paths that a message names. */
const PATHS_SHOWN_MAX = 3

export type OntoBase =
  /** `commit` is the base itself when nothing differs from it. */
  { kind: 'moved'; commit: string; report: string } | { kind: 'refused'; message: string }

/** `rewrites` are the commits that took the place of the base or of what was on it (`Tips.rewrites`). */
export async function ontoBase(
  slot: Slot,
  line: string,
  rewrites: readonly string[],
  order: SnapshotCommit,
): Promise<OntoBase> {
  const { base } = order
  const hub = { gitDir: slot.hub }
  const short = line.slice(0, 12)
  const common = await mergeBase(hub, base, line)
  if ((await isRewritten(slot, line, rewrites)) && !(await takesBack(slot, common, base, line))) {
    const commit = await oneCommit(slot, await treeOf(hub, line), order)
    return { kind: 'moved', commit, report: `history was rewritten: the files of ${short} are one commit on the base` }
  }
  if (common === null) return { kind: 'refused', message: 'what was committed does not descend from its base' }
  const merge = await mergeInMemory(hub, base, line)
  if (merge.kind === 'clean') {
    const commit = await oneCommit(slot, merge.tree, order)
    return {
      kind: 'moved',
      commit,
      report: `${short} is on an older commit: what it changes is one commit on the base`,
    }
  }
  const paths = merge.files.map(({ path }) => path)
  const more = paths.length > PATHS_SHOWN_MAX ? ` and ${paths.length - PATHS_SHOWN_MAX} more` : ''
  const named = paths.slice(0, PATHS_SHOWN_MAX).join(', ') + more
  return {
    kind: 'refused',
    message: `what was committed is on an older commit and conflicts with its base in ${named}`,
  }
}

async function isRewritten(slot: Slot, line: string, rewrites: readonly string[]): Promise<boolean> {
  for (const commit of rewrites) if (await isAncestor({ gitDir: slot.hub }, commit, line)) return true
  return false
}

/**
 * Whether something that the base brought is not there at all. Then the files do not speak for themselves: it may be
 * somebody else's landing, which nobody meant to undo.
 */
async function takesBack(slot: Slot, common: string | null, base: string, line: string): Promise<boolean> {
  // With nothing in common it is the first commit of all that was rewritten, and an agent had that in hand.
  if (common === null) return false
  const hub = { gitDir: slot.hub }
  const [brought, differs] = await Promise.all([changedPaths(hub, common, base), changedPaths(hub, common, line)])
  const there = new Set(differs)
  return brought.some((path) => !there.has(path))
}

async function oneCommit(slot: Slot, tree: string, order: SnapshotCommit): Promise<string> {
  const { base, message, author, dateSeconds } = order
  const hub = { gitDir: slot.hub }
  if (tree === (await treeOf(hub, base))) return base
  return await commitTree(hub, { tree, parents: [base], message, author, committer: author, dateSeconds })
}
