/**
 * What a landing costs of itself, from the queue to the moved target, in a repository of 57,000 files, against
 * `git merge` of the same works in a worktree.
 *
 * Works that are finished already are landed one after the other (a window of 1), so that what is measured is one landing
 * and not the machine under agents. Of the time between two landings only the gate is taken off, from its start to its
 * end: bringing its slot to the commit belongs to it. All the rest counts: reading the tip, merging in memory, the
 * candidate, every write of the journal, the guarded move, and what the loop needs between them.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../src/model/event.ts'
import { medianOf } from './median.ts'
import { makePlace, type Place } from './place.ts'
import { sourceFiles } from './repository.ts'
import { atLeast, type Row, rowOf } from './row.ts'
import { eventsOf, handIn, type Work } from './works.ts'

const FILES = 57_000
const WORKS = 24
/** Files that each work changes, far apart. */
const CHANGES = 5
const OVERHEAD_MS_MAX = 50
const TIMES_FASTER_MIN = 8

export async function run(): Promise<Row[]> {
  using place = makePlace('bench-overhead')
  const works = worksOf([...sourceFiles(FILES)])
  await handIn(place, works, sourceFiles(FILES), { gate: 'test -f sluice.yaml', window: 1, mode: 'single' })
  const before = place.git('rev-parse', 'main')
  // Half of the merges before and half after, so that whatever else the machine does meets both.
  const merges = mergesMs(place, before, works)
  const { exit, stderr } = place.sluice('run', '--no-input')
  if (exit !== 0) throw new Error(`run ended with ${exit}:\n${stderr}`)
  const landing = medianOf(overheadsMs(await eventsOf(place)))
  const merge = medianOf([...merges, ...mergesMs(place, before, works)])
  if (place.git('rev-parse', 'main^{tree}') !== place.git('rev-parse', 'merged^{tree}'))
    throw new Error('git merge has made other files of the same works')
  return [
    rowOf(`landing overhead p50, ${FILES} files`, landing, 'ms', OVERHEAD_MS_MAX),
    atLeast(
      `git merge in a worktree (${merge.toFixed(0)} ms) against a landing`,
      merge / landing,
      'x',
      TIMES_FASTER_MIN,
    ),
  ]
}

function worksOf(files: readonly (readonly [string, string])[]): Work[] {
  return Array.from({ length: WORKS }, (_, work) => {
    const changed = Array.from({ length: CHANGES }, (__, change) => files[(work * 2003 + change * 10_007) % FILES]!)
    return { id: `part-${work}`, files: changed.map(([path, text]) => [path, `// part ${work}\n${text}`] as const) }
  })
}

/** Of every landing but the first, which the start of the run is part of. */
function overheadsMs(events: readonly Event[]): number[] {
  const overheads: number[] = []
  let since: number | null = null
  let gateMs = 0
  let gateBegan = 0
  for (const { type, at } of events) {
    if (type === 'check.started') gateBegan = at
    else if (type === 'check.ended') gateMs += at - gateBegan
    else if (type === 'landing.moved') {
      if (since !== null) overheads.push(at - since - gateMs)
      since = at
      gateMs = 0
    }
  }
  if (overheads.length !== WORKS - 1) throw new Error(`${overheads.length + 1} of ${WORKS} works have landed`)
  return overheads
}

/** The same works, merged one after the other on a branch `merged`, in a worktree that has been used before. */
function mergesMs(place: Place, before: string, works: readonly Work[]): number[] {
  const worktree = join(place.dir, 'worktree')
  const inWorktree = (...args: string[]): string => place.git('-C', worktree, ...args)
  const merge = (id: string): void => void inWorktree('merge', '-q', '--no-ff', '--no-edit', `work/${id}`)
  if (existsSync(worktree)) inWorktree('reset', '-q', '--hard', before)
  else place.git('worktree', 'add', '-q', '-b', 'merged', worktree, before)
  merge(works.at(-1)!.id)
  inWorktree('reset', '-q', '--hard', before)
  return works.map(({ id }) => {
    const began = performance.now()
    merge(id)
    return performance.now() - began
  })
}
