/** The sampler over real trees: what they compute, hold and write is caused, and is found however they scatter. */
import { describe, expect, it } from 'vitest'
import { launch } from '../../src/process/launch.ts'
import { treeSampler } from '../../src/process/sampler.ts'
import { processRow } from '../../src/process/table.ts'
import { scene } from './scene.ts'

/** Some tenths of a second of CPU in the shell itself, without children. */
const BURN = 'i=0; while [ $i -lt 400000 ]; do i=$((i + 1)); done'
const BURN_MS_MIN = 50

const MIB = 1024 ** 2
const NO_DISK = { disk: false }

describe('treeSampler', () => {
  it('tells work from waiting, several trees at one look', async () => {
    await using busy = await scene()
    await using quiet = await scene()
    busy.hold('go')
    quiet.hold('go')
    const a = await launch(busy.script(`: >up; read x <go; ${BURN}; : >burnt; sleep 600`))
    const b = await launch(quiet.script(': >up; read x <go'))
    await busy.reached('up')
    await quiet.reached('up')
    const sample = treeSampler()
    expect(sample([a.tree, b.tree], NO_DISK).get(busy.nonce)!.cpuMs).toBe(0)
    await busy.free('go')
    await busy.reached('burnt')
    const after = sample([a.tree, b.tree], NO_DISK)
    expect(after.get(busy.nonce)!.cpuMs).toBeGreaterThanOrEqual(BURN_MS_MIN)
    expect(after.get(quiet.nonce)!.cpuMs).toBe(0)
  })

  it('fault 15: counts children that began and ended between two looks, and daemons', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(
      s.script(`: >up; read x <go; sh -c '${BURN}'; setsid sh -c '${BURN}; : >burnt; exec sleep 600' & wait`),
    )
    await s.reached('up')
    const sample = treeSampler()
    sample([running.tree], NO_DISK)
    await s.free('go')
    await s.reached('burnt')
    expect(sample([running.tree], NO_DISK).get(s.nonce)!.cpuMs).toBeGreaterThanOrEqual(2 * BURN_MS_MIN)
  })

  it('finds who emptied the environment and left the session, by its parent', async () => {
    await using s = await scene()
    const running = await launch(s.script(`env -i setsid /bin/sh -c ': >${s.at('up')}; exec sleep 600' & wait`))
    await s.reached('up')
    // The shell and the sleeper.
    expect(treeSampler()([running.tree], NO_DISK).get(s.nonce)!.processes).toBe(2)
  })

  it('adds up resident memory and what goes to disks, the disks only when asked', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(
      s.script(
        ': >up; read x <go; dd if=/dev/zero of=big bs=1M count=8 conv=fsync 2>dd.log; : >written; exec sleep 600',
      ),
    )
    await s.reached('up')
    const sample = treeSampler()
    const before = sample([running.tree], { disk: true }).get(s.nonce)!
    expect(before.residentBytes).toBeGreaterThan(MIB / 4)
    expect(before.diskBytes).toBe(0)
    await s.free('go')
    await s.reached('written')
    expect(sample([running.tree], NO_DISK).get(s.nonce)!.diskBytes).toBe(0)
    // A file system in memory writes to no disk.
    expect([0, 8 * MIB]).toContain(
      Math.floor(sample([running.tree], { disk: true }).get(s.nonce)!.diskBytes / MIB) * MIB,
    )
  })

  it('knows nothing of a tree that is gone', async () => {
    await using s = await scene()
    const running = await launch(s.script('exit 0'))
    await running.exited
    const nothing = { cpuMs: 0, residentBytes: 0, diskBytes: 0, processes: 0 }
    expect(treeSampler()([running.tree], NO_DISK)).toEqual(new Map([[s.nonce, nothing]]))
  })
})

describe('a row of the process table', () => {
  it('says how much memory is resident, as Node counts it', () => {
    const told = processRow(process.pid)!.residentBytes
    expect(Math.abs(told - process.memoryUsage.rss())).toBeLessThan(16 * MIB)
  })
})
