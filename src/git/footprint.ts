/**
 * What a branch touched since a merge base, and whether two such footprints can conflict at all. Most pairs of branches
 * touch different files, and asking git about each pair is what costs.
 *
 * The answer "no" is exact. Git merges path by path, so without a path in common there are three ways left to conflict:
 * a file of one side where the other has a folder, and a folder that one side has renamed while the other adds to it,
 * in either direction. A renamed file needs no rule: both of its names are in the footprint, and so is what it would
 * meet on the other side. Git looks for renamed folders only among deleted files, when there are added ones beside.
 */
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'

export interface Footprint {
  /** Changed, added and deleted; a rename is two of them. */
  paths: ReadonlySet<string>
  /** Every folder above one of them, but for the root. */
  folders: ReadonlySet<string>
  added: readonly string[]
  /** Folders that may have been renamed. */
  left: ReadonlySet<string>
}

/** Reads the difference of each commit from its base, in the order given. One process for all. */
export async function readFootprints(
  repo: Pick<Repository, 'gitDir'>,
  differences: readonly { base: string; commit: string }[],
  signal?: AbortSignal,
): Promise<Footprint[]> {
  if (differences.length === 0) return []
  // A commit, and whom to take for its parent.
  const input = differences.map(({ base, commit }) => `${commit} ${base}\n`).join('')
  const args = ['diff-tree', '--stdin', '--always', '-r', '-z', '--name-status', '--no-renames']
  const fields = records((await git(args, { gitDir: repo.gitDir, input, signal })).stdout)
  const footprints: Footprint[] = []
  for (let at = 0; at < fields.length;) {
    // The commit's own record, then pairs of a letter and a path: no letter is as long as an id.
    const changes: [string, string][] = []
    for (at++; fields[at]?.length === 1; at += 2) changes.push([fields[at]!, fields[at + 1]!])
    footprints.push(footprintOf(changes))
  }
  return footprints
}

function footprintOf(changes: readonly [string, string][]): Footprint {
  const pathsIn = (letter: string): string[] => changes.flatMap(([is, path]) => (is === letter ? [path] : []))
  const added = pathsIn('A')
  return {
    paths: new Set(changes.map(([, path]) => path)),
    folders: foldersOf(changes.map(([, path]) => path)),
    added,
    left: added.length === 0 ? new Set() : foldersOf(pathsIn('D')),
  }
}

/** Can a merge of the two, from the same base, end in a conflict? */
export function canConflict(a: Footprint, b: Footprint): boolean {
  return (
    meet(a.paths, b.paths) || meet(a.paths, b.folders) || meet(a.folders, b.paths) || follows(a, b) || follows(b, a)
  )
}

function meet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return !a.isDisjointFrom(b)
}

/** Does `b` add something below a folder that `a` may have renamed? */
function follows(a: Footprint, b: Footprint): boolean {
  return a.left.size > 0 && b.added.some((path) => foldersAbove(path).some((folder) => a.left.has(folder)))
}

function foldersOf(paths: readonly string[]): Set<string> {
  const folders = new Set<string>()
  for (const path of paths) {
    for (const folder of foldersAbove(path)) {
      // Then those above it are known too.
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/** `a/b/c` has `a/b` and `a`. */
function foldersAbove(path: string): string[] {
  const folders: string[] = []
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) folders.push(path.slice(0, end))
  return folders
}
