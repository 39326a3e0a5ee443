import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Candidate, decideLandings, type QueueState, type Waiting } from '../../src/landing/decide.ts'
import { simulateQueue, type World } from './simulated-queue.ts'

const waits = (workstream: string, fields: Partial<Waiting> = {}): Waiting => ({
  workstream,
  queuedAt: 0,
  priority: 0,
  tail: 0,
  needs: [],
  behind: [],
  together: Number.POSITIVE_INFINITY,
  ...fields,
})

/** Candidates of one workstream each, every one on the last, from `t`: the commit of `a` is `A`. */
const train = (...gates: [string, Candidate['gate'], isInDoubt?: boolean][]): Candidate[] =>
  gates.map(([id, gate, isInDoubt = false], index) => ({
    workstreams: [id],
    onto: index === 0 ? 't' : gates[index - 1]![0].toUpperCase(),
    commit: id.toUpperCase(),
    gate,
    isInDoubt,
  }))

const queue = (fields: Partial<QueueState>): QueueState => ({
  tip: 't',
  base: 'green',
  waiting: [],
  train: [],
  window: 4,
  group: 1,
  slots: 4,
  ...fields,
})

describe('the landing queue', () => {
  it('takes priority first, then the longest chain, then the fewest conflicts, then the first come, then the id', () => {
    const waiting = [
      waits('f', { behind: ['x'] }),
      waits('e', { queuedAt: 2 }),
      waits('d', { queuedAt: 1 }),
      waits('c', { queuedAt: 1 }),
      waits('b', { queuedAt: 9, tail: 5 }),
      waits('a', { queuedAt: 9, priority: 1 }),
    ]
    expect(decideLandings(queue({ waiting, group: 9 }))).toEqual([
      { do: 'build', onto: 't', ahead: [], workstreams: ['a', 'b', 'c', 'd', 'e', 'f'] },
    ])
  })

  it('builds the next candidate on the last one, as if all of them were going to land', () => {
    const state = queue({ waiting: [waits('c')], train: train(['a', 'running'], ['b', 'running']) })
    expect(decideLandings(state)).toEqual([{ do: 'build', onto: 'B', ahead: ['a', 'b'], workstreams: ['c'] }])
  })

  it('gates no more hopeful candidates than its window, and builds one more, so that no slot waits for git', () => {
    const waiting = [waits('z')]
    const full = train(['a', 'running'], ['b', 'running'])
    expect(decideLandings(queue({ waiting, window: 2, train: full }))).toEqual([
      { do: 'build', onto: 'B', ahead: ['a', 'b'], workstreams: ['z'] },
    ])
    const ahead = [...full, ...train(['a', 'running'], ['b', 'running'], ['c', 'wanted']).slice(2)]
    expect(decideLandings(queue({ waiting, window: 2, train: ahead }))).toEqual([])
    expect(decideLandings(queue({ waiting, window: 1, train: train(['a', 'running']) }))).toEqual([])
  })

  it('lets a group that is built before its turn wait until it is full', () => {
    const full = train(['a', 'running'], ['b', 'running'])
    const early = { window: 2, group: 2, train: full }
    expect(decideLandings(queue({ ...early, waiting: [waits('y')] }))).toEqual([])
    expect(decideLandings(queue({ ...early, waiting: [waits('y'), waits('z')] }))).toEqual([
      { do: 'build', onto: 'B', ahead: ['a', 'b'], workstreams: ['y', 'z'] },
    ])
  })

  it('has no more gates than slots', () => {
    const wanted = train(['a', 'wanted'], ['b', 'wanted'], ['c', 'wanted'])
    expect(decideLandings(queue({ train: wanted, slots: 2 }))).toEqual([
      { do: 'gate', commit: 'A' },
      { do: 'gate', commit: 'B' },
    ])
  })

  it('lands the head when it is green, with the green ones right behind it, and nobody else before', () => {
    expect(decideLandings(queue({ train: train(['a', 'running'], ['b', 'green']) }))).toEqual([])
    expect(decideLandings(queue({ train: train(['a', 'green'], ['b', 'running'], ['c', 'green']) }))).toEqual([
      { do: 'land', commit: 'A' },
    ])
    expect(decideLandings(queue({ train: train(['a', 'green'], ['b', 'green']) }))).toEqual([
      { do: 'land', commit: 'B' },
    ])
  })

  it('builds around one that is in doubt, and drops what stands on it', () => {
    const doubted = train(['a', 'running'], ['b', 'running', true], ['c', 'running'])
    expect(decideLandings(queue({ train: doubted }))).toEqual([{ do: 'drop', commit: 'C' }])
    expect(decideLandings(queue({ train: doubted.slice(0, 2), waiting: [waits('c')] }))).toEqual([
      { do: 'build', onto: 'A', ahead: ['a'], workstreams: ['c'] },
    ])
  })

  it('refuses nobody before all that is ahead has landed', () => {
    const behind = train(['a', 'running'], ['b', 'red', true])
    expect(decideLandings(queue({ train: behind }))).toEqual([])
    expect(decideLandings(queue({ tip: 'A', train: behind.slice(1) }))).toEqual([{ do: 'refuse', commit: 'B' }])
  })

  it('takes the verdict back when what was ahead does not land', () => {
    expect(decideLandings(queue({ train: train(['a', 'running'], ['b', 'red', true]).slice(1) }))).toEqual([
      { do: 'drop', commit: 'B' },
    ])
  })

  it('drops all candidates when somebody else has moved the target', () => {
    expect(decideLandings(queue({ tip: 'u', train: train(['a', 'green'], ['b', 'running']) }))).toEqual([
      { do: 'drop', commit: 'A' },
      { do: 'drop', commit: 'B' },
    ])
  })

  it('blames a candidate only when the target is green without it', () => {
    const red = { train: train(['a', 'red', true]) }
    expect(decideLandings(queue({ ...red, base: 'unknown' }))).toEqual([{ do: 'ask-base' }])
    expect(decideLandings(queue({ ...red, base: 'running' }))).toEqual([])
    expect(decideLandings(queue({ ...red, base: 'red', waiting: [waits('b')] }))).toEqual([])
  })

  it('splits a red group before it blames anybody', () => {
    const group: Candidate = { workstreams: ['a', 'b'], onto: 't', commit: 'AB', gate: 'red', isInDoubt: true }
    expect(decideLandings(queue({ train: [group] }))).toEqual([{ do: 'split', commit: 'AB' }])
    const waiting = [waits('a', { together: 1 }), waits('b', { together: 1 })]
    expect(decideLandings(queue({ group: 4, waiting }))).toMatchObject([{ workstreams: ['a'] }])
  })

  it('keeps what needs another behind it, and what conflicts with a candidate back until that has landed', () => {
    const waiting = [waits('b', { needs: ['a'] }), waits('c', { behind: ['a'] })]
    expect(decideLandings(queue({ waiting: waiting.slice(0, 1) }))).toEqual([])
    expect(decideLandings(queue({ waiting, train: train(['a', 'running']) }))).toMatchObject([{ workstreams: ['b'] }])
    expect(decideLandings(queue({ waiting, group: 4 }))).toMatchObject([{ workstreams: ['c'] }])
  })
})

