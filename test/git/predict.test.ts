import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readBases } from '../../src/git/merge-bases.ts'
import { type Pair, type Prediction, predictMerges } from '../../src/git/predict.ts'
import { openRepository } from '../../src/git/repository.ts'
import { type Scratch, scratch } from '../kit/repository.ts'
import { type Change, fastImport, randomBranches } from './branches.ts'

const TEN_LINES = Array.from({ length: 10 }, (_, line) => `line ${line}\n`).join('')

const TREE: Record<string, string> = {
  'src/a.ts': TEN_LINES,
  'src/b.ts': `b\n${TEN_LINES}`,
  'lib/c.ts': `c\n${TEN_LINES}`,
  top: `top\n${TEN_LINES}`,
}

async function predict(at: Scratch, pairs: readonly Pair[]): Promise<Prediction[]> {
  return await predictMerges(await openRepository(at.root), pairs, { scratch: join(at.dir, 'scratch') })
}

/** Two branches from the same commit, and what is predicted of them. */
async function predictTwo(one: readonly Change[], other: readonly Change[]): Promise<Prediction> {
  await using at = await scratch({ files: TREE })
  const [a, b] = await fastImport(at, { one, other })
  const [prediction] = await predict(at, [[a!, b!]])
  // Git's own merge, in a checkout, is the judge.
  await at.git(['checkout', '-q', '--detach', a!])
  const isClean = (await at.exit(['merge', '-q', '--no-edit', b!])) === 0
  expect(prediction!.kind).toBe(isClean ? 'clean' : 'conflict')
  return prediction!
}

const change = (line: number, to: string): string => TEN_LINES.replace(`line ${line}\n`, `${to}\n`)

