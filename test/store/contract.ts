/**
 * What every store must do, whatever it is made of. `open` gives a new, empty store each time; `reopen` opens the one
 * that was given last once more, so that what was recorded is read from where it is kept and not from memory.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { NewEvent } from '../../src/model/event.ts'
import type { Fix, PredictedConflict } from '../../src/model/landing.ts'
import type { Request } from '../../src/model/run.ts'
import { addPoint, newSeries } from '../../src/model/series.ts'
import type { Vitals } from '../../src/model/vitals.ts'
import { NO_RESTART, type Store } from '../../src/store/store.ts'
import {
  AT,
  commitId,
  sampleAttempt,
  sampleCheck,
  sampleConflict,
  sampleLanding,
  sampleRow,
  sampleRun,
} from './sample.ts'

export interface StoreUnderTest {
  open: () => Promise<Store>
  reopen: () => Promise<Store>
}

const RUN = '7f3a'

export function storeContract(name: string, under: StoreUnderTest): void {
  describe(`${name} keeps the store's contract`, () => {
    const opened: Store[] = []
    const keep = async (store: Promise<Store>): Promise<Store> => {
      opened.push(await store)
      return opened.at(-1)!
    }
    const open = (): Promise<Store> => keep(under.open())
    const reopen = (): Promise<Store> => keep(under.reopen())
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
    })

    it('gives back a run, replaces it as a whole, and finds the newest one by target', async () => {
      const store = await open()
      expect(await store.latestRun()).toBeNull()
      const older = sampleRun({ id: 'old', startedAt: AT - 1000, target: 'release' })
      await store.record({ run: RUN, at: AT, runs: [older, sampleRun()] })
      await store.record({ run: RUN, at: AT, runs: [sampleRun({ state: 'ended', endedAt: AT + 5, exit: 0 })] })
      const again = await reopen()
      expect(await again.latestRun()).toEqual(sampleRun({ state: 'ended', endedAt: AT + 5, exit: 0 }))
      expect(await again.latestRun('release')).toEqual(older)
      expect(await again.latestRun('nowhere')).toBeNull()
      expect((await again.recentRuns(10)).map(({ id }) => id)).toEqual([RUN, 'old'])
      expect((await again.recentRuns(1)).map(({ id }) => id)).toEqual([RUN])
    })

    it('gives back workstreams in plan order, and replaces definition, state, position and restart', async () => {
      const store = await open()
      const rows = [
        { ...sampleRow('b'), position: 1 },
        { ...sampleRow('a', { state: 'running', attempt: 1, agent: 2, startedAt: AT }), position: 0 },
      ]
      await store.record({ run: RUN, at: AT, workstreams: rows })
      const changed = {
        ...sampleRow('b', { state: 'failed', failure: { code: 'E602', message: 'no' } }, { title: 'ünïcode 🌊' }),
        position: 2,
        restart: { after: 3, tool: 'claude', note: 'try again', fresh: true },
      }
      await store.record({ run: RUN, at: AT, workstreams: [changed] })
      expect(await (await reopen()).workstreams(RUN)).toEqual([rows[1], changed])
      expect(await store.workstreams('another')).toEqual([])
    })

    it('takes a plan of thousands in one change', async () => {
      const store = await open()
      const rows = Array.from({ length: 2500 }, (_, position) => ({ ...sampleRow(`ws-${position}`), position }))
      await store.record({ run: RUN, at: AT, workstreams: rows })
      const found = await store.workstreams(RUN)
      expect(found).toHaveLength(2500)
      expect(found.at(-1)?.id).toBe('ws-2499')
    })

    it('gives back attempts oldest first, and the highest number of each workstream over all runs', async () => {
      const store = await open()
      const first = sampleAttempt('a', 1)
      const second = sampleAttempt('a', 2, {
        startedAt: AT + 10,
        phase: 'running',
        endedAt: null,
        outcome: null,
        work: null,
      })
      const other = sampleAttempt('b', 7, { run: 'old', startedAt: AT - 10 })
      await store.record({ run: RUN, at: AT, attempts: [second, first, other] })
      const settled = { ...second, phase: 'settled' as const, endedAt: AT + 20 }
      await store.record({ run: RUN, at: AT, attempts: [settled] })
      const again = await reopen()
      expect(await again.attempts(RUN)).toEqual([first, settled])
      expect(await again.lastAttemptNumbers()).toEqual(
        new Map([
          ['a', 2],
          ['b', 7],
        ]),
      )
    })

    it('gives back landings in the order of the queue, and one by the value of its trailer', async () => {
      const store = await open()
      const late = sampleLanding('late', { queuedAt: AT + 2 })
      const early = sampleLanding('early', { queuedAt: AT + 1, stage: 'intent', commit: null, at: null, gate: [] })
      await store.record({ run: RUN, at: AT, landings: [late, early] })
      const moved = { ...early, stage: 'moved' as const, commit: commitId('e'), at: AT + 9 }
      await store.record({ run: RUN, at: AT, landings: [moved] })
      const again = await reopen()
      expect(await again.landings(RUN)).toEqual([moved, late])
      expect(await again.landing(moved.id)).toEqual(moved)
      expect(await again.landing('7f3a-none')).toBeNull()
    })

    it('gives back conflicts until they are settled', async () => {
      const store = await open()
      await store.record({ run: RUN, at: AT, conflicts: [sampleConflict('b'), sampleConflict('a')] })
      await store.record({ run: RUN, at: AT, conflicts: [sampleConflict('b', { attempt: 3 })] })
      expect(await store.conflicts(RUN)).toEqual([sampleConflict('a'), sampleConflict('b', { attempt: 3 })])
      await store.record({ run: RUN, at: AT, settledConflicts: ['b', 'never-there'] })
      expect(await (await reopen()).conflicts(RUN)).toEqual([sampleConflict('a')])
    })

    it('gives back the conflicts that were predicted last, of one run', async () => {
      const store = await open()
      expect(await store.predictions(RUN)).toEqual([])
      const pair = (a: string, b: string): PredictedConflict => ({ a, b, paths: ['src/x.ts'] })
      await store.record({ run: RUN, at: AT, predictions: [pair('a', 'b'), pair('a', 'c')] })
      await store.record({ run: 'another', at: AT, predictions: [pair('d', 'e')] })
      await store.record({ run: RUN, at: AT, predictions: [pair('b', 'c')] })
      await store.record({ run: RUN, at: AT })
      expect(await (await reopen()).predictions(RUN)).toEqual([pair('b', 'c')])
      await store.record({ run: RUN, at: AT, predictions: [] })
      expect(await store.predictions(RUN)).toEqual([])
      expect(await store.predictions('another')).toEqual([pair('d', 'e')])
    })

    it('gives back the vitals of each attempt and of the machine as they were last, of one run', async () => {
      const store = await open()
      expect(await store.vitals(RUN)).toEqual([])
      const series = addPoint(newSeries(AT), AT, { cpu: 12.5, memory: 300, disk: null, changes: 4 })
      const vitals = (workstream: string | null, attempt: number | null, more: Partial<Vitals> = {}): Vitals => {
        return { workstream, attempt, series: newSeries(AT), alerts: [], ...more }
      }
      const memory = { totalBytes: 16e9, availableBytes: 4e9 }
      const machine = vitals(null, null, { machine: { memory, memoryPressure: null, load: 0.5, disks: [] } })
      await store.record({ run: RUN, at: AT, vitals: [vitals('b', 2), vitals('a', 1), machine] })
      await store.record({ run: 'another', at: AT, vitals: [vitals('a', 1, { series })] })
      const message = 'CPU at 100 % of a core for 10 min: possible hang'
      const alerts = [{ metric: 'cpu', level: 'critical', code: 'W201', message, since: AT } as const]
      const newer = vitals('b', 2, { series, alerts })
      await store.record({ run: RUN, at: AT, vitals: [newer] })
      await store.record({ run: RUN, at: AT })
      expect(await (await reopen()).vitals(RUN)).toEqual([machine, vitals('a', 1), newer])
      expect(await store.vitals('another')).toEqual([vitals('a', 1, { series })])
    })

    it('gives back fixes in the order they were made', async () => {
      const store = await open()
      const fix = (code: string): Fix => ({
        run: RUN,
        code,
        workstream: 'a',
        problem: 'p',
        action: 'a',
        proof: 'q',
        at: AT,
      })
      await store.record({ run: RUN, at: AT, fixes: [fix('E404'), fix('E401')] })
      expect(await (await reopen()).fixes(RUN)).toEqual([fix('E404'), fix('E401')])
    })

    it('remembers a verdict by tree and gate', async () => {
      const store = await open()
      const verdict = { tree: commitId('1'), gate: 'digest', results: [sampleCheck({ exit: null, timedOut: true })] }
      await store.record({ run: RUN, at: AT, verdicts: [{ ...verdict, results: [] }, verdict] })
      const again = await reopen()
      expect(await again.verdict(verdict.tree, 'digest')).toEqual(verdict)
      expect(await again.verdict(verdict.tree, 'another gate')).toBeNull()
    })

    it('gives open requests oldest first, and an answered one only by its id', async () => {
      const store = await open()
      const request = (id: string, at: number): Request => {
        return { id, at, body: { kind: 'skip', ids: ['a'], satisfy: true }, state: 'open', answer: null }
      }
      await store.record({ run: RUN, at: AT, requests: [request('second', AT + 1), request('first', AT)] })
      expect((await store.openRequests()).map(({ id }) => id)).toEqual(['first', 'second'])
      const done: Request = { ...request('first', AT), state: 'done', answer: 'skipped' }
      await store.record({ run: RUN, at: AT, requests: [done] })
      const again = await reopen()
      expect(await again.openRequests()).toEqual([request('second', AT + 1)])
      expect(await again.request('first')).toEqual(done)
      expect(await again.newestRequest()).toEqual(request('second', AT + 1))
      expect(await again.request('none')).toBeNull()
    })

    it('numbers events in order, gives them as stored, and pages through them by run', async () => {
      const store = await open()
      const event = (n: number): NewEvent => ({
        type: 'landing.queued',
        work: `work ${n}`,
        workstream: 'a',
        attempt: n,
      })
      const written = await store.record({ run: RUN, at: AT, events: [event(1), event(2), event(3)] })
      await store.record({ run: 'another', at: AT + 1, events: [event(4)] })
      await store.record({ run: RUN, at: AT + 2, events: [{ type: 'run.draining', by: 'signal' }] })
      const again = await reopen()
      const all = await again.events(RUN)
      expect(all.slice(0, 3)).toEqual(written)
      expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).sort((a, b) => a - b))
      expect(new Set(all.map(({ seq }) => seq)).size).toBe(4)
      expect(all[0]).toEqual({ ...event(1), seq: written[0]!.seq, at: AT, run: RUN })
      expect(all[3]).toMatchObject({ type: 'run.draining', workstream: null, attempt: null, at: AT + 2 })
      const page = await again.events(RUN, 0, 2)
      expect(page).toEqual(all.slice(0, 2))
      expect(await again.events(RUN, page.at(-1)!.seq, 2)).toEqual(all.slice(2))
      expect(await again.events(RUN, all.at(-1)!.seq)).toEqual([])
    })

    it('finds where a run began, went on and ended, and the last sign of work of each start', async () => {
      const store = await open()
      const work = (kind: string): NewEvent => ({ type: 'slot.report', slot: 'agent-1', text: kind, workstream: 'a' })
      const started: NewEvent = { type: 'run.started', target: 'main', base: commitId('a'), agents: 1, workstreams: 1 }
      const resumed: NewEvent = {
        type: 'run.resumed',
        target: 'main',
        tip: commitId('a'),
        agents: 1,
        landed: 0,
        adopted: 0,
      }
      const ended: NewEvent = { type: 'run.ended', exit: 0, counts: {}, makespanMs: 1, boundMs: 1 }
      const asked: NewEvent = { type: 'request.applied', request: { kind: 'hold', ids: ['a'] }, answer: 'held' }
      const killed = [started, work('first'), work('last of it'), asked]
      const whole = [resumed, work('only'), ended]
      const events = [...killed, resumed, asked, ...whole, work('between'), resumed, asked]
      const told = await store.record({ run: RUN, at: AT, events })
      await store.record({ run: 'another', at: AT, events: [started, work('of another')] })
      const again = await reopen()
      const wanted = [0, 2, 4, 6, 7, 8, 10].map((index) => told[index]!)
      expect(await again.turningPoints(RUN)).toEqual(wanted)
      expect(await again.turningPoints('none')).toEqual([])
    })

    it('leaves nothing of a change that throws in the middle', async () => {
      const store = await open()
      await store.record({ run: RUN, at: AT, workstreams: [sampleRow('a')] })
      const unwritable = Object.assign(sampleLanding('a'), {
        toJSON: () => {
          throw new Error('in the middle')
        },
      })
      const change = {
        run: RUN,
        at: AT,
        runs: [sampleRun()],
        workstreams: [sampleRow('a', { state: 'cancelled' })],
        attempts: [sampleAttempt('a', 1)],
        landings: [unwritable],
        events: [{ type: 'landing.queued', work: commitId('b') } as const],
      }
      await expect(store.record(change)).rejects.toThrow('in the middle')
      expect(await store.latestRun()).toBeNull()
      expect(await store.workstreams(RUN)).toEqual([sampleRow('a')])
      expect(await store.attempts(RUN)).toEqual([])
      expect(await store.events(RUN)).toEqual([])
      await store.record({
        run: RUN,
        at: AT,
        workstreams: [{ ...sampleRow('a', { state: 'held' }), restart: NO_RESTART }],
      })
      expect((await store.workstreams(RUN))[0]?.state).toEqual({ state: 'held' })
    })

    it('takes changes that are recorded at once, one after the other', async () => {
      const store = await open()
      const event = { type: 'landing.queued', work: commitId('b') } as const
      const written = await Promise.all(
        Array.from({ length: 50 }, (_, n) => store.record({ run: RUN, at: AT + n, events: [event, event] })),
      )
      for (const [first, second] of written) expect(second!.seq).toBe(first!.seq + 1)
      expect(await store.events(RUN)).toHaveLength(100)
    })
  })
}
