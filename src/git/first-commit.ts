/** A new repository around a folder of files: a sample, or a place to try something in. */
import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { git } from './git.ts'
import { commitTree, type Person } from './merge.ts'

/** Makes `folder` a repository whose `main` has all that is in it. Gives the files, relative and sorted. */
export async function firstCommit(
  folder: string,
  { author, message }: { author: Person; message: string },
): Promise<{ files: string[]; commit: string }> {
  const files = filesBelow(folder).map((file) => relative(folder, file))
  await git(['init', '-q', '--initial-branch=main', folder], { gitDir: null, cwd: folder })
  const place = { gitDir: join(folder, '.git'), workTree: folder, indexFile: join(folder, '.git', 'index') }
  await git(['update-index', '--add', '-z', '--stdin'], { ...place, input: files.map((file) => `${file}\0`).join('') })
  const tree = (await git(['write-tree'], place)).stdout.trim()
  const dateSeconds = Math.floor(Date.now() / 1000)
  const commit = await commitTree(place, { tree, parents: [], message, author, committer: author, dateSeconds })
  await git(['update-ref', 'refs/heads/main', commit], place)
  return { files, commit }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesBelow(path) : [path]))
    .sort()
}
