/**
 * Random first-parent histories with merges, the same for the same seed: files of lines, edited, added, removed and
 * renamed by branches that began a while ago and by people who commit on the target itself.
 */
import fc from 'fast-check'
import { commitTree, mergeInMemory } from '../../src/git/merge.ts'
import type { Scratch } from '../kit/repository.ts'
import { PERSON } from './room.ts'

export interface Change {
  /** On a branch that began this many commits ago, and then merged; null: a commit of a person on the target. */
  begun: number | null
  edits: { file: number; line: number; what: 'edit' | 'insert' | 'remove' | 'add-file' | 'remove-file' | 'rename' }[]
}

const edit = fc.record({
  file: fc.nat({ max: 3 }),
  line: fc.nat({ max: 19 }),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('edit', 'insert', 'remove') },
    { weight: 1, arbitrary: fc.constantFrom('add-file', 'remove-file', 'rename') },
  ),
})

const change: fc.Arbitrary<Change> = fc.record({
  begun: fc.option(fc.nat({ max: 3 }), { freq: 4 }),
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
})

/** `count` histories of `length` changes each. */
export function randomHistories(seed: number, count: number, length: number): Change[][] {
  return fc.sample(fc.array(change, { minLength: length, maxLength: length }), { seed, numRuns: count })
}

export interface History {
  base: string
  tip: string
  /** First-parent commits after the base that are merges, oldest first. Their second parent is the work. */
  merges: string[]
}

export const FILES = Object.fromEntries(
  [0, 1, 2, 3].map((file) => [
    `f${file}`,
    Array.from({ length: 20 }, (_, line) => `file ${file} line ${line}\n`).join(''),
  ]),
)

/** Makes the commits, none of them checked out. A branch that does not merge is left out. `say` gives the merges' messages. */
export async function grow(
  at: Scratch,
  changes: readonly Change[],
  say = (number: number): string => `merge ${number}\n`,
): Promise<History> {
  const repo = { gitDir: `${at.root}/.git` }
  const base = await at.git(['rev-parse', 'HEAD'])
  const line = [base]
  const merges: string[] = []
  for (const [number, { begun, edits }] of changes.entries()) {
    const tip = line.at(-1)!
    const from = begun === null ? tip : line.at(-1 - Math.min(begun, line.length - 1))!
    const work = await commitEdits(at, from, edits, number)
    if (begun === null) {
      line.push(work)
      continue
    }
    const merge = await mergeInMemory(repo, tip, work)
    if (merge.kind === 'conflict') continue
    const commit = { tree: merge.tree, parents: [tip, work], message: say(number) }
    line.push(await commitTree(repo, { ...commit, author: PERSON, committer: PERSON, dateSeconds: 1_700_000_000 }))
    merges.push(line.at(-1)!)
  }
  return { base, tip: line.at(-1)!, merges }
}

async function commitEdits(at: Scratch, onto: string, edits: Change['edits'], number: number): Promise<string> {
  const env = { GIT_INDEX_FILE: `${at.dir}/grow.index` }
  await at.git(['read-tree', onto], at.root, env)
  const put = async (path: string, text: string): Promise<void> => {
    await at.write(`${at.dir}/blob`, text)
    const blob = await at.git(['hash-object', '-w', `${at.dir}/blob`])
    await at.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], at.root, env)
  }
  for (const { file, line, what } of edits) {
    const paths = (await at.git(['ls-files'], at.root, env)).split('\n').filter((path) => path !== '')
    const path = paths[file % Math.max(1, paths.length)]
    if (path === undefined || what === 'add-file') {
      await put(`added-${number}-${line}`, `new in ${number}\n`.repeat(5))
      continue
    }
    const text = `${await at.git(['cat-file', 'blob', `:${path}`], at.root, env)}\n`
    const lines = text.split('\n').slice(0, -1)
    const place = line % Math.max(1, lines.length)
    if (what === 'edit') lines[place] = `edited in ${number}`
    if (what === 'insert') lines.splice(place, 0, `inserted in ${number}`)
    if (what === 'remove') lines.splice(place, 1)
    if (what === 'rename' || what === 'remove-file')
      await at.git(['update-index', '--force-remove', path], at.root, env)
    if (what === 'rename') await put(`renamed-${number}-${path}`, text)
    else if (what !== 'remove-file') await put(path, lines.map((one) => `${one}\n`).join(''))
  }
  const tree = await at.git(['write-tree'], at.root, env)
  return at.git(['commit-tree', tree, '-p', onto, '-m', `work ${number}`])
}
