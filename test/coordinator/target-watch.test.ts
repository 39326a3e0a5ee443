/** What leads to another look at the target, what does not, and that a run publishes by itself. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Bell } from '../../src/coordinator/bell.ts'
import { TargetWatch } from '../../src/coordinator/target-watch.ts'
import { readRef } from '../../src/git/refs.ts'
import { yard } from '../landing/room.ts'
import { desk, is, states, stream, untilEvent, WRITE } from './room.ts'

const now = (): number => 0

/** Longer than any test: whoever waits for it would be told by the test's own limit. */
const NEVER_MS = 2 ** 31 - 1

async function watched(isFree = false) {
  const y = await yard({ isFree })
  const bell = new Bell()
  const watch = new TargetWatch(y.repo, 'main', bell, NEVER_MS)
  await watch.want(true)
  // It rings once when it begins: what happened before is for the first look.
  await bell.wait(null, now)
  return {
    ...y,
    watch,
    /** Resolves when `doing` has led to a ring. */
    async rings(doing: () => Promise<unknown>) {
      await doing()
      await bell.wait(null, now)
    },
    async [Symbol.asyncDispose]() {
      watch[Symbol.dispose]()
      await y[Symbol.asyncDispose]()
    },
  }
}

describe('the watch on the target', () => {
  it('rings for a commit, a reset, and the beginning and the end of a merge', async () => {
    await using w = await watched()
    await w.at.write('a.txt', 'a\n')
    await w.rings(() => w.at.commit('by hand'))
    await w.rings(() => w.at.git(['reset', '-q', '--hard', 'HEAD^']))
    const other = await w.work({ 'b.txt': 'b\n' })
    await w.rings(() => w.at.git(['merge', '-q', '--no-commit', '--no-ff', other]))
    await w.rings(() => w.at.git(['merge', '--abort']))
  })

  it('rings for a branch that moves alone, and for another place that it is checked out in', async () => {
    await using w = await watched(true)
    await w.rings(() => w.push({ 'a.txt': 'a\n' }))
    const second = join(w.at.dir, 'second')
    await w.rings(() => w.at.git(['worktree', 'add', '-q', second, 'main']))
    await w.watch.want(true)
    await w.at.write(join(second, 'c.txt'), 'c\n')
    await w.rings(() => w.at.git(['add', 'c.txt'], second))
  })

  it('looks now and then, for what git does not know of', async () => {
    await using y = await yard()
    const bell = new Bell()
    using watch = new TargetWatch(y.repo, 'main', bell, 1)
    await watch.want(true)
    for (let i = 0; i < 3; i++) await bell.wait(null, now)
  })
})

describe('a run whose landings wait beside the target', () => {
  it('publishes by itself as soon as there is room, and watches no more', async () => {
    await using d = await desk({ script: WRITE, manual: null }, {}, false)
    await d.at.write('a.txt', 'in the way\n')
    // Something else waits for a person too, so the run stays.
    await using begun = await d.begin([stream('a'), stream('b', { tool: 'manual' })], { staysForPeople: true })
    const end = begun.run()
    await untilEvent(begun, is('publish.pending'))
    await rm(join(d.at.root, 'a.txt'))
    // Any command of git tells; an editor alone would be found by the slow look.
    await d.at.git(['switch', '-q', '-c', 'elsewhere'])
    await untilEvent(begun, is('publish.done'))
    expect(await d.landed()).toEqual(['a'])
    expect(await readRef(d.repo, 'refs/sluice/target/main')).toBe(null)
    await d.ask(begun.store, { kind: 'submit', id: 'b', work: await d.work({ 'b.txt': 'by hand\n' }) })
    begun.context.bell.ring()
    expect(await end).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'landed' })
    expect(begun.heard.filter(is('publish.pending'))).toHaveLength(1)
  })
})
