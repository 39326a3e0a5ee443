/** Agents that speak ACP: what their client makes of a turn, with an agent that is scripted and real in everything else. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hear, NOTHING_HEARD } from '../../src/tools/heard.ts'
import type { Outcome } from '../../src/model/attempt.ts'
import type { ToolSettings } from '../../src/model/config.ts'
import { attemptFolder } from '../../src/process/attempt-folder.ts'
import { replaceFile } from '../../src/process/files.ts'
import { killTree } from '../../src/process/kill.ts'
import type { Running } from '../../src/process/launch.ts'
import { acpTool } from '../../src/tools/acp.ts'
import { answerFile } from '../../src/tools/acp/order.ts'
import type { AttemptContext, ProcessTool, ToolEvent } from '../../src/tools/tool.ts'
import { acpAgent, type AcpScript, type AcpStep } from '../kit/acp-agent.ts'
import { NewLines } from '../../src/process/new-lines.ts'
import { untilExists } from '../../src/process/appear.ts'
import { settings, type Stage, stage } from './stage.ts'

interface Turn {
  events: ToolEvent[]
  outcome: Outcome
  exit: unknown
}

const WRITE: AcpStep = { do: 'write', path: 'a.txt', text: 'by an agent\n' }

function toolFor(s: Stage, script: AcpScript, more: Partial<ToolSettings> = {}): ProcessTool {
  const path = s.at('script.json')
  writeFileSync(path, JSON.stringify(script))
  return acpTool('acp', settings({ command: acpAgent(path), ...more }))
}

function eventsOf(tool: ProcessTool, dir: string): ToolEvent[] {
  const out = attemptFolder(dir).out
  return readFileSync(out, 'utf8').split('\n').flatMap(tool.parser!())
}

async function ended(s: Stage, tool: ProcessTool, running: Running): Promise<Turn> {
  const exit = await running.exited
  if (typeof exit === 'string') throw new Error(exit)
  const { dir, worktree } = s.context()
  const events = eventsOf(tool, dir)
  const tail = readFileSync(attemptFolder(dir).out, 'utf8')
  const heard = events.reduce(hear, NOTHING_HEARD)
  const outcome = tool.classify(exit, tail, existsSync(join(worktree, 'a.txt')), heard)
  return { events, outcome, exit }
}

/** A turn by the script, from the start of its client to its end. */
async function turn(
  script: AcpScript,
  more: Partial<ToolSettings> = {},
  context: Partial<AttemptContext> = {},
): Promise<Turn> {
  await using s = await stage()
  const tool = toolFor(s, script, more)
  return await ended(s, tool, await s.start(tool, context))
}

const all = (...steps: AcpStep[]): AcpScript => ({ steps: { '*': steps } })

describe.concurrent('a turn by ACP', () => {
  it('tells session, words, calls with their paths, edits and what it used, and ends well', async () => {
    const use: AcpStep = {
      do: 'use',
      usage: { inputTokens: 100, cachedReadTokens: 900, cachedWriteTokens: 10, outputTokens: 34 },
      usd: 0.5,
    }
    const { events, outcome } = await turn(
      all({ do: 'say', text: 'I was told: {brief}' }, WRITE, { do: 'say', text: 'All is\nwritten.' }, use),
    )
    expect(events).toEqual([
      { type: 'session', id: 'new-session' },
      { type: 'said', text: 'I was told: the brief' },
      { type: 'called', name: 'Write a.txt', paths: ['a.txt'] },
      { type: 'edited', path: 'a.txt' },
      { type: 'said', text: 'All is\nwritten.' },
      {
        type: 'used',
        of: 'all',
        usage: { tokensIn: 1010, tokensCached: 900, tokensOut: 34, costUsd: 0.5 },
      },
      { type: 'ended', well: true },
    ])
    expect(outcome).toMatchObject({ kind: 'ok' })
  })

  it('is no success without a difference', async () => {
    expect((await turn(all({ do: 'say', text: 'Nothing to do.' }))).outcome.kind).toBe('no-change')
  })

  it.each([
    ['auth', { steps: {}, needsLogin: true }],
    ['rate', all({ do: 'fail', code: -32603, message: 'Internal error', data: { details: 'status 429' } })],
    ['overloaded', all(WRITE, { do: 'say', text: 'Error: busy (HTTP 503)' })],
    ['protocol', { steps: {}, version: 7 }],
    ['crash', all({ do: 'exit', code: 3 })],
    ['crash', all(WRITE, { do: 'exit', code: 0 })],
    ['ok', all({ do: 'garbage' }, WRITE)],
  ] as const)('is %s: %j', async (kind, script) => {
    expect((await turn(script)).outcome).toMatchObject({ kind })
  })

  it('by a program that is not there is missing', async () => {
    await using s = await stage()
    const tool = acpTool('acp', settings({ command: ['no-such-agent'] }))
    expect((await ended(s, tool, await s.start(tool))).outcome).toMatchObject({ kind: 'missing', code: 'E106' })
    const { installed, reason } = await tool.detect({ root: s.at('root'), environment: {}, versions: false })
    expect({ installed, reason }).toEqual({ installed: false, reason: 'no-such-agent is not an executable on PATH' })
  })

  it('chooses the model that the settings name, or says that it is not there', async () => {
    const script = { ...all({ do: 'say', text: 'I am {model}' }), models: ['small', 'large'] }
    const { events } = await turn(script, { model: 'large' })
    expect(events).toContainEqual({ type: 'said', text: 'I am large' })
    expect((await turn(script, { model: 'huge' })).outcome).toMatchObject({ kind: 'model', code: 'E106' })
  })

  it('goes on with an earlier session, without telling again what was said in it; a lost one begins anew', async () => {
    const script = { ...all(WRITE), knows: 's-1' }
    const again = await turn(script, {}, { session: 's-1' })
    expect(again.events[0]).toEqual({ type: 'session', id: 's-1' })
    expect(again.events.filter(({ type }) => type === 'said')).toEqual([])
    const lost = await turn(script, {}, { session: 's-2' })
    expect(lost.events[0]).toEqual({ type: 'session', id: 'new-session' })
    expect([again.outcome.kind, lost.outcome.kind]).toEqual(['ok', 'ok'])
  })

  it('allows once what is asked, unless somebody is to be asked', async () => {
    const { events, outcome } = await turn(all({ do: 'ask', title: 'Run it', allowed: [WRITE] }))
    expect(outcome.kind).toBe('ok')
    expect(events.filter(({ type }) => type === 'asked')).toEqual([])
  })
})

