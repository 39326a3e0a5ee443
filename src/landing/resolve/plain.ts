/**
 * Which conflicts may be settled without understanding them: two texts that both sides kept as the same kind of file at
 * the same path. Whatever is about names, kinds, modes or bytes is left alone by every automatic rung.
 */
import { BLOB_BYTES_MAX, isBinary, readBlobs } from '../../git/blob.ts'
import { type Entry, entriesAt } from '../../git/edit-tree.ts'
import type { ThreeTexts } from '../../git/merge-file.ts'
import type { ConflictFile } from '../../git/conflict.ts'
import type { Repository } from '../../git/repository.ts'

export interface PlainConflict extends ThreeTexts {
  path: string
  /** The same on both sides, of an ordinary file. */
  mode: string
}

export interface Sorted {
  plain: PlainConflict[]
  /** By path: why it is none. */
  others: Map<string, string>
}

const ORDINARY: ReadonlySet<string> = new Set(['100644', '100755'])
const KINDS: ReadonlySet<string> = new Set(['content', 'add/add'])

/** Sorts the conflicts of a merge of `work` into `onto`. */
export async function sortConflicts(
  repo: Pick<Repository, 'gitDir'>,
  sides: { onto: string; work: string },
  files: readonly ConflictFile[],
): Promise<Sorted> {
  const paths = files.map(({ path }) => path)
  const [onto, work] = await Promise.all([entriesAt(repo, sides.onto, paths), entriesAt(repo, sides.work, paths)])
  const others = new Map<string, string>()
  const likely = files.filter((file) => {
    const why = reasonAgainst(file, onto.get(file.path), work.get(file.path))
    if (why !== null) others.set(file.path, why)
    return why === null
  })
  const contents = await readBlobs(
    repo,
    likely.flatMap(({ stages }) => [1, 2, 3].flatMap((stage) => stages[stage]?.object ?? [])),
  )
  const plain: PlainConflict[] = []
  for (const { path, stages } of likely) {
    const [base, ours, theirs] = [1, 2, 3].map((stage) => {
      const entry = stages[stage]
      return entry === undefined ? Buffer.alloc(0) : contents.get(entry.object)
    })
    if (base === undefined || ours === undefined || theirs === undefined) {
      others.set(path, `a file of more than ${BLOB_BYTES_MAX} bytes`)
    } else if ([base, ours, theirs].some(isBinary)) others.set(path, 'binary')
    else plain.push({ path, mode: stages[2]!.mode, base, ours, theirs })
  }
  return { plain, others }
}

function reasonAgainst({ kind, stages }: ConflictFile, onto?: Entry, work?: Entry): string | null {
  if (!KINDS.has(kind)) return kind
  const [base, ours, theirs] = [stages[1], stages[2], stages[3]]
  if (ours === undefined || theirs === undefined) return 'one side has no such file'
  const modes = new Set([ours.mode, theirs.mode, base?.mode ?? ours.mode])
  if (modes.size > 1 || !ORDINARY.has(ours.mode)) return 'modes differ'
  // A stage that is not what the side has at this path came here by a rename, or is itself a merge of two files.
  const isOwn = onto?.object === ours.object && work?.object === theirs.object
  return isOwn ? null : 'a rename is part of it'
}