/** A plan of up to ten works with needs and conflicts among them, arriving one after the other; people push meanwhile. */
const worlds: fc.Arbitrary<World & { flakes: number[] }> = fc
  .record({
    mode: fc.constantFrom('single' as const, 'groups' as const),
    slots: fc.integer({ min: 1, max: 4 }),
    works: fc.array(
      fc.record({
        at: fc.nat({ max: 5 }),
        isRed: fc.boolean(),
        needs: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
        conflicts: fc.array(fc.nat({ max: 9 }), { maxLength: 1 }),
      }),
      { maxLength: 10 },
    ),
    pushes: fc.array(fc.record({ at: fc.nat({ max: 20 }), isRed: fc.constant(false) }), { maxLength: 3 }),
    flakes: fc.array(fc.nat({ max: 40 }), { maxLength: 4 }),
  })
  .map(({ works, pushes, flakes, ...world }) => {
    const idOf = (index: number): string => `w${index}`
    const named = works.map((work, index) => ({
      ...work,
      id: idOf(index),
      // Only on earlier ones, so that there is no cycle.
      needs: [...new Set(work.needs.filter((on) => on < index).map(idOf))],
      conflicts: [...new Set(work.conflicts.filter((on) => on < index).map(idOf))],
    }))
    // A conflict has two sides.
    const both = named.map((work) => ({
      ...work,
      conflicts: [...work.conflicts, ...named.filter((other) => other.conflicts.includes(work.id)).map(({ id }) => id)],
    }))
    return { ...world, works: both, flakes, pushes: pushes.toSorted((a, b) => a.at - b.at) }
  })

