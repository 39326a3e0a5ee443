/** A conflict as a brief tells it: the places where the sides meet, in three versions, and what each side has changed. */
import { mergeBase } from '../../git/ancestry.ts'
import { git } from '../../git/git.ts'
import { conflictLines } from '../../git/markers.ts'
import type { ConflictFile } from '../../git/conflict.ts'
import type { Repository } from '../../git/repository.ts'
import type { BriefConflict, BriefConflictFile } from '../../tools/brief-conflict.ts'
import { conflictParts, readable } from './hunks.ts'
import { sortConflicts } from './plain.ts'

/** `tree` holds the markers that the tool gets to see; `files` are what it has to settle. */
export async function describeForBrief(
  repo: Pick<Repository, 'gitDir'>,
  sides: { onto: string; work: string },
  merge: { tree: string; files: readonly ConflictFile[] },
): Promise<Pick<BriefConflict, 'files' | 'diffs'>> {
  const { plain } = await sortConflicts(repo, sides, merge.files)
  const files: BriefConflictFile[] = []
  for (const { path, kind } of merge.files) {
    const texts = plain.find((one) => one.path === path)
    const parts = texts === undefined ? null : await conflictParts(repo, texts)
    const hunks = (parts ?? []).flatMap((part) => {
      if (typeof part === 'string') return []
      const { ours, base, theirs } = part
      return [{ target: readable(ours), base: readable(base), own: readable(theirs) }]
    })
    files.push({ path, kind, lines: await conflictLines(repo, merge.tree, path), hunks })
  }
  const base = await mergeBase(repo, sides.onto, sides.work)
  const paths = merge.files.map(({ path }) => path)
  if (base === null || paths.length === 0) return { files, diffs: { target: '', own: '' } }
  const [target, own] = await Promise.all([diff(repo, base, sides.onto, paths), diff(repo, base, sides.work, paths)])
  return { files, diffs: { target, own } }
}

async function diff(
  repo: Pick<Repository, 'gitDir'>,
  from: string,
  to: string,
  paths: readonly string[],
): Promise<string> {
  const args = ['diff-tree', '-r', '-p', '--no-renames', '--no-textconv', '--no-ext-diff', from, to, '--', ...paths]
  return (await git(args, { gitDir: repo.gitDir, env: { GIT_LITERAL_PATHSPECS: '1' } })).stdout
}
