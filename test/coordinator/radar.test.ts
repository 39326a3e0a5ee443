/** The conflict radar beside the loop: what it compares, when, and who hears of it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { briefFor } from '../../src/coordinator/briefing.ts'
import { Radar } from '../../src/coordinator/radar.ts'
import type { Event } from '../../src/model/event.ts'
import { fastImport } from '../git/branches.ts'
import { commitId, sampleAttempt } from '../store/sample.ts'
import { type Begun, type Desk, desk, stream } from './room.ts'

const PLAN = [stream('a'), stream('b', { title: 'The other' }), stream('c')]

/** Puts an attempt with this work on record, as one that ended without landing. */
async function leave({ ledger }: Begun, id: string, work: string): Promise<void> {
  const number = ledger.nextNumber(id)
  await ledger.record({ attempts: [sampleAttempt(id, number, { run: ledger.run.id, work })] })
}

/** Three commits: `a` and `b` write the same line, `c` another file. */
function threeCommits({ at }: Desk): Promise<string[]> {
  return fastImport(at, {
    a: [['write', 'README.md', 'by a\n']],
    b: [['write', 'README.md', 'by b\n']],
    c: [['write', 'c.txt', 'by c\n']],
  })
}

const told = ({ heard }: Begun): Event[] => heard.filter(({ type }) => type === 'radar.predicted')

async function look({ context }: Begun, radar: Radar): Promise<void> {
  radar.advance()
  await context.tasks.settled()
  context.tasks.assertSound()
}

describe('the radar', () => {
  it('compares newer work with all other, puts what it finds on record, and tells it', async () => {
    await using d = await desk()
    await using begun = await d.begin(PLAN)
    const radar = new Radar(begun.context)
    const commits = await threeCommits(d)
    for (const [index, id] of ['a', 'b', 'c'].entries()) await leave(begun, id, commits[index]!)
    await look(begun, radar)
    const conflicts = [{ a: 'a', b: 'b', paths: ['README.md'] }]
    expect(begun.ledger.predictions).toEqual(conflicts)
    expect(await begun.store.predictions(begun.ledger.run.id)).toEqual(conflicts)
    expect(told(begun)).toMatchObject([{ conflicts, asked: 3 }])
    expect([radar.conflictsWith('a'), radar.conflictsWith('b'), radar.conflictsWith('c')]).toEqual([['b'], ['a'], []])
    expect(existsSync(join(d.paths.work, 'radar'))).toBe(false)
  })

  it('asks nothing when nothing is new, and only about what is', async () => {
    await using d = await desk()
    await using begun = await d.begin(PLAN)
    const radar = new Radar(begun.context)
    const [a, b, c] = await threeCommits(d)
    await leave(begun, 'a', a!)
    await leave(begun, 'c', c!)
    await look(begun, radar)
    radar.advance()
    expect(begun.context.tasks.size).toBe(0)
    expect(told(begun)).toEqual([])
    await leave(begun, 'b', b!)
    await look(begun, radar)
    expect(told(begun)).toMatchObject([{ asked: 2 }])
  })

  it('forgets what has landed or was given up, and says so', async () => {
    await using d = await desk()
    await using begun = await d.begin(PLAN)
    const radar = new Radar(begun.context)
    const [a, b] = await threeCommits(d)
    await leave(begun, 'a', a!)
    await leave(begun, 'b', b!)
    await look(begun, radar)
    await begun.ledger.move('b', { state: 'discarded', satisfied: false }, null)
    await look(begun, radar)
    expect(told(begun)).toMatchObject([{ conflicts: [{}] }, { conflicts: [], asked: 0 }])
    expect(radar.conflictsWith('a')).toEqual([])
  })

  it('tells the next attempt who changes the same lines, also after a restart', async () => {
    await using d = await desk()
    const [a, b] = await threeCommits(d)
    {
      await using begun = await d.begin(PLAN)
      await leave(begun, 'a', a!)
      await leave(begun, 'b', b!)
      await look(begun, new Radar(begun.context))
    }
    await using begun = await d.begin(PLAN)
    const next = sampleAttempt('a', 2, { work: null })
    expect(await briefFor(begun.context, next, begun.ledger.checkpoint('a'))).toContain('`README.md`, by b (The other)')
    expect(await briefFor(begun.context, sampleAttempt('c', 1), null)).not.toContain('Also being changed')
    await look(begun, new Radar(begun.context))
    expect(told(begun)).toEqual([])
  })

  it('removes what a killed run has left of its questions', async () => {
    await using d = await desk()
    await using begun = await d.begin(PLAN)
    await d.at.write(join(d.paths.work, 'radar', 'ab', 'tmp_obj_x'), '')
    expect(new Radar(begun.context).conflictsWith('a')).toEqual([])
    expect(existsSync(join(d.paths.work, 'radar'))).toBe(false)
  })

  it('lets the run go on when git cannot answer, and warns once', async () => {
    await using d = await desk()
    await using begun = await d.begin(PLAN)
    const radar = new Radar(begun.context)
    const [a] = await threeCommits(d)
    await leave(begun, 'a', a!)
    for (const lost of ['1', '2']) {
      await leave(begun, 'b', commitId(lost))
      await look(begun, radar)
    }
    const warnings = begun.heard.filter(({ type }) => type === 'warning')
    expect(warnings).toMatchObject([{ failure: { message: expect.stringContaining('cannot be predicted') } }])
    expect(begun.ledger.predictions).toEqual([])
  })
})
