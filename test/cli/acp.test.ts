/** An agent by ACP in a run: it lands its work, asks a person who answers with `approve`, and leaves nothing behind. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { acpAgent, type AcpScript, type AcpStep } from '../kit/acp-agent.ts'
import { UNBOXED } from '../kit/sandbox.ts'
import { planned, type PlannedRepository, type PlanOptions } from '../kit/plan.ts'

const write = (path: string): AcpStep => ({ do: 'write', path, text: 'by an agent\n' })
const ASK: AcpStep = { do: 'ask', title: 'Shell', command: 'make install', allowed: [write('a.txt')] }

interface Acp {
  permissions?: 'ask'
  /** Further keys of the tool. */
  tool?: Record<string, unknown>
  config?: PlanOptions['config']
  workstreams?: PlanOptions['workstreams']
}

/** A repository whose only tool is a scripted agent. Its script is outside, so that what it is to do can name marks. */
async function withAgent(
  script: (repo: PlannedRepository) => AcpScript['steps'],
  { permissions, tool = {}, config = {}, workstreams = [{ id: 'a' }] }: Acp = {},
): Promise<PlannedRepository> {
  const repo = await planned({ workstreams })
  const path = join(repo.dir, 'acp.json')
  await writeFile(path, JSON.stringify({ steps: script(repo) } satisfies AcpScript))
  const asks = permissions === undefined ? {} : { permissions }
  // People, and the machines that tests run on, are slow.
  const acp = { command: acpAgent(path), timeout_minutes: 10, idle_minutes: 10, ...asks, ...tool }
  const written = JSON.parse(await repo.read('sluice.yaml')) as Record<string, unknown>
  await repo.write('sluice.yaml', JSON.stringify({ ...written, tools: { order: ['acp'], acp }, ...config }, null, 2))
  await repo.commit('an agent')
  return repo
}

