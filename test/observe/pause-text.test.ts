/** What a run waits for, in words: one line that says what is short, until when, and what happens then. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { Pause } from '../../src/model/pause.ts'
import { pauseLog, pauseOverText, pauseText } from '../../src/observe/pause-text.ts'
import { createTeller } from '../../src/observe/tell.ts'
import { AT, sampleEvent } from '../store/sample.ts'

beforeAll(() => {
  process.env['TZ'] = 'UTC'
})

const times = { since: AT, until: AT + 60_000 }
const network: Pause = { of: 'network', state: 'open', ...times, code: 'E303', met: ['a', 'b', 'c', 'd'], tries: 5 }
const memory: Pause = { of: 'memory', agents: 2, all: 3, ...times, code: 'E301', met: ['a'] }
const tool: Pause = {
  of: 'tool',
  tool: 'aider',
  state: 'open',
  ...times,
  code: 'E107',
  why: 'not\nlet in',
  met: ['a', 'b'],
}

describe('a pause', () => {
  it.each<[Pause, string]>([
    [
      network,
      'the network is gone for all (a, b, c and 1 more, 5 attempts): nobody begins before 02:15:07, then one tries',
    ],
    [
      { ...network, state: 'half-open' },
      'the network was gone for all (a, b, c and 1 more): one attempt is let through, the others begin when it has reached its service',
    ],
    [memory, '2 of 3 agents (memory): a ran out of it; one more at 02:15:07'],
    [tool, 'aider is passed over until 02:15:07, then one tries it again: not let in, met by a, b'],
    [{ ...tool, state: 'half-open' }, 'aider is offered to one workstream again, as a probe: not let in, met by a, b'],
    [{ ...tool, state: 'paused' }, 'aider gets no work before 02:15:07: not let in, met by a, b'],
  ])('%# is told in one line', (pause, text) => {
    expect(pauseText(pause)).toBe(text)
  })

  it('is told with its code, and once more when it is over, with how long it was', () => {
    const tell = createTeller()
    expect(tell(sampleEvent({ type: 'pause.holds', pause: memory }))).toMatchObject({
      level: 'warning',
      subject: 'run',
      text: `E301 ${pauseText(memory)}`,
      loud: true,
    })
    const over = [network, memory, tool, { ...tool, state: 'paused' } as const].map((pause) => {
      return tell(sampleEvent({ type: 'pause.over', pause, ms: 130_000 })).text
    })
    expect(over).toEqual([
      'the network is there again, after 2m10',
      '3 agents may work at once again, after 2m10',
      'aider is offered to all again, after 2m10',
      'aider gets work again, after 2m10',
    ])
    expect(pauseOverText(network)).toBe('the network is there again')
  })

  it('of a tool is a line of tool_fallback.log; others are none', () => {
    expect(pauseLog(tool, false)).toBe(
      'tool=aider state=open until=2026-11-23T02:15:07.000Z code=E107 met=a,b why=not let in',
    )
    expect(pauseLog(tool, true)).toBe('tool=aider state=closed until=- code=E107 met=a,b why=not let in')
    expect(pauseLog(network, false)).toBe(null)
  })
})
