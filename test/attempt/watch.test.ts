/** The watch over real processes. Silence is caused: a tool that sleeps is kept alive by one sign of life at a time. */
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { changedSince, DETACH, END, watchTool, type WatchLimits } from '../../src/attempt/watch.ts'
import { attemptFolder } from '../../src/process/attempt-folder.ts'
import { isAlive } from '../../src/process/identity.ts'
import { findByNonce } from '../../src/process/kill.ts'
import { launch } from '../../src/process/launch.ts'
import { Sampling } from '../../src/process/sampling.ts'
import { PATIENCE_MS, type Scene, scene } from '../process/scene.ts'

const IDLE_MS = 300

/** Signs of life, each well within the limit of the last, together several times the limit. */
const SIGNS = 12
const SIGN_EVERY_MS = IDLE_MS / 4

function limits(s: Scene, more: Partial<WatchLimits> = {}): WatchLimits {
  mkdirSync(s.at('worktree/deep/down'), { recursive: true })
  return {
    timeoutMs: PATIENCE_MS,
    idleMs: PATIENCE_MS,
    worktree: s.at('worktree'),
    dir: s.at('attempt'),
    sampling: new Sampling(),
    room: { hold: (step) => step() },
    signal: new AbortController().signal,
    ...more,
  }
}

describe('a tool that is watched', () => {
  it('and ends is reported with its exit, and what it left running is ended', async () => {
    await using s = await scene()
    s.hold('up')
    const running = await launch(s.script('(echo 1 > up; exec sleep 1000) & read x < up; exit 3'))
    expect(await watchTool(running, limits(s))).toEqual({ kind: 'exited', exit: { code: 3, signal: null } })
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it('and runs out of time is ended', async () => {
    await using s = await scene()
    const running = await launch(s.script('exec sleep 1000'))
    expect(await watchTool(running, limits(s, { timeoutMs: 50 }))).toEqual({ kind: 'timeout' })
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it('and ended by itself before it could be ended has ended by itself, however late that is noticed', async () => {
    await using s = await scene()
    const running = await launch(s.script('exit 0'))
    await s.reached('attempt/exit.json')
    // The word of its end is still on its way.
    const late = { ...running, exited: new Promise<never>(() => {}) }
    const watched = await watchTool(late, limits(s, { timeoutMs: 0 }))
    expect(watched).toEqual({ kind: 'exited', exit: { code: 0, signal: null } })
  })

  it('and had no time left from the beginning is ended', async () => {
    await using s = await scene()
    const running = await launch(s.script('exec sleep 1000'))
    expect(await watchTool(running, limits(s, { timeoutMs: 0 }))).toEqual({ kind: 'timeout' })
    expect(isAlive(running.tree.leader)).toBe(false)
  })

  it('is ended when it is silent in everything', async () => {
    await using s = await scene()
    const running = await launch(s.script('exec sleep 1000'))
    const watched = await watchTool(running, limits(s, { idleMs: IDLE_MS }))
    expect(watched).toEqual({ kind: 'silent', ms: expect.any(Number) })
    expect(watched.kind === 'silent' && watched.ms).toBeGreaterThanOrEqual(IDLE_MS)
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it.each(['output', 'files', 'cpu'] as const)('lives as long as there is %s, and nothing else', async (what) => {
    await using s = await scene()
    const running = await launch(
      // With a limit, for when nobody is left who would say that it is enough.
      s.script(what === 'cpu' ? 'ulimit -t 60; while [ ! -e enough ]; do :; done; exec sleep 1000' : 'exec sleep 1000'),
    )
    const all = limits(s, { idleMs: IDLE_MS })
    let signs = 0
    const sign = setInterval(() => {
      if (signs === SIGNS) return
      signs += 1
      if (what === 'output') appendFileSync(attemptFolder(all.dir).out, '.')
      if (what === 'files') writeFileSync(join(all.worktree, 'deep/down/file'), String(signs))
      if (what === 'cpu' && signs === SIGNS) writeFileSync(s.at('enough'), '')
    }, SIGN_EVERY_MS)
    const watched = await watchTool(running, all)
    clearInterval(sign)
    expect(watched.kind).toBe('silent')
    // It was not ended as long as there were signs of life.
    expect(signs).toBe(SIGNS)
  })

  it('and loses its shim is lost, and does not go on', async () => {
    await using s = await scene()
    const running = await launch(s.script('echo > began; exec sleep 1000'))
    await s.reached('began')
    process.kill(running.shim.pid, 'SIGKILL')
    expect(await watchTool(running, limits(s))).toEqual({ kind: 'lost' })
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it('is ended when somebody says so, before or while it works', async () => {
    for (const early of [true, false]) {
      await using s = await scene()
      const controller = new AbortController()
      const running = await launch(s.script('echo > began; exec sleep 1000'))
      if (early) controller.abort(END)
      const watched = watchTool(running, limits(s, { signal: controller.signal }))
      if (!early) {
        await s.reached('began')
        controller.abort(END)
      }
      expect(await watched).toEqual({ kind: 'ended' })
      expect(findByNonce(s.nonce)).toEqual([])
    }
  })

  it('goes on when we let go', async () => {
    await using s = await scene()
    const controller = new AbortController()
    const running = await launch(s.script('echo > began; exec sleep 1000'))
    await s.reached('began')
    const watched = watchTool(running, limits(s, { signal: controller.signal }))
    controller.abort(DETACH)
    expect(await watched).toEqual({ kind: 'detached' })
    expect(isAlive(running.tree.leader)).toBe(true)
    expect(isAlive(running.shim)).toBe(true)
  })
})

describe('a change of files', () => {
  it('is anything below that was written since, at any depth', async () => {
    await using s = await scene()
    mkdirSync(s.at('tree/deep/down'), { recursive: true })
    writeFileSync(s.at('tree/deep/down/file'), '')
    const old = new Date(1_000_000)
    for (const path of ['tree/deep/down/file', 'tree/deep/down', 'tree/deep', 'tree']) utimesSync(s.at(path), old, old)
    expect(changedSince(s.at('tree'), 1_000_000)).toBe(false)
    expect(changedSince(s.at('tree'), 999_999)).toBe(true)
    utimesSync(s.at('tree/deep/down/file'), new Date(2_000_000), new Date(2_000_000))
    expect(changedSince(s.at('tree'), 1_000_000)).toBe(true)
    expect(changedSince(s.at('nowhere'), 0)).toBe(false)
  })
})
