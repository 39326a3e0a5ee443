/**
 * A world that is short of something, in whole runs with real tools, on a clock that the test turns: the network, a service
 * that asks for time, a tool that is not let in, memory.
 */
import { writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/model/event.ts'
import { logLines } from '../../src/observe/log-lines.ts'
import { statusRun } from '../../src/observe/status.ts'
import { createTeller } from '../../src/observe/tell.ts'
import { THROUGH_MS } from '../../src/schedule/history.ts'
import { type Begun, type Desk, desk, fifo, is, outcomes, states, stream, untilEvent, WRITE } from './room.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

/** A clock that goes on by itself, and further when it is told to. */
function turned(): { now: () => number; turn: (ms: number) => void } {
  let ahead = 0
  return { now: () => Date.now() + ahead, turn: (ms) => (ahead += ms) }
}

/** Does what the tools of this test look for. */
function touch(d: Desk, name: string): void {
  writeFileSync(join(d.at.dir, name), '')
}

const pauses = ({ heard }: Begun): string[] =>
  heard.flatMap((event) => {
    if (event.type === 'pause.over') return [`${event.pause.of} over`]
    if (event.type !== 'pause.holds') return []
    return [event.pause.of === 'memory' ? `memory ${event.pause.agents}` : `${event.pause.of} ${event.pause.state}`]
  })

const starts = ({ heard }: Begun): string[] =>
  heard.flatMap((event) => (event.type === 'attempt.started' ? [`${event.workstream} ${event.tool}`] : []))

/** The loop has looked at everything once more. */
async function lookAgain(d: Desk, begun: Begun): Promise<void> {
  const applied = begun.heard.filter(is('request.applied')).length
  await d.ask(begun.store, { kind: 'release', ids: ['z'] })
  begun.context.bell.ring()
  const isNext = (event: Event): boolean => {
    return event.type === 'request.applied' && begun.heard.filter(is('request.applied')).length > applied
  }
  await untilEvent(begun, isNext)
  // What was decided after that is on record when the next question is answered.
  await begun.ledger.record({ events: [] })
}

const held = (pause: Event): Extract<Event, { type: 'pause.holds' }>['pause'] & { until: number } => {
  if (pause.type !== 'pause.holds') throw new Error(pause.type)
  return pause.pause
}

describe('a network that is gone for all', () => {
  const tool = `[ -e $DESK/online ] || { echo getaddrinfo ENOTFOUND api.example.org; exit 1; }; [ $SLUICE_WORKSTREAM != a ] || read x < $DESK/go; ${WRITE}`
  const plan = [stream('a', { priority: 1 }), stream('b'), ...['c', 'z'].map((id) => stream(id, { dependsOn: ['a'] }))]

  it('keeps everybody from beginning, lets one try, and opens for all when that gets through', async () => {
    await using d = await desk({ script: tool })
    const go = fifo(d, 'go')
    const { now, turn } = turned()
    await using begun = await d.begin(plan, { seats: 2, now })
    const end = begun.run()
    const lost = held(await untilEvent(begun, is('pause.holds')))
    expect(lost).toMatchObject({ of: 'network', state: 'open', code: 'E303' })
    expect(lost.met.toSorted()).toEqual(['a', 'b'])
    expect(lost.until).toBeGreaterThanOrEqual(lost.since + 30 * SECOND)
    await lookAgain(d, begun)
    expect(starts(begun)).toEqual(['a script', 'b script'])
    const [told] = statusRun((await begun.store.latestRun())!, true).pauses
    expect(told!.message).toMatch(
      /^the network is gone for all \((a, b|b, a), 2 attempts\): nobody begins before \d\d:\d\d:\d\d, then one tries$/,
    )

    touch(d, 'online')
    turn(MINUTE)
    begun.context.bell.ring()
    await untilEvent(begun, (event) => event.type === 'attempt.launched' && event.attempt === 2)
    await lookAgain(d, begun)
    expect(starts(begun)).toEqual(['a script', 'b script', 'a script'])
    turn(THROUGH_MS)
    begun.context.bell.ring()
    await untilEvent(begun, is('pause.over'))
    await untilEvent(
      begun,
      (event) => event.type === 'attempt.started' && event.workstream === 'b' && event.attempt === 2,
    )
    await writeFile(go, 'x\n')
    expect(await end).toBe(0)
    expect(pauses(begun)).toEqual(['network open', 'network half-open', 'network over'])
    expect((await begun.store.latestRun())!.pauses).toEqual([])
    const fixes = await begun.store.fixes(begun.ledger.run.id)
    expect(fixes.find(({ workstream }) => workstream === null)).toMatchObject({
      code: 'E303',
      problem: expect.stringMatching(/^the network was gone for all: 2 attempts of (a, b|b, a) lost it$/),
      proof: 'attempt 2 of a has been at work for 3 minutes',
    })
  })

  it('is waited for after a restart as before, for as long as it takes, and nobody is given up', async () => {
    await using d = await desk({ script: `[ -e $DESK/online ] || { echo ECONNREFUSED; exit 1; }; ${WRITE}` })
    const { now, turn } = turned()
    let until = 0
    {
      await using first = await d.begin(plan, { seats: 2, now })
      const end = first.run()
      until = held(await untilEvent(first, is('pause.holds'))).until
      first.coordinator.stop()
      await end
    }
    await using second = await d.begin(plan, { seats: 2, now })
    // Hours of it: whoever tries next comes back to nothing, and the night goes on.
    let turns = 0
    second.ledger.onEvent((event) => {
      if (event.type !== 'pause.holds' || event.pause.of !== 'network' || event.pause.state !== 'open') return
      if (++turns > 8) touch(d, 'online')
      turn(event.pause.until - now() + SECOND)
      second.context.bell.ring()
    })
    expect(await second.run()).toBe(0)
    const again = second.heard.find(is('pause.holds'))!
    expect(held(again)).toMatchObject({ of: 'network', state: 'open', until })
    expect(second.heard.findIndex(is('attempt.started'))).toBeGreaterThan(second.heard.indexOf(again))
    expect(Object.values(states(second.ledger)).every((state) => state === 'landed')).toBe(true)
    const lost = [...second.ledger.attempts.values()].flat().filter(({ outcome }) => outcome?.kind === 'network')
    expect(lost.length).toBeGreaterThan(8)
  })
})

describe('a service that asks for time', () => {
  it('gets it from all, who take another tool meanwhile and come back', async () => {
    const limited = '[ -e $DESK/free ] || { echo "429 too many requests, try again in 2m"; exit 1; }'
    await using d = await desk({ one: `${limited}; ${WRITE}`, two: WRITE })
    const { now, turn } = turned()
    await using begun = await d.begin([stream('a', { priority: 1 }), stream('b'), stream('c', { dependsOn: ['b'] })], {
      now,
    })
    begun.ledger.onEvent((event) => {
      if (event.type !== 'attempt.ended' || event.workstream !== 'b') return
      touch(d, 'free')
      turn(3 * MINUTE)
      begun.context.bell.ring()
    })
    expect(await begun.run()).toBe(0)
    expect(outcomes(begun, 'a')).toEqual([
      ['one', 'rate'],
      ['one', 'ok'],
    ])
    expect(outcomes(begun, 'b')).toEqual([['two', 'ok']])
    expect(outcomes(begun, 'c')).toEqual([['one', 'ok']])
    const pause = held(begun.heard.find(is('pause.holds'))!)
    expect(pause).toMatchObject({ of: 'tool', tool: 'one', state: 'paused', code: 'E208', met: ['a'] })
    expect(pause.until).toBeGreaterThanOrEqual(pause.since + 2 * MINUTE)
    expect(begun.heard.find(is('tool.fallback'))).toMatchObject({
      from: 'one',
      to: 'two',
      code: 'E208',
      workstream: 'b',
    })
    expect(pauses(begun)).toEqual(['tool paused', 'tool over'])
  })
})

describe('a tool that is not let in', () => {
  it('is passed over after the second workstream, tried by one later, and offered again; each switch is in the log', async () => {
    const locked = '[ -e $DESK/key ] || { echo invalid api key; exit 1; }'
    await using d = await desk({ one: `${locked}; ${WRITE}`, two: WRITE })
    const { now, turn } = turned()
    const plan = ['a', 'b', 'c'].map((id, i) => stream(id, { priority: 9 - i }))
    await using begun = await d.begin([...plan, stream('d', { dependsOn: ['c'] })], { now })
    begun.ledger.onEvent((event) => {
      if (event.type !== 'attempt.ended' || event.workstream !== 'c') return
      touch(d, 'key')
      turn(11 * MINUTE)
      begun.context.bell.ring()
    })
    expect(await begun.run()).toBe(0)
    const ways = ['a', 'b', 'c', 'd'].map((id) => outcomes(begun, id).map(([tool, kind]) => `${tool} ${kind}`))
    expect(ways).toEqual([['one auth', 'two ok'], ['one auth', 'two ok'], ['two ok'], ['one ok']])
    expect(pauses(begun)).toEqual(['tool open', 'tool half-open', 'tool over'])
    const tell = createTeller()
    const lines = begun.heard.flatMap((event) => logLines(event, tell(event), null))
    const log = lines.flatMap(({ file, text }) =>
      file === 'tool_fallback.log' ? [text.replace(/^\S+ \S+ +/, '')] : [],
    )
    const why = 'the service does not accept the credentials (exit 1)'
    expect(log.map((line) => line.replace(/until=\d\S+/, 'until=TIME'))).toEqual([
      `a attempt=2 from=one to=two code=E107 why=${why}`,
      `run tool=one state=open until=TIME code=E107 met=a,b why=${why}`,
      `b attempt=2 from=one to=two code=E107 why=${why}`,
      `c attempt=1 from=one to=two code=E107 why=not offered now: ${why}, met by b`,
      `run tool=one state=half-open until=TIME code=E107 met=a,b why=${why}`,
      `run tool=one state=closed until=- code=E107 met=a,b why=${why}`,
    ])
  })
})

describe('an end for lack of memory', () => {
  it('is tried again with fewer at once, on record with what lands, until half an hour has gone well', async () => {
    const starved = '[ "$SLUICE_WORKSTREAM $SLUICE_ATTEMPT" = "a 1" ] && { echo fork: Cannot allocate memory; exit 1; }'
    await using d = await desk({ script: `${starved}; ${WRITE}` })
    const { now, turn } = turned()
    const plan = ['a', 'b', 'c', 'e'].map((id, i) => stream(id, { priority: 9 - i }))
    await using begun = await d.begin([...plan, stream('f', { dependsOn: ['e'] })], { seats: 2, now })
    let most = 0
    begun.ledger.onEvent((event) => {
      const isFewer = (begun.ledger.run.pauses ?? []).length > 0
      const atWork = Object.values(states(begun.ledger)).filter((name) => name === 'running').length
      if (event.type === 'attempt.started' && isFewer) most = Math.max(most, atWork)
      if (event.type !== 'attempt.ended' || event.workstream !== 'e') return
      turn(31 * MINUTE)
      begun.context.bell.ring()
    })
    expect(await begun.run()).toBe(0)
    expect(outcomes(begun, 'a').map(([, kind]) => kind)).toEqual(['out-of-memory', 'ok'])
    expect(most).toBe(1)
    expect(pauses(begun)).toEqual(['memory 1', 'memory over'])
    const told = createTeller()(begun.heard.find(is('pause.holds'))!)
    expect(told.text).toMatch(/^E301 1 of 2 agents \(memory\): a ran out of it; one more at \d\d:\d\d:\d\d$/)
    const [fix] = await begun.store.fixes(begun.ledger.run.id)
    expect(fix).toMatchObject({ code: 'E301', action: 'script tried again, as attempt 2, with 1 agent instead of 2' })
  })
})
