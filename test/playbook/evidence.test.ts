/** Evidence for a code is read from the events: what speaks of it, once for each attempt, and not what says it is over. */
import { expect, it } from 'vitest'
import type { Event, EventBody } from '../../src/model/event.ts'
import type { Pause } from '../../src/model/pause.ts'
import { codesOf, evidenceOf } from '../../src/playbook/evidence.ts'

const event = (seq: number, body: EventBody, attempt: number | null = 1): Event => {
  return { ...body, seq, at: seq, run: 'one', workstream: 'ws-1', attempt }
}
const crash = { kind: 'crash', code: 'E201', message: 'exit 1' } as const
const ended: EventBody = {
  type: 'attempt.ended',
  tool: 'aider',
  agent: 1,
  outcome: crash,
  work: null,
  changed: 0,
  ms: 1,
}
const failure = { code: 'E302', message: 'the disk is full' } as const

it('is told once for each attempt', () => {
  const warning: EventBody = { type: 'warning', failure: { code: 'E201', message: 'again' } }
  const events = [event(1, ended), event(2, warning), event(3, ended, 2), event(4, { ...warning }, null)]
  expect(evidenceOf('E201', events).map(({ seq }) => seq)).toEqual([1, 3, 4])
})

it('is a threshold that is crossed, not one that is left; and the want of room, or of something else, with each of its reasons', () => {
  const crossed: EventBody = {
    type: 'threshold.crossed',
    metric: 'cpu',
    from: 'normal',
    to: 'warning',
    code: 'W201',
    message: 'x',
  }
  expect(codesOf(event(1, crossed))).toEqual(['W201'])
  expect(codesOf(event(1, { ...crossed, from: 'warning', to: 'normal' }))).toEqual([])
  expect(codesOf(event(1, { type: 'room.short', reasons: [failure, failure], waiting: ['ws-1'] }))).toEqual(['E302'])
  const pause: Pause = { of: 'memory', agents: 2, all: 3, since: 0, until: 1, code: 'E301', met: ['ws-1'] }
  expect(codesOf(event(1, { type: 'pause.holds', pause }))).toEqual(['E301'])
  expect(codesOf(event(1, { type: 'pause.over', pause, ms: 1 }))).toEqual([])
})
