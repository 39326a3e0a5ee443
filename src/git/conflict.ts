/** What `merge-tree` says of a merge that failed: which paths, all sides of each, and in one word what the matter is. */
import { GITLINK, SYMLINK } from './tree-changes.ts'

/**
 * The sides of a conflict: 1 the common base, 2 the target, 3 the work; absent where that side has no such file. None at
 * all for a conflict that is about a folder.
 */
export type Stages = Partial<Record<number, { mode: string; object: string }>>

export interface ConflictFile {
  path: string
  stages: Stages
  /**
   * git's own word, as `content`, `add/add`, `modify/delete`, `rename/rename`, `rename/delete`, `file/directory`,
   * `binary`; ours where it has none: `symlink/file`, `modes`, `submodule`.
   */
  kind: string
  /** git's sentence about it, for a report. */
  message: string
}

/**
 * Reads the records of one conflict, from `start` on: `<mode> <object> <stage>\t<path>`, an empty one, then messages:
 * count, paths, type, text. `end` is where they stop: at the end, or at an empty record. `sides` are the commits as they
 * were named to git.
 */
export function readConflict(
  fields: readonly string[],
  start: number,
  sides: readonly string[],
): { files: ConflictFile[]; end: number } {
  const files = new Map<string, ConflictFile>()
  let at = start
  for (; at < fields.length && fields[at] !== ''; at++) {
    const [, mode, object, stage, path] = /^(\d+) ([0-9a-f]+) ([123])\t([^]*)$/.exec(fields[at]!)!
    const file = files.get(path!) ?? { path: path!, stages: {}, kind: '', message: '' }
    file.stages[Number(stage)] = { mode: mode!, object: object! }
    files.set(path!, file)
  }
  for (at++; at < fields.length && fields[at] !== '';) {
    const count = Number(fields[at])
    const paths = fields.slice(at + 1, at + 1 + count)
    const type = fields[at + 1 + count]!
    const text = fields[at + 2 + count]!
    at += count + 3
    const kind = /^CONFLICT ?\((.*)\)$/.exec(type)?.[1]
    if (kind === undefined) continue
    // A folder that was split by renames has no sides in the index: the message is all there is of it.
    if (!paths.some((path) => files.has(path)))
      for (const path of paths) files.set(path, { path, stages: {}, kind: '', message: '' })
    for (const path of paths) {
      const file = files.get(path)
      if (file !== undefined && file.kind === '') Object.assign(file, { kind, message: text.trim() })
    }
  }
  const whole = underTheirOwnNames([...files.values()], sides)
  return { files: whole.map((file) => ({ ...file, kind: kindOf(file) })), end: at }
}

/**
 * A side that cannot stand where the other one does is listed as `path~<commit>`: it belongs to `path`, where a person
 * knows it.
 */
function underTheirOwnNames(files: readonly ConflictFile[], sides: readonly string[]): ConflictFile[] {
  const byPath = new Map<string, ConflictFile>()
  const ownName = (path: string): string => {
    const side = sides.find((commit) => path.endsWith(`~${commit}`))
    return side === undefined ? path : path.slice(0, -side.length - 1)
  }
  // Those that keep their name come first: what they say counts.
  for (const file of files.toSorted(
    (a, b) => Number(ownName(a.path) !== a.path) - Number(ownName(b.path) !== b.path),
  )) {
    const path = ownName(file.path)
    const known = byPath.get(path)
    if (known === undefined) byPath.set(path, { ...file, path })
    else Object.assign(known.stages, file.stages)
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function kindOf({ kind, stages }: ConflictFile): string {
  const all = Object.values(stages).flatMap((side) => (side === undefined ? [] : [side]))
  const [base, ours, theirs] = [stages[1], stages[2], stages[3]]
  if (kind.startsWith('submodule')) return 'submodule'
  if (kind === 'distinct modes') return all.some(({ mode }) => mode === SYMLINK) ? 'symlink/file' : 'distinct types'
  if (kind !== 'contents' && kind !== '') return kind
  if (ours !== undefined && ours.object === theirs?.object && ours.mode !== theirs.mode) return 'modes'
  if (all.some(({ mode }) => mode === GITLINK)) return 'submodule'
  return base === undefined ? 'add/add' : 'content'
}
