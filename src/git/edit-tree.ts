/**
 * A tree with a few entries changed. Folder by folder, from the top: only those on the way to a change are read and
 * written again, so it costs the same in a repository of any size, and there is no index and no checkout.
 */
import { git, records } from './git.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir'>

export interface Entry {
  mode: string
  object: string
}

/** A path and what shall be there; null removes it. */
export interface Edit {
  path: string
  entry: Entry | null
}

const FOLDER = '040000'

/** `tree` (null: an empty one) after the edits, in which each path is named once. */
export async function editTree(repo: Place, tree: string | null, edits: readonly Edit[]): Promise<string> {
  if (tree !== null && edits.length === 0) return tree
  return (await editFolder(repo, tree, edits)).object
}

async function editFolder(
  repo: Place,
  tree: string | null,
  edits: readonly Edit[],
): Promise<{ object: string; isEmpty: boolean }> {
  const entries = tree === null ? new Map<string, Entry>() : await list(repo, [tree])
  for (const [name, below] of Map.groupBy(edits, ({ path }) => path.split('/', 1)[0]!)) {
    const [whole] = below.filter(({ path }) => path === name)
    const inside = below.flatMap(({ path, entry }) =>
      path === name ? [] : [{ path: path.slice(name.length + 1), entry }],
    )
    if (whole !== undefined) {
      if (whole.entry === null) entries.delete(name)
      else entries.set(name, whole.entry)
    }
    if (inside.length === 0) continue
    const found = entries.get(name)
    const folder = await editFolder(repo, found?.mode === FOLDER ? found.object : null, inside)
    // Nothing to remove is nothing to do: a file in the place of the folder stays.
    if (!folder.isEmpty) entries.set(name, { mode: FOLDER, object: folder.object })
    else if (found?.mode === FOLDER) entries.delete(name)
  }
  const input = [...entries].map(([name, { mode, object }]) => `${mode} ${typeOf(mode)} ${object}\t${name}\0`).join('')
  const object = (await git(['mktree', '-z'], { gitDir: repo.gitDir, input })).stdout.trim()
  return { object, isEmpty: entries.size === 0 }
}

function typeOf(mode: string): string {
  return mode === FOLDER ? 'tree' : mode === '160000' ? 'commit' : 'blob'
}

/** What lies at these exact paths of a commit or tree. A path that is not there is not in the answer. */
export async function entriesAt(repo: Place, tree: string, paths: readonly string[]): Promise<Map<string, Entry>> {
  // Without a path everything would be listed.
  return paths.length === 0 ? new Map() : await list(repo, ['--full-tree', tree, '--', ...paths])
}

async function list(repo: Place, args: readonly string[]): Promise<Map<string, Entry>> {
  const env = { GIT_LITERAL_PATHSPECS: '1' }
  const { stdout } = await git(['ls-tree', '-z', ...args], { gitDir: repo.gitDir, env })
  const entries = new Map<string, Entry>()
  for (const record of records(stdout)) {
    const [, mode, object, path] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(record)!
    entries.set(path!, { mode: mode!, object: object! })
  }
  return entries
}
