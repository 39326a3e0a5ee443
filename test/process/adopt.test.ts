import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { adopt } from '../../src/process/adopt.ts'
import type { RunRecord } from '../../src/process/attempt-folder.ts'
import { isAlive } from '../../src/process/identity.ts'
import { killTree } from '../../src/process/kill.ts'
import { launch } from '../../src/process/launch.ts'
import type { Running } from '../../src/process/launch.ts'
import { scene } from './scene.ts'
import type { Scene } from './scene.ts'

/** A tool that is at work until `go` is freed. */
async function working(s: Scene): Promise<Running> {
  s.hold('go')
  const running = await launch(s.script(': >up; read x <go; echo done; exit 5'))
  await s.reached('up')
  return running
}

async function forge(s: Scene, change: (record: RunRecord) => RunRecord): Promise<void> {
  const record: RunRecord = JSON.parse(readFileSync(s.at('attempt/run.json'), 'utf8'))
  await writeFile(s.at('attempt/run.json'), JSON.stringify(change(record)))
}

async function adoptRunning(dir: string): Promise<Running> {
  const adopted = await adopt(dir)
  if (adopted.kind !== 'running') throw new Error(`it is ${adopted.kind}`)
  return adopted.running
}

describe('adopt', () => {
  it('finds a tool again whose orchestrator was killed with -9; it finishes and its exit is right', async () => {
    await using s = await scene()
    s.hold('go')
    const module = new URL('../../src/process/launch.ts', import.meta.url).href
    const spec = JSON.stringify(s.script(': >up; read x <go; echo done; exit 5'))
    const program = `import { launch } from ${JSON.stringify(module)}; const r = await launch(${spec}); await r.exited`
    const orchestrator = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' })
    const died = once(orchestrator, 'exit')
    await s.reached('up')
    orchestrator.kill('SIGKILL')
    await died

    const running = await adoptRunning(s.at('attempt'))
    expect(isAlive(running.tree.leader)).toBe(true)
    await s.free('go')
    expect(await running.exited).toEqual({ code: 5, signal: null })
    expect(readFileSync(s.at('attempt/out.log'), 'utf8')).toBe('done\n')
    expect(await adopt(s.at('attempt'))).toMatchObject({ kind: 'exited', code: 5, signal: null })
  })

  it('is told when an adopted tool is killed', async () => {
    await using s = await scene()
    await working(s)
    const running = await adoptRunning(s.at('attempt'))
    expect(await killTree(running.tree, { graceMs: 0 })).toEqual({ found: 1, survivors: 0 })
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('is lost when the shim is killed under an adopted tool, and the tool can be ended', async () => {
    await using s = await scene()
    await working(s)
    const running = await adoptRunning(s.at('attempt'))
    process.kill(running.shim.pid, 'SIGKILL')
    expect(await running.exited).toBe('lost')
    const again = await adopt(s.at('attempt'))
    expect(again).toEqual({ kind: 'lost', tree: running.tree })
    expect(await killTree(running.tree, { graceMs: 0 })).toEqual({ found: 1, survivors: 0 })
  })

  it('lets go on release', async () => {
    await using s = await scene()
    await working(s)
    const running = await adoptRunning(s.at('attempt'))
    running.release()
    expect(await running.exited).toBe('released')
    expect(isAlive(running.tree.leader)).toBe(true)
  })

  it('is lost when the number was given to another process, which gets no signal', async () => {
    await using s = await scene()
    const stranger = spawn('sleep', ['600'], { stdio: 'ignore' })
    const died = once(stranger, 'exit')
    try {
      await working(s)
      await forge(s, (record) => ({
        shim: { ...record.shim, pid: stranger.pid!, startTicks: 1 },
        tool: { ...record.tool, pid: stranger.pid!, startTicks: 1 },
      }))
      const adopted = await adopt(s.at('attempt'))
      expect(adopted).toMatchObject({ kind: 'lost', tree: { leader: { pid: stranger.pid } } })
      if (adopted.kind !== 'lost' || adopted.tree === null) throw new Error('no tree')
      // The real tool is still found by its nonce.
      expect(await killTree(adopted.tree, { graceMs: 0 })).toEqual({ found: 1, survivors: 0 })
      expect(stranger.exitCode).toBeNull()
      expect(stranger.signalCode).toBeNull()
    } finally {
      stranger.kill('SIGKILL')
      await died
    }
  })

  it('is lost after a reboot', async () => {
    await using s = await scene()
    const running = await working(s)
    const bootId = '00000000-0000-0000-0000-000000000000'
    await forge(s, ({ shim, tool }) => ({ shim: { ...shim, bootId }, tool: { ...tool, bootId } }))
    expect(await adopt(s.at('attempt'))).toMatchObject({ kind: 'lost', tree: { leader: { bootId } } })
    expect(isAlive(running.tree.leader)).toBe(true)
  })

  it('is lost without a tree when nothing was launched', async () => {
    await using s = await scene()
    expect(await adopt(s.at('attempt'))).toEqual({ kind: 'lost', tree: null })
  })

  it('keeps a shim from starting that comes after its attempt was given up', async () => {
    await using s = await scene()
    await mkdir(s.at('attempt'))
    await writeFile(s.at('attempt/spec.json'), JSON.stringify({ nonce: s.nonce }))
    expect(await adopt(s.at('attempt'))).toEqual({ kind: 'lost', tree: { nonce: s.nonce, leader: null } })
    await expect(launch(s.script('touch started'))).rejects.toMatchObject({ failure: { code: 'E201' } })
    expect(existsSync(s.at('started'))).toBe(false)
  })

  it('takes damaged files for missing ones', async () => {
    await using s = await scene()
    const running = await working(s)
    await writeFile(s.at('attempt/exit.json'), '')
    await writeFile(s.at('attempt/run.json'), '{"shim"')
    expect(await adopt(s.at('attempt'))).toEqual({ kind: 'lost', tree: { nonce: s.nonce, leader: null } })
    await rm(s.at('attempt/exit.json'))
    expect(await killTree({ nonce: s.nonce, leader: null }, { graceMs: 0 })).toEqual({ found: 1, survivors: 0 })
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })
})
