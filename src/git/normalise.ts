/** Puts line ends back that a tool has turned: a commit on top of the work, which stays reachable below it. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { git } from './git.ts'
import { editTree } from './edit-tree.ts'
import type { Turned } from './inspect.ts'
import { withLineEnds } from './line-endings.ts'
import { commitTree, type Person } from './merge.ts'
import type { Repository } from './repository.ts'

export interface Normalising {
  tip: string
  turned: readonly Turned[]
  /** A folder of ours for a moment. */
  folder: string
  author: Person
  dateSeconds: number
}

/** Gives the commit. The same input gives the same id, so it may be repeated after a kill. */
export async function normaliseLineEnds(repo: Pick<Repository, 'gitDir'>, order: Normalising): Promise<string> {
  const { tip, turned, folder, author, dateSeconds } = order
  await mkdir(folder, { recursive: true })
  try {
    for (const [number, { content, to }] of turned.entries()) {
      await writeFile(join(folder, `${number}`), withLineEnds(content, to))
    }
    // By names of ours in their folder: paths may hold newlines.
    const input = turned.map((_, number) => `${number}\n`).join('')
    const args = ['hash-object', '-w', '--no-filters', '--stdin-paths']
    const ids = (await git(args, { gitDir: repo.gitDir, cwd: folder, input })).stdout.split('\n')
    const edits = turned.map(({ path, mode }, number) => ({ path, entry: { mode, object: ids[number]! } }))
    const tree = await editTree(repo, tip, edits)
    const message = `Put back the line ends of ${turned.length} files\n`
    return await commitTree(repo, { tree, parents: [tip], message, author, committer: author, dateSeconds })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
