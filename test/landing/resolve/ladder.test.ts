import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type LadderInput, nextRung, type NextRung } from '../../../src/landing/resolve/ladder.ts'
import { RUNGS, type Rung, type Tried } from '../../../src/model/rung.ts'

const input = (more: Partial<LadderInput> = {}): LadderInput => ({
  resolve: RUNGS,
  tried: [],
  peer: 'ws-02',
  own: 'swift',
  tools: ['swift', 'careful', 'third'],
  ...more,
})

/** What a step that did not settle it leaves in the history. */
function failed(next: NextRung, cutOff = false): Tried[] {
  if (next.rung === 'human') return []
  if (next.rung === 'automatic') return next.rungs.map((rung) => ({ rung, how: 'nothing fits' }))
  if (next.rung === 'reorder') return [{ rung: 'reorder', how: 'still in conflict' }]
  return [{ rung: next.rung, tool: next.tool, how: 'refused', cutOff }]
}

/** All steps to the top when nothing helps. */
function climb(start: LadderInput, cutOff: (step: number) => boolean = () => false): NextRung[] {
  const steps: NextRung[] = []
  let tried = start.tried
  for (let step = 0; step < 100; step++) {
    const next = nextRung({ ...start, tried })
    steps.push(next)
    if (next.rung === 'human') return steps
    tried = [...tried, ...failed(next, cutOff(step))]
  }
  throw new Error('no end')
}

const words = (steps: readonly NextRung[]): string =>
  steps
    .map((next) =>
      next.rung === 'automatic'
        ? next.rungs.join('+')
        : 'tool' in next
          ? `${next.rung}=${next.tool}`
          : 'behind' in next
            ? `behind ${next.behind}`
            : next.rung,
    )
    .join(', ')

describe('the ladder', () => {
  it('goes from what needs nobody to a person, each rung once', () => {
    expect(words(climb(input()))).toBe(
      'behind ws-02, regenerate+drivers+rerere, tool=swift, another-tool=careful, human',
    )
  })

  it('has the rungs that the configuration names, in its order, and a person at the end of any', () => {
    expect(words(climb(input({ resolve: [] })))).toBe('human')
    expect(words(climb(input({ resolve: ['tool', 'rerere', 'another-tool', 'drivers'] })))).toBe(
      'tool=swift, rerere, another-tool=careful, drivers, human',
    )
    expect(words(climb(input({ resolve: ['rerere', 'human', 'tool'] })))).toBe('rerere, human')
    expect(words(climb(input({ resolve: ['rerere', 'rerere'] })))).toBe('rerere, human')
  })

  it('leaves out what is not there: a peer in the queue, the tool that made it, another one', () => {
    expect(words(climb(input({ peer: null, resolve: ['reorder', 'tool'] })))).toBe('tool=swift, human')
    expect(words(climb(input({ tools: ['careful'], resolve: ['tool', 'another-tool'] })))).toBe(
      'another-tool=careful, human',
    )
    expect(words(climb(input({ own: null, resolve: ['tool', 'another-tool'] })))).toBe('another-tool=swift, human')
    expect(words(climb(input({ tools: ['swift'], resolve: ['another-tool', 'tool'] })))).toBe('tool=swift, human')
  })

  it('asks a tool again that was cut off, once, and then the next', () => {
    const only = input({ resolve: ['tool', 'another-tool'] })
    expect(words(climb(only, (step) => step === 0))).toBe('tool=swift, tool=swift, another-tool=careful, human')
    expect(words(climb(only, (step) => step < 3))).toBe(
      'tool=swift, tool=swift, another-tool=careful, another-tool=careful, human',
    )
    expect(words(climb(only, () => true))).toBe(
      'tool=swift, tool=swift, another-tool=careful, another-tool=careful, another-tool=third, another-tool=third, human',
    )
  })

  it('goes on where the history says, in whatever order that came', () => {
    const tried: Tried[] = [
      { rung: 'rerere', how: 'x' },
      { rung: 'reorder', how: 'x' },
    ]
    expect(nextRung(input({ tried }))).toEqual({ rung: 'automatic', rungs: ['regenerate', 'drivers'] })
  })

  it('always ends, and never names a rung that was not allowed', () => {
    const any = fc.record({
      resolve: fc.array(fc.constantFrom<Rung>(...RUNGS), { maxLength: 10 }),
      peer: fc.option(fc.constant('ws-02')),
      own: fc.option(fc.constantFrom('a', 'b', 'c')),
      tools: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
      cuts: fc.array(fc.boolean(), { maxLength: 20 }),
    })
    fc.assert(
      fc.property(any, ({ cuts, ...more }) => {
        const steps = climb(input(more), (step) => cuts[step] ?? false)
        expect(steps.length).toBeLessThanOrEqual(1 + 3 + 2 * more.tools.length + 1)
        for (const next of steps) {
          const named: Rung[] = next.rung === 'automatic' ? next.rungs : [next.rung]
          for (const rung of named) expect(rung === 'human' || more.resolve.includes(rung)).toBe(true)
        }
      }),
    )
  })
})
