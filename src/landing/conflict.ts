/** A conflict as data: what a report, a brief and a screen are made from. */
import { conflictLines } from '../git/markers.ts'
import type { ConflictMerge } from '../git/merge.ts'
import type { Repository } from '../git/repository.ts'
import type { Conflict, ConflictFile } from '../model/landing.ts'

/** Who changed a path last on the target's side since the work began. */
export type AuthorOf = (path: string, onto: string, work: string) => Promise<ConflictFile['other']>

export async function describeConflict(
  repo: Repository,
  about: Omit<Conflict, 'files'>,
  merge: ConflictMerge,
  authorOf: AuthorOf,
): Promise<Conflict> {
  const files: ConflictFile[] = []
  for (const { path, kind } of merge.files) {
    const lines = kind === 'content' ? await conflictLines(repo, merge.tree, path) : []
    files.push({ path, kind, lines, other: await authorOf(path, about.onto, about.work) })
  }
  return { ...about, files }
}
