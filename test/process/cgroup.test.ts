/** Control groups: what is written where, and that the kernel keeps a limit of memory where it can be told one. */
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  cgroupBase,
  dropGroup,
  groupMembers,
  killGroup,
  limitMemory,
  makeGroup,
  removeAbandoned,
} from '../../src/process/cgroup.ts'
import { launch } from '../../src/process/launch.ts'
import { scene } from './scene.ts'

const base = cgroupBase()

describe('a limit of memory', () => {
  it('is written in bytes where the kernel has a place for it, and nowhere else', async () => {
    await using s = await scene()
    limitMemory(s.dir, 1e6)
    expect(existsSync(s.at('memory.max'))).toBe(false)
    writeFileSync(s.at('memory.max'), 'max\n')
    limitMemory(s.dir, 1_000_000.5)
    expect(readFileSync(s.at('memory.max'), 'utf8')).toBe('1000000')
  })

  const unlimited = base?.limitsMemory === true ? '' : ' (skipped: it takes the memory controller, handed down to us)'
  it.skipIf(unlimited !== '')(`is kept by the kernel${unlimited}`, async () => {
    await using s = await scene()
    const running = await launch(s.script('exec tail /dev/zero', { memoryBytesMax: 32 * 1024 * 1024 }))
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })
})

describe.skipIf(base === null)('the group of a tree', () => {
  it('holds the tool and what it starts, not the shim; one in use is not dropped, and a kill reaches all', async () => {
    await using s = await scene()
    const running = await launch(s.script('setsid sh -c ": >up; exec sleep 600" & wait'))
    await s.reached('up')
    const members = groupMembers(s.nonce)
    expect(members).toContain(running.tree.leader.pid)
    expect(members).not.toContain(running.shim.pid)
    expect(members).toHaveLength(2)
    dropGroup(s.nonce)
    expect(groupMembers(s.nonce)).toEqual(members)
    killGroup(s.nonce)
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('is removed by who comes later when nobody went on with it, but not one in use, a young one, or somebody else’s', async () => {
    await using s = await scene()
    for (const name of ['sluice-old', 'sluice-used/member', 'sluice-young', 'other'])
      mkdirSync(s.at(name), { recursive: true })
    const hourAgo = new Date(Date.now() - 3_600_000)
    for (const name of ['sluice-old', 'sluice-used', 'other']) utimesSync(s.at(name), hourAgo, hourAgo)
    removeAbandoned(s.dir, Date.now())
    expect(readdirSync(s.dir).toSorted()).toEqual(['other', 'sluice-used', 'sluice-young'])
  })

  it('is made once, and is nothing to kill when it is not there', async () => {
    const nonce = `test-${process.pid}-made-twice`
    expect(await makeGroup(nonce, null)).toBe(await makeGroup(nonce, null))
    dropGroup(nonce)
    killGroup(nonce)
    expect(groupMembers(nonce)).toEqual([])
  })
})
