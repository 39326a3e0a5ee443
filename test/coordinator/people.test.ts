/** What waits for a person: conflicts, manual work, a target that cannot be moved; the rest of the run goes on. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attemptDir } from '../../src/coordinator/paths.ts'
import { readRef } from '../../src/git/refs.ts'
import { check, desk, files, is, outcomes, states, stream, untilEvent, WRITE } from './room.ts'

describe('what needs a person', () => {
  it('a conflict waits with its report, the rest goes on, and a resolved one lands', async () => {
    await using d = await desk({ script: `echo $SLUICE_WORKSTREAM > README.md; ${WRITE}` })
    const plan = [stream('a', { priority: 1 }), stream('b'), stream('c', { dependsOn: ['b'] })]
    {
      await using first = await d.begin(plan, { seats: 2 })
      expect(await first.run()).toBe(3)
      const loser = states(first.ledger).a === 'landed' ? 'b' : 'a'
      const winner = loser === 'a' ? 'b' : 'a'
      if (winner === 'a') expect(states(first.ledger)).toEqual({ a: 'landed', b: 'conflict', c: 'blocked' })
      const conflict = first.ledger.conflicts.get(loser)!
      expect(conflict.files).toMatchObject([
        { path: 'README.md', kind: 'content', lines: [{ start: 1 }], other: { workstream: winner } },
      ])
      expect(first.ledger.state(loser)).toMatchObject({
        state: 'conflict',
        failure: { code: 'E402', fix: expect.stringContaining('sluice resolve') },
      })
      expect(await readRef(d.repo, conflict.ref)).toBe(conflict.work)
      const work = await d.work({ 'README.md': 'both\n', [`${loser}.txt`]: 'by hand\n' }, await d.tip())
      await d.ask(first.store, { kind: 'resolve', id: loser, work })
    }
    await using second = await d.begin(plan, { seats: 1 })
    // `c` conflicts with nobody: it begins on top of both.
    expect(await second.run()).toBe(0)
    expect(states(second.ledger)).toEqual({ a: 'landed', b: 'landed', c: 'landed' })
    expect(second.ledger.conflicts.size).toBe(0)
  })

  it('manual work is asked for with a brief, waits, and lands when it is submitted', async () => {
    await using d = await desk({ manual: null }, { gate: [check('true')] })
    {
      await using first = await d.begin([stream('a')])
      expect(await first.run()).toBe(3)
      expect(first.ledger.state('a')).toMatchObject({ state: 'waiting', for: 'manual', attempt: 1 })
      expect(await readFile(join(attemptDir(d.paths, first.ledger.run.id, 'a', 1), 'brief.md'), 'utf8')).toContain(
        'Title of a',
      )
      await d.ask(first.store, { kind: 'submit', id: 'a', work: await d.work({ 'a.txt': 'by hand\n' }) })
    }
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(0)
    expect(second.ledger.state('a')).toMatchObject({ state: 'landed', attempt: 1 })
  })

  it('is waited for on a terminal', async () => {
    await using d = await desk({ manual: null })
    await using begun = await d.begin([stream('a')], { staysForPeople: true })
    const end = begun.run()
    expect(await untilEvent(begun, is('run.waiting'))).toMatchObject({ for: ['a'] })
    begun.context.bell.ring()
    await d.ask(begun.store, { kind: 'submit', id: 'a', work: await d.work({ 'a.txt': 'by hand\n' }) })
    begun.context.bell.ring()
    expect(await end).toBe(0)
    expect(begun.heard.filter(is('run.waiting'))).toHaveLength(1)
  })

  it('is reminded of at a growing distance, and it escalates at the time-out; a restart tells nothing twice', async () => {
    await using d = await desk({ manual: null })
    const HOUR = 3_600_000
    let now = Date.UTC(2026, 10, 24, 18)
    const plan = [stream('a'), stream('b', { dependsOn: ['a'] })]
    {
      await using begun = await d.begin(plan, { staysForPeople: true, now: () => now })
      const end = begun.run()
      await untilEvent(begun, is('run.waiting'))
      for (const hours of [0.5, 1, 6.5]) {
        const heard = begun.heard.filter(is('person.reminded')).length
        now += hours * HOUR
        begun.context.bell.ring()
        await untilEvent(begun, () => begun.heard.filter(is('person.reminded')).length > heard)
      }
      const told = begun.heard.flatMap((event) => (event.type === 'person.reminded' ? [event] : []))
      expect(told.map(({ ms, escalates }) => [ms / HOUR, escalates])).toEqual([
        [0.5, false],
        [1.5, false],
        [8, true],
      ])
      expect(told[0]).toMatchObject({ workstream: 'a', attempt: 1, blocks: 1 })
      expect(await readFile(told[0]!.brief, 'utf8')).toContain('Title of a')
      begun.coordinator.stop()
      await end
    }
    await using again = await d.begin(plan, { now: () => now })
    expect(await again.run()).toBe(3)
    expect(again.heard.filter(is('person.reminded'))).toEqual([])
    expect(again.ledger.state('a')).toMatchObject({ state: 'waiting', reminded: 4, isOverdue: true })
  })

  it('is no longer asked when it is tried again, and that was no try of theirs', async () => {
    await using d = await desk({ manual: null, script: WRITE })
    {
      await using first = await d.begin([stream('a')])
      expect(await first.run()).toBe(3)
      await d.ask(first.store, { kind: 'retry', ids: ['a'], tool: 'script', note: null, fresh: false })
    }
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(0)
    expect(outcomes(second, 'a')).toEqual([
      ['manual', 'cancelled'],
      ['script', 'ok'],
    ])
    expect(second.heard.filter(is('fix.recorded'))).toEqual([])
  })

  it('unpublished landings are landed again on top of what a person committed meanwhile', async () => {
    await using d = await desk(
      { script: `${WRITE}; [ $SLUICE_WORKSTREAM != a ] || echo landed > README.md` },
      {},
      false,
    )
    await d.at.write('README.md', 'edited\n')
    {
      await using first = await d.begin([stream('a'), stream('b')])
      expect(await first.run()).toBe(3)
      const told = first.heard.filter(is('publish.pending'))
      expect(told).toHaveLength(1)
      expect(told[0]).toMatchObject({ paths: ['README.md'] })
    }
    const pending = await readRef(d.repo, 'refs/sluice/target/main')
    await d.at.git(['checkout', '-q', '--', 'README.md'])
    await d.at.write('human.txt', 'h\n')
    const human = await d.at.commit('by hand')
    await using second = await d.begin([stream('a'), stream('b')])
    expect(await second.run()).toBe(0)
    expect(states(second.ledger)).toEqual({ a: 'landed', b: 'landed' })
    expect((await d.landed()).toSorted()).toEqual(['a', 'b'])
    expect(await files(d)).toEqual(['a.txt', 'b.txt', 'human.txt'])
    expect(await d.at.git(['merge-base', human, 'main'])).toBe(human)
    expect(await readRef(d.repo, `refs/sluice/abandoned/${pending}`)).toBe(pending)
    expect(await d.at.git(['status', '--porcelain'])).toBe('')
  })
})
