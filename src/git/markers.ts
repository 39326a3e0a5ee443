/**
 * Conflict markers: where they are in a merge that failed, and whether an attempt has left some behind.
 */
import { git } from './git.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir'>

export interface LineRange {
  /** 1-based, both inclusive. */
  start: number
  end: number
}

/** Lines from `<<<<<<<` to `>>>>>>>` in a file of a conflicted tree; none for a conflict that has no text. */
export async function conflictLines(repo: Place, tree: string, path: string): Promise<LineRange[]> {
  const { exit, stdout } = await git(['cat-file', 'blob', `${tree}:${path}`], { gitDir: repo.gitDir, exits: [0, 128] })
  if (exit !== 0) return []
  const ranges: LineRange[] = []
  let start = 0
  for (const [index, line] of stdout.split('\n').entries()) {
    if (line.startsWith('<<<<<<< ')) start = index + 1
    else if (line.startsWith('>>>>>>> ') && start > 0) {
      ranges.push({ start, end: index + 1 })
      start = 0
    }
  }
  return ranges
}

/**
 * Files in which the way from `base` to `tip` added a conflict marker, by `diff --check`. Seven equal signs alone do
 * not count, as git has it: they also underline a title in Markdown.
 */
export async function leftoverMarkers(repo: Place, base: string, tip: string): Promise<string[]> {
  const args = ['diff-tree', '-r', '--check', '--no-renames', base, tip]
  const { stdout } = await git(args, { gitDir: repo.gitDir, exits: [0, 2] })
  const suspects = new Map<string, number[]>()
  for (const line of stdout.split('\n')) {
    const found = /^(.*):(\d+): leftover conflict marker$/.exec(line)
    if (found !== null) suspects.set(found[1]!, [...(suspects.get(found[1]!) ?? []), Number(found[2])])
  }
  const left: string[] = []
  for (const [path, numbers] of suspects) {
    const blob = await git(['cat-file', 'blob', `${tip}:${path}`], { gitDir: repo.gitDir, exits: [0, 128] })
    const lines = blob.stdout.split('\n')
    if (numbers.some((number) => !(lines[number - 1] ?? '=').startsWith('='))) left.push(path)
  }
  return left
}
