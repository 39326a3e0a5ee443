/** `logs`: what a tool printed reaches a terminal without secrets and without power; followed; and a night in one screen. */
import { spawn } from 'node:child_process'
import { appendFile, truncate } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { LogAnalysis } from '../../src/observe/log-analysis.ts'
import { follow } from '../../src/process/tail.ts'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { scratch } from '../kit/repository.ts'
import { endOf } from '../kit/sluice.ts'

const BIN = resolve(import.meta.dirname, '../../bin/sluice.js')
const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

/** A command in the background, as a person leaves it open in another window. */
function watching(
  repo: PlannedRepository,
  ...args: string[]
): { ended: ReturnType<typeof endOf>; line: (text: string) => Promise<void> } {
  const child = spawn(process.execPath, [BIN, ...args], { ...repo.place, stdio: ['ignore', 'pipe', 'pipe'] })
  let seen = ''
  const waiting: (() => void)[] = []
  child.stdout.on('data', (text: string) => {
    seen += text
    for (const look of waiting) look()
  })
  const line = async (text: string): Promise<void> => {
    const { promise, resolve: done } = Promise.withResolvers<void>()
    const look = (): void => {
      if (seen.includes(text)) done()
    }
    waiting.push(look)
    look()
    await Promise.race([promise, ended.then(() => Promise.reject(new Error(`it ended without ${text}: ${seen}`)))])
  }
  const ended = endOf(child, args)
  ended.catch(() => undefined)
  return { ended, line }
}

describe.concurrent('logs ID', () => {
  it('fault 56: shows escape sequences as nothing and markup as text; both are inert in the report too', async () => {
    const say = '\u001b]0;owned\u0007\u001b[2Jone\u001b[1m two\rthree <img src=x onerror=alert(1)>'
    await using repo = await planned({
      config: { limits: { attempts: 1 } },
      script: { a: [{ say: `Error: ${say}` }, { exit: 1 }] },
    })
    const run = await repo.sluice('run')
    expect(run.exit).toBe(1)
    const { stdout } = await repo.sluice('logs', 'a')
    expect(stdout).toBe('Error: one two\\rthree <img src=x onerror=alert(1)>\n')
    const page = (await repo.sluice('report', '--format', 'html')).stdout
    expect(page).not.toContain('<img')
    const written = await repo.read('.sluice/logs/orchestrator.log')
    for (const text of [run.stdout, run.stderr, page, written]) expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })

  it('fault 57: shows a secret as its name, split by an escape sequence or not, also in the files of the run', async () => {
    const secret = 'correct-horse-battery-staple'
    const say = `key ${secret.slice(0, 9)}\u001b[1m${secret.slice(9)} was used`
    await using repo = await planned({
      config: { limits: { attempts: 1 } },
      script: { a: [{ say }, { say: `Error: ${secret} was refused` }, { exit: 1 }] },
    })
    repo.place.env['SOME_API_KEY'] = secret
    const run = await repo.sluice('run', '--json')
    expect(run.exit).toBe(1)
    const { stdout } = await repo.sluice('logs', 'a')
    expect(stdout).toBe('key [redacted SOME_API_KEY] was used\nError: [redacted SOME_API_KEY] was refused\n')
    const written = await Promise.all(
      ['orchestrator.log', 'agent_1.log'].map((name) => repo.read(`.sluice/logs/${name}`)),
    )
    for (const text of [run.stdout, run.stderr, ...written]) expect(text).not.toContain('horse')
  })

  it('-f goes on with what is written, and ends by itself when the attempt has ended', async () => {
    await using repo = await planned({ script: { a: [{ say: 'before' }, ...held('a'), { say: 'after' }, WRITE] } })
    const run = repo.start('run')
    await repo.reached('a-began')
    const { ended, line } = watching(repo, 'logs', 'a', '-f')
    await line('before\n')
    await repo.go('a-go')
    expect(await ended).toMatchObject({ exit: 0, stdout: 'before\nafter\nedit a.txt\n' })
    expect((await run.ended).exit).toBe(0)
    const orchestrator = await repo.sluice('logs', '-f', '--tail', '1')
    expect(orchestrator).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^\S+ INFO +run ended after .*\n$/) })
  })
})

describe.concurrent('logs analyze', () => {
  it('clusters what went wrong, with counts and times; says what was completed, and what each agent met', async () => {
    await using repo = await planned({
      workstreams: [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
      config: { agents: 2, limits: { attempts: 1 } },
      script: {
        b: [{ say: 'Error: cannot find module "x1"' }, { exit: 1 }],
        c: [{ say: 'Error: cannot find module "y22"' }, { exit: 1 }],
      },
    })
    expect((await repo.sluice('run')).exit).toBe(4)
    const { stdout } = await repo.sluice('logs', 'analyze', '--json')
    const analysis = JSON.parse(stdout) as LogAnalysis & { schema: string }
    expect(analysis.schema).toBe('sluice.log-analysis/1')
    expect(analysis.completed.map(({ workstream }) => workstream)).toEqual(['a'])
    const ofTools = analysis.clusters.find(({ signature }) => signature.includes('cannot find module'))
    expect(ofTools).toMatchObject({
      level: 'ERROR',
      count: 2,
      who: ['b', 'c'],
      where: ['output of b.1', 'output of c.1'],
    })
    const failed = analysis.clusters.find(({ example }) => example.startsWith('failed: E602'))!
    expect(failed).toMatchObject({ count: 2, who: ['b', 'c'] })
    expect(failed.first).toBeLessThanOrEqual(failed.last!)
    expect(analysis.agents.map(({ agent }) => agent)).toEqual(['agent-1', 'agent-2'])
    const text = (await repo.sluice('logs', 'analyze')).stdout
    expect(text).toMatch(/^ERRORS\n {5}2x {2}/m)
    expect(text).toMatch(/^COMPLETED\n {2}\d\d:\d\d:\d\d a: landed on main/m)
  })
})

describe('following a file', () => {
  it('begins anew in one that was cut or set aside, and reads what was written before the end', async () => {
    await using place = await scratch()
    const file = join(place.dir, 'out.log')
    await appendFile(file, 'long enough to be cut\n')
    const steps = [() => truncate(file, 0).then(() => appendFile(file, 'cut\n')), () => appendFile(file, 'last\n')]
    const isOver = async (): Promise<boolean> => {
      const step = steps.shift()
      await step?.()
      return steps.length === 0
    }
    const seen: string[] = []
    const { signal } = new AbortController()
    for await (const chunk of follow(file, { from: 0, isOver, signal })) seen.push(chunk.toString())
    expect(seen).toEqual(['long enough to be cut\n', 'cut\n', 'last\n'])
  })
})
