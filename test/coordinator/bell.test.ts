import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Bell, listen, touch } from '../../src/coordinator/bell.ts'
import { scene } from '../process/scene.ts'

const now = (): number => 0

describe('the bell', () => {
  it('wakes who waits, and who comes after a ring once', async () => {
    const bell = new Bell()
    const waiting = bell.wait(null, now)
    bell.ring()
    await waiting
    bell.ring()
    bell.ring()
    await bell.wait(null, now)
    // Two rings before a wait are one: the third wait needs a ring of its own.
    const order: string[] = []
    const third = bell.wait(null, now).then(() => order.push('woken'))
    await Promise.resolve()
    order.push('rung')
    bell.ring()
    await third
    expect(order).toEqual(['rung', 'woken'])
  })

  it('lets a wait end at its time, also when that has passed', async () => {
    const bell = new Bell()
    await bell.wait(5, now)
    await bell.wait(-5, now)
  })

  it('is rung from outside through a file, which is made where there is none', async () => {
    await using s = await scene()
    const file = join(s.dir, 'state', 'wake')
    const bell = new Bell()
    using _listener = listen(file, bell)
    expect(existsSync(file)).toBe(true)
    for (let i = 0; i < 3; i++) {
      const waiting = bell.wait(null, now)
      touch(file)
      await waiting
    }
  })
})
