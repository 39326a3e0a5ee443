/** The fallback policy, row by row of the table in the semantics. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSpent, type OutcomeKind } from '../../src/model/attempt.ts'
import {
  MANUAL,
  nextTry,
  type NextTry,
  type Policy,
  standInsFor,
  toolOrder,
  type Try,
  UNSPENT_MAX,
} from '../../src/schedule/fallback.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const TOOLS = ['aider', 'copilot', 'claude']

/** Tries in a row, one a minute; the tool of each is the one that the policy had asked for. */
function tries(kinds: readonly OutcomeKind[], policy: Policy): Try[] {
  const list: Try[] = []
  for (const [i, kind] of kinds.entries()) {
    const next = nextTry(list, policy)
    const tool = next.kind === 'try' ? next.tool : 'none'
    list.push({
      number: i + 1,
      tool,
      outcome: { kind, code: null, message: `try ${i + 1}` },
      endedAt: (i + 1) * MINUTE,
    })
  }
  return list
}

function after(kinds: readonly OutcomeKind[], fields: Partial<Policy> = {}): NextTry {
  const policy = { workstream: 'ws-7', tools: TOOLS, attemptsMax: 9, forced: null, ...fields }
  return nextTry(tries(kinds, policy), policy)
}

const at = (tool: string, notBefore = 0): NextTry => ({ kind: 'try', tool, notBefore })

describe('the next try', () => {
  it('begins with the first tool, at once', () => {
    expect(after([])).toEqual(at('aider'))
  })

  it('costs nothing, however often it is thrown back with other work', () => {
    expect(after(Array.from({ length: UNSPENT_MAX * 2 }, () => 'thrown-back'))).toEqual(at('aider'))
    expect(after(['crash', 'thrown-back'])).toEqual(at('copilot'))
  })

  it.each(['red', 'acceptance', 'declined'] as const)('after %s is the same tool once more, then the next', (kind) => {
    expect(after([kind])).toEqual(at('aider'))
    expect(after([kind, kind])).toEqual(at('copilot'))
    expect(after([kind, kind, kind])).toEqual(at('copilot'))
    expect(after([kind, kind, kind, kind])).toEqual(at('claude'))
    expect(after(['acceptance', 'red'])).toEqual(at('copilot'))
  })

  it.each([
    'crash',
    'timeout',
    'hang',
    'no-change',
    'refusal',
    'rejected',
    'out-of-scope',
    'waiting-for-input',
  ] as const)('after %s is the next tool; the last one repeats', (kind) => {
    expect(after([kind])).toEqual(at('copilot'))
    expect(after([kind, kind])).toEqual(at('claude'))
    expect(after([kind, kind, kind, kind])).toEqual(at('claude'))
  })

  it.each(['missing', 'auth', 'quota'] as const)('after %s is the next tool, without a try being spent', (kind) => {
    expect(after([kind], { attemptsMax: 1 })).toEqual(at('copilot'))
    expect(after([kind, kind], { attemptsMax: 1 })).toEqual(at('claude'))
    expect(after([kind, kind, kind])).toMatchObject({
      kind: 'exhausted',
      failure: { code: 'E602', details: { last: kind } },
    })
  })

  it.each(['rate', 'overloaded', 'network'] as const)(
    'after %s waits, tries the same tool once, then the next',
    (kind) => {
      expect(after([kind], { attemptsMax: 1 })).toEqual(at('aider', MINUTE + 30 * SECOND))
      expect(after([kind, kind], { attemptsMax: 1 })).toEqual(at('copilot'))
      expect(after([kind, kind, kind])).toEqual(at('copilot', 3 * MINUTE + 120 * SECOND))
    },
  )

  it('waits as long as the service asks for, and longer by the jitter of the run', () => {
    const policy = { workstream: 'ws-7', tools: TOOLS, attemptsMax: 9, forced: null }
    const outcome = { kind: 'rate', code: null, message: '', retryAfterMs: 200 * SECOND } as const
    const told = { number: 1, tool: 'aider', outcome, endedAt: MINUTE }
    expect(nextTry([told], policy)).toEqual(at('aider', MINUTE + 200 * SECOND))
    const next = nextTry([told], { ...policy, seed: '7f3a' })
    expect(next).toEqual(nextTry([told], { ...policy, seed: '7f3a' }))
    expect(next).not.toEqual(nextTry([told], { ...policy, seed: '7f3b' }))
  })

  it('waits longer each time where there is no other tool', () => {
    const waits = [1, 2, 3, 4].map((count) => {
      const next = after(
        Array.from({ length: count }, () => 'rate' as const),
        { tools: ['aider'] },
      )
      return next.kind === 'try' ? next.notBefore - count * MINUTE : null
    })
    expect(waits).toEqual([30 * SECOND, 60 * SECOND, 120 * SECOND, 240 * SECOND])
  })

  it.each(['lost', 'cancelled', 'out-of-memory', 'disk', 'conflict'] as const)(
    'after %s is the same tool, at once',
    (kind) => {
      expect(after([kind], { attemptsMax: 1 })).toEqual(at('aider'))
      expect(after(['crash', kind])).toEqual(at('copilot'))
      expect(after(['red', kind])).toEqual(at('aider'))
      expect(after(['red', kind, 'red'])).toEqual(at('copilot'))
    },
  )

  it('keeps the two second chances of a tool apart', () => {
    expect(after(['rate', 'red'])).toEqual(at('aider'))
    expect(after(['rate', 'red', 'red'])).toEqual(at('copilot'))
    expect(after(['red', 'rate'])).toEqual(at('aider', 2 * MINUTE + 30 * SECOND))
    expect(after(['red', 'rate', 'red'])).toEqual(at('copilot'))
    expect(after(['rate', 'red', 'rate'])).toEqual(at('aider', 3 * MINUTE + 30 * SECOND))
  })

  it('gives a new tool its own second chance', () => {
    expect(after(['red', 'crash'])).toEqual(at('copilot'))
    expect(after(['red', 'crash', 'red'])).toEqual(at('copilot'))
    expect(after(['rate', 'auth', 'rate'])).toEqual(at('copilot', 3 * MINUTE + 120 * SECOND))
  })

  it('is the one that a person forced, and goes on behind it', () => {
    expect(after([], { forced: 'copilot' })).toEqual(at('copilot'))
    expect(after(['crash'], { forced: 'copilot' })).toEqual(at('claude'))
    expect(after([], { forced: 'gone' })).toEqual(at('aider'))
  })
})

