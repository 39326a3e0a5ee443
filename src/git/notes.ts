/**
 * Notes on commits, by plumbing, under a ref of ours: `git notes --ref=sluice show COMMIT` reads them, `git push` can
 * take them along, and nobody's configuration has to know of them.
 *
 * The tree is fanned out by the first two digits, a layout that git reads like any other: each note then rewrites two
 * small trees, however many there are.
 */
import { writeBlob } from './blob.ts'
import { git, records } from './git.ts'
import { commitTree, type Person } from './merge.ts'
import { casRef, readRef } from './refs.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir' | 'objects' | 'objectFormat'>

export const NOTES = 'refs/notes/sluice'

/** Somebody else's `git notes` at the same moment; each round is 30 ms. */
const ROUNDS_MAX = 10
const FAN_OUT = 2

export interface Note {
  commit: string
  text: string
}

export interface NotesCommit {
  author: Person
  /** From the journal, so that a replay gives the same commit. */
  dateSeconds: number
}

/**
 * Writes notes by one commit, each in place of an earlier one of its commit; others stay. Safe to repeat. A process of
 * git for each, and seven for all of them.
 */
export async function writeNotes(repo: Place, notes: readonly Note[], by: NotesCommit): Promise<void> {
  const blobs = await Promise.all(notes.map(({ text }) => writeBlob(repo, text)))
  const wanted = new Map(notes.map(({ commit }, index) => [commit, `100644 blob ${blobs[index]}`]))
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = await readRef(repo, NOTES)
    const tree = await treeWith(repo, before, wanted)
    if (tree === null) return
    const message = notes.length === 1 ? `Note on ${notes[0]!.commit}\n` : `Notes on ${notes.length} commits\n`
    const parents = before === null ? [] : [before]
    const after = await commitTree(repo, { ...by, committer: by.author, tree, parents, message })
    if (await casRef(repo, NOTES, after, before, 'receipt of a landing')) return
  }
  throw new Error(`${NOTES} is moved by somebody else all the time`)
}

/** The tree of notes with these entries by commit; null when it has all of them. */
async function treeWith(
  repo: Place,
  notes: string | null,
  wanted: ReadonlyMap<string, string>,
): Promise<string | null> {
  const root = notes === null ? new Map<string, string>() : await entriesOf(repo, notes, [])
  const names = [...new Set([...wanted.keys()].map((commit) => commit.slice(0, FAN_OUT)))]
  const present = names.filter((name) => root.has(name))
  const known = present.length === 0 ? new Map<string, string>() : await entriesOf(repo, notes!, present)
  const pathOf = (commit: string): string => `${commit.slice(0, FAN_OUT)}/${commit.slice(FAN_OUT)}`
  if ([...wanted].every(([commit, entry]) => known.get(pathOf(commit)) === entry && !root.has(commit))) return null
  for (const [commit, entry] of wanted) {
    known.set(pathOf(commit), entry)
    // Where `git notes` itself has put it.
    root.delete(commit)
  }
  const folders = Map.groupBy(known, ([path]) => path.slice(0, FAN_OUT))
  const trees = await writeTrees(
    repo,
    names.map((name) => folders.get(name)!.map(([path, entry]) => [path.slice(FAN_OUT + 1), entry])),
  )
  for (const [index, name] of names.entries()) root.set(name, `040000 tree ${trees[index]}`)
  const [tree] = await writeTrees(repo, [[...root]])
  return tree!
}

/** Commits that have a note, in any layout. */
export async function notedCommits(repo: Place): Promise<Set<string>> {
  if ((await readRef(repo, NOTES)) === null) return new Set()
  const { stdout } = await git(['ls-tree', '-r', '-z', '--name-only', NOTES], { gitDir: repo.gitDir })
  return new Set(records(stdout).map((path) => path.replaceAll('/', '')))
}

/** Entries of a tree, or of these folders in it: `<mode> <type> <object>` by path. */
async function entriesOf(repo: Place, tree: string, folders: readonly string[]): Promise<Map<string, string>> {
  const args = ['ls-tree', '-z', '--full-tree', tree, ...folders.map((folder) => `${folder}/`)]
  return new Map(
    records((await git(args, { gitDir: repo.gitDir })).stdout).map((record) => {
      const tab = record.indexOf('\t')
      return [record.slice(tab + 1), record.slice(0, tab)]
    }),
  )
}

/** Makes trees of entries by name, and gives their ids in the same order. */
async function writeTrees(repo: Place, trees: readonly (readonly (readonly string[])[])[]): Promise<string[]> {
  const texts = trees.map((entries) => entries.map(([name, entry]) => `${entry}\t${name}\0`).join(''))
  const { stdout } = await git(['mktree', '-z', '--batch'], { gitDir: repo.gitDir, input: texts.join('\0') })
  return stdout.trim().split('\n')
}
