/** Contents as objects: read many at once, within a limit, and written without anybody's filters. */
import { git } from './git.ts'
import { isOwnObjectFolder, writeLooseObject } from './loose-object.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir'>

/** Far above any file that is written by hand, lockfiles included. */
export const BLOB_BYTES_MAX = 16 * 1024 * 1024

/**
 * The contents of blobs, each named by its id or as `<tree>:<path>`. What is missing, is no blob, or is larger than
 * `bytesMax` is not in the answer. Two processes for all of them. A name must not hold a line end.
 */
export async function readBlobs(
  repo: Place,
  names: readonly string[],
  bytesMax: number = BLOB_BYTES_MAX,
): Promise<Map<string, Buffer>> {
  const asked = [...new Set(names)].filter((name) => !name.includes('\n'))
  if (asked.length === 0) return new Map()
  const sizes = await git(['cat-file', '--batch-check'], { gitDir: repo.gitDir, input: lines(asked) })
  const found = sizes.stdout.split('\n')
  const wanted = asked.filter((_, index) => {
    const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(found[index] ?? '') ?? []
    return size !== undefined && Number(size) <= bytesMax
  })
  return await readWhole(repo, wanted)
}

/** The contents of blobs that are known to be there, and to be small enough to be held. One process for all of them. */
export async function readWhole(repo: Place, names: readonly string[]): Promise<Map<string, Buffer>> {
  const wanted = [...new Set(names)]
  if (wanted.length === 0) return new Map()
  const { bytes } = await git(['cat-file', '--batch'], { gitDir: repo.gitDir, input: lines(wanted) })
  const contents = new Map<string, Buffer>()
  let at = 0
  for (const name of wanted) {
    const end = bytes.indexOf('\n', at)
    const size = Number(bytes.subarray(at, end).toString('latin1').split(' ')[2])
    contents.set(name, bytes.subarray(end + 1, end + 1 + size))
    at = end + 1 + size + 1
  }
  return contents
}

function lines(names: readonly string[]): string {
  return names.map((name) => `${name}\n`).join('')
}

/** Bytes of each blob; what is missing, or is no blob, is not in it. */
export async function blobSizes(repo: Place, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const args = ['cat-file', '--batch-check', '--buffer']
  const { stdout } = await git(args, { gitDir: repo.gitDir, input: lines(ids) })
  const sizes = new Map<string, number>()
  for (const line of stdout.split('\n')) {
    const [id, type, size] = line.split(' ')
    if (type === 'blob') sizes.set(id!, Number(size))
  }
  return sizes
}

/** Stores a content and gives its id. */
export async function writeBlob(
  repo: Pick<Repository, 'gitDir' | 'objects' | 'objectFormat'>,
  content: string | Uint8Array,
): Promise<string> {
  if (await isOwnObjectFolder(repo.objects))
    return await writeLooseObject(repo.objects, repo.objectFormat, 'blob', content)
  const args = ['hash-object', '-w', '--stdin']
  return (await git(args, { gitDir: repo.gitDir, input: content })).stdout.trim()
}

/** As git has it: a NUL near the beginning. */
export function isBinary(content: Uint8Array): boolean {
  return content.subarray(0, 8000).includes(0)
}
