import { describe, expect, it } from 'vitest'
import { Bell } from '../../src/coordinator/bell.ts'
import { Tasks } from '../../src/coordinator/context.ts'

const now = (): number => 0
const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new Error(`aborted: ${String(signal.reason)}`))),
  )

describe('tasks', () => {
  it('ring when they end, and are gone then', async () => {
    const bell = new Bell()
    const tasks = new Tasks(bell)
    const held = Promise.withResolvers<void>()
    tasks.start('a', () => held.promise)
    expect([tasks.has('a'), tasks.has('b'), tasks.size]).toEqual([true, false, 1])
    held.resolve()
    await bell.wait(null, now)
    expect(tasks.size).toBe(0)
    tasks.assertSound()
  })

  it('have a key that is in use once', async () => {
    const tasks = new Tasks(new Bell())
    tasks.start('a', async () => {})
    expect(() => tasks.start('a', async () => {})).toThrow('a is under way already')
    await tasks.settled()
    tasks.start('a', async () => {})
    await tasks.settled()
  })

  it('that throw are a bug, told with its cause; the first one counts', async () => {
    const tasks = new Tasks(new Bell())
    tasks.start('a', () => Promise.reject(new Error('first')))
    await tasks.settled()
    tasks.start('b', () => Promise.reject(new Error('second')))
    await tasks.settled()
    expect(() => tasks.assertSound()).toThrow('a task failed: first')
  })

  it('that throw because they were aborted are none', async () => {
    const tasks = new Tasks(new Bell())
    tasks.start('a', untilAborted)
    tasks.start('b', untilAborted)
    tasks.abort('end', 'a')
    tasks.abort('end', 'nobody')
    expect(tasks.has('b')).toBe(true)
    tasks.abort('end')
    await tasks.settled()
    tasks.assertSound()
    expect(tasks.size).toBe(0)
  })
})
