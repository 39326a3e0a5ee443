import { existsSync, readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { identify, isAlive } from '../../src/process/identity.ts'
import { launch } from '../../src/process/launch.ts'
import { carriesNonce, processRow } from '../../src/process/table.ts'
import { scene } from './scene.ts'

function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
}

describe('launch', () => {
  it('runs a tool to its end and records how it ended', async () => {
    await using s = await scene()
    const running = await launch(s.script('echo out; echo err >&2; exit 7'))
    expect(await running.exited).toEqual({ code: 7, signal: null })
    expect(readFileSync(s.at('attempt/out.log'), 'utf8')).toBe('out\nerr\n')
    expect(JSON.parse(readFileSync(s.at('attempt/exit.json'), 'utf8'))).toEqual({ code: 7, signal: null })
    expect(JSON.parse(readFileSync(s.at('attempt/run.json'), 'utf8'))).toMatchObject({ tool: running.tree.leader })
    expect(readdirSync(s.at('attempt')).toSorted()).toEqual([
      'exit.json',
      'lock',
      'out.log',
      'run.json',
      'shim.log',
      'spec.json',
    ])
  })

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGPIPE', 'SIGSEGV', 'SIGABRT', 'SIGHUP'])(
    'tells %s from an exit code',
    async (signal) => {
      await using s = await scene()
      const running = await launch(s.script(`ulimit -c 0; kill -${signal.slice(3)} $$`))
      expect(await running.exited).toEqual({ code: null, signal })
    },
  )

  it('takes an exit code above 128 for what it is', async () => {
    await using s = await scene()
    expect(await (await launch(s.script('exit 137'))).exited).toEqual({ code: 137, signal: null })
  })

  it('does not ignore SIGINT and SIGQUIT in the tool, as a background job of a shell would', async () => {
    await using s = await scene()
    await (
      await launch(s.script('grep SigIgn /proc/self/status'))
    ).exited
    expect(readFileSync(s.at('attempt/out.log'), 'utf8')).toMatch(/^SigIgn:\s+0+$/m)
  })

  it('gives the tool exactly the environment of the spec, with PWD and the nonce', async () => {
    await using s = await scene()
    const env = { PATH: '/usr/bin:/bin', line: 'two\nlines', sluice: 'x', cwd: 'mine', lock: 'mine', EMPTY: '' }
    const running = await launch(s.script('', { argv: ['env', '-0'], env }))
    await running.exited
    const seen = readFileSync(s.at('attempt/out.log'), 'utf8').split('\0').filter(Boolean).toSorted()
    const wanted = { ...env, PWD: s.dir, SLUICE_NONCE: s.nonce }
    expect(seen).toEqual(
      Object.entries(wanted)
        .map(([name, value]) => `${name}=${value}`)
        .toSorted(),
    )
    expect(readFileSync(s.at('attempt/spec.json'), 'utf8')).not.toContain('two')
  })

  it('puts the nonce into the environment of the tool and its children, and of nobody else', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(s.script('sh -c ": >up; read x <go"; exit 0'))
    await s.reached('up')
    expect(carriesNonce(processRow(running.tree.leader.pid)!, s.nonce)).toBe(true)
    expect(carriesNonce(processRow(running.shim.pid)!, s.nonce)).toBe(false)
    expect(carriesNonce(processRow(process.pid)!, s.nonce)).toBe(false)
    await s.free('go')
    await running.exited
  })

  it('leads a session and group of its own, apart from the shim', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(s.script(': >up; read x <go'))
    await s.reached('up')
    const tool = processRow(running.tree.leader.pid)
    const shim = processRow(running.shim.pid)
    expect(tool).toMatchObject({ group: tool?.pid, session: tool?.pid, parent: shim?.pid })
    expect(shim).toMatchObject({ group: shim?.pid, session: shim?.pid })
    process.kill(-running.tree.leader.pid, 'SIGKILL')
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('keeps the lock away from the tool, and has stdin from /dev/null', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(s.script('cat >empty; : >up; read x <go'))
    await s.reached('up')
    const open = openFiles(running.tree.leader.pid)
    expect(open).not.toContain(s.at('attempt/lock'))
    expect(readlinkSync(`/proc/${running.tree.leader.pid}/fd/0`)).toBe('/dev/null')
    expect(openFiles(running.shim.pid)).toContain(s.at('attempt/lock'))
    await s.free('go')
    await running.exited
  })

  it('feeds stdin from a file', async () => {
    await using s = await scene()
    await writeFile(s.at('prompt'), 'do this')
    await (
      await launch(s.script('cat', { stdinFile: s.at('prompt') }))
    ).exited
    expect(readFileSync(s.at('attempt/out.log'), 'utf8')).toBe('do this')
  })

  it('accepts folders with spaces, quotes and other letters', async () => {
    await using s = await scene()
    const running = await launch(s.script('pwd', { dir: s.at(`a 'b' "c" $d \\ é`) }))
    expect(await running.exited).toEqual({ code: 0, signal: null })
  })

  it('says why when it cannot start, and nothing runs', async () => {
    await using s = await scene()
    await expect(launch(s.script('true', { cwd: s.at('nowhere') }))).rejects.toMatchObject({
      failure: { code: 'E201', message: expect.stringContaining('nowhere') },
    })
    expect(existsSync(s.at('attempt/run.json'))).toBe(false)
  })

  it('lets a missing program end with 127 and a word in the log', async () => {
    await using s = await scene()
    const running = await launch(s.script('', { argv: ['no-such-program'] }))
    expect(await running.exited).toEqual({ code: 127, signal: null })
    expect(readFileSync(s.at('attempt/out.log'), 'utf8')).toContain('no-such-program')
  })

  it('is lost, not ended, when the shim is killed', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(s.script(': >up; read x <go'))
    await s.reached('up')
    process.kill(running.shim.pid, 'SIGKILL')
    expect(await running.exited).toBe('lost')
    expect(isAlive(running.tree.leader)).toBe(true)
  })

  it('lets go of the tool on release', async () => {
    await using s = await scene()
    s.hold('go')
    const running = await launch(s.script(': >up; read x <go'))
    await s.reached('up')
    running.release()
    expect(await running.exited).toBe('released')
    expect(identify(running.tree.leader.pid)).toEqual(running.tree.leader)
  })
})