describe('a tool that stood in for another', () => {
  const policy = { workstream: 'ws-7', tools: [...TOOLS, MANUAL], attemptsMax: 9, forced: null }
  const by = (...ends: [string, OutcomeKind][]): Try[] =>
    ends.map(([tool, kind], i) => {
      return { number: i + 1, tool, outcome: { kind, code: null, message: '' }, endedAt: i }
    })

  it('is any program behind the one whose turn it is', () => {
    expect(standInsFor([], policy)).toEqual(['copilot', 'claude'])
    expect(standInsFor(by(['aider', 'crash']), policy)).toEqual(['claude'])
    expect(standInsFor([], { ...policy, forced: 'claude' })).toEqual([])
  })

  it('gives the turn back, whatever it did', () => {
    for (const kind of ['crash', 'red', 'rate', 'auth', 'lost'] as const) {
      expect(nextTry(by(['copilot', kind]), policy)).toMatchObject({ kind: 'try', tool: 'aider' })
    }
  })

  it('is given up by itself, and passed over when its own turn comes', () => {
    expect(standInsFor(by(['copilot', 'crash']), policy)).toEqual(['claude'])
    expect(nextTry(by(['copilot', 'crash'], ['aider', 'crash']), policy)).toMatchObject({ tool: 'claude' })
    expect(nextTry(by(['copilot', 'red'], ['aider', 'crash'], ['copilot', 'red']), policy)).toMatchObject({
      tool: 'claude',
    })
  })
})

describe('a network that is gone for all', () => {
  const shared = (count: number, tools: readonly string[], attemptsMax = 1): NextTry => {
    const policy = { workstream: 'ws-7', tools, attemptsMax, forced: null }
    const list = tries(
      Array.from({ length: count }, () => 'network' as const),
      policy,
    )
    return nextTry(
      list.map((one) => ({ ...one, isShared: true })),
      policy,
    )
  }

  it('makes nobody wait by himself, ends nothing, and leads to no person', () => {
    expect(shared(1, ['aider', MANUAL])).toEqual(at('aider'))
    expect(shared(4, ['aider', MANUAL])).toEqual(at('aider'))
    expect(shared(4 * UNSPENT_MAX, ['aider'])).toMatchObject({ kind: 'try', tool: 'aider', notBefore: 0 })
  })

  it('is asked for with the next program too', () => {
    expect(shared(2, ['aider', 'copilot'])).toEqual(at('copilot'))
  })
})