describe.concurrent('a question for permission', () => {
  const script = all({ do: 'ask', title: 'Shell', kind: 'execute', command: 'make install', allowed: [WRITE] })

  /** Starts it, waits until it asks, answers, and gives the end. */
  async function answered(allow: boolean): Promise<Turn> {
    await using s = await stage()
    const tool = toolFor(s, script, { permissions: 'ask' })
    const running = await s.start(tool)
    const { dir } = s.context()
    await untilTold(dir, (line) => line.includes('"asked"'))
    await replaceFile(answerFile(dir, '1'), JSON.stringify({ allow, by: 'Ada', comment: 'not today' }))
    return await ended(s, tool, running)
  }

  it('is told with the command, and the agent goes on when the answer is there', async () => {
    const { events, outcome } = await answered(true)
    expect(events.slice(1, 3)).toEqual([
      { type: 'asked', id: '1', what: 'execute Shell make install' },
      { type: 'answered', id: '1' },
    ])
    expect(outcome.kind).toBe('ok')
  })

  it('that is declined is told with the reason, and says why nothing was changed', async () => {
    const { events, outcome } = await answered(false)
    expect(events).toContainEqual({ type: 'said', text: 'I may not: no' })
    expect(outcome).toMatchObject({
      kind: 'denied',
      message: 'it was not allowed to: execute Shell make install (declined by Ada: not today)',
    })
  })
})

describe.concurrent('an agent that is told to end', () => {
  it('cancels its turn by the protocol, and is gone with its client', async () => {
    await using s = await stage()
    const tool = toolFor(s, all({ do: 'write', path: 'b.txt', text: '' }, { do: 'hang' }))
    const running = await s.start(tool)
    const { dir } = s.context()
    await untilTold(dir, (line) => line.includes('"edited"'))
    process.kill(running.tree.leader.pid, 'SIGTERM')
    await running.exited
    const trouble = { kind: null, status: null, message: 'the turn was cancelled' }
    expect(eventsOf(tool, dir).slice(-2)).toEqual([
      { type: 'failed', trouble },
      { type: 'ended', well: false },
    ])
    expect(await killTree(running.tree, { graceMs: 0 })).toMatchObject({ found: 0 })
  })

  it('is killed when it does not hear', async () => {
    await using s = await stage()
    const tool = toolFor(s, all(WRITE, { do: 'hang', deaf: true }))
    const running = await s.start(tool)
    await untilTold(s.context().dir, (line) => line.includes('"edited"'))
    expect(await killTree(running.tree, { graceMs: 50 })).toMatchObject({ survivors: 0 })
    await running.exited
  })
})

/** Waits for a line of the client. */
async function untilTold(dir: string, is: (line: string) => boolean): Promise<void> {
  const lines = new NewLines(attemptFolder(dir).out, 1024 * 1024)
  await untilExists(attemptFolder(dir).out, { timeoutMs: 10_000 })
  await expect.poll(() => lines.next().some(is), { timeout: 20_000 }).toBe(true)
}
