/** Sizes and contents of many objects in one process each. */
import { git } from './git.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir'>

/** Bytes of each blob; what is missing, or is no blob, is not in it. */
export async function blobSizes(repo: Place, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map()
  const args = ['cat-file', '--batch-check', '--buffer']
  const { stdout } = await git(args, { gitDir: repo.gitDir, input: ids.map((id) => `${id}\n`).join('') })
  const sizes = new Map<string, number>()
  for (const line of stdout.split('\n')) {
    const [id, type, size] = line.split(' ')
    if (type === 'blob') sizes.set(id!, Number(size))
  }
  return sizes
}

/**
 * Contents by the name that was asked for: an id, or `<commit>:<path>` for a path without a newline. What is missing is
 * not in it. All of it is held in memory: the caller knows the sizes.
 */
export async function readBlobs(repo: Place, names: readonly string[]): Promise<Map<string, Buffer>> {
  if (names.length === 0) return new Map()
  const args = ['cat-file', '--batch', '--buffer']
  const { bytes } = await git(args, { gitDir: repo.gitDir, input: names.map((name) => `${name}\n`).join('') })
  const found = new Map<string, Buffer>()
  let at = 0
  for (const name of names) {
    const end = bytes.indexOf(0x0a, at)
    const header = bytes.toString('utf8', at, end)
    at = end + 1
    const size = / blob (\d+)$/.exec(header)?.[1]
    if (size === undefined) {
      // Of a tree or a commit the content follows too; `missing` and `ambiguous` stand alone.
      const other = / (?:tree|commit|tag) (\d+)$/.exec(header)?.[1]
      if (other !== undefined) at += Number(other) + 1
      continue
    }
    found.set(name, bytes.subarray(at, at + Number(size)))
    at += Number(size) + 1
  }
  return found
}
