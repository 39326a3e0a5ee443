/**
 * A merge that failed, as data that a person (or the next tool) can act on: where, what each side has there, whose
 * commits they are, and where the work is safe. Everything is read from git at once: the target may have moved on by the
 * time that somebody looks.
 */
import { mergeBase } from '../git/ancestry.ts'
import { commitsTouching } from '../git/history.ts'
import { threeWayHunks } from '../git/hunks.ts'
import { conflictLines } from '../git/markers.ts'
import type { Merge } from '../git/merge.ts'
import type { Repository } from '../git/repository.ts'
import type { Failure } from '../model/failure.ts'
import type { Conflict, ConflictFile, TouchingCommit } from '../model/landing.ts'

/** Files that are described in full; of the others the report has path and kind. */
const FILES_MAX = 20
/** Commits of each side by file. */
const COMMITS_MAX = 5
const SUBJECT_LENGTH_MAX = 120

export type ConflictOf = Pick<Conflict, 'workstream' | 'attempt' | 'onto' | 'work' | 'ref' | 'at'>

/** Who changed a path last on the target's side since the work began; null when it was nobody of ours. */
export type AuthorOf = (path: string, onto: string, work: string) => Promise<ConflictFile['other']>

/** Describes the conflict of merging `work` into `onto`. What was tried is for the caller to add. */
export async function describeConflict(
  repo: Repository,
  about: ConflictOf,
  merge: Extract<Merge, { kind: 'conflict' }>,
  authorOf: AuthorOf,
): Promise<Conflict> {
  const { workstream, attempt, onto, work, ref, at } = about
  const base = await mergeBase(repo, onto, work)
  const full = merge.files.slice(0, FILES_MAX)
  const texts = await threeWayHunks(repo, full)
  const files: ConflictFile[] = []
  for (const { path, kind } of full) {
    const hasMarkers = kind === 'content' || kind === 'add/add'
    const lines = hasMarkers ? await conflictLines(repo, merge.tree, path) : []
    const commits = {
      target: bounded(await commitsTouching(repo, { tip: onto, other: work, path, most: COMMITS_MAX })),
      work: bounded(await commitsTouching(repo, { tip: work, other: onto, path, most: COMMITS_MAX })),
    }
    const { hunks, cut } = texts.get(path) ?? { hunks: [], cut: 0 }
    const other = await authorOf(path, onto, work)
    files.push({ path, kind, lines, other, commits, hunks, ...(cut === 0 ? {} : { hunksCut: cut }) })
  }
  const rest = merge.files.slice(FILES_MAX).map(({ path, kind }) => ({ path, kind, lines: [], other: null }))
  const known = base === null ? {} : { base }
  return { workstream, attempt, onto, work, ref, ...known, files: [...files, ...rest], tried: [], at }
}

/** As the state of its workstream tells it. */
export function conflictFailure({ workstream, ref, files }: Pick<Conflict, 'workstream' | 'ref' | 'files'>): Failure {
  const paths = files.map(({ path }) => path)
  return {
    code: 'E402',
    message: `merge conflict in ${workstream}: ${paths.join(', ')}`,
    fix: `sluice open ${workstream}, settle the merge there, then sluice resolve ${workstream}`,
    details: { paths, ref },
  }
}

function bounded(commits: readonly TouchingCommit[]): TouchingCommit[] {
  return commits.map((one) => ({ ...one, subject: one.subject.slice(0, SUBJECT_LENGTH_MAX) }))
}
