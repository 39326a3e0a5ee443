import { describe, expect, it } from 'vitest'
import type { Prediction } from '../../src/git/predict.ts'
import {
  type Answers,
  conflictsAmong,
  type Head,
  HEADS_MAX,
  headsOf,
  remember,
  unasked,
} from '../../src/landing/radar.ts'
import type { Attempt } from '../../src/model/attempt.ts'
import { NO_RESTART, type WorkstreamRow } from '../../src/store/store.ts'
import { AT, commitId, sampleAttempt, sampleRow } from '../store/sample.ts'

const head = (id: string, commit: string): Head => ({ id, commit, attempt: 1, startedAt: AT })
const NONE: Answers = new Map()
const CLEAN: Prediction = { kind: 'clean' }
const conflict = (path: string): Prediction => ({ kind: 'conflict', files: [{ path, kind: 'content' }] })

describe('headsOf', () => {
  const heads = (rows: readonly WorkstreamRow[], attempts: readonly Attempt[] = []): [string, string][] =>
    headsOf(rows, (id) => attempts.filter(({ workstream }) => workstream === id)).map(({ id, commit }) => [id, commit])

  it('is the newest pinned work of what has not come to its end', () => {
    const failure = { code: 'E402', message: 'conflict' } as const
    const rows = [
      sampleRow('open'),
      sampleRow('running', { state: 'running', attempt: 2, agent: 1, startedAt: AT }),
      sampleRow('queued', { state: 'queued', attempt: 1, work: commitId('3'), queuedAt: AT }),
      sampleRow('conflict', { state: 'conflict', attempt: 1, work: commitId('4'), failure, since: AT }),
      sampleRow('failed', { state: 'failed', failure }),
      sampleRow('held', { state: 'held' }),
    ]
    const attempts = [
      sampleAttempt('running', 1, { work: commitId('1') }),
      sampleAttempt('running', 2, { work: null, phase: 'running' }),
      // A person handed in something else for it.
      sampleAttempt('queued', 1, { work: commitId('2') }),
      sampleAttempt('failed', 1, { work: commitId('5') }),
      sampleAttempt('failed', 2, { work: commitId('6') }),
    ]
    expect(heads(rows, attempts)).toEqual([
      ['running', commitId('1')],
      ['queued', commitId('3')],
      ['conflict', commitId('4')],
      ['failed', commitId('6')],
    ])
  })

  it('is the newest checkpoint of what is being worked on, before anything is handed in', () => {
    const rows = [sampleRow('a', { state: 'running', attempt: 2, agent: 1, startedAt: AT })]
    const attempts = [
      sampleAttempt('a', 1, { work: commitId('1') }),
      sampleAttempt('a', 2, { work: null, phase: 'running', checkpoint: commitId('2') }),
    ]
    expect(heads(rows, attempts)).toEqual([['a', commitId('2')]])
  })

  it('leaves out what landed, was undone, given up or cancelled, and work before a fresh start', () => {
    const landed = { landing: 'l', commit: commitId('c'), at: AT, published: true, attempt: 1 }
    const rows = [
      sampleRow('landed', { state: 'landed', ...landed }),
      sampleRow('reverted', { state: 'reverted', landing: 'l' }),
      sampleRow('discarded', { state: 'discarded', satisfied: false }),
      sampleRow('cancelled', { state: 'cancelled' }),
      { ...sampleRow('fresh'), restart: { ...NO_RESTART, fresh: true, after: 1 } },
    ]
    expect(
      heads(
        rows,
        rows.map(({ id }) => sampleAttempt(id, 1)),
      ),
    ).toEqual([])
  })

  it('is bounded, and then the newest', () => {
    const rows = Array.from({ length: HEADS_MAX + 2 }, (_, n) => sampleRow(`ws-${n}`))
    const attempts = rows.map(({ id }, n) => sampleAttempt(id, 1, { startedAt: AT + (n === 0 ? 1000 : n) }))
    const found = heads(rows, attempts).map(([id]) => id)
    expect(found).toHaveLength(HEADS_MAX)
    expect(found.slice(0, 2)).toEqual(['ws-0', 'ws-3'])
  })
})

describe('what is asked', () => {
  const [a, b, c] = [head('a', commitId('1')), head('b', commitId('2')), head('c', commitId('3'))]

  it('is every pair at first, and then only what changed', () => {
    const asked = unasked([a, b, c], NONE)
    expect(asked).toEqual([
      [a.commit, b.commit],
      [a.commit, c.commit],
      [b.commit, c.commit],
    ])
    const answers = remember([a, b, c], NONE, asked, [conflict('x'), CLEAN, CLEAN])
    expect(unasked([a, b, c], answers)).toEqual([])
    expect(unasked([c, a], answers)).toEqual([])
    const again = head('b', commitId('4'))
    expect(unasked([a, again, c], answers)).toEqual([
      [a.commit, again.commit],
      [again.commit, c.commit],
    ])
  })

  it('leaves out the same commit twice, and one pair of commits is one question', () => {
    const same = head('same', a.commit)
    expect(unasked([a, same, b], NONE)).toEqual([[a.commit, b.commit]])
  })
})

describe('what is known', () => {
  const [a, b, c] = [head('a', commitId('1')), head('b', commitId('2')), head('c', commitId('3'))]
  const asked = unasked([a, b, c], NONE)
  const answers = remember([a, b, c], NONE, asked, [conflict('x'), { kind: 'unrelated' }, conflict('y')])

  it('gives the conflicts in plan order, whichever way round they were asked', () => {
    expect(conflictsAmong([a, b, c], answers)).toEqual([
      { a: 'a', b: 'b', paths: ['x'] },
      { a: 'b', b: 'c', paths: ['y'] },
    ])
    expect(conflictsAmong([c, b], answers)).toEqual([{ a: 'c', b: 'b', paths: ['y'] }])
  })

  it('is forgotten with the commits that it is about', () => {
    const later = remember([a, b], answers, [], [])
    expect([...later.values()]).toEqual([conflict('x')])
    expect(remember([a], later, [], []).size).toBe(0)
  })
})
