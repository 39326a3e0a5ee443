/** Breakers over a run: the network, tools by their own fault, services that ask for time, and seats after a shortage of memory. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutcomeKind } from '../../src/model/attempt.ts'
import { networkOf, servicePauses, toolCircuits } from '../../src/schedule/circuit.ts'
import { CALM_MS, seatsAfter } from '../../src/schedule/fewer-agents.ts'
import type { Try } from '../../src/schedule/fallback.ts'
import { type AtWork, type History, historyOf, THROUGH_MS } from '../../src/schedule/history.ts'
import { item } from './world.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

interface Told {
  whose: string
  kind: OutcomeKind
  at: number
  tool?: string
  ms?: number
  digest?: string
  retryAfterMs?: number
}

/** What has ended; each took a second unless told otherwise. */
function history(ends: readonly Told[], atWork: readonly AtWork[] = []): History {
  const list = ends.map(({ whose, kind, at, tool = 'aider', ms = SECOND, digest, retryAfterMs }, i) => {
    const outcome = { kind, code: null, message: kind, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    const one: Try = { number: i + 1, tool, outcome, startedAt: at - ms, endedAt: at }
    return item(whose, { tries: [digest === undefined ? one : { ...one, digest }] })
  })
  return { ends: historyOf(list).ends, atWork: [...atWork] }
}

/** `a network 0, b ok 10`: whose, how, and the second. */
function told(text: string): Told[] {
  if (text === '') return []
  return text.split(', ').map((one) => {
    const [whose, kind, at, tool = 'aider'] = one.split(' ')
    return { whose: whose!, kind: kind as OutcomeKind, at: Number(at) * SECOND, tool }
  })
}

const probeOf = (startedAt: number, tool = 'aider'): AtWork => ({ workstream: 'p', attempt: 9, tool, startedAt })

describe('the network', () => {
  const at = (text: string, second: number, atWork: AtWork[] = []): string => {
    const { circuit } = networkOf(history(told(text), atWork), undefined, second * SECOND)
    return circuit === null ? 'closed' : `${circuit.state} ${circuit.until / SECOND}`
  }

  it('is gone for all at the second end in a row, whoever met it', () => {
    expect(at('a network 0', 1)).toBe('closed')
    expect(at('a network 0, b network 10', 11)).toBe('open 40')
    expect(at('a network 0, a network 40', 41)).toBe('open 100')
    expect(at('a network 0, b crash 5, c network 10', 11)).toBe('open 40')
  })

  it.each(['ok', 'red', 'acceptance', 'refusal', 'rate', 'overloaded', 'auth', 'quota'])(
    'is there when one ends with %s',
    (kind) => {
      expect(at(`a network 0, c ${kind} 5, b network 10`, 11)).toBe('closed')
      expect(at(`a network 0, b network 10, c ${kind} 12`, 13)).toBe('closed')
    },
  )

  it.each(['crash', 'timeout', 'hang', 'lost', 'cancelled', 'no-change', 'disk'])('is neither for %s', (kind) => {
    expect(at(`a network 0, b network 10, c ${kind} 12`, 13)).toBe('open 40')
  })

  it('is not there because one that was at work before ends well, unless it worked on for minutes', () => {
    const long = (at: number): History =>
      history([...told('a network 0, b network 10'), { whose: 'c', kind: 'ok', at: at * SECOND, ms: 3600 * SECOND }])
    expect(networkOf(long(12), undefined, 13 * SECOND).circuit?.state).toBe('open')
    expect(networkOf(long(10 + THROUGH_MS / SECOND), undefined, 200 * SECOND).circuit).toBe(null)
  })

  it('counts those who lose it together once, and waits longer when they come back to nothing', () => {
    expect(at('a network 0, b network 1, c network 2', 3)).toBe('open 32')
    expect(at('a network 0, b network 1, a network 40', 41)).toBe('open 100')
    expect(at('a network 0, b network 1, a network 40, b network 110', 111)).toBe('open 230')
  })

  it('lets one through when the wait is over, and believes it after a while', () => {
    const text = 'a network 0, b network 10'
    expect(at(text, 40)).toBe('half-open 40')
    const through = 45 + THROUGH_MS / SECOND
    expect(at(text, 50, [probeOf(45 * SECOND)])).toBe(`half-open ${through}`)
    expect(at(text, through - 1, [probeOf(45 * SECOND)])).toBe(`half-open ${through}`)
    expect(at(text, through, [probeOf(45 * SECOND)])).toBe('closed')
    // What was at work before says nothing: it may not have asked for anything since.
    expect(at(text, through, [probeOf(5 * SECOND)])).toBe('half-open 40')
    expect(at(`${text}, p ok 50`, 51)).toBe('closed')
    expect(at(`${text}, p network 50`, 51)).toBe('open 110')
  })

  it('marks the tries that met it, unless it has been gone for more than a day', () => {
    const shared = (text: string): number[] =>
      [...networkOf(history(told(text)), undefined, 0).shared].map(({ number }) => number)
    expect(shared('a network 0, b ok 1, c network 2')).toEqual([])
    expect(shared('a network 0, b network 1, c network 2, d ok 3, e network 4')).toEqual([1, 2, 3])
    const day = 24 * 3600
    expect(shared(`a network 0, b network ${day}, c network ${day + 1}`)).toEqual([1, 2])
  })
})

describe('a tool', () => {
  const at = (ends: string | Told[], second: number, atWork: AtWork[] = []): string => {
    const all = history(typeof ends === 'string' ? told(ends) : ends, atWork)
    const circuit = toolCircuits(all, undefined, second * SECOND).get('aider')
    return circuit === undefined ? 'closed' : `${circuit.state} ${circuit.until / SECOND}`
  }

  it.each(['missing', 'auth', 'quota'])('opens at the second %s in a row, of two workstreams', (kind) => {
    expect(at(`a ${kind} 0`, 1)).toBe('closed')
    expect(at(`a ${kind} 0, a ${kind} 1`, 2)).toBe('closed')
    expect(at(`a ${kind} 0, b ${kind} 1`, 2)).toBe('open 601')
    expect(at(`a ${kind} 0, b ok 1, c ${kind} 2`, 3)).toBe('closed')
    expect(at(`a ${kind} 0, b ${kind} 1 copilot`, 2)).toBe('closed')
  })

  it('opens at crashes that come at once and leave nothing', () => {
    const crash = (whose: string, more: Partial<Told>): Told => ({ whose, kind: 'crash', at: 60 * SECOND, ...more })
    expect(at([crash('a', {}), crash('b', {})], 61)).toBe('open 660')
    expect(at([crash('a', {}), crash('b', { ms: 30 * SECOND })], 61)).toBe('closed')
    expect(at([crash('a', {}), crash('b', { digest: 'd' })], 61)).toBe('closed')
  })

  it('is tried by one after a while, and closes when that has got through', () => {
    const text = 'a auth 0, b auth 1'
    expect(at(text, 601)).toBe('half-open 601')
    expect(at(text, 602, [probeOf(601 * SECOND)])).toBe('half-open 781')
    expect(at(text, 602, [probeOf(601 * SECOND, 'copilot')])).toBe('half-open 601')
    expect(at(text, 781, [probeOf(601 * SECOND)])).toBe('closed')
    expect(at(`${text}, p ok 620`, 621)).toBe('closed')
    expect(at(`${text}, p auth 620`, 621)).toBe('open 1820')
    expect(at(`${text}, p lost 620`, 621)).toBe('half-open 601')
  })
})

describe('a service that asks for time', () => {
  const until = (ends: Told[], second = 0): number | null => {
    const pause = servicePauses(history(ends), undefined, second * SECOND).get('aider')
    return pause === undefined ? null : pause.until / SECOND
  }
  const rate = (whose: string, second: number, more: Partial<Told> = {}): Told => {
    return { whose, kind: 'rate', at: second * SECOND, ...more }
  }

  it('gets what it asked for, from all; without a word our own wait', () => {
    expect(until([rate('a', 0)])).toBe(30)
    expect(until([rate('a', 0, { retryAfterMs: 200 * SECOND })])).toBe(200)
    expect(until([rate('a', 0, { kind: 'overloaded' })])).toBe(30)
    expect(until([rate('a', 0)], 30)).toBe(null)
    expect(until([rate('a', 0, { tool: 'copilot' })])).toBe(null)
  })

  it('is not believed to have changed its mind because of what was begun before', () => {
    const asked = rate('a', 0, { retryAfterMs: 200 * SECOND })
    const ok: Told = { whose: 'b', kind: 'ok', at: 10 * SECOND }
    expect(until([asked, ok], 11)).toBe(200)
    expect(until([asked, { ...ok, at: 201 * SECOND }, rate('a', 300)], 301)).toBe(330)
    expect(until([asked, rate('a', 300)], 301)).toBe(360)
  })
})

describe('seats after an end for lack of memory', () => {
  const agents = (text: string, minute: number, all = 3): number =>
    seatsAfter(history(told(text)).ends, all, minute * MINUTE).agents

  it('are one fewer after each, never fewer than one', () => {
    expect(agents('a ok 0', 1)).toBe(3)
    expect(agents('a out-of-memory 0', 1)).toBe(2)
    expect(agents('a out-of-memory 0, b out-of-memory 60', 2)).toBe(1)
    expect(agents('a out-of-memory 0, b out-of-memory 60, c out-of-memory 120', 3)).toBe(1)
    expect(agents('a out-of-memory 0', 1, 1)).toBe(1)
  })

  it('are lowered once for all who died of the same shortage', () => {
    const both = history([
      { whose: 'a', kind: 'out-of-memory', at: 600 * SECOND, ms: 500 * SECOND },
      { whose: 'b', kind: 'out-of-memory', at: 601 * SECOND, ms: 500 * SECOND },
    ])
    expect(seatsAfter(both.ends, 3, 11 * MINUTE).agents).toBe(2)
  })

  it('come back one by one, each after half an hour without another', () => {
    const two = 'a out-of-memory 0, b out-of-memory 60'
    const calm = CALM_MS / MINUTE
    expect(agents(two, calm)).toBe(1)
    expect(agents(two, calm + 1)).toBe(2)
    expect(agents(two, 2 * calm + 1)).toBe(3)
    expect(seatsAfter(history(told(two)).ends, 3, MINUTE)).toMatchObject({ until: CALM_MS + MINUTE })
    expect(seatsAfter(history(told(two)).ends, 3, 2 * CALM_MS + MINUTE)).toEqual({ agents: 3, until: null, row: [] })
  })

  it('stay between one and all, and are all again in the end', () => {
    const ends = fc.array(fc.record({ whose: fc.constantFrom('a', 'b', 'c'), at: fc.nat(10_000), ms: fc.nat(5_000) }))
    fc.assert(
      fc.property(ends, fc.integer({ min: 1, max: 30 }), fc.nat(20_000), (list, all, now) => {
        const ooms = list.map((one): Told => ({
          ...one,
          kind: 'out-of-memory',
          at: one.at * SECOND,
          ms: one.ms * SECOND,
        }))
        const { ends: sorted } = history(ooms)
        const seats = seatsAfter(sorted, all, now * SECOND)
        expect(seats.agents).toBeGreaterThanOrEqual(1)
        expect(seats.agents).toBeLessThanOrEqual(all)
        expect(seats.until === null).toBe(seats.agents === all)
        expect(seatsAfter(sorted, all, 20_000 * SECOND + all * CALM_MS).agents).toBe(all)
      }),
    )
  })
})

describe('every breaker', () => {
  it('is closed again, or lets one through, once what it waits for is over', () => {
    const kinds: OutcomeKind[] = ['network', 'rate', 'auth', 'missing', 'crash', 'ok', 'lost', 'timeout']
    const ends = fc.array(
      fc.record({
        whose: fc.constantFrom('a', 'b', 'c'),
        kind: fc.constantFrom(...kinds),
        at: fc.nat(100_000_000),
        tool: fc.constantFrom('aider', 'copilot'),
      }),
    )
    fc.assert(
      fc.property(ends, fc.string(), fc.nat(100_000_000), (list, seed, now) => {
        const all = history(list)
        const { circuit } = networkOf(all, seed, now)
        const tools = [...toolCircuits(all, seed, now).values()]
        for (const one of [circuit, ...tools].filter((found) => found !== null)) {
          expect(one.state).toBe(now < one.until ? 'open' : 'half-open')
        }
        for (const [tool, { until }] of servicePauses(all, seed, now)) {
          expect(until).toBeGreaterThan(now)
          expect(servicePauses(all, seed, until).has(tool)).toBe(false)
        }
      }),
    )
  })
})
