/**
 * What a sparse slot saves in a repository of 20,000 files: the time from nothing to a worktree that a tool can work
 * in, and the files that it holds.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository } from '../src/git/repository.ts'
import { prepareSlot, removeSlot, slotAt } from '../src/git/slot.ts'
import { medianOf } from './median.ts'
import { makePlace } from './place.ts'
import { makeRepository, sourceFiles } from './repository.ts'
import { type Row, rowOf } from './row.ts'

const FILES = 20_000
const ROUNDS = 5
const CONE = ['packages/p1']
/** Of the time and of the files of a whole one: the cone is a twenty-fifth, the index is read and written whole. */
const TIME_SHARE_MAX = 0.5
const FILES_SHARE_MAX = 0.05

export async function run(): Promise<Row[]> {
  using place = makePlace('bench-sparse')
  makeRepository(place, sourceFiles(FILES))
  const repo = await openRepository(place.repo)
  const base = repo.head.commit!
  const measure = async (number: number, cone: string[] | null): Promise<{ ms: number; files: number }> => {
    const slot = slotAt(place.state, 'agents', number)
    const times: number[] = []
    let files = 0
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now()
      await prepareSlot(repo, slot, { base, branch: 'ws/a', keep: [], cone })
      times.push(performance.now() - began)
      files = readdirSync(join(slot.worktree), { recursive: true, withFileTypes: true }).filter((one) =>
        one.isFile(),
      ).length
      await removeSlot(repo, slot)
    }
    return { ms: medianOf(times), files }
  }
  const [whole, sparse] = [await measure(1, null), await measure(2, CONE)]
  return [
    rowOf(`new slot, ${whole.files} files`, whole.ms, 'ms', 5000),
    rowOf(`new sparse slot, ${sparse.files} files`, sparse.ms, 'ms', 2500),
    rowOf('sparse slot, share of the time', sparse.ms / whole.ms, 'x', TIME_SHARE_MAX),
    rowOf('sparse slot, share of the files', sparse.files / whole.files, 'x', FILES_SHARE_MAX),
  ]
}
