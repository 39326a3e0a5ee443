/**
 * What agents leave behind, and the right answer: two of them at the same place. Each lands as the first that comes, or
 * is a conflict that names its kind; both sides are kept, and the target is left alone.
 */
import { describe, expect, it } from 'vitest'
import { mergeInMemory } from '../../src/git/merge.ts'
import { assertKind } from '../git/room.ts'
import { type Field, field } from './field.ts'

const LINES = `${Array.from({ length: 12 }, (_, n) => `line ${n}`).join('\n')}\n`

interface Clash {
  what: string
  files?: Record<string, string>
  /** What lands first, and what meets it. */
  one: string
  two: string
  conflict: { path: string; kind: string }[]
  /** Sides that are kept of the first path: 1 the base, 2 the one that landed, 3 the one that did not. */
  stages: number[]
}

const CLASHES: readonly Clash[] = [
  {
    what: 'rename/rename',
    files: { old: LINES },
    one: 'git mv old first && git commit -qm first',
    two: 'git mv old second && git commit -qm second',
    conflict: [
      { path: 'first', kind: 'rename/rename' },
      { path: 'old', kind: 'rename/rename' },
      { path: 'second', kind: 'rename/rename' },
    ],
    stages: [2],
  },
  {
    what: 'rename/delete',
    files: { old: LINES, stays: 'x\n' },
    one: 'git mv old new && git commit -qm new',
    two: 'git rm -q old && git commit -qm gone',
    conflict: [{ path: 'new', kind: 'rename/delete' }],
    stages: [1, 2],
  },
  {
    what: 'modify/delete',
    files: { a: LINES, stays: 'x\n' },
    one: 'echo more >> a',
    two: 'rm a',
    conflict: [{ path: 'a', kind: 'modify/delete' }],
    stages: [1, 2],
  },
  {
    what: 'file/directory',
    one: 'mkdir a && echo deep > a/deep',
    two: 'echo file > a',
    conflict: [{ path: 'a', kind: 'file/directory' }],
    stages: [3],
  },
  {
    what: 'binary',
    files: { a: 'a\0b\n' },
    one: String.raw`printf 'x\0y\n' > a`,
    two: String.raw`printf 'q\0z\n' > a`,
    conflict: [{ path: 'a', kind: 'binary' }],
    stages: [1, 2, 3],
  },
  {
    what: 'symlink/file',
    files: { a: 'a\n', target: 't\n' },
    one: 'rm a && ln -s target a',
    two: 'echo changed > a',
    conflict: [{ path: 'a', kind: 'symlink/file' }],
    stages: [1, 2, 3],
  },
  {
    what: 'opposing modes',
    one: 'echo same > a && chmod +x a',
    two: 'echo same > a',
    conflict: [{ path: 'a', kind: 'modes' }],
    stages: [2, 3],
  },
]

describe.concurrent('two agents at the same place', () => {
  it.each(CLASHES)('$what: conflict, both sides kept', async ({ files, one, two, conflict, stages }) => {
    await using f = await field(files)
    const [first, second] = [await f.sound('one', one), await f.sound('two', two)]
    const landed = await f.tryLand('one', first)
    assertKind(landed, 'landed')
    const met = await f.tryLand('two', second)
    assertKind(met, 'conflict')
    expect(met.conflict.files.map(({ path, kind }) => ({ path, kind }))).toEqual(conflict)
    expect(await f.tip()).toBe(landed.commit)
    expect(await f.pinned('two')).toBe(second)
    expect(await f.pinned('one')).toBe(first)
    const merge = await mergeInMemory(f.repo, landed.commit, second)
    assertKind(merge, 'conflict')
    expect(Object.keys(merge.files[0]!.stages).map(Number)).toEqual(stages)
  })

  it('a change of mode and a change of content go together', async () => {
    await using f = await field({ a: 'a\n' })
    const [first, second] = [await f.sound('one', 'chmod +x a'), await f.sound('two', 'echo changed > a')]
    assertKind(await f.tryLand('one', first), 'landed')
    const landed = await f.tryLand('two', second)
    assertKind(landed, 'landed')
    expect(await f.at.git(['ls-tree', '--format=%(objectmode) %(path)', landed.commit])).toBe('100755 a')
    expect(await f.show(landed.commit, 'a')).toBe('changed')
  })
})

/** A repository with a submodule `sub` whose own repository lies where git keeps it, and commits 1 - 2 - 3 and 1 - 4. */
async function withSubmodule(
  known: boolean,
): Promise<{ f: Field; bump: (commit: string) => Promise<string>; commits: string[] }> {
  const commits: string[] = []
  const f = await field({ 'README.md': 'hello\n' }, async ({ at }) => {
    const module = known ? `${at.root}/.git/modules/sub` : `${at.dir}/elsewhere`
    await at.git(['init', '-q', '--bare', module])
    const tree = await at.git(['write-tree'], module)
    for (const [message, parent] of [['1'], ['2', 0], ['3', 1], ['4', 0]] as const) {
      const parents = parent === undefined ? [] : ['-p', commits[parent]!]
      commits.push(await at.git(['commit-tree', tree, ...parents, '-m', message], module))
    }
    await at.write('.gitmodules', '[submodule "sub"]\n\tpath = sub\n\turl = ../sub\n')
    await at.git(['update-index', '--add', '--cacheinfo', `160000,${commits[0]},sub`])
    await at.git(['add', '.gitmodules'])
    await at.git(['commit', '-q', '-m', 'a submodule'])
  })
  const bump = (commit: string): Promise<string> =>
    f.sound(`to-${commit.slice(0, 8)}`, `git update-index --cacheinfo 160000,${commit},sub && git commit -qm bump`)
  return { f, bump, commits }
}

describe('a submodule bumped on both sides', () => {
  it.each([
    [1, 2],
    [2, 1],
  ])('is merged when one contains the other (commit %i, then %i)', async (first, second) => {
    const { f, bump, commits } = await withSubmodule(true)
    await using _ = f
    const [one, two] = [await bump(commits[first]!), await bump(commits[second]!)]
    assertKind(await f.tryLand('one', one), 'landed')
    const landed = await f.tryLand('two', two)
    assertKind(landed, 'landed')
    expect(await f.at.git(['ls-tree', landed.commit, 'sub'])).toContain(commits[2]!)
    expect(await f.landed()).toEqual(['one', 'two'])
  })

  it('is a conflict unless one contains the other', async () => {
    const { f, bump, commits } = await withSubmodule(true)
    await using _ = f
    const [one, two] = [await bump(commits[1]!), await bump(commits[3]!)]
    assertKind(await f.tryLand('one', one), 'landed')
    const met = await f.tryLand('two', two)
    assertKind(met, 'conflict')
    expect(met.conflict.files).toMatchObject([{ path: 'sub', kind: 'submodule' }])
    expect(await f.at.git(['ls-tree', await f.tip(), 'sub'])).toContain(commits[1]!)
  })

  it('is a conflict when its repository is not here to say so', async () => {
    const { f, bump, commits } = await withSubmodule(false)
    await using _ = f
    const [one, two] = [await bump(commits[1]!), await bump(commits[2]!)]
    assertKind(await f.tryLand('one', one), 'landed')
    expect(await f.tryLand('two', two)).toMatchObject({
      kind: 'conflict',
      conflict: { files: [{ kind: 'submodule' }] },
    })
  })
})
