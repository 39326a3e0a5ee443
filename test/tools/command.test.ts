import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commandTool } from '../../src/tools/command.ts'
import { NOTHING_HEARD } from '../../src/tools/heard.ts'
import { PATH } from '../process/scene.ts'
import { settings, stage, sampleTask, writeProgram } from './stage.ts'

const command = (...argv: string[]): { command: string[] } => ({ command: argv })

describe('a command tool', () => {
  it('is present when its program resolves, on PATH or in the repository', async () => {
    await using s = await stage()
    writeProgram(s.at('root'), 'agent.sh', '#!/bin/sh\n')
    const look = (program: string) =>
      commandTool('script', settings(command(program))).detect({
        root: s.at('root'),
        environment: { PATH },
        versions: true,
      })
    expect(await look('./agent.sh')).toMatchObject({ installed: true, path: s.at('root/agent.sh'), reason: null })
    expect(await look('sh')).toMatchObject({ installed: true, version: null, abilities: ['unattended', 'prompt-file'] })
    expect(await look('no-such-agent')).toMatchObject({
      installed: false,
      path: null,
      reason: 'no-such-agent is not an executable on PATH',
    })
    expect(await look('./other.sh')).toMatchObject({ installed: false })
  })

  it('fills in the placeholders and leaves other braces alone', async () => {
    await using s = await stage()
    const argv = [
      'a',
      '{prompt_file}',
      '{workstream}.{attempt}',
      '-C{worktree}',
      '{files}',
      'f:{files}',
      '${attempt} {x}',
    ]
    const work = sampleTask({ filesScope: ['src/a.ts', 'src/**'], filesCreate: ['src/a.ts', 'new.ts'] })
    const prepared = await commandTool('t', settings(command(...argv))).prepare(
      s.context({ workstream: work, attempt: 3 }),
    )
    expect(prepared.argv).toEqual([
      'a',
      s.at('brief.md'),
      'ws-01.3',
      `-C${s.at('worktree')}`,
      'src/a.ts',
      'src/**',
      'new.ts',
      'f:src/a.ts src/** new.ts',
      '${attempt} {x}',
    ])
  })

  it('sees the variables of the contract, what is passed and what is set, and no more', async () => {
    await using s = await stage()
    const tool = commandTool(
      't',
      settings({ ...command('a'), passEnv: ['KEY'], env: { MODE: 'x', SLUICE_RUN: 'mine' } }),
    )
    const environment = { PATH, KEY: 'k', SECRET: 'hidden', SLUICE_NONCE: 'outer' }
    expect((await tool.prepare(s.context({ environment }))).env).toEqual({
      PATH,
      KEY: 'k',
      MODE: 'x',
      HOME: s.at('home'),
      TMPDIR: s.at('tmp'),
      SLUICE_RUN: 'r1',
      SLUICE_WORKSTREAM: 'ws-01',
      SLUICE_ATTEMPT: '1',
      SLUICE_PROMPT_FILE: s.at('brief.md'),
    })
  })

  it('gets the brief as a file, on stdin or as an argument', async () => {
    await using s = await stage()
    const prepare = (prompt: 'file' | 'stdin' | 'arg', argv: string[], text = 'the brief') =>
      commandTool('t', settings({ command: argv, prompt })).prepare(s.context({ prompt: text }))
    expect(await prepare('file', ['a'])).toMatchObject({ argv: ['a'], stdinFile: null })
    expect(await prepare('stdin', ['a'])).toMatchObject({ argv: ['a'], stdinFile: s.at('brief.md') })
    expect(await prepare('arg', ['a'])).toMatchObject({ argv: ['a', 'the brief'], stdinFile: null })
    expect(await prepare('arg', ['a', '-p', '{prompt}', '-q'])).toMatchObject({ argv: ['a', '-p', 'the brief', '-q'] })
    expect(await prepare('arg', ['a'], 'é'.repeat(100_000))).toMatchObject({
      argv: ['a', `Read ${s.at('brief.md')} and do what it says.`],
    })
  })

  it('runs in the worktree, from the tree or else from the checkout', async () => {
    await using s = await stage()
    const root = writeProgram(s.at('root'), 'agent.sh', '#!/bin/sh\necho root\n')
    const tool = commandTool('t', settings(command('./agent.sh')))
    expect((await tool.prepare(s.context())).argv).toEqual([root])
    const own = writeProgram(s.at('worktree'), 'agent.sh', '#!/bin/sh\npwd\ncat\necho "$SLUICE_ATTEMPT" >result\n')
    expect((await tool.prepare(s.context())).argv).toEqual([own])
    expect(await (await s.start(tool)).exited).toEqual({ code: 0, signal: null })
    expect(readFileSync(s.at('attempt-1/out.log'), 'utf8')).toBe(`${s.at('worktree')}\n`)
    expect(readFileSync(s.at('worktree/result'), 'utf8')).toBe('1\n')
  })

  it('reads stdin to its end', async () => {
    await using s = await stage()
    writeFileSync(s.at('brief.md'), 'x'.repeat(200_000))
    const running = await s.start(commandTool('t', settings({ ...command('wc', '-c'), prompt: 'stdin' })))
    await running.exited
    expect(readFileSync(s.at('attempt-1/out.log'), 'utf8').trim()).toBe('200000')
  })

  it('is missing when its program has gone', async () => {
    await using s = await stage()
    const tool = commandTool('t', settings(command('no-such-agent')))
    const exit = await (await s.start(tool)).exited
    expect(exit).toEqual({ code: 127, signal: null })
    const tail = readFileSync(s.at('attempt-1/out.log'), 'utf8')
    expect(tool.classify({ code: 127, signal: null }, tail, false, NOTHING_HEARD)).toMatchObject({
      kind: 'missing',
      code: 'E106',
    })
  })

  it('counts its own success codes', () => {
    const tool = commandTool('t', settings({ ...command('a'), successExitCodes: [0, 3] }))
    expect(tool.classify({ code: 3, signal: null }, '', true, NOTHING_HEARD)).toMatchObject({ kind: 'ok', code: null })
    expect(tool.classify({ code: 3, signal: null }, '', false, NOTHING_HEARD)).toMatchObject({
      kind: 'no-change',
      code: 'E205',
    })
    expect(tool.classify({ code: 1, signal: null }, '', true, NOTHING_HEARD)).toMatchObject({
      kind: 'crash',
      code: 'E201',
    })
  })
})
