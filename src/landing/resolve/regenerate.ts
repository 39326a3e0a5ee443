/**
 * Files that are made from others (lockfiles) are not merged but made again, by the command that the user declared: on
 * the merged tree, with the target's version of them, so that the command has something sound to start from.
 *
 * Only what it did to the declared paths counts. A command that changes anything else, or does not end well, has settled
 * nothing: what it would have meant to land that nobody can say.
 */
import { type Edit, editTree, type Entry, entriesAt } from '../../git/edit-tree.ts'
import type { Repository } from '../../git/repository.ts'
import type { Regeneration } from '../../model/config.ts'
import { covered } from './declared.ts'
import type { PlainConflict } from './plain.ts'

/** Names in a sentence of a report. */
const NAMED_MAX = 5

export type Ran =
  /** `edits` are at paths that `isDeclared` accepts, their blobs in the user's repository; `elsewhere` are other paths. */
  | { kind: 'ran'; edits: Edit[]; elsewhere: string[] }
  /** `why` goes on from the command: `ended with exit code 1`. */
  | { kind: 'failed'; why: string }

/** Runs a command on a checkout of exactly `tree`. `regenerateIn` gives one that does it in a gate slot. */
export type RunOnTree = (order: {
  tree: string
  command: string
  isDeclared: (path: string) => boolean
}) => Promise<Ran>

export type Regenerated = { kind: 'done'; tree: string } | { kind: 'refused'; why: string }

/**
 * Makes the conflicted files again. `tree` is the merge, in which nothing else is in conflict any more; `onto` is the
 * target's side of it.
 */
export async function regenerate(
  repo: Repository,
  {
    tree,
    onto,
    conflicts,
    declared,
    run,
  }: {
    tree: string
    onto: string
    conflicts: readonly PlainConflict[]
    declared: Regeneration
    run: RunOnTree
  },
): Promise<Regenerated> {
  const paths = conflicts.map(({ path }) => path)
  const targets = await entriesAt(repo, onto, paths)
  const start = await editTree(
    repo,
    tree,
    paths.map((path) => ({ path, entry: targets.get(path) ?? null })),
  )
  const isDeclared = (path: string): boolean => covered(declared.paths, path)
  const ran = await run({ tree: start, command: declared.run, isDeclared })
  const command = `\`${declared.run}\``
  if (ran.kind === 'failed') return refused(`${command} ${ran.why}`)
  const { edits, elsewhere } = ran
  if (elsewhere.length > 0) return refused(`${command} also changed ${named(elsewhere)}`)
  const odd = edits.filter(
    ({ path, entry }) =>
      !isSameKind(
        entry,
        conflicts.find((one) => one.path === path),
      ),
  )
  if (odd.length > 0)
    return refused(`${command} removed ${named(odd.map(({ path }) => path))} or made something else of it`)
  return { kind: 'done', tree: await editTree(repo, start, edits) }
}

/** A conflicted file has to be an ordinary file afterwards, with the mode that it had. */
function isSameKind(entry: Entry | null, conflict: PlainConflict | undefined): boolean {
  return conflict === undefined || entry?.mode === conflict.mode
}

function refused(why: string): Regenerated {
  return { kind: 'refused', why }
}

function named(paths: readonly string[]): string {
  const rest = paths.length - NAMED_MAX
  return `${paths.slice(0, NAMED_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
