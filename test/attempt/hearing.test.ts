/** Attempts by tools that tell what they do: a shell script stands in for the agent and prints what one prints. */
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Job, resumeAttempt, runAttempt } from '../../src/attempt/attempt.ts'
import { stateFolderOf } from '../../src/attempt/state-folder.ts'
import { DETACH } from '../../src/attempt/watch.ts'
import type { Hearsay } from '../../src/model/attempt.ts'
import { commandTool } from '../../src/tools/command.ts'
import { NO_SETTINGS, toolsOf } from '../../src/tools/registry.ts'
import type { ProcessTool } from '../../src/tools/tool.ts'
import { assertKind } from '../git/room.ts'
import { configOf, settings } from '../tools/stage.ts'
import { go, heard, type Workshop, workshop } from './room.ts'

const NEVER = new AbortController().signal

/** What claude prints, by a script. */
function talking(script: string): ProcessTool {
  const claude = toolsOf(configOf([], { claude: NO_SETTINGS })).get('claude')
  if (claude?.kind !== 'process') throw new Error('claude is no process')
  const start = commandTool('script', settings({ command: ['sh', '-c', script] }))
  return { ...claude, prepare: (context) => start.prepare(context) }
}

const INIT = `echo '{"type":"system","subtype":"init","session_id":"s-1"}'`
const says = (text: string): string =>
  `echo '{"type":"assistant","message":{"id":"${text}","content":[{"type":"text","text":"${text}"}],"usage":{"input_tokens":10,"output_tokens":1}}}'`
const WELL = `echo '{"type":"result","subtype":"success","is_error":false,"session_id":"s-1","total_cost_usd":0.25,"usage":{"input_tokens":900,"output_tokens":30}}'`
const RATE = `echo '{"type":"system","subtype":"api_retry","error_status":429,"error":"rate_limit","retry_delay_ms":60000}'`

async function settle(job: Job) {
  const ended = await runAttempt(job, NEVER)
  assertKind(ended, 'settled')
  return ended
}

const run = (w: Workshop, script: string, more: Partial<Job> = {}) =>
  settle(w.job('', { tool: talking(script), ...more }))

