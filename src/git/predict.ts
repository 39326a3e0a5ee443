/**
 * Would these commits merge with each other? Asked of many pairs at once, exactly as a merge would answer, without a
 * worktree and without a trace in the repository.
 *
 * Pairs whose footprints cannot meet are clean without asking. The rest goes to `merge-tree --stdin`, which tells nothing
 * before the end of its input: so in batches, to a few processes at once.
 */
import { cores } from '../process/machine.ts'
import { canConflict, type Footprint, readFootprints } from './footprint.ts'
import { git, records } from './git.ts'
import { type BasesOf, readBases } from './merge-bases.ts'
import { readConflict } from './conflict.ts'
import type { Repository } from './repository.ts'
import { scratchObjects } from './scratch-objects.ts'

export type Pair = readonly [string, string]

export type Prediction =
  | { kind: 'clean' }
  /** Git's words for the kinds, as in `git/merge.ts`. */
  | { kind: 'conflict'; files: { path: string; kind: string }[] }
  /** No common history: git refuses to merge them. */
  | { kind: 'unrelated' }

export interface PredictOptions {
  /** A folder that may be made and removed again; nobody else uses it meanwhile. */
  scratch: string
  signal?: AbortSignal
}

/** More would not be faster: they share the disk and the page cache. */
const PROCESSES_MAX = 4

/** Some 0.2 s of work in a large repository: long enough to pay for the process, short enough to share out evenly. */
const PAIRS_PER_BATCH = 50

type Place = Pick<Repository, 'gitDir' | 'objects'>

/** Predicts the merge of each pair of commit ids, in the order given. Throws GitError when git cannot read them. */
export async function predictMerges(
  repo: Place,
  pairs: readonly Pair[],
  { scratch, signal }: PredictOptions,
): Promise<Prediction[]> {
  const predictions = pairs.map((): Prediction => ({ kind: 'clean' }))
  const basesOf = await readBases(repo, pairs.flat(), signal)
  const open: number[] = []
  for (const [place, related] of (await relate(repo, pairs, basesOf, signal)).entries()) {
    if (related === 'unrelated') predictions[place] = { kind: 'unrelated' }
    else if (related === 'open') open.push(place)
  }
  if (open.length === 0) return predictions
  await using objects = await scratchObjects(repo, scratch)
  const batches = Array.from({ length: Math.ceil(open.length / PAIRS_PER_BATCH) }, (_, batch) =>
    open.slice(batch * PAIRS_PER_BATCH, (batch + 1) * PAIRS_PER_BATCH),
  )
  const work = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
      const asked = batch.map((place) => pairs[place]!)
      const input = asked.map(([a, b]) => `${a} ${b}\n`).join('')
      const args = ['merge-tree', '--write-tree', '--stdin', '-z', '--messages']
      const { stdout } = await git(args, { gitDir: repo.gitDir, input, env: objects.env, signal })
      const answers = readAnswers(records(stdout), asked)
      for (const [index, place] of batch.entries()) predictions[place] = answers[index]!
    }
  }
  // All of them have ended before the folder is removed.
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(PROCESSES_MAX, cores(), batches.length) }, () => work()),
  )
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return predictions
}

/** What is known of each pair without merging: `open` has to be asked. */
async function relate(
  repo: Place,
  pairs: readonly Pair[],
  basesOf: BasesOf,
  signal: AbortSignal | undefined,
): Promise<('clean' | 'unrelated' | 'open')[]> {
  const related = pairs.map((pair) => ({ pair, bases: basesOf(...pair) }))
  const wanted = new Map<string, { base: string; commit: string }>()
  for (const { pair, bases } of related) {
    // With several bases git merges them first, and a footprint would have to be from that.
    if (bases.length !== 1) continue
    for (const commit of pair) wanted.set(`${bases[0]} ${commit}`, { base: bases[0]!, commit })
  }
  const footprints = await readFootprints(repo, [...wanted.values()], signal)
  const known = new Map<string, Footprint>([...wanted.keys()].map((key, index) => [key, footprints[index]!]))
  return related.map(({ pair: [a, b], bases: [base, second] }) => {
    if (base === undefined) return 'unrelated'
    if (second !== undefined) return 'open'
    return canConflict(known.get(`${base} ${a}`)!, known.get(`${base} ${b}`)!) ? 'open' : 'clean'
  })
}

/** For each line of input: 1 (clean) or 0, the tree, the records of its conflict, and an empty one. */
function readAnswers(fields: readonly string[], asked: readonly Pair[]): Prediction[] {
  const answers: Prediction[] = []
  for (let at = 0; at < fields.length;) {
    const { files, end } = readConflict(fields, at + 2, asked[answers.length] ?? [])
    const conflict: Prediction = { kind: 'conflict', files: files.map(({ path, kind }) => ({ path, kind })) }
    answers.push(fields[at] === '1' ? { kind: 'clean' } : conflict)
    at = end + 1
  }
  return answers
}
