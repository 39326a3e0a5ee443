/**
 * The merge bases of many pairs of commits. `merge-base` answers for one pair in one process; fifty branches have 1,225
 * pairs. So the piece of history between the commits and what all of them have in common is read once, and the pairs
 * are answered from it.
 */
import { git } from './git.ts'
import type { Repository } from './repository.ts'

type Place = Pick<Repository, 'gitDir'>

/** Answers with every best common ancestor of two of the commits: none when they are unrelated, several after criss-cross merges. */
export type BasesOf = (a: string, b: string) => string[]

/** Reads what is needed to answer for any two of `commits`. Two processes, whatever the number of pairs. */
export async function readBases(repo: Place, commits: readonly string[], signal?: AbortSignal): Promise<BasesOf> {
  const heads = [...new Set(commits)]
  if (heads.length === 0) return () => []
  const where = { gitDir: repo.gitDir, signal }
  // Without a common ancestor of all it is the whole history that has to be read.
  const common = await git(['merge-base', '--octopus', '--all', ...heads], { ...where, exits: [0, 1] })
  // What lies before a common ancestor of all is never the best one of two.
  const before = linesOf(common.stdout).map((commit) => `^${commit}^@`)
  const input = [...heads, ...before].map((line) => `${line}\n`).join('')
  const args = ['rev-list', '--topo-order', '--parents', '--stdin']
  return basesIn(linesOf((await git(args, { ...where, input })).stdout), heads)
}

/** `history`: `commit parent...` lines, children before their parents. */
function basesIn(history: readonly string[], heads: readonly string[]): BasesOf {
  const commits = history.map((line) => line.split(' '))
  const placeOf = new Map(commits.map(([commit], place) => [commit!, place]))
  const parents = commits.map(([, ...ids]) => ids.flatMap((id) => placeOf.get(id) ?? []))
  const columnOf = new Map(heads.map((head, column) => [head, column]))
  const width = Math.ceil(heads.length / 32)
  // One bit for each head that a commit can be reached from.
  const reach = new Uint32Array(commits.length * width)
  for (const [head, column] of columnOf) reach[placeOf.get(head)! * width + (column >>> 5)]! |= 1 << (column & 31)
  for (const [place, above] of parents.entries()) {
    for (const parent of above)
      for (let word = 0; word < width; word++) reach[parent * width + word]! |= reach[place * width + word]!
  }
  const isReached = (place: number, column: number): boolean =>
    (reach[place * width + (column >>> 5)]! & (1 << (column & 31))) !== 0
  return (a, b) => {
    const [left, right] = [columnOf.get(a)!, columnOf.get(b)!]
    const bases: string[] = []
    // Common ancestors below a better one. All between two common ancestors are common too, so parents pass it on.
    const below = new Set<number>()
    for (let place = Math.max(placeOf.get(a)!, placeOf.get(b)!); place < commits.length; place++) {
      if (!isReached(place, left) || !isReached(place, right)) continue
      if (!below.has(place)) bases.push(commits[place]![0]!)
      for (const parent of parents[place]!) below.add(parent)
    }
    return bases
  }
}

function linesOf(output: string): string[] {
  return output.split('\n').filter((line) => line !== '')
}
