/** What the `.gitattributes` of a commit say about paths; not those of any checkout. */
import { rm } from 'node:fs/promises'
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'

/** By path, then by attribute: git's words `set`, `unset`, `unspecified`, or the value. `indexFile` is scratch. */
export async function attributesAt(
  repo: Pick<Repository, 'gitDir'>,
  commit: string,
  paths: readonly string[],
  names: readonly string[],
  indexFile: string,
): Promise<Map<string, Record<string, string>>> {
  const found = new Map<string, Record<string, string>>(paths.map((path) => [path, {}]))
  if (paths.length === 0) return found
  const place = { gitDir: repo.gitDir, indexFile }
  try {
    await git(['read-tree', commit], place)
    const input = paths.map((path) => `${path}\0`).join('')
    const fields = records(
      (await git(['check-attr', '--cached', '-z', '--stdin', ...names], { ...place, input })).stdout,
    )
    for (let at = 0; at + 2 < fields.length; at += 3) found.get(fields[at]!)![fields[at + 1]!] = fields[at + 2]!
  } finally {
    await rm(indexFile, { force: true })
  }
  return found
}
