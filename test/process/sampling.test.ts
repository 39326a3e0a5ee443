import { describe, expect, it } from 'vitest'
import { launch } from '../../src/process/launch.ts'
import { type Look, Sampling } from '../../src/process/sampling.ts'
import { scene } from './scene.ts'

describe('sampling', () => {
  it('looks at all trees at once, and only as long as somebody tracks one', async () => {
    await using a = await scene()
    await using b = await scene()
    const first = await launch(a.script(': >up; exec sleep 600'))
    const second = await launch(b.script(': >up; exec sleep 600'))
    await Promise.all([a.reached('up'), b.reached('up')])
    const sampling = new Sampling()
    expect(sampling.isAtWork).toBe(false)
    const looks: Look[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    sampling.onLook((look) => {
      looks.push(look)
      resolve()
    })
    {
      using one = sampling.track(first.tree)
      {
        using _other = sampling.track(second.tree)
        await promise
        expect([...looks[0]!.uses.keys()]).toEqual([a.nonce, b.nonce])
      }
      expect(sampling.isAtWork).toBe(true)
      expect(one.use(0).processes).toBe(1)
    }
    expect(sampling.isAtWork).toBe(false)
  })

  it('shows a tree that was tracked just now, however old a look may be', async () => {
    await using s = await scene()
    const running = await launch(s.script(': >up; exec sleep 600'))
    await s.reached('up')
    const sampling = new Sampling()
    using _other = sampling.track({ nonce: 'another-nonce-of-nobody', leader: null })
    _other.use(0)
    using tracked = sampling.track(running.tree)
    expect(tracked.use(Number.POSITIVE_INFINITY).processes).toBe(1)
  })
})