describe.concurrent('an agent by ACP', () => {
  it('edits and lands, and what it said and used is told', async () => {
    await using repo = await withAgent(() => ({
      a: [
        { do: 'say', text: 'Beginning with it.' },
        write('a.txt'),
        { do: 'use', usage: { inputTokens: 1200, outputTokens: 34 }, usd: 0.25 },
      ],
    }))
    const run = await repo.sluice('run')
    expect({ exit: run.exit, landed: await repo.landed() }).toEqual({ exit: 0, landed: ['a'] })
    const { attempts } = await repo.report()
    expect(attempts).toMatchObject([
      { tool: 'acp', outcome: 'ok', usage: { tokensIn: 1200, tokensOut: 34, costUsd: 0.25 } },
    ])
    expect((await repo.sluice('logs', 'a')).stdout).toMatch(/Beginning with it\.\n(.*\n)*Write a\.txt /)
  })

  it('is a tool by any name with `transport: acp`, and `sluice tools` lists it', async () => {
    await using repo = await withAgent(() => ({}), { tool: { transport: 'acp' } })
    const { tools } = JSON.parse((await repo.sluice('tools', '--json')).stdout) as { tools: { id: string }[] }
    expect(tools.find(({ id }) => id === 'acp')).toMatchObject({
      installed: true,
      abilities: ['unattended', 'events', 'usage', 'resume'],
      reason: null,
    })
  })

  it('is tried without asking anybody: in a trial there is nobody', async () => {
    const greet: AcpStep = { do: 'write', path: 'greeting.txt', text: 'hello from sluice\n' }
    const trial: AcpStep[] = [{ do: 'ask', title: 'Write it', allowed: [greet] }]
    await using repo = await withAgent(() => ({ trial }), { permissions: 'ask' })
    const tried = await repo.sluice('tools', 'test', 'acp')
    expect(tried).toMatchObject({ exit: 0, stdout: expect.stringMatching(/^acp works/) })
  })

  it('is asked about with the whole command, goes on when it is approved, and lands; who said so is on record', async () => {
    await using repo = await withAgent(() => ({ a: [ASK] }), { permissions: 'ask' })
    const run = repo.start('run')
    await run.event({ type: 'attempt.asked', workstream: 'a', what: 'Shell make install' })
    const { needsYou } = await repo.status()
    expect(needsYou).toMatchObject([
      {
        workstream: 'a',
        code: 'E206',
        question: 'may acp: Shell make install?',
        commands: ['sluice approve a --show', 'sluice approve a', 'sluice approve a --reject'],
      },
    ])
    expect((await repo.sluice('explain', 'a')).stdout).toMatch(/E206 its tool asks: may it Shell make install\?/)
    const shown = await repo.sluice('approve', 'a', '--show')
    expect(shown).toMatchObject({ exit: 0, stdout: expect.stringContaining('may it    Shell make install') })
    const answered = await repo.sluice('approve', 'a', '--comment', 'this once')
    expect(answered).toMatchObject({ exit: 0, stdout: expect.stringContaining('a: its tool is allowed to') })
    expect((await run.ended).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
    const { attempts } = await repo.report()
    const answer = { question: '1', what: 'Shell make install', allow: true, comment: 'this once' }
    expect(attempts).toMatchObject([{ outcome: 'ok', answers: [answer] }])
  })

  it.skipIf(UNBOXED !== null)(
    `hears the answer in its box, where it cannot give it itself${UNBOXED ?? ''}`,
    async () => {
      const script: AcpStep[] = [{ do: 'forge' }, ASK]
      await using repo = await withAgent(() => ({ a: script }), { permissions: 'ask', config: { sandbox: 'strict' } })
      const run = repo.start('run')
      await run.event({ type: 'attempt.asked', workstream: 'a' })
      expect((await repo.sluice('approve', 'a')).exit).toBe(0)
      expect((await run.ended).exit).toBe(0)
      expect(await repo.landed()).toEqual(['a'])
      expect((await repo.sluice('logs', 'a')).stdout).toContain('cannot answer itself: EROFS')
    },
  )

  it('that is declined changes nothing, and the next attempt is told why', async () => {
    const second: AcpStep[] = [write('a.txt')]
    await using repo = await withAgent(() => ({ a: [[ASK], second] }), { permissions: 'ask' })
    const run = repo.start('run')
    await run.event({ type: 'attempt.asked', workstream: 'a' })
    const answered = await repo.sluice('approve', 'a', '--reject', '--comment', 'without installing')
    expect(answered).toMatchObject({ exit: 0, stdout: expect.stringContaining('not allowed to: Shell make install') })
    expect((await run.ended).exit).toBe(0)
    const { attempts } = await repo.report()
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['denied', 'ok'])
    const brief = await readFile(join(await repo.attemptFolder('a.2'), 'brief.md'), 'utf8')
    expect(brief).toContain('Shell make install (declined by')
    expect(brief).toContain('without installing')
  })

  it('that nobody answers is ended as one that waits for input', async () => {
    await using repo = await withAgent(() => ({ a: [ASK] }), {
      permissions: 'ask',
      tool: { idle_minutes: 0.05 },
      config: { limits: { attempts: 1 } },
    })
    expect((await repo.sluice('run')).exit).toBe(1)
    const { attempts } = await repo.report()
    expect(attempts).toMatchObject([{ outcome: 'waiting-for-input', code: 'E206' }])
  })

  it('that is cancelled leaves no process', async () => {
    await using repo = await withAgent((made) => ({
      a: [write('a.txt'), { do: 'mark', file: made.mark('began') }, { do: 'hang' }],
    }))
    const run = repo.start('run')
    await repo.reached('began')
    expect((await repo.sluice('cancel', 'a')).exit).toBe(0)
    await run.ended
    expect(await repo.row('a')).toMatchObject({ state: 'cancelled', branch: 'ws/a' })
    expect(await repo.git(['show', 'ws/a:a.txt'])).toContain('by an agent')
  })

  it('still asks when its orchestrator was killed, hears the answer without one, and is taken up by the next', async () => {
    await using repo = await withAgent(
      (made) => ({
        a: [
          {
            ...ASK,
            allowed: [
              write('a.txt'),
              { do: 'mark', file: made.mark('allowed') },
              { do: 'wait', file: made.mark('go') },
            ],
          },
        ],
      }),
      { permissions: 'ask' },
    )
    const first = repo.start('run')
    await first.event({ type: 'attempt.asked', workstream: 'a' })
    await first.kill()
    const second = repo.start('run')
    await second.event({ type: 'attempt.adopted', workstream: 'a' })
    expect((await repo.status()).needsYou).toMatchObject([{ workstream: 'a', code: 'E206' }])
    await second.kill()
    expect((await repo.sluice('approve', 'a')).exit).toBe(0)
    await repo.reached('allowed')
    await repo.go('go')
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
    expect((await repo.report()).attempts).toMatchObject([{ attempt: 1, outcome: 'ok' }])
  })
})
