/** What begins while the world is short of something: tools that stand in, probes, fewer seats, and what a person forces. */
import { describe, expect, it } from 'vitest'
import type { OutcomeKind } from '../../src/model/attempt.ts'
import { type Action, decide, type Item, MANUAL } from '../../src/schedule/decide.ts'
import type { Try } from '../../src/schedule/fallback.ts'
import { THROUGH_MS } from '../../src/schedule/history.ts'
import { offerOf, pausesOf } from '../../src/schedule/offer.ts'
import { item, LANDED, seats } from './world.ts'

const SECOND = 1000
const BOTH = ['aider', 'copilot', MANUAL]

const tried = (kind: OutcomeKind, second: number, tool = 'aider', more: Partial<Try['outcome']> = {}): Try => {
  const outcome: Try['outcome'] = { kind, code: null, message: `met ${kind}`, ...more }
  return { number: 1, tool, outcome, startedAt: second * SECOND - 100, endedAt: second * SECOND }
}

/** One that is through with it, so that only its end speaks. */
const ended = (id: string, ...tries: Try[]): Item => item(id, { state: LANDED, tries })

const working = (id: string, second: number, tool = 'aider'): Item => {
  return item(id, { state: { state: 'running', attempt: 2, agent: 9, startedAt: second * SECOND }, tool })
}

const at = (second: number, items: Item[], places = 3): Action[] =>
  decide({ mode: 'run', items, seats: seats(...Array.from({ length: places }, () => null)) }, second * SECOND)

/** `a aider` for each that begins, `a copilot < aider` for one that stands in, and the second of the sleep. */
function short(actions: Action[]): string[] {
  return actions.map((action) => {
    if (action.do === 'start') {
      return `${action.workstream} ${action.tool}${action.instead === undefined ? '' : ` < ${action.instead.tool}`}`
    }
    return action.do === 'sleep' ? `sleep ${action.until / SECOND}` : action.do
  })
}

describe('while the network is gone for all', () => {
  const gone = [ended('x', tried('network', 0)), ended('y', tried('network', 1))]
  const items = [...gone, item('a'), item('b'), item('c', { tools: ['copilot'] })]

  it('nobody begins until the wait is over, whatever the tool', () => {
    expect(short(at(2, items))).toEqual(['sleep 31'])
  })

  it('then one does, the most urgent, and the others look again when it is believed', () => {
    const urgent = [...items, item('u', { priority: 5 })]
    expect(short(at(31, urgent))).toEqual(['u aider', `sleep ${31 + THROUGH_MS / SECOND}`])
    const probed = [...items, working('p', 32)]
    expect(short(at(40, probed))).toEqual([`sleep ${32 + THROUGH_MS / SECOND}`])
    expect(short(at(32 + THROUGH_MS / SECOND, probed))).toEqual(['a aider', 'b aider', 'c copilot'])
  })

  it('all do when somebody has got through', () => {
    expect(short(at(40, [...items, ended('p', tried('ok', 35))]))).toEqual(['a aider', 'b aider', 'c copilot'])
  })

  it("what a person forces begins all the same, and what is a person's is asked for", () => {
    const forced = item('f', { tools: BOTH, forced: 'copilot' })
    expect(short(at(2, [...gone, item('m', { tools: [MANUAL] }), item('a'), forced]))).toEqual([
      'ask',
      'f copilot',
      'sleep 31',
    ])
  })
})