describe('a tool that tells what it does', () => {
  it('leaves its session, its usage and its last words', async () => {
    await using w = await workshop()
    const { outcome, session, usage, lines } = await run(w, `${INIT}; ${says('I begin.')}; echo x > made; ${WELL}`)
    expect(outcome).toMatchObject({ kind: 'ok', code: null })
    expect(session).toBe('s-1')
    expect(usage).toEqual({ tokensIn: 900, tokensCached: 0, tokensOut: 30, costUsd: 0.25 })
    expect(lines).toEqual(['I begin.'])
  })

  it('is heard without the secrets in it, also where a line is cut in the middle of one', async () => {
    await using w = await workshop()
    const token = 'sk-sluice-abcdefghijklmnopqrstuvwxyz0123456789'
    const told = [says(`my token is ${token}`), says(`${'x'.repeat(285)} ${token}`), RATE.replace('rate_limit', token)]
    const { outcome, lines } = await run(w, `${INIT}; ${told.join('; ')}`)
    const all = [...w.told, ...lines, outcome.message].join('\n')
    expect(all).toContain('my token is [redacted]')
    expect(all).not.toContain(token.slice(0, 15))
  })

  it('leaves no session to take up again when its model never answered', async () => {
    await using w = await workshop()
    expect((await run(w, `${INIT}; ${RATE}`)).session).toBeNull()
    expect((await run(w, `${INIT}; ${says('I begin.')}; ${RATE}`)).session).toBe('s-1')
  })

  it('is believed about a good end only with a difference, and about a bad one in spite of one', async () => {
    await using w = await workshop()
    expect((await run(w, `${INIT}; ${WELL}`)).outcome.kind).toBe('no-change')
    const cut = await run(w, `${INIT}; echo x > made; ${RATE}`, {})
    expect(cut.outcome).toMatchObject({ kind: 'rate', code: 'E208', retryAfterMs: 60_000 })
    expect(cut.work).not.toBeNull()
    // What the next tool is told is what it said, and not the lines of a machine.
    expect(cut.outcome.evidence).toBe('its model failed: rate_limit')
  })

  it('that only tries again is silent, and the reason is told', async () => {
    await using w = await workshop()
    const config = configOf(['claude'], { claude: settings({ idleMinutes: 0.01 }) })
    // It never stops by itself: what ends it is that nothing but failures comes.
    const { outcome } = await run(w, `${INIT}; while sleep 0.1; do ${RATE}; done`, { config })
    expect(outcome).toMatchObject({ kind: 'rate', retryAfterMs: 60_000 })
  })

  it('is told once, whoever follows it', async () => {
    await using w = await workshop()
    const begun = w.fifo('begun')
    const on = w.fifo('on')
    const script = `${INIT}; ${says('one')}; echo > ${begun}; cat ${on}; ${says('two')}; echo x > made; ${WELL}`
    const told: { heard: Hearsay; lines: readonly string[] }[] = []
    const letGo = new AbortController()
    const first = w.job('', {
      tool: talking(script),
      heard: (hearsay, lines) => {
        told.push({ heard: hearsay, lines })
        letGo.abort(DETACH)
        return Promise.resolve()
      },
    })
    const detached = runAttempt(first, letGo.signal)
    await heard(begun)
    expect((await detached).kind).toBe('detached')
    expect(told).toEqual([{ heard: expect.objectContaining({ session: 's-1' }), lines: ['one'] }])
    const second: Job = { ...first, attempt: { ...first.attempt, phase: 'running', heard: told[0]!.heard } }
    const rest = resumeAttempt(second, NEVER, () => go(on))
    const ended = await rest
    assertKind(ended, 'settled')
    expect(ended.outcome.kind).toBe('ok')
    expect([...told.slice(1).flatMap(({ lines }) => lines), ...ended.lines]).toEqual(['two'])
    expect(ended.usage).toMatchObject({ tokensIn: 900 })
  })
})

describe('the folder of an attempt', () => {
  const KEEP = 'echo kept > "$STATE/kept"'
  /** Tells the script where its folder is, and notes the session it is to go on with. */
  function noting(script: string, sessions: (string | null)[]): ProcessTool {
    const tool = talking(script)
    return {
      ...tool,
      async prepare(context) {
        sessions.push(context.session)
        const prepared = await tool.prepare(context)
        return {
          ...prepared,
          env: { ...prepared.env, STATE: context.state },
          files: [{ path: `${context.state}/settings/a.json`, text: 'fresh' }],
        }
      },
    }
  }

  it('goes to the next attempt with its session, and to nobody else', async () => {
    await using w = await workshop()
    const sessions: (string | null)[] = []
    const tool = noting(`${INIT}; ${KEEP}; echo x >> made; ${WELL}`, sessions)
    await settle(w.job('', { tool }))
    const first = w.job('')
    const state = stateFolderOf(first.slot, 'a', 1)
    writeFileSync(`${state}/settings/a.json`, 'written to')
    await settle(w.job('', { tool, resumes: { attempt: 1, session: 's-1' } }, { number: 2 }))
    const second = stateFolderOf(first.slot, 'a', 2)
    expect(readFileSync(`${second}/kept`, 'utf8')).toBe('kept\n')
    // Nothing is written where its tool has been at work: a folder may lead anywhere by now.
    expect(readFileSync(`${second}/settings/a.json`, 'utf8')).toBe('written to')
    await settle(w.job('', { tool }, { number: 3 }))
    expect(readFileSync(`${stateFolderOf(first.slot, 'a', 3)}/settings/a.json`, 'utf8')).toBe('fresh')
    expect(() => readFileSync(`${second}/kept`)).toThrow('ENOENT')
    await settle(w.job('', { tool, resumes: { attempt: 2, session: 's-1' } }, { number: 4 }))
    expect(sessions).toEqual([null, 's-1', null, null])
  })
})
