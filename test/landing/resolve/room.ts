/** What the tests of this room share: a repository in which two sides have gone different ways, and their merge. */
import { chmod, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { editTree } from '../../../src/git/edit-tree.ts'
import { writeBlob } from '../../../src/git/blob.ts'
import type { ConflictFile } from '../../../src/git/conflict.ts'
import { mergeInMemory } from '../../../src/git/merge.ts'
import { openRepository, type Repository } from '../../../src/git/repository.ts'
import { type Scratch, scratch } from '../../kit/repository.ts'

export interface Conflicted {
  onto: string
  work: string
  tree: string
  files: ConflictFile[]
}

export interface Forge extends AsyncDisposable {
  at: Scratch
  repo: Repository
  base: string
  /** Two sides that begin at `base` (default: the first commit), and how they conflict. */
  fork(ours: Side, theirs: Side, base?: string): Promise<Conflicted>
  /** A commit with these contents on top of the parents; null removes a file. */
  commit(parents: readonly string[], files: Record<string, string | null>, tree?: string): Promise<string>
  show(tree: string, path: string): Promise<string>
  names(tree: string): Promise<string[]>
}

/** Contents, null to remove a file; or something that is done in the checkout. */
export type Side = Record<string, string | null> | ((at: Scratch) => Promise<unknown>)

export async function forge(files: Record<string, string>): Promise<Forge> {
  await using stack = new AsyncDisposableStack()
  const at = stack.use(await scratch({ files }))
  const base = await at.git(['rev-parse', 'HEAD'])
  const repo = await openRepository(at.root)
  const side = async (what: Side, from: string): Promise<string> => {
    await at.git(['checkout', '-q', '--detach', from])
    if (typeof what === 'function') await what(at)
    else {
      for (const [path, text] of Object.entries(what)) {
        if (text === null) await rm(join(at.root, path))
        else await at.write(path, text)
      }
    }
    return at.commit('a side')
  }
  const self: Forge = {
    at,
    repo,
    base,
    async fork(ours, theirs, from = base) {
      const onto = await side(ours, from)
      const work = await side(theirs, from)
      const merge = await mergeInMemory(repo, onto, work)
      if (merge.kind !== 'conflict') throw new Error('they merge')
      return { onto, work, tree: merge.tree, files: merge.files }
    },
    async commit(parents, contents, tree) {
      const edits = await Promise.all(
        Object.entries(contents).map(async ([path, text]) => ({
          path,
          entry: text === null ? null : { mode: '100644', object: await writeBlob(repo, text) },
        })),
      )
      const edited = await editTree(repo, tree ?? `${parents[0]}^{tree}`, edits)
      return at.git(['commit-tree', edited, ...parents.flatMap((parent) => ['-p', parent]), '-m', 'commit'])
    },
    show: async (tree, path) => `${await at.git(['show', `${tree}:${path}`])}\n`,
    names: async (tree) => (await at.git(['ls-tree', '-r', '--name-only', tree])).split('\n'),
    [Symbol.asyncDispose]: () => at[Symbol.asyncDispose](),
  }
  stack.move()
  return self
}

const TEXT = Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join('')

/** Every conflict that is about more than two texts, and why it is left alone. */
export const NOT_PLAIN: readonly { name: string; ours: Side; theirs: Side; why: RegExp }[] = [
  { name: 'modify/delete', ours: { file: null }, theirs: { file: '1\nwork\n' }, why: /modify\/delete/ },
  { name: 'binary', ours: { binary: 'x\0ours' }, theirs: { binary: 'x\0work' }, why: /binary/ },
  {
    name: 'rename/rename',
    ours: (at) => at.git(['mv', 'long', 'long-ours']),
    theirs: (at) => at.git(['mv', 'long', 'long-work']),
    why: /rename\/rename/,
  },
  {
    name: 'content of a file that one side has renamed',
    ours: async (at) => {
      await at.git(['mv', 'long', 'moved'])
      await at.write('moved', TEXT.replace('line 7', 'ours'))
    },
    theirs: { long: TEXT.replace('line 7', 'work') },
    why: /rename/,
  },
  {
    name: 'file and link',
    ours: async (at) => {
      await rm(join(at.root, 'file'))
      await symlink('long', join(at.root, 'file'))
    },
    theirs: { file: '1\nwork\n' },
    why: /symlink|types/,
  },
  {
    name: 'content and mode',
    ours: async (at) => {
      await at.write('file', '1\nours\n')
      await chmod(join(at.root, 'file'), 0o755)
    },
    theirs: { file: '1\nwork\n' },
    why: /modes differ/,
  },
  {
    name: 'file and folder',
    ours: async (at) => {
      await rm(join(at.root, 'file'))
      await at.write('file/inside', 'ours\n')
    },
    theirs: { file: '1\nwork\n' },
    why: /file\/directory|modify\/delete/,
  },
  {
    name: 'a folder whose files went to several places',
    ours: async (at) => {
      await at.git(['rm', '-q', '-r', 'folder'])
      await at.write('to/a', `a ${TEXT}`)
      await at.write('fro/b', `b ${TEXT}`)
    },
    theirs: { 'folder/new': 'new\n' },
    why: /split/,
  },
]

/** The files that `NOT_PLAIN` begins with. */
export const NOT_PLAIN_FILES: Readonly<Record<string, string>> = {
  file: '1\n2\n',
  binary: 'x\0y',
  long: TEXT,
  'folder/a': `a ${TEXT}`,
  'folder/b': `b ${TEXT}`,
}
