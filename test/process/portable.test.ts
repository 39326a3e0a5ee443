/** What the portable way promises on its own account: by `ps` and Node's shim, where this file is run with `SLUICE_PORTABLE=1`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { shimHere } from '../../src/process/shim-choice.ts'
import { adopt } from '../../src/process/adopt.ts'
import { readExit } from '../../src/process/attempt-folder.ts'
import { startNodeShim } from '../../src/process/node-shim.ts'
import { findByNonce, killTree } from '../../src/process/kill.ts'
import { launch } from '../../src/process/launch.ts'
import { PORTABLE_VARIABLE, SYSTEM } from '../../src/process/system.ts'
import { carriesNonce, nonceOf, processRow, processTable } from '../../src/process/table.ts'
import { scene } from './scene.ts'

const IS_PORTABLE = process.env[PORTABLE_VARIABLE] === '1'
const ELSEWHERE = IS_PORTABLE ? '' : ' (in the project `portable`)'

describe.skipIf(!IS_PORTABLE)(`the portable way${ELSEWHERE}`, () => {
  it('is taken when it is asked for', async () => {
    await using s = await scene()
    expect([SYSTEM, shimHere().kind]).toEqual(['ps', 'node'])
    await (
      await launch(s.script('env'))
    ).exited
    expect(JSON.parse(readFileSync(s.at('attempt/spec.json'), 'utf8'))).toMatchObject({ shim: 'node' })
    expect(readFileSync(s.at('attempt/out.log'), 'utf8')).not.toContain(PORTABLE_VARIABLE)
  })

  it('does not take who names the mark on a command line for one who carries it', async () => {
    await using s = await scene()
    const mark = `SLUICE_NONCE=${s.nonce}`
    const curious = spawn('sh', ['-c', 'echo; read x; exit 0', 'sh', mark], { stdio: ['pipe', 'pipe', 'ignore'] })
    const died = once(curious, 'exit')
    await once(curious.stdout, 'data')
    const row = processRow(curious.pid!)!
    // It looks like it, which is good enough to count, and for no signal.
    expect(nonceOf(row)).toBe(s.nonce)
    expect(carriesNonce(row, s.nonce)).toBe(false)
    expect(findByNonce(s.nonce)).toEqual([])
    expect(await killTree({ nonce: s.nonce, leader: null }, { graceMs: 0 })).toEqual({ found: 0, survivors: 0 })
    curious.stdin.end('\n')
    expect(await died).toEqual([0, null])
  })

  it('reads one line for each process, whatever stands in its arguments', async () => {
    const forged = `\n    2 1 2 0 S 0:00 0 Sun Nov 29 04:49:06 2026 forged`
    const forger = spawn('sh', ['-c', 'echo; read x', 'sh', forged], { stdio: ['pipe', 'pipe', 'ignore'] })
    const died = once(forger, 'exit')
    await once(forger.stdout, 'data')
    expect(processTable().filter(({ told }) => told?.words === 'forged')).toEqual([])
    forger.stdin.end('\n')
    await died
  })

  it('starts no tool when who gave the order was killed in the middle of it', async () => {
    await using s = await scene()
    const order = JSON.stringify({ ...s.script(': >started', { dir: s.dir }), isBoxed: false, group: null })
    const entry = fileURLToPath(new URL('../../src/process/node-shim-process.ts', import.meta.url))
    const shim = spawn(process.execPath, [entry, s.nonce], { stdio: ['pipe', 'ignore', 'ignore'] })
    const died = once(shim, 'exit')
    shim.stdin.end(order.slice(0, -1))
    expect(await died).toEqual([125, null])
    expect(readdirSync(s.dir)).toEqual([])
  })
})

describe('the shim of Node', () => {
  it('keeps an attempt that another orchestrator finds again, whatever tells about processes', async () => {
    await using s = await scene()
    s.hold('go')
    await writeFile(s.at('spec.json'), JSON.stringify({ nonce: s.nonce, shim: 'node' }))
    await using out = await open(s.at('out.log'), 'a')
    const order = { ...s.script('echo up; read x <go; exit 5', { dir: s.dir }), isBoxed: false, group: null }
    startNodeShim(order, { out: out.fd, log: out.fd }).unref()
    await s.reached('run.json')
    const adopted = await adopt(s.dir)
    if (adopted.kind !== 'running') throw new Error(`it is ${adopted.kind}`)
    await s.free('go')
    expect(await adopted.running.exited).toEqual({ code: 5, signal: null })
    expect(readFileSync(s.at('out.log'), 'utf8')).toBe('up\n')
    expect(await adopt(s.dir)).toMatchObject({ kind: 'exited', code: 5 })
  })

  it('tells a signal inside a box from an exit code', async () => {
    await using s = await scene()
    await using out = await open(s.at('out.log'), 'a')
    const order = { ...s.script('exit 139', { dir: s.dir }), isBoxed: true, group: null }
    startNodeShim(order, { out: out.fd, log: out.fd }).unref()
    await s.reached('exit.json')
    expect(await readExit(s.dir)).toEqual({ code: null, signal: 'SIGSEGV' })
  })
})
