/** How long a run was at work, whatever lay between its starts. */
import { describe, expect, it } from 'vitest'
import type { Event, EventBody } from '../../src/model/event.ts'
import { timeAtWork } from '../../src/observe/time-at-work.ts'
import { AT, commitId, sampleEvent } from '../store/sample.ts'

const STARTED: EventBody = { type: 'run.started', target: 'main', base: commitId('a'), agents: 1, workstreams: 1 }
const RESUMED: EventBody = { type: 'run.resumed', target: 'main', tip: commitId('a'), agents: 1, landed: 0, adopted: 0 }
const ENDED: EventBody = { type: 'run.ended', exit: 0, counts: {}, makespanMs: 1, boundMs: 1 }
const QUEUED: EventBody = { type: 'landing.queued', work: commitId('b') }
const ASKED: EventBody = { type: 'request.applied', request: { kind: 'hold', ids: ['a'] }, answer: 'held' }

const at = (ms: number, body: EventBody): Event => sampleEvent(body, { at: AT + ms })

describe('the time at work', () => {
  it('is that of all starts, without what lies between them', () => {
    const events = [at(0, STARTED), at(100, ENDED), at(5000, ASKED), at(9000, RESUMED), at(9020, ENDED)]
    expect(timeAtWork(events, null)).toEqual({ ms: 120, starts: 2 })
  })

  it('lasts up to now while somebody is at work', () => {
    expect(timeAtWork([at(0, STARTED), at(100, QUEUED)], AT + 300)).toEqual({ ms: 300, starts: 1 })
  })

  it('lasts up to the last sign of life where a start was killed', () => {
    const events = [at(0, STARTED), at(100, QUEUED), at(7000, ASKED)]
    expect(timeAtWork(events, null)).toEqual({ ms: 100, starts: 1 })
    expect(timeAtWork([...events, at(9000, RESUMED), at(9001, ENDED)], null)).toEqual({ ms: 101, starts: 2 })
  })
})
