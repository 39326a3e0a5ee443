/** Short of something, as a person sees it: who waits, for what, until when, and how to begin all the same. */
import { describe, expect, it } from 'vitest'
import { planned } from '../kit/plan.ts'

describe('a run that waits for a service', () => {
  const options = {
    workstreams: [{ id: 'a', priority: 1 }, { id: 'b' }],
    config: { agents: 1 },
    script: { a: [{ say: '429 too many requests, try again in 10m' }, { exit: 1 }] },
  }

  it('says so to every command that asks', async () => {
    await using repo = await planned(options)
    const run = repo.start('run')
    const told = await run.event({ type: 'pause.holds' })
    expect(told).toMatchObject({ pause: { of: 'tool', tool: 'demo', state: 'paused', met: ['a'] } })
    await run.event({ type: 'tool.waiting' })
    const [pause] = (await repo.status()).run!.pauses
    expect(pause).toMatchObject({ of: 'tool', state: 'paused', code: 'E208' })
    const { message } = pause!
    expect(message).toMatch(/^demo gets no work before \d\d:\d\d:\d\d: rate limit \(exit 1\), met by a$/)
    expect((await repo.sluice('tools')).stdout).toContain(`      ${message}\n`)
    expect((await repo.sluice('explain', 'b')).stdout).toContain(`  why     E208 ${message}\n`)
    expect((await repo.sluice('explain', 'a')).stdout).toMatch(/^ {2}why {5}it waits until .*, then attempt 2 by demo/m)
    await run.kill()
  })

  it('waits on for the same moment after a kill, and begins at once what a person forces', async () => {
    await using repo = await planned(options)
    const first = repo.start('run')
    await first.event({ type: 'pause.holds' })
    await first.kill()
    const second = repo.start('run')
    await second.event({ type: 'run.resumed' })
    expect((await repo.sluice('retry', 'b', '--tool', 'demo')).exit).toBe(0)
    await second.event({ type: 'attempt.started', workstream: 'b' })
    // It knew from the beginning: the more urgent one was not begun, and nothing was told twice.
    const begun = second.events.flatMap(({ type, workstream }) => (type === 'attempt.started' ? [workstream] : []))
    expect(begun).toEqual(['b'])
    expect(second.events.filter(({ type }) => type === 'pause.holds')).toEqual([])
    await second.kill()
  })
})
