import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { identify, isAlive } from '../../src/process/identity.ts'
import { findByNonce, killTree } from '../../src/process/kill.ts'
import { launch } from '../../src/process/launch.ts'
import { processRow } from '../../src/process/table.ts'
import { PATIENCE_MS, scene } from './scene.ts'

/** A descendant that stays until it is killed; bounded, in case a test fails to. */
const STAY = 'exec sleep 600'

describe('killTree', () => {
  it('asks politely first', async () => {
    await using s = await scene()
    const running = await launch(s.script(`trap ': >asked; exit 0' TERM; : >up; while :; do sleep 0.01; done`))
    await s.reached('up')
    const { survivors } = await killTree(running.tree, { graceMs: PATIENCE_MS })
    expect(survivors).toBe(0)
    expect(await running.exited).toEqual({ code: 0, signal: null })
    expect(existsSync(s.at('asked'))).toBe(true)
  })

  it('kills who ignores TERM', async () => {
    await using s = await scene()
    const running = await launch(s.script(`trap '' TERM; : >up; while :; do sleep 0.01; done`))
    await s.reached('up')
    expect((await killTree(running.tree, { graceMs: 100 })).survivors).toBe(0)
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('sweeps daemons that left the session, by their nonce', async () => {
    await using s = await scene()
    const running = await launch(s.script(`setsid sh -c ': >up; ${STAY}' & exit 0`))
    await s.reached('up')
    await running.exited
    const [daemon] = findByNonce(s.nonce)
    expect(isAlive(daemon!)).toBe(true)
    expect(await killTree(running.tree, { graceMs: 0 })).toEqual({ found: 1, survivors: 0 })
    expect(isAlive(daemon!)).toBe(false)
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it('finds children with an empty environment, in the session or under a living parent', async () => {
    await using s = await scene()
    const running = await launch(
      s.script(`env -i /bin/sh -c ': >one; ${STAY}' & env -i setsid /bin/sh -c ': >two; ${STAY}' & wait`),
    )
    await s.reached('one')
    await s.reached('two')
    expect(await killTree(running.tree, { graceMs: 0 })).toEqual({ found: 3, survivors: 0 })
  })

  it('finds who is left in the group of a leader that is gone, by one that carries the nonce', async () => {
    await using s = await scene()
    const running = await launch(
      s.script(
        `sh -c ': >one; ${STAY}' & env -i /bin/sh -c ': >two; ${STAY}' & while [ ! -e two ]; do sleep 0.01; done`,
      ),
    )
    await running.exited
    await s.reached('one')
    expect(await killTree(running.tree, { graceMs: 0 })).toEqual({ found: 2, survivors: 0 })
  })

  it('finds a leader that has no nonce in its environment by the shim that started it', async () => {
    await using s = await scene()
    const running = await launch(s.script(`exec env -i /bin/sh -c ': >up; ${STAY}'`))
    await s.reached('up')
    expect(findByNonce(s.nonce)).toEqual([])
    expect(await killTree(running.tree, { graceMs: 0 })).toEqual({ found: 1, survivors: 0 })
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('ends a storm of forks', async () => {
    await using s = await scene()
    // Each keeps forking while it lives, but never more than the depth allows.
    const storm = `storm() { [ $1 -gt 0 ] && { storm $(($1 - 1)) & storm $(($1 - 1)) & }; : >up; ${STAY}; }; storm 5`
    const running = await launch(s.script(storm))
    await s.reached('up')
    expect((await killTree(running.tree, { graceMs: 0 })).survivors).toBe(0)
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it('does not wait for zombies', async () => {
    await using s = await scene()
    // The parent never collects its child: sleep does not.
    const running = await launch(s.script('sh -c "exit 0" & echo $! >zombie.new; mv zombie.new zombie; exec sleep 600'))
    await s.reached('zombie')
    expect(await killTree(running.tree, { graceMs: PATIENCE_MS })).toMatchObject({ survivors: 0 })
  })

  it('signals nobody for a leader of another boot or another start time', async () => {
    await using s = await scene()
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore', detached: true })
    const died = once(stranger, 'exit')
    try {
      const real = identify(stranger.pid!)!
      for (const leader of [
        { ...real, startTicks: real.startTicks - 1 },
        { ...real, startTicks: real.startTicks + 1 },
        { ...real, bootId: 'another' },
      ]) {
        expect(await killTree({ nonce: s.nonce, leader }, { graceMs: 10 })).toEqual({ found: 0, survivors: 0 })
      }
      expect(isAlive(real)).toBe(true)
    } finally {
      stranger.kill('SIGKILL')
      await died
    }
  })

  it('signals nobody whose number and start match but who is neither marked nor started by us', async () => {
    await using s = await scene()
    // A grandchild of the test without the nonce: its parent is neither we nor a shim that names the nonce.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    const died = once(parent, 'exit')
    const [line]: unknown[] = await once(parent.stdout, 'data')
    const leader = identify(Number(String(line)))!
    try {
      expect(await killTree({ nonce: s.nonce, leader }, { graceMs: 0 })).toEqual({ found: 0, survivors: 0 })
      expect(isAlive(leader)).toBe(true)
    } finally {
      process.kill(leader.pid, 'SIGKILL')
      await died
    }
  })

  it('refuses a nonce that could occur by accident', async () => {
    await expect(killTree({ nonce: '1', leader: null }, { graceMs: 0 })).rejects.toThrow('guessable')
  })

  it('spares the shim, which records the end', async () => {
    await using s = await scene()
    const running = await launch(s.script(`: >up; ${STAY}`))
    await s.reached('up')
    const shim = processRow(running.shim.pid)
    await killTree(running.tree, { graceMs: 0 })
    // Asleep, or at work: it has just begun to wait.
    expect(shim?.state).toMatch(/^[SRD]$/)
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })
})
