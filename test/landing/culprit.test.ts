import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CulpritStep, type Evidence, findCulprit, type Verdict } from '../../src/landing/culprit.ts'

/** Commits `c0` (the last known good) to `c<last>` (the bad one). */
const line = (last: number): string[] => Array.from({ length: last + 1 }, (_, at) => `c${at}`)

const GOOD: Evidence = { remembered: 'green', seen: [] }
const BAD: Evidence = { remembered: 'red', seen: [] }

/** What is known of the ends when a search begins, and more. */
function known(last: number, more: Record<string, Evidence> = {}): Map<string, Evidence> {
  return new Map([['c0', GOOD], [`c${last}`, BAD], ...Object.entries(more)])
}

interface Search {
  last: number
  slots: number
  evidence: Map<string, Evidence>
  /** The verdict of a commit at its nth test in this search, from 0. */
  gate: (at: number, nth: number) => Verdict
}

/** Asks, tests what is to be tested, and asks again. Gives the answer, and how many tests each round had. */
function search({ last, slots, evidence, gate }: Search): { answer: CulpritStep; rounds: number[] } {
  const tips = line(last)
  const now = new Map(evidence)
  const rounds: number[] = []
  // More than every commit tested one at a time, as often as it may be.
  for (let round = 0; round <= 3 * tips.length; round++) {
    const step = findCulprit({ tips, evidence: now, slots })
    if (step.kind !== 'test') return { answer: step, rounds }
    expect(step.tips.length).toBeGreaterThan(0)
    expect(step.tips.length).toBeLessThanOrEqual(slots)
    expect(new Set(step.tips).size).toBe(step.tips.length)
    for (const tip of step.tips) {
      const { remembered, seen } = now.get(tip) ?? { remembered: null, seen: [] }
      now.set(tip, { remembered, seen: [...seen, gate(tips.indexOf(tip), seen.length)] })
    }
    rounds.push(step.tips.length)
  }
  throw new Error('the search does not end')
}

/** Green before the culprit, red from it on. */
const since =
  (culprit: number) =>
  (at: number): Verdict =>
    at < culprit ? 'green' : 'red'

