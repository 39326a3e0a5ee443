/**
 * Predicting the conflicts of 50 branches, all 1,225 pairs, in a repository of 57,000 files; the judge is `git merge-tree`
 * of every pair by itself, and of some of them `git merge` in a worktree.
 */
import { execFile, execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Pair, predictMerges } from '../src/git/predict.ts'
import { openRepository } from '../src/git/repository.ts'
import { makePlace, type Place } from './place.ts'
import { makeRepository, sourceFiles } from './repository.ts'
import { atLeast, type Row, rowOf } from './row.ts'

const FILES = 57_000
const BRANCHES = 50
/** Of the folder that everybody works in; the others are far apart. */
const SHARED_FILES = 40
const SECONDS_MAX = 2
/** Pairs that are merged in a worktree too: half a second each. */
const REAL_MERGES = 20

export async function run(): Promise<Row[]> {
  using place = makePlace('bench-radar')
  makeRepository(place, sourceFiles(FILES))
  const heads = makeBranches(place)
  const pairs = heads.flatMap((a, index) => heads.slice(index + 1).map((b): Pair => [a, b]))
  const repo = await openRepository(place.repo)
  const began = performance.now()
  const predictions = await predictMerges(repo, pairs, { scratch: join(place.dir, 'scratch') })
  const seconds = (performance.now() - began) / 1000
  const predicted = predictions.map(({ kind }) => kind === 'conflict')
  const real = await Promise.all(inTurns(pairs, (pair) => conflicts(place, pair)))
  checkWithWorktree(place, pairs, real)
  const count = (isCounted: (index: number) => boolean): number => pairs.filter((_, index) => isCounted(index)).length
  const found = count((index) => predicted[index]! && real[index]!)
  const title = `of ${count((index) => real[index]!)} conflicts in ${pairs.length} pairs`
  return [
    rowOf(`radar ${BRANCHES} branches, ${FILES} files`, seconds, 's', SECONDS_MAX),
    atLeast(`radar recall ${title}`, found / count((index) => real[index]!), 'share', 1),
    atLeast(`radar precision ${title}`, found / count((index) => predicted[index]!), 'share', 1),
  ]
}

/** Each edits files of its own and some of the shared ones; some rename, delete and add there. */
function makeBranches(place: Place): string[] {
  const names = Array.from({ length: BRANCHES }, (_, branch) => `branch-${branch}`)
  const parts: string[] = []
  for (const [branch, name] of names.entries()) {
    parts.push(`commit refs/heads/${name}\ncommitter Bench <bench@example.org> 1700000000 +0000\n`)
    parts.push('data 0\n', 'from refs/heads/main^0\n')
    for (let edit = 0; edit < 8; edit++) parts.push(...write((branch * 1009 + edit * 97 + 40) % FILES, branch, 3))
    // One in four shared files is met by another branch, in the same place or far away.
    const shared = (branch * 7) % SHARED_FILES
    parts.push(...write(shared, branch, branch % 3 === 0 ? 15 : 5), ...write((shared + 13) % SHARED_FILES, branch, 5))
    if (branch % 10 === 0) parts.push(`R ${pathOf(branch)} packages/p0/src/m0/moved${branch}.ts\n`)
    if (branch % 10 === 5) parts.push(`D ${pathOf(branch - 5)}\n`)
    if (branch % 25 === 24) parts.push('R packages/p1/src/m1 packages/p1/src/renamed\n')
    if (branch % 25 === 12) parts.push('M 100644 inline packages/p1/src/m1/added.ts\n', 'data 6\nadded\n\n')
  }
  execFileSync('git', ['fast-import', '--quiet'], { cwd: place.repo, env: place.env, input: parts.join('') })
  return place.git('rev-parse', ...names).split('\n')
}

function pathOf(file: number): string {
  return [...sourceFiles(file + 1)].at(-1)![0]
}

/** The file with one of its lines changed by the branch. */
function write(file: number, branch: number, line: number): string[] {
  const [path, text] = [...sourceFiles(file + 1)].at(-1)!
  const lines = text.split('\n')
  lines[line] = `// branch ${branch}`
  const changed = lines.join('\n')
  return [`M 100644 inline ${path}\n`, `data ${Buffer.byteLength(changed)}\n${changed}\n`]
}

const execute = promisify(execFile)

async function conflicts({ repo, env }: Place, [a, b]: Pair): Promise<boolean> {
  return await execute('git', ['merge-tree', '--write-tree', a, b], { cwd: repo, env }).then(
    () => false,
    (error: { code: number }) => {
      if (error.code !== 1) throw error
      return true
    },
  )
}

/** `git merge` itself has to say the same of some pairs, of those that conflict and of those that do not. */
function checkWithWorktree(place: Place, pairs: readonly Pair[], real: readonly boolean[]): void {
  const worktree = join(place.dir, 'worktree')
  place.git('worktree', 'add', '-q', '--detach', worktree, 'main')
  for (const isConflict of [true, false]) {
    const sample = pairs.filter((_, index) => real[index] === isConflict).slice(0, REAL_MERGES / 2)
    for (const [a, b] of sample) {
      place.git('-C', worktree, 'reset', '-q', '--hard', a)
      let failed = false
      try {
        place.git('-C', worktree, 'merge', '-q', '--no-edit', b)
      } catch {
        failed = true
      }
      if (failed !== isConflict) throw new Error(`git merge says otherwise of ${a} and ${b}`)
    }
  }
}

/** Starts `work` for every item, two at a time. */
function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R>[] {
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()]
  return items.map((item, index) => {
    const result = lanes[index % 2]!.then(() => work(item))
    lanes[index % 2] = result.catch(() => undefined)
    return result
  })
}