describe('while a service asks for time', () => {
  const limited = ended('x', tried('rate', 0, 'aider', { retryAfterMs: 100 * SECOND }))

  it('others take the next program of their order, and come back', () => {
    const items = [limited, item('a', { tools: BOTH }), item('b', { tools: ['copilot', 'aider'] })]
    expect(short(at(1, items))).toEqual(['a copilot < aider', 'b copilot'])
    const back = item('a', { tools: BOTH, tries: [tried('red', 50, 'copilot')] })
    expect(short(at(51, [limited, back]))).toEqual(['a copilot < aider'])
    expect(short(at(100, [limited, back]))).toEqual(['a aider'])
  })

  it('say what they do without, and why', () => {
    expect(at(1, [limited, item('a', { tools: BOTH })])).toMatchObject([
      { instead: { tool: 'aider', code: null, why: 'not offered now: met rate, met by x' } },
    ])
  })

  it('wait where there is no other program, and are not sent to a person', () => {
    expect(short(at(1, [limited, item('a'), item('b', { tools: ['aider', MANUAL] })]))).toEqual(['sleep 100'])
  })

  it('the one that was told so waits for its tool, and does not when that takes longer than a quarter of an hour', () => {
    const own = (retryAfterMs: number): Item =>
      item('a', { tools: BOTH, tries: [tried('rate', 0, 'aider', { retryAfterMs })] })
    expect(short(at(1, [own(100 * SECOND)]))).toEqual(['sleep 100'])
    expect(short(at(1, [own(5 * 3600 * SECOND)]))).toEqual(['a copilot < aider'])
    expect(short(at(5 * 3600 - 600, [own(5 * 3600 * SECOND)]))).toEqual(['sleep 18000'])
  })

  it('a person can force it', () => {
    expect(short(at(1, [limited, item('a', { tools: BOTH, forced: 'aider' })]))).toEqual(['a aider'])
    expect(short(at(1, [limited, item('a', { tools: BOTH, forced: 'copilot' })]))).toEqual(['a copilot'])
  })
})

describe('while a tool fails by its own fault', () => {
  const broken = [ended('x', tried('auth', 0)), ended('y', tried('auth', 1))]

  it('it is passed over by those who have another program, and tried by those who have none', () => {
    const items = [...broken, item('a', { tools: BOTH }), item('b', { tools: ['aider', MANUAL] }), item('c')]
    expect(short(at(2, items))).toEqual(['a copilot < aider', 'b aider', 'c aider'])
  })

  it('after a while one tries it, the others pass it over until that has got through', () => {
    const items = [...broken, item('a', { tools: BOTH }), item('b', { tools: BOTH })]
    expect(short(at(601, items))).toEqual(['a aider', 'b copilot < aider'])
    expect(short(at(602, [...items, working('p', 601)]))).toEqual(['a copilot < aider', 'b copilot < aider'])
    expect(short(at(602, [...items, ended('p', tried('ok', 602))]))).toEqual(['a aider', 'b aider'])
  })

  it('with all others paused it is tried', () => {
    const limited = ended('z', tried('rate', 0, 'copilot'))
    expect(short(at(2, [...broken, limited, item('a', { tools: BOTH })]))).toEqual(['a aider'])
  })
})

describe('after an end for lack of memory', () => {
  const short1 = ended('x', tried('out-of-memory', 0))

  it('one fewer works at once, until half an hour has gone well', () => {
    const items = [short1, item('a'), item('b'), item('c')]
    expect(short(at(1, items))).toEqual(['a aider', 'b aider', 'sleep 1800'])
    expect(short(at(1800, items))).toEqual(['a aider', 'b aider', 'c aider'])
    expect(short(at(1, items, 1))).toEqual(['a aider'])
  })

  it('counts those who are at work', () => {
    const busy = [{ agent: 1, workstream: 'w', track: null }, ...seats(null, null, null).slice(1)]
    const items = [short1, working('w', 0), item('a'), item('b')]
    expect(short(decide({ mode: 'run', items, seats: busy }, SECOND))).toEqual(['a aider', 'sleep 1800'])
  })
})

it('what holds is told: the network, memory, and each tool', () => {
  const ends = [
    { workstream: 'a', try: tried('network', 0) },
    { workstream: 'b', try: tried('network', 1) },
    { workstream: 'c', try: tried('out-of-memory', 2) },
    { workstream: 'd', try: tried('rate', 3, 'copilot', { code: 'E208' }) },
  ]
  const told = [
    { of: 'network', state: 'open', since: 0, until: 31_000, code: 'E303', met: ['a', 'b'], tries: 2 },
    { of: 'memory', agents: 2, all: 3, since: 2000, until: 1_802_000, code: 'E301', met: ['c'] },
  ]
  const limited = { of: 'tool', tool: 'copilot', state: 'paused', since: 3000, until: 33_000, code: 'E208' }
  const [network, memory] = told
  const at4 = (count: number): unknown =>
    pausesOf(offerOf({ ends: ends.slice(0, count), atWork: [] }, 3, undefined, 4000), 3)
  expect(at4(3)).toEqual([network, memory])
  // A service that refuses is one that is reached.
  expect(at4(4)).toEqual([memory, { ...limited, why: 'met rate', met: ['d'] }])
})
