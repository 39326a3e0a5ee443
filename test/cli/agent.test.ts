/** A coding agent in a run, from its key to its landing: a script stands in for it and prints what it prints. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { planned } from '../kit/plan.ts'

const KEY = 'correct-horse-battery-staple'

const line = (event: unknown): string => `echo '${JSON.stringify(event)}'\n`

/** It has the key in its environment, says so, and paints on the terminal of whoever reads it. */
const CLAUDE = `#!/bin/sh
[ "$1" = --version ] && echo '9.9.9 (Claude Code)' && exit
cat >/dev/null
${line({ type: 'system', subtype: 'init', session_id: 's-1', model: 'm' })}
printf '{"type":"assistant","message":{"id":"1","content":[{"type":"text","text":"my key is %s \\\\u001b[2J"}]}}\\n' "$ANTHROPIC_API_KEY"
echo "by claude" > a.txt
${line({ type: 'result', subtype: 'success', is_error: false, session_id: 's-1', total_cost_usd: 0.5, usage: { input_tokens: 1200, output_tokens: 34 } })}`

describe('a coding agent in a run', () => {
  it('lands its work, and what it used and said is told without its key', async () => {
    await using repo = await planned({
      config: {
        tools: { order: ['claude', 'manual'], claude: { base_url: 'http://127.0.0.1:9', key_env: 'OUR_MODELS' } },
      },
    })
    const bin = join(repo.dir, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'claude'), CLAUDE)
    await chmod(join(bin, 'claude'), 0o755)
    Object.assign(repo.place.env, { PATH: `${bin}:${repo.place.env['PATH']}`, OUR_MODELS: KEY })
    const run = await repo.sluice('run')
    expect({ exit: run.exit, landed: await repo.landed() }).toEqual({ exit: 0, landed: ['a'] })
    const { attempts, spending } = await repo.report()
    expect(attempts).toMatchObject([{ tool: 'claude', outcome: 'ok', usage: { tokensIn: 1200, costUsd: 0.5 } }])
    expect(spending).toMatchObject({ usd: 0.5, isEstimate: false })
    const logs = await repo.sluice('logs', 'a')
    expect(logs.stdout).toContain('my key is ')
    const agentLog = await repo.read('.sluice/logs/agent_1.log')
    expect(agentLog).toContain('claude: my key is ')
    for (const text of [logs.stdout, agentLog, run.stdout, run.stderr]) {
      expect(text).not.toContain(KEY)
      expect(text).not.toContain('\u001b')
    }
  })

  it('that has no key is passed over, and doctor says which one it wants', async () => {
    await using repo = await planned({ config: { tools: { order: ['claude', 'manual'] } } })
    const bin = join(repo.dir, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'claude'), CLAUDE)
    await chmod(join(bin, 'claude'), 0o755)
    repo.place.env['PATH'] = `${bin}:${repo.place.env['PATH']}`
    const run = await repo.sluice('run')
    expect(run).toMatchObject({ exit: 3, stderr: expect.stringContaining('set ANTHROPIC_API_KEY') })
    expect(await repo.row('a')).toMatchObject({ state: 'waiting', tool: 'manual' })
  })
})
