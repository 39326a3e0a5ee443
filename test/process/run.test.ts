import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { findByNonce } from '../../src/process/kill.ts'
import { runShell } from '../../src/process/run.ts'
import type { ShellSpec } from '../../src/process/run.ts'
import { PATH, PATIENCE_MS, scene } from './scene.ts'
import type { Scene } from './scene.ts'

const shell = (s: Scene, command: string, more: Partial<ShellSpec> = {}): ShellSpec => ({
  command,
  cwd: s.dir,
  env: { PATH },
  logFile: s.at('log'),
  timeoutMs: PATIENCE_MS,
  nonce: s.nonce,
  enclosure: null,
  ...more,
})

describe('runShell', () => {
  it('gives the exit code and appends what was printed', async () => {
    await using s = await scene()
    await writeFile(s.at('log'), 'before\n')
    const result = await runShell(shell(s, 'echo out; echo err >&2; exit 4'))
    expect(result).toMatchObject({ exit: 4, signal: null, timedOut: false, survivorsKilled: 0 })
    expect(readFileSync(s.at('log'), 'utf8')).toBe('before\nout\nerr\n')
  })

  it('has no input, the given environment and the nonce', async () => {
    await using s = await scene()
    await runShell(shell(s, 'cat; env', { env: { PATH, ONLY: 'this' } }))
    const names = readFileSync(s.at('log'), 'utf8').trim().split('\n').toSorted()
    expect(names).toEqual([`ONLY=this`, `PATH=${PATH}`, `PWD=${s.dir}`, `SLUICE_NONCE=${s.nonce}`])
  })

  it('names the signal that ended it', async () => {
    await using s = await scene()
    expect(await runShell(shell(s, 'kill -9 $$'))).toMatchObject({ exit: null, signal: 'SIGKILL', timedOut: false })
  })

  it('ends a command that runs out of time, daemons and all', async () => {
    await using s = await scene()
    const result = await runShell(shell(s, `setsid sh -c 'exec sleep 600' & exec sleep 600`, { timeoutMs: 100 }))
    expect(result).toMatchObject({ exit: null, signal: 'SIGTERM', timedOut: true })
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it('kills and counts what a command leaves behind, though it holds the log open', async () => {
    await using s = await scene()
    const result = await runShell(
      shell(s, `sleep 600 & setsid sh -c ': >up; exec sleep 600' & while [ ! -e up ]; do sleep 0.01; done; exit 0`),
    )
    expect(result).toMatchObject({ exit: 0, timedOut: false, survivorsKilled: 2 })
    expect(findByNonce(s.nonce)).toEqual([])
  })

  it('is ended by its signal, with the reason', async () => {
    await using s = await scene()
    const controller = new AbortController()
    const running = runShell(shell(s, ': >up; exec sleep 600', { signal: controller.signal }))
    await s.reached('up')
    controller.abort(new Error('stopped by you'))
    await expect(running).rejects.toThrow('stopped by you')
    expect(findByNonce(s.nonce)).toEqual([])
    await expect(runShell(shell(s, 'touch never', { signal: controller.signal }))).rejects.toThrow('stopped by you')
  })

  it('rejects when there is no such folder', async () => {
    await using s = await scene()
    await expect(runShell(shell(s, 'true', { cwd: s.at('nowhere') }))).rejects.toThrow('ENOENT')
  })
})
