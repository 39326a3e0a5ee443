import { describe, expect, it } from 'vitest'
import { cpuSampler } from '../../src/process/activity.ts'
import { launch } from '../../src/process/launch.ts'
import { scene } from './scene.ts'

/** Some tenths of a second of CPU in the shell itself, without children. */
const BURN = 'i=0; while [ $i -lt 400000 ]; do i=$((i + 1)); done'
const BURN_TICKS_MIN = 5

describe('cpuSampler', () => {
  it('tells work from waiting, several trees at one look', async () => {
    await using busy = await scene()
    await using quiet = await scene()
    busy.hold('go')
    quiet.hold('go')
    const a = await launch(busy.script(`: >up; read x <go; ${BURN}; : >burnt; sleep 600`))
    const b = await launch(quiet.script(': >up; read x <go'))
    await busy.reached('up')
    await quiet.reached('up')
    const sample = cpuSampler()
    const before = sample([a.tree, b.tree])
    await busy.free('go')
    await busy.reached('burnt')
    const after = sample([a.tree, b.tree])
    expect(after.get(busy.nonce)! - before.get(busy.nonce)!).toBeGreaterThanOrEqual(BURN_TICKS_MIN)
    expect(after.get(quiet.nonce)).toBe(before.get(quiet.nonce))
  })

  it('counts children that have ended, and daemons', async () => {
    await using s = await scene()
    const running = await launch(s.script(`sh -c '${BURN}'; setsid sh -c '${BURN}; : >burnt; exec sleep 600' & wait`))
    await s.reached('burnt')
    expect(cpuSampler()([running.tree]).get(s.nonce)).toBeGreaterThanOrEqual(2 * BURN_TICKS_MIN)
  })

  it('knows nothing of a tree that is gone', async () => {
    await using s = await scene()
    const running = await launch(s.script('exit 0'))
    await running.exited
    expect(cpuSampler()([running.tree])).toEqual(new Map([[s.nonce, 0]]))
  })
})
