/**
 * Notes on commits, by plumbing, under a ref of ours: `git notes --ref=sluice show COMMIT` reads them, `git push` can
 * take them along, and nobody's configuration has to know of them.
 *
 * The tree is fanned out by the first two digits, a layout that git reads like any other: each note then rewrites two
 * small trees, however many there are.
 */
import { git, records } from './git.ts'
import { commitTree, type Person } from './merge.ts'
import { casRef, readRef } from './refs.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir' | 'objectFormat'>

export const NOTES = 'refs/notes/sluice'

/** Somebody else's `git notes` at the same moment; each round is 30 ms. */
const ROUNDS_MAX = 10
const FAN_OUT = 2

export interface Note {
  commit: string
  text: string
  author: Person
  /** From the journal, so that a replay gives the same commit. */
  dateSeconds: number
}

/** Writes the note of a commit, in place of an earlier one; notes of other commits stay. Safe to repeat. */
export async function writeNote(repo: Place, { commit, text, author, dateSeconds }: Note): Promise<void> {
  const blob = await hashed(repo, ['hash-object', '-w', '--stdin'], text)
  const [folder, name] = [commit.slice(0, FAN_OUT), commit.slice(FAN_OUT)]
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = await readRef(repo, NOTES)
    const root = before === null ? new Map<string, string>() : await entriesOf(repo, before)
    const inner = root.has(folder) ? await entriesOf(repo, `${before}:${folder}`) : new Map<string, string>()
    const entry = `100644 blob ${blob}`
    if (inner.get(name) === entry && !root.has(commit)) return
    inner.set(name, entry)
    root.set(folder, `040000 tree ${await treeOf(repo, inner)}`)
    // Where `git notes` itself has put it.
    root.delete(commit)
    const message = `Note on ${commit}\n`
    const parents = before === null ? [] : [before]
    const tree = await treeOf(repo, root)
    const after = await commitTree(repo, { tree, parents, message, author, committer: author, dateSeconds })
    if (await casRef(repo, NOTES, after, before, 'receipt of a landing')) return
  }
  throw new Error(`${NOTES} is moved by somebody else all the time`)
}

/** Commits that have a note, in any layout. */
export async function notedCommits(repo: Place): Promise<Set<string>> {
  if ((await readRef(repo, NOTES)) === null) return new Set()
  const { stdout } = await git(['ls-tree', '-r', '-z', '--name-only', NOTES], { gitDir: repo.gitDir })
  return new Set(records(stdout).map((path) => path.replaceAll('/', '')))
}

/** Entries of one tree: `<mode> <type> <object>` by name. */
async function entriesOf(repo: Place, tree: string): Promise<Map<string, string>> {
  const { stdout } = await git(['ls-tree', '-z', tree], { gitDir: repo.gitDir })
  return new Map(
    records(stdout).map((record) => {
      const tab = record.indexOf('\t')
      return [record.slice(tab + 1), record.slice(0, tab)]
    }),
  )
}

async function treeOf(repo: Place, entries: ReadonlyMap<string, string>): Promise<string> {
  return hashed(repo, ['mktree', '-z'], [...entries].map(([name, entry]) => `${entry}\t${name}\0`).join(''))
}

async function hashed(repo: Place, args: readonly string[], input: string): Promise<string> {
  return (await git(args, { gitDir: repo.gitDir, input })).stdout.trim()
}
