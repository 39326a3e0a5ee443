/** Histories of a target written down as what happened, oldest first, without a repository. */
import type { Landed } from '../../src/git/history.ts'

export type Happened =
  /** Workstream and landing; the commit is called after the landing. */
  | { land: string; as: string }
  /** What the trailer says; the commit has a name of its own. */
  | { revert: string; as: string }
  | { person: string }

export const land = (land: string, as: string): Happened => ({ land, as })
export const revert = (name: string, as: string): Happened => ({ revert: name, as })
export const person = (as: string): Happened => ({ person: as })

/** The commit of a landing. */
const commitOf = (landing: string): string => `commit-${landing}`

/** As `firstParentTrailers` reads it: newest first. The first one's parent is `base`. */
export function past(...happened: readonly Happened[]): Landed[] {
  let parent = 'base'
  const history = happened.map((entry, at): Landed => {
    const bare = { tree: '', committedAt: at * 1000, landing: null, workstream: null, attempt: null, reverts: [] }
    const first = [parent]
    if ('land' in entry) {
      parent = commitOf(entry.as)
      const names = { landing: entry.as, workstream: entry.land, attempt: 1 }
      return { ...bare, ...names, commit: parent, parents: [...first, `work-${entry.as}`] }
    }
    parent = 'person' in entry ? entry.person : entry.as
    return { ...bare, commit: parent, parents: first, reverts: 'revert' in entry ? [entry.revert] : [] }
  })
  return history.toReversed()
}