describe('the search for the culprit', () => {
  it('splits what lies between into equal parts, one more than there are slots', () => {
    expect(findCulprit({ tips: line(9), evidence: known(9), slots: 2 })).toEqual({ kind: 'test', tips: ['c3', 'c6'] })
    expect(findCulprit({ tips: line(9), evidence: known(9), slots: 1 })).toEqual({ kind: 'test', tips: ['c5'] })
    expect(findCulprit({ tips: line(3), evidence: known(3), slots: 4 })).toEqual({ kind: 'test', tips: ['c1', 'c2'] })
  })

  it('tests both ends again before it names anybody', () => {
    const tips = line(1)
    expect(findCulprit({ tips, evidence: known(1), slots: 2 })).toEqual({ kind: 'test', tips: ['c0', 'c1'] })
    const good = { remembered: 'green', seen: ['green'] } as const
    expect(findCulprit({ tips, evidence: known(1, { c0: good }), slots: 2 })).toEqual({ kind: 'test', tips: ['c1'] })
    const bad = { remembered: 'red', seen: ['red'] } as const
    expect(findCulprit({ tips, evidence: known(1, { c0: good, c1: bad }), slots: 2 })).toEqual({
      kind: 'culprit',
      culprit: 'c1',
      before: 'c0',
    })
  })

  it('asks for nothing that it remembers: a person pushed on top of landings that were all green', () => {
    const evidence = known(4, { c1: GOOD, c2: GOOD, c3: GOOD })
    expect(search({ last: 4, slots: 2, evidence, gate: since(4) })).toEqual({
      answer: { kind: 'culprit', culprit: 'c4', before: 'c3' },
      rounds: [2],
    })
  })

  it('finds the last change when an earlier one was mended', () => {
    const verdicts = ['green', 'red', 'red', 'green', 'green', 'red'] as const
    const { answer } = search({ last: 5, slots: 5, evidence: known(5), gate: (at) => verdicts[at]! })
    expect(answer).toEqual({ kind: 'culprit', culprit: 'c5', before: 'c4' })
  })

  it('blames nobody when an end does not hold', () => {
    const passes = search({ last: 6, slots: 2, evidence: known(6), gate: () => 'green' })
    expect(passes.answer).toEqual({ kind: 'flaky', tips: ['c6'] })
    // The world has changed: every commit is red now, whatever is remembered of it.
    const evidence = known(6, Object.fromEntries(line(5).map((tip) => [tip, GOOD])))
    const fails = search({ last: 6, slots: 2, evidence, gate: () => 'red' })
    expect(fails.answer).toEqual({ kind: 'flaky', tips: ['c0'] })
    expect(fails.rounds.length).toBeLessThanOrEqual(4)
    const both = search({ last: 1, slots: 2, evidence: known(1), gate: (at) => (at === 0 ? 'flaky' : 'red') })
    expect(both.answer).toEqual({ kind: 'flaky', tips: ['c0'] })
  })

  it('says which commits it cannot tell apart', () => {
    const gate = (at: number): Verdict => (at === 3 ? 'unknown' : since(4)(at))
    const { answer, rounds } = search({ last: 6, slots: 2, evidence: known(6), gate })
    expect(answer).toEqual({ kind: 'unknown', suspects: ['c3', 'c4'] })
    expect(rounds.reduce((sum, tests) => sum + tests)).toBeLessThanOrEqual(9)
    const none = search({ last: 6, slots: 2, evidence: new Map(), gate: () => 'unknown' })
    expect(none.answer).toEqual({ kind: 'unknown', suspects: line(6).slice(1) })
    expect(findCulprit({ tips: ['c0'], evidence: new Map(), slots: 1 })).toEqual({ kind: 'unknown', suspects: [] })
  })

  const place = fc
    .integer({ min: 1, max: 40 })
    .chain((last) => fc.record({ last: fc.constant(last), culprit: fc.integer({ min: 1, max: last }) }))
  const slots = fc.integer({ min: 1, max: 5 })

  it('names the culprit, wherever it is, in as few rounds as its slots allow', () => {
    fc.assert(
      fc.property(place, slots, fc.boolean(), ({ last, culprit }, slots, isKnown) => {
        const evidence = isKnown ? known(last) : new Map<string, Evidence>()
        const { answer, rounds } = search({ last, slots, evidence, gate: since(culprit) })
        expect(answer).toEqual({ kind: 'culprit', culprit: `c${culprit}`, before: `c${culprit - 1}` })
        const splits = Math.ceil(Math.log(last) / Math.log(slots + 1) - 1e-9)
        const again = slots === 1 ? 2 : 1
        const ends = isKnown ? 0 : slots === 1 ? 2 : 1
        expect(rounds.length).toBeLessThanOrEqual(splits + again + ends)
      }),
    )
  })

  /** Wrong verdicts: of each commit at most one, at its remembered verdict (-1) or at its nth test. */
  const flakes = fc.uniqueArray(fc.record({ at: fc.nat({ max: 40 }), nth: fc.integer({ min: -1, max: 2 }) }), {
    maxLength: 6,
    selector: ({ at }) => at,
  })
  const turned = (verdict: Verdict): 'green' | 'red' => (verdict === 'green' ? 'red' : 'green')

  it('never names an innocent one, whatever lies once', () => {
    let named = 0
    let all = 0
    fc.assert(
      fc.property(place, slots, flakes, fc.array(fc.nat({ max: 40 })), ({ last, culprit }, slots, lies, remembers) => {
        const isLie = (at: number, nth: number): boolean => lies.some((lie) => lie.at === at && lie.nth === nth)
        const truth = since(culprit)
        const remembered = [0, last, ...remembers.filter((at) => at < last)].map((at): [string, Evidence] => {
          const verdict = isLie(at, -1) ? turned(truth(at)) : truth(at)
          return [`c${at}`, { remembered: verdict as 'green' | 'red', seen: [] }]
        })
        const gate = (at: number, nth: number): Verdict => (isLie(at, nth) ? turned(truth(at)) : truth(at))
        const { answer } = search({ last, slots, evidence: new Map(remembered), gate })
        all++
        if (answer.kind === 'culprit') {
          named++
          expect(answer).toEqual({ kind: 'culprit', culprit: `c${culprit}`, before: `c${culprit - 1}` })
        } else if (answer.kind === 'unknown') {
          expect(answer.suspects).toContain(`c${culprit}`)
        } else {
          expect(lies.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 500 },
    )
    // Caution is not all: most searches end with a name.
    expect(named / all).toBeGreaterThan(0.5)
  })

  it('ends, whatever it is told', () => {
    const verdict = fc.constantFrom<Verdict>('green', 'red', 'flaky', 'unknown')
    const told = fc.array(fc.array(verdict, { minLength: 3, maxLength: 3 }), { minLength: 41, maxLength: 41 })
    fc.assert(
      fc.property(place, slots, told, ({ last }, slots, told) => {
        const { answer } = search({ last, slots, evidence: known(last), gate: (at, nth) => told[at]![nth]! })
        expect(answer.kind).not.toBe('test')
      }),
    )
  })
})
