/** Answers to a tool at work that asks for permission: for the question that was looked at, once, and given again after a crash. */
import { readFile, rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { attemptDir } from '../../src/coordinator/paths.ts'
import { answerQuestion } from '../../src/coordinator/permissions.ts'
import type { Ledger } from '../../src/coordinator/ledger.ts'
import { type Attempt, openQuestion } from '../../src/model/attempt.ts'
import { makeFolder } from '../../src/process/files.ts'
import { answerFile } from '../../src/tools/acp/order.ts'
import { AT, sampleAttempt } from '../store/sample.ts'
import { desk, stream } from './room.ts'

interface Asking extends AsyncDisposable {
  ledger: Ledger
  /** Answers the question of that key, by Ada. */
  answer(key: string, allow: boolean): ReturnType<typeof answerQuestion>
  /** What the tool finds, for its question of that number. */
  given(question: string): Promise<unknown>
  /** As a kill between the record and the file leaves it. */
  lose(question: string): Promise<void>
  attempt(): Attempt
}

/** An attempt at work whose tool has asked its second question. */
async function asking(): Promise<Asking> {
  await using stack = new AsyncDisposableStack()
  const d = stack.use(await desk({ script: 'true' }))
  const { ledger } = stack.use(await d.begin([stream('a')]))
  const heard = { session: null, usage: null, asks: { id: '2', what: 'Shell make' }, bytes: 0 }
  await ledger.record({ attempts: [sampleAttempt('a', 3, { phase: 'running', heard })], events: [] })
  await ledger.move('a', { state: 'running', attempt: 3, agent: 1, startedAt: AT }, null)
  const dir = attemptDir(d.paths, ledger.run.id, 'a', 3)
  makeFolder(dir)
  const owned = stack.move()
  return {
    ledger,
    attempt: () => ledger.attempt('a', 3),
    answer(key, allow) {
      const review = { ids: ['a'], works: {}, questions: { a: key }, comment: 'fine', by: 'Ada' }
      return answerQuestion(ledger, () => dir, 'a', review, allow)
    },
    given: async (question) => JSON.parse(await readFile(answerFile(dir, question), 'utf8')) as unknown,
    lose: (question) => rm(answerFile(dir, question)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

describe('the answer to a question', () => {
  it.each([true, false])('is on record and in the folder of the attempt: %s', async (allow) => {
    await using a = await asking()
    expect(openQuestion(a.attempt())).toEqual({ id: '2', what: 'Shell make' })
    expect(await a.answer('3.2', allow)).toMatchObject({ kind: 'done' })
    expect(a.attempt().answers).toMatchObject([
      { question: '2', what: 'Shell make', allow, by: 'Ada', comment: 'fine' },
    ])
    expect(await a.given('2')).toEqual({ allow, by: 'Ada', comment: 'fine' })
    expect(openQuestion(a.attempt())).toBeNull()
  })

  it('is for the one that was looked at: not for an earlier one, nor for one of another attempt', async () => {
    await using a = await asking()
    for (const key of ['3.1', '2.2']) {
      expect(await a.answer(key, true)).toMatchObject({
        kind: 'refused',
        answer: expect.stringContaining('a asks something else by now'),
      })
    }
    expect(a.attempt().answers).toBeUndefined()
  })

  it('is given again where it was cut off before the tool could find it, and nobody can turn it round', async () => {
    await using a = await asking()
    await a.answer('3.2', true)
    await a.lose('2')
    expect(await a.answer('3.2', true)).toMatchObject({ kind: 'done' })
    expect(await a.given('2')).toMatchObject({ allow: true })
    expect(await a.answer('3.2', false)).toEqual({ kind: 'refused', answer: 'a: Ada has answered already' })
    expect(a.attempt().answers).toHaveLength(1)
  })

  it('is refused where nothing is asked any more', async () => {
    await using a = await asking()
    await a.ledger.move('a', { state: 'open' }, null)
    expect(await a.answer('3.2', true)).toEqual({ kind: 'refused', answer: 'a is open: its tool asks nothing' })
  })
})
