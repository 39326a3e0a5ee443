/** The landing queue with real git and real gates. What is in a candidate shows by its files: one for each workstream. */
import { appendFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { untilExists } from '../../src/process/appear.ts'
import { listRefs } from '../../src/git/refs.ts'
import type { Config } from '../../src/model/config.ts'
import type { Event } from '../../src/model/event.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import { type Begun, check, type Desk, desk, is, outcomes, states, stream, untilEvent } from './room.ts'

/** Work of a workstream: a file of its name, unless it says otherwise. */
type Works = Record<string, Record<string, string>>

/** Workstreams whose work is in the queue already, first the one named first. */
async function queue(works: Works, gate: (d: Desk) => string, more: Partial<Config['landing']> = {}): Promise<Desk> {
  const d = await desk({ manual: null })
  d.config.gate = [{ ...check(gate(d)), name: 'gate' }]
  Object.assign(d.config.landing, more)
  await using begun = await d.begin(planOf(works))
  for (const [id, files] of Object.entries(works)) {
    const work = await d.work(Object.keys(files).length === 0 ? { [`${id}.txt`]: `${id}\n` } : files)
    await d.ask(begun.store, { kind: 'resolve', id, work })
  }
  return d
}

/** The one that comes first is the most urgent. */
function planOf(works: Works): Workstream[] {
  return Object.keys(works).map((id, index) => stream(id, { priority: -index }))
}

/** Writes what the candidate holds into the diary, by one write; red when it holds a file that says so. */
const TELL = (d: Desk): string => `echo *.txt | tr -d ' ' >> ${d.diary}; ! grep -q red *.txt`

/** Passes only when `count` gates are at work at the same time. */
const TOGETHER = (count: number) => (d: Desk) =>
  `echo x >> ${d.at.dir}/at-work; for i in $(seq 500); do test $(wc -l < ${d.at.dir}/at-work) -ge ${count} && exit 0; sleep 0.02; done; exit 1`

const ofType = <T extends Event['type']>(begun: Begun, type: T): Extract<Event, { type: T }>[] =>
  begun.heard.filter((event): event is Extract<Event, { type: T }> => event.type === type)

describe('the queue', () => {
  it('gates several candidates at once and lands each as exactly the commit that was gated, in order', async () => {
    await using d = await queue({ a: {}, b: {}, c: {} }, TOGETHER(3))
    await using begun = await d.begin(planOf({ a: {}, b: {}, c: {} }), { gateSlots: 3 })
    expect(await begun.run()).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b', 'c'])
    const moved = ofType(begun, 'landing.moved').map(({ commit }) => commit)
    expect(moved).toEqual(ofType(begun, 'landing.built').map(({ commit }) => commit))
    expect(
      ofType(begun, 'landing.gated')
        .map(({ commit }) => commit)
        .sort(),
    ).toEqual(moved.toSorted())
    expect(await listRefs(d.repo, 'refs/sluice/candidate')).toEqual([])
    // The receipt of each is a note on its commit, readable with git alone.
    for (const { id, commit } of begun.ledger.landings.values()) {
      const note = await d.at.git(['notes', '--ref=sluice', 'show', commit!])
      expect(note).toContain(`Landing: ${id}`)
      expect(note).toMatch(/^Gate: .* -> exit 0, \d+/m)
    }
  })

  it('asks a red one once more on the same commit, lands what is behind without it, and then refuses it', async () => {
    const works = { a: {}, b: { 'b.txt': 'red\n' }, c: {} }
    await using d = await queue(works, TELL)
    await using begun = await d.begin(planOf(works), { gateSlots: 3 })
    expect(await begun.run()).toBe(3)
    expect(await d.landed()).toEqual(['a', 'c'])
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'waiting', c: 'landed' })
    expect(outcomes(begun, 'b')[0]).toEqual(['manual', 'red'])
    const asked = await d.lines()
    expect(asked.filter((line) => line === 'a.txtb.txt')).toHaveLength(2)
    expect(asked.filter((line) => line === 'a.txtc.txt')).toHaveLength(1)
    expect(ofType(begun, 'landing.flaky')).toEqual([])
  })

  it('tells a flake, and lands what passed the second time', async () => {
    const flaky = (d: Desk): string => `test -e ${d.at.dir}/seen || { touch ${d.at.dir}/seen; exit 1; }`
    await using d = await queue({ a: {} }, flaky)
    await using begun = await d.begin(planOf({ a: {} }))
    expect(await begun.run()).toBe(0)
    const [told] = ofType(begun, 'landing.flaky')
    expect(told).toMatchObject({ workstream: 'a', commit: await d.tip() })
    expect(ofType(begun, 'check.ended').map(({ commit, results }) => [commit, results[0]!.exit])).toEqual([
      [told!.commit, 1],
      [told!.commit, 0],
    ])
  })

  it('does not blame one that is red because of what is ahead of it', async () => {
    // Red is only the two of them together, and a is red by itself.
    const works = { a: { 'a.txt': 'red\n' }, b: {} }
    await using d = await queue(works, TELL)
    await using begun = await d.begin(planOf(works))
    await begun.run()
    expect(await d.landed()).toEqual(['b'])
    expect(outcomes(begun, 'b')).toEqual([['manual', 'ok']])
  })

  it('builds and gates again on top of what a person has pushed meanwhile', async () => {
    const held = (d: Desk): string =>
      `echo gate >> ${d.diary}; touch ${d.at.dir}/at-gate; test -e human.txt || while ! test -e ${d.at.dir}/go; do sleep 0.02; done`
    await using d = await queue({ a: {} }, held)
    await using begun = await d.begin(planOf({ a: {} }))
    const done = begun.run()
    const first = await untilEvent(begun, is('landing.built', 'a'))
    await untilExists(`${d.at.dir}/at-gate`, { timeoutMs: 30_000 })
    const pushed = await d.push({ 'human.txt': 'h\n' })
    appendFileSync(`${d.at.dir}/go`, '')
    expect(await done).toBe(0)
    expect(await d.at.git(['rev-parse', 'main^1'])).toBe(pushed)
    expect(ofType(begun, 'landing.rebuilt')).toMatchObject([{ why: 'the target moved while the gate ran' }])
    expect(await d.tip()).not.toBe(first.type === 'landing.built' ? first.commit : '')
    expect(await d.lines()).toEqual(['gate', 'gate'])
  })

  it('keeps what conflicts with a candidate back, and calls it a conflict only when that has landed', async () => {
    const works = { a: { 'README.md': 'by a\n' }, b: { 'README.md': 'by b\n' }, c: {} }
    await using d = await queue(works, () => 'true')
    await using begun = await d.begin(planOf(works), { gateSlots: 3 })
    expect(await begun.run()).toBe(3)
    expect(await d.landed()).toEqual(['a', 'c'])
    expect(begun.ledger.conflicts.get('b')).toMatchObject({
      onto: expect.any(String),
      files: [{ path: 'README.md', kind: 'content', other: { workstream: 'a' } }],
    })
    const refusals = ofType(begun, 'landing.refused').map(({ workstream }) => workstream)
    expect(refusals).toEqual(['b'])
    const order = begun.heard.filter(({ type }) => type === 'landing.moved' || type === 'conflict.found')
    expect(order.findIndex(is('conflict.found', 'b'))).toBeGreaterThan(order.findIndex(is('landing.moved', 'a')))
  })

  it('lands one that conflicts with a candidate when that candidate turns out to be red', async () => {
    const works = { a: { 'README.md': 'red\n', 'a.txt': 'red\n' }, b: { 'README.md': 'by b\n', 'b.txt': '' } }
    await using d = await queue(works, TELL)
    await using begun = await d.begin(planOf(works))
    await begun.run()
    expect(await d.landed()).toEqual(['b'])
    expect(ofType(begun, 'conflict.found')).toEqual([])
  })

  it('in group mode asks the gate once for several, and lands all of them by one move', async () => {
    const works = { a: {}, b: {}, c: {} }
    await using d = await queue(works, TELL, { mode: 'groups' })
    await using begun = await d.begin(planOf(works))
    expect(await begun.run()).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b', 'c'])
    expect(await d.lines()).toEqual(['a.txtb.txtc.txt'])
    expect((await d.at.git(['reflog', 'show', '--format=%H', 'main'])).split('\n')[0]).toBe(await d.tip())
    const reports = [...begun.ledger.landings.values()]
    expect(reports.map(({ stage, receipt }) => [stage, receipt?.gate.length, receipt?.gatedAs])).toEqual([
      ['done', 1, await d.tip()],
      ['done', 1, await d.tip()],
      ['done', 1, null],
    ])
  })

  it('finds the red one in a group, and lands the others', async () => {
    const works = { a: {}, b: { 'b.txt': 'red\n' }, c: {} }
    await using d = await queue(works, TELL, { mode: 'groups' })
    await using begun = await d.begin(planOf(works))
    expect(await begun.run()).toBe(3)
    expect((await d.landed()).toSorted()).toEqual(['a', 'c'])
    expect(outcomes(begun, 'b')[0]).toEqual(['manual', 'red'])
    expect(outcomes(begun, 'c')).toEqual([['manual', 'ok']])
  })

  it('that is stopped puts back what is under way, and the next run lands it', async () => {
    const held = (d: Desk): string => `test -e ${d.at.dir}/go || { echo gate >> ${d.diary}; sleep 1000; }`
    await using d = await queue({ a: {}, b: {} }, held)
    await using first = await d.begin(planOf({ a: {}, b: {} }))
    const done = first.run()
    await untilEvent(first, is('check.started', 'a'))
    first.coordinator.stop()
    expect(await done).toBe(130)
    expect(states(first.ledger)).toEqual({ a: 'queued', b: 'queued' })
    expect(await listRefs(d.repo, 'refs/sluice/candidate')).toEqual([])
    appendFileSync(`${d.at.dir}/go`, '')
    await using second = await d.begin(planOf({ a: {}, b: {} }))
    expect(await second.run()).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b'])
  })

  it('rests while a gate runs', async () => {
    const held = (d: Desk): string => `touch ${d.at.dir}/at-gate; while ! test -e ${d.at.dir}/go; do sleep 0.02; done`
    await using d = await queue({ a: {} }, held)
    await using begun = await d.begin(planOf({ a: {} }))
    const looks = vi.spyOn(begun.context.tasks, 'start')
    const done = begun.run()
    await untilExists(`${d.at.dir}/at-gate`, { timeoutMs: 30_000 })
    looks.mockClear()
    // Time in which a queue that does not rest reads the target many times.
    for (let i = 0; i < 20; i++) await d.tip()
    expect(looks.mock.calls.filter(([key]) => key === 'queue').length).toBeLessThan(3)
    appendFileSync(`${d.at.dir}/go`, '')
    expect(await done).toBe(0)
  })
})
