/** A tree that is like another one but for a few paths, by a scratch index: no file is written anywhere else. */
import { rm } from 'node:fs/promises'
import { git } from './git.ts'
import type { Repository } from './repository.ts'

/** What a path is to be; null takes it out. */
export interface TreeEdit {
  path: string
  entry: { mode: string; object: string } | null
}

/** Gives the tree of `commit` (or tree) with the edits. `indexFile` is made for this and removed again. */
export async function rewriteTree(
  repo: Pick<Repository, 'gitDir'>,
  commit: string,
  edits: readonly TreeEdit[],
  indexFile: string,
): Promise<string> {
  const place = { gitDir: repo.gitDir, indexFile }
  const nothing = '0'.repeat(commit.length)
  const input = edits
    .map(({ path, entry }) => `${entry === null ? `0 ${nothing}` : `${entry.mode} ${entry.object}`} 0\t${path}\0`)
    .join('')
  await rm(indexFile, { force: true })
  try {
    await git(['read-tree', commit], place)
    await git(['update-index', '-z', '--index-info'], { ...place, input })
    return (await git(['write-tree'], place)).stdout.trim()
  } finally {
    await rm(indexFile, { force: true })
  }
}