describe('predictMerges', () => {
  it('tells two edits of the same line from edits far apart', async () => {
    const [first, same, far] = [change(2, 'mine'), change(2, 'yours'), change(8, 'yours')]
    expect(await predictTwo([['write', 'src/a.ts', first]], [['write', 'src/a.ts', same]])).toEqual({
      kind: 'conflict',
      files: [{ path: 'src/a.ts', kind: 'content' }],
    })
    expect(await predictTwo([['write', 'src/a.ts', first]], [['write', 'src/a.ts', far]])).toEqual({ kind: 'clean' })
  })

  it('sees a file added to a folder that the other side has renamed, though they share no path', async () => {
    const renamed: Change[] = [
      ['move', 'src/a.ts', 'source/a.ts'],
      ['move', 'src/b.ts', 'source/b.ts'],
    ]
    const prediction = await predictTwo(renamed, [['write', 'src/new.ts', 'new\n']])
    expect(prediction).toEqual({
      kind: 'conflict',
      files: [{ path: 'source/new.ts', kind: 'directory rename suggested' }],
    })
    await predictTwo([['write', 'src/deep/new.ts', 'new\n']], renamed)
    await predictTwo(renamed, [['move', 'top', 'src/top']])
  })

  it('sees a folder that was split between two, which leaves no file with sides', async () => {
    const split: Change[] = [
      ['move', 'src/a.ts', 'one/a.ts'],
      ['move', 'src/b.ts', 'two/b.ts'],
    ]
    const prediction = await predictTwo(split, [['write', 'src/new.ts', 'new\n']])
    expect(prediction).toMatchObject({
      kind: 'conflict',
      files: [{ path: 'src', kind: 'directory rename unclear split' }],
    })
  })

  it('sees a file where the other side has a folder', async () => {
    await predictTwo([['write', 'tools', 'a file\n']], [['write', 'tools/run', 'in a folder\n']])
    await predictTwo([['write', 'tools/x/run', 'in a folder\n']], [['write', 'tools', 'a file\n']])
    const replaced: Change[] = [
      ['delete', 'lib/c.ts'],
      ['write', 'lib', 'a file\n'],
    ]
    await predictTwo(replaced, [['write', 'lib/new.ts', 'new\n']])
    await predictTwo(replaced, [['write', 'lib/c.ts', change(1, 'edited')]])
  })

  it('follows a renamed file', async () => {
    const renamed: Change[] = [['move', 'top', 'moved']]
    await predictTwo(renamed, [['write', 'top', `top\n${change(3, 'x')}`]])
    await predictTwo(renamed, [['move', 'top', 'elsewhere']])
    await predictTwo(renamed, [['delete', 'top']])
    await predictTwo(renamed, [['write', 'moved', 'another one\n']])
    await predictTwo(renamed, [['write', 'moved/below', 'a folder of that name\n']])
  })

  it('does not take names that differ in case for a conflict: git merges them', async () => {
    const prediction = await predictTwo([['write', 'README', 'a\n']], [['write', 'readme', 'b\n']])
    expect(prediction).toEqual({ kind: 'clean' })
  })

  it('agrees with merge-tree about every pair of branches that do anything to the same few files', async () => {
    await using at = await scratch({ files: TREE })
    const commits = await fastImport(at, randomBranches(20, TREE))
    const pairs = commits.flatMap((a, place) => commits.slice(place + 1).map((b): Pair => [a, b]))
    const predictions = await predict(at, pairs)
    const kinds = await Promise.all(
      pairs.map(async ([a, b]) => ((await at.exit(['merge-tree', '--write-tree', a, b])) === 0 ? 'clean' : 'conflict')),
    )
    expect(predictions.map(({ kind }) => kind)).toEqual(kinds)
    expect(new Set(kinds)).toEqual(new Set(['clean', 'conflict']))
  })

  it('knows branches that contain each other, that are the same, and that have nothing in common', async () => {
    await using at = await scratch({ files: TREE })
    const first = await at.git(['rev-parse', 'HEAD'])
    await at.write('top', 'second\n')
    const second = await at.commit('second')
    const alone = await at.git(['commit-tree', '-m', 'alone', 'HEAD^{tree}'])
    const pairs: Pair[] = [
      [first, second],
      [second, second],
      [second, alone],
    ]
    expect((await predict(at, pairs)).map(({ kind }) => kind)).toEqual(['clean', 'clean', 'unrelated'])
    expect(await predict(at, [])).toEqual([])
  })

  it('leaves nothing in the repository, and no folder behind', async () => {
    await using at = await scratch({ files: TREE })
    const [a, b] = await fastImport(at, {
      one: [['write', 'top', `1${TEN_LINES}`]],
      other: [['write', 'top', `2${TEN_LINES}`]],
    })
    const before = await at.git(['count-objects', '-v'])
    expect(await predict(at, [[a!, b!]])).toMatchObject([{ kind: 'conflict' }])
    expect(await at.git(['count-objects', '-v'])).toBe(before)
    expect(existsSync(join(at.dir, 'scratch'))).toBe(false)
  })

  it('stops when it is told to', async () => {
    await using at = await scratch({ files: TREE })
    const [a, b] = await fastImport(at, { one: [['delete', 'top']], other: [['write', 'top', 'x\n']] })
    const repo = await openRepository(at.root)
    const options = { scratch: join(at.dir, 'scratch'), signal: AbortSignal.abort('enough') }
    await expect(predictMerges(repo, [[a!, b!]], options)).rejects.toBe('enough')
  })
})

describe('readBases', () => {
  it('gives what merge-base gives for every pair of a history with merges', async () => {
    await using at = await scratch({ files: TREE })
    const commits = [await at.git(['rev-parse', 'HEAD'])]
    // Every commit has one or two parents among those before it: some are criss-crossed.
    for (const [one, other] of [[0], [0], [1, 2], [2, 1], [3, 4], [4], [0], [6, 5], [5, 7], [7, 6]] as const) {
      const parents = [one, other].flatMap((place) => (place === undefined ? [] : ['-p', commits[place]!]))
      commits.push(await at.git(['commit-tree', '-m', `commit ${commits.length}`, ...parents, 'HEAD^{tree}']))
    }
    const basesOf = await readBases(await openRepository(at.root), commits.slice(3))
    for (const a of commits.slice(3)) {
      for (const b of commits.slice(3)) {
        const bases = (await at.git(['merge-base', '--all', a, b])).split('\n')
        expect(basesOf(a, b).toSorted()).toEqual(bases.toSorted())
      }
    }
  })
})