describe('an end of trying', () => {
  it('is when as many tries are spent as are allowed', () => {
    const next = after(['crash', 'red', 'timeout'], { attemptsMax: 3 })
    expect(next).toMatchObject({
      kind: 'exhausted',
      failure: {
        code: 'E602',
        message: '3 of 3 attempts are used up; the last one: try 3',
        fix: 'read `sluice logs ws-7`, then `sluice retry ws-7 --note "..."` (or --tool T)',
      },
    })
    expect(after(['crash', 'red'], { attemptsMax: 3 }).kind).toBe('try')
    expect(after(['crash', 'lost', 'network', 'red'], { attemptsMax: 3 }).kind).toBe('try')
  })

  it('is told in words that fit the numbers of the attempts', () => {
    const said = (kinds: readonly OutcomeKind[], attemptsMax: number, from: number): string => {
      const policy = { workstream: 'ws-7', tools: TOOLS, attemptsMax, forced: null }
      const numbered = tries(kinds, policy).map((one) => ({ ...one, number: one.number + from - 1 }))
      const next = nextTry(numbered, policy)
      return next.kind === 'exhausted' ? next.failure.message : 'goes on'
    }
    expect(said(['crash'], 1, 1)).toBe('the only attempt is used up; the last one: try 1')
    expect(said(['crash', 'crash'], 2, 3)).toBe('2 of 2 attempts since the retry are used up; the last one: try 2')
    expect(said(['crash', 'lost', 'crash'], 2, 1)).toBe(
      '2 of 2 attempts are used up (1 more did not count); the last one: try 3',
    )
  })

  it('is when what costs nothing happens too often in a row', () => {
    const lost = (count: number): OutcomeKind[] => Array.from({ length: count }, () => 'lost')
    expect(after(lost(UNSPENT_MAX - 1)).kind).toBe('try')
    expect(after(lost(UNSPENT_MAX))).toMatchObject({ kind: 'exhausted', failure: { code: 'E602' } })
    expect(after([...lost(UNSPENT_MAX - 1), 'crash', ...lost(UNSPENT_MAX - 1)]).kind).toBe('try')
  })

  it('comes whatever happens, and never before a spent try is left', () => {
    const kinds: OutcomeKind[] = [
      'crash',
      'red',
      'acceptance',
      'declined',
      'rate',
      'network',
      'lost',
      'disk',
      'missing',
      'auth',
      'no-change',
    ]
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...kinds), { minLength: 60, maxLength: 60 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (fate, attemptsMax, tools) => {
          const policy = { workstream: 'ws-7', tools: TOOLS.slice(0, tools), attemptsMax, forced: null }
          const list = tries(fate, policy)
          const end = list.findIndex(({ tool }) => tool === 'none')
          // Between two spent tries, and behind the last, there is less than a full row of unspent ones.
          expect(end).toBeGreaterThan(0)
          expect(end).toBeLessThanOrEqual(attemptsMax * UNSPENT_MAX)
          const spent = list.slice(0, end).filter(({ outcome }) => isSpent(outcome.kind)).length
          expect(spent).toBeLessThanOrEqual(attemptsMax)
          const last = list[end - 1]!.outcome.kind
          if (spent < attemptsMax) expect(isSpent(last)).toBe(false)
          // A tool is never gone back to.
          const places = list.slice(0, end).map(({ tool }) => TOOLS.indexOf(tool))
          expect(places).toEqual(places.toSorted((a, b) => a - b))
        },
      ),
    )
  })
})

describe('the order of tools', () => {
  it('is the own tool, its fallbacks, then the rest of the run', () => {
    expect(toolOrder({ tool: 'claude', fallback: ['manual'] }, [...TOOLS, 'manual'])).toEqual({
      tools: ['claude', 'manual', 'aider', 'copilot'],
      ignored: [],
    })
    expect(toolOrder({ tool: null, fallback: [] }, TOOLS).tools).toEqual(TOOLS)
  })

  it('ignores what the run does not allow, and says so once', () => {
    expect(toolOrder({ tool: 'codex', fallback: ['codex', 'claude', 'claude'] }, TOOLS)).toEqual({
      tools: ['claude', 'aider', 'copilot'],
      ignored: ['codex'],
    })
  })
})