describe('the queue over a whole run', () => {
  it('lands what is green and refuses what is red, whatever fails, flakes and is pushed meanwhile', () => {
    fc.assert(
      fc.property(worlds, ({ flakes, ...world }) => {
        const isFlake = (run: number): boolean => flakes.includes(run)
        const red = new Set(world.works.filter(({ isRed }) => isRed).map(({ id }) => id))
        const { landed, refused, conflicted, tips } = simulateQueue({ ...world, isFlake }, (state, actions, before) => {
          const hopeful = state.train.filter(
            ({ gate, isInDoubt }) => gate !== 'red' && !(isInDoubt && gate !== 'green'),
          )
          const first = hopeful.findIndex(({ gate }) => gate !== 'green')
          const guesses = first === -1 ? [] : hopeful.slice(first)
          if (actions.some((action) => action.do === 'build')) expect(guesses.length).toBeLessThanOrEqual(state.window)
          for (const action of actions)
            if (action.do === 'gate')
              expect(guesses.slice(state.window).map(({ commit }) => commit)).not.toContain(action.commit)
          expect(state.train.filter(({ gate }) => gate === 'running').length).toBeLessThanOrEqual(state.slots)
          expect(new Set(before).size, 'nobody lands twice').toBe(before.length)
          for (const action of actions) {
            if (action.do !== 'refuse' && action.do !== 'land') continue
            const upTo = state.train.slice(0, state.train.findIndex(({ commit }) => commit === action.commit) + 1)
            expect(upTo[0]!.onto, 'all that is ahead is settled').toBe(state.tip)
            if (action.do === 'refuse') expect(upTo.map(({ gate }) => gate)).toEqual(['red'])
            else expect(upTo.filter(({ gate }) => gate !== 'green')).toEqual([])
          }
        })
        for (const tip of tips)
          expect(
            tip.split(' ').filter((id) => red.has(id)),
            'never red by us',
          ).toEqual([])
        for (const [index, id] of landed.entries()) {
          const needs = world.works.find((work) => work.id === id)!.needs
          for (const need of needs) expect(landed.slice(0, index), `${id} needs ${need}`).toContain(need)
        }
        // Two flakes on one commit are a red that nobody could tell from a true one.
        const innocent = refused.filter((id) => !red.has(id))
        expect(innocent.length).toBeLessThanOrEqual(flakes.length / 2)
        const waiting = new Set(world.works.map(({ id }) => id)).difference(
          new Set([...landed, ...refused, ...conflicted]),
        )
        for (const id of waiting) {
          const { needs } = world.works.find((work) => work.id === id)!
          expect(
            needs.some((need) => !landed.includes(need)),
            `${id} waits for something that never came`,
          ).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('freezes on a target that a person has made red, and blames nobody for it', () => {
    const works = ['a', 'b'].map((id) => ({ id, at: 1, isRed: false, needs: [], conflicts: [] }))
    const world = { mode: 'single', slots: 2, works, pushes: [{ at: 1, isRed: true }] } as const
    expect(simulateQueue(world)).toMatchObject({ landed: [], refused: [], isFrozen: true })
  })
})
