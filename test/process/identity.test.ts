import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { bootId, identify, isAlive, readIdentity } from '../../src/process/identity.ts'
import { PS_VIEW } from '../../src/process/ps-view.ts'
import { processRow, processTable } from '../../src/process/table.ts'
import { scene } from './scene.ts'

describe('identity', () => {
  it('is the same for the same process and dies with it', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    const identity = identify(child.pid!)!
    expect(identify(child.pid!)).toEqual(identity)
    expect(isAlive(identity)).toBe(true)
    const died = once(child, 'exit')
    child.kill('SIGKILL')
    await died
    expect(isAlive(identity)).toBe(false)
    expect(identify(child.pid!)).toBeNull()
  })

  it('is another one after a reboot, and for another start time', () => {
    const me = identify(process.pid)!
    expect(isAlive(me)).toBe(true)
    expect(isAlive({ ...me, bootId: 'before' })).toBe(false)
    expect(isAlive({ ...me, startTicks: me.startTicks + 1 })).toBe(false)
    expect(me.bootId).toBe(bootId())
  })

  it('takes a zombie for dead', async () => {
    await using s = await scene()
    // The shell becomes a sleep, which never collects the child that the shell had.
    const parent = spawn('sh', ['-c', '(read x <go) & echo $!; exec sleep 600'], {
      cwd: (s.hold('go'), s.dir),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const died = once(parent, 'exit')
    const [line]: unknown[] = await once(parent.stdout, 'data')
    try {
      const child = identify(Number(String(line)))!
      expect(isAlive(child)).toBe(true)
      await s.free('go')
      while (processRow(child.pid)?.state !== 'Z') await new Promise(setImmediate)
      expect(isAlive(child)).toBe(false)
      expect(identify(child.pid)).toEqual(child)
    } finally {
      parent.kill('SIGKILL')
      await died
    }
  })

  it('is not read from what is none', () => {
    const good = { bootId: 'b', pid: 7, startTicks: 8 }
    expect(readIdentity(good)).toEqual(good)
    for (const bad of [null, 1, {}, { ...good, pid: 1 }, { ...good, pid: -7 }, { ...good, startTicks: '8' }]) {
      expect(readIdentity(bad)).toBeNull()
    }
  })
})

describe('the process table', () => {
  it('has this process, with its parent, and no two of one number', () => {
    const rows = processTable()
    // At work, or waiting for who tells.
    const state = expect.stringMatching(/^[RS]$/)
    expect(rows.find((row) => row.pid === process.pid)).toMatchObject({ parent: process.ppid, state })
    expect(new Set(rows.map((row) => row.pid)).size).toBe(rows.length)
  })

  it('is the same by ps, in seconds', () => {
    const mine = processRow(process.pid)!
    expect(PS_VIEW.row(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid, group: mine.group })
    expect(PS_VIEW.table().map((row) => row.pid)).toContain(process.pid)
    expect(PS_VIEW.row(process.pid)!.startTicks).toBe(PS_VIEW.row(process.pid)!.startTicks)
    expect(PS_VIEW.row(2 ** 22 + 1)).toBeNull()
  })
})
