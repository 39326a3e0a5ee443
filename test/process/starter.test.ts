/** The starter: commands end the same with and without it, and it ends with who opened it. */
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { untilExists } from '../../src/process/appear.ts'
import { type Command, complete } from '../../src/process/complete.ts'
import { identify, isAlive } from '../../src/process/identity.ts'
import { openStarter, runCommand } from '../../src/process/starter.ts'

const shell = (script: string, more: Partial<Command> = {}): Command => ({
  program: '/bin/sh',
  args: ['-c', script],
  cwd: '/',
  env: { PATH: process.env['PATH'] },
  input: null,
  outputBytesMax: 1_000_000,
  timeoutMs: 30_000,
  ...more,
})

const cases: [string, Command, object][] = [
  ['a good end', shell('echo out; echo err >&2'), { exit: 0, stderr: 'err\n', problem: null }],
  ['an exit code', shell('exit 3'), { exit: 3, problem: null }],
  ['input', shell('cat', { input: 'x\0y' }), { exit: 0, problem: null }],
  ['a program that is not there', { ...shell(''), program: '/no/such/program' }, { exit: null }],
  ['a time limit', shell('exec sleep 600', { timeoutMs: 20 }), { exit: null, problem: null }],
  ['too much output', shell('exec yes', { outputBytesMax: 1000 }), { exit: null, problem: null }],
]

/** Until commands really go by it: then they are its children, not ours. */
async function untilReady(): Promise<void> {
  for (;;) {
    const { stdout } = await runCommand(shell('echo $PPID'))
    if (Number(Buffer.from(stdout).toString()) !== process.pid) return
  }
}

describe('the starter', () => {
  it.each(cases)('answers like a direct start: %s', async (_, command, expected) => {
    const direct = await complete(command)
    expect(direct).toMatchObject(expected)
    await using _starter = openStarter()
    await untilReady()
    const started = await runCommand(command)
    expect(started).toMatchObject(expected)
    if (direct.exit !== null) expect(Buffer.from(started.stdout)).toEqual(Buffer.from(direct.stdout))
  })

  it('stops a command when it is told to', async () => {
    await using _starter = openStarter()
    await untilReady()
    const stop = new AbortController()
    const ended = runCommand(shell('exec sleep 600'), stop.signal)
    stop.abort()
    expect(await ended).toMatchObject({ exit: null })
  })

  it('leaves no process when it is closed, and commands go on without it', async () => {
    const starter = openStarter()
    await untilReady()
    const { stdout } = await runCommand(shell('echo $PPID'))
    const identity = identify(Number(Buffer.from(stdout).toString()))!
    await starter[Symbol.asyncDispose]()
    expect(isAlive(identity)).toBe(false)
    expect((await runCommand(shell('exit 4'))).exit).toBe(4)
  })

  it('ends when who opened it is killed', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('starter-owner.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const identity = identify(Number(line.toString()))!
    child.kill('SIGKILL')
    await once(child, 'exit')
    // Its end is no event of ours; a folder that never comes is a bounded way to wait for the next look.
    while (isAlive(identity)) await untilExists(`/proc/${identity.pid}/never`, { timeoutMs: 10 })
    expect(isAlive(identity)).toBe(false)
  })
})
