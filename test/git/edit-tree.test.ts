import { expect, it } from 'vitest'
import { writeBlob } from '../../src/git/blob.ts'
import { type Edit, editTree, entriesAt } from '../../src/git/edit-tree.ts'
import { openRepository } from '../../src/git/repository.ts'
import { scratch } from '../kit/repository.ts'

const files = { 'a/b/c': '1\n', 'a/b-': '2\n', 'a/d': '3\n', 'a.x': '4\n', 'odd\nname "ü"/*': '5\n' }

it('changes, adds and removes entries, as a checkout would have it', async () => {
  await using at = await scratch({ files })
  const repo = await openRepository(at.root)
  const object = await writeBlob(repo, 'new\n')
  const entry = { mode: '100644', object }
  const edits: Edit[] = [
    { path: 'a/b/c', entry: null },
    { path: 'a/d', entry: { ...entry, mode: '100755' } },
    { path: 'a.x', entry: null },
    { path: 'a.x/inside', entry },
    { path: 'new/folder/file', entry },
    { path: 'odd\nname "ü"/*', entry },
    { path: 'not/there', entry: null },
    { path: 'a/b-/not', entry: null },
  ]
  const tree = await editTree(repo, 'HEAD^{tree}', edits)
  await at.git(['rm', '-q', 'a/b/c', 'a.x'])
  for (const path of ['a/d', 'a.x/inside', 'new/folder/file', 'odd\nname "ü"/*']) await at.write(path, 'new\n')
  await at.git(['add', '-A'])
  await at.git(['update-index', '--chmod=+x', 'a/d'])
  expect(tree).toBe(await at.git(['write-tree']))
  expect(await at.exit(['fsck', '--strict', '--no-dangling'])).toBe(0)
})

it('begins with nothing, ends with nothing, or leaves a tree as it is', async () => {
  await using at = await scratch({ files: { a: '1\n' } })
  const repo = await openRepository(at.root)
  const tree = await at.git(['rev-parse', 'HEAD^{tree}'])
  const { a } = Object.fromEntries(await entriesAt(repo, tree, ['a', 'b']))
  expect(await editTree(repo, null, [{ path: 'a', entry: a! }])).toBe(tree)
  expect(await editTree(repo, tree, [])).toBe(tree)
  const empty = await editTree(repo, tree, [{ path: 'a', entry: null }])
  expect(await at.git(['ls-tree', empty])).toBe('')
})

it('names exact paths only', async () => {
  await using at = await scratch({ files })
  const repo = await openRepository(at.root)
  expect([...(await entriesAt(repo, 'HEAD', ['*', 'a/d', ':/a.x', 'nothing'])).keys()]).toEqual(['a/d'])
  expect([...(await entriesAt(repo, 'HEAD', ['odd\nname "ü"/*'])).keys()]).toEqual(['odd\nname "ü"/*'])
  expect(await entriesAt(repo, 'HEAD', [])).toEqual(new Map())
})
