/** `run` is also resume: whatever happened to the orchestrator, work is neither lost nor done twice. */
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { untilExists } from '../../src/process/appear.ts'
import { held, heldGate, planned } from '../kit/plan.ts'
import { PATIENCE_MS } from '../kit/sluice.ts'
import { snapshot } from '../kit/snapshot.ts'
import { endStrays, straysOf } from '../kit/traces.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

describe.concurrent('after the orchestrator was killed', () => {
  it('fault 1: a tool that is still at work is adopted, and what it does lands once', async () => {
    await using repo = await planned({ script: { a: [...held('tool'), WRITE] } })
    const first = repo.start('run')
    await repo.reached('tool-began')
    await first.kill()
    expect((await repo.status()).run?.state).toBe('interrupted')
    const second = repo.start('run')
    const adopted = await second.event({ type: 'attempt.adopted', workstream: 'a', attempt: 1 })
    const launched = await first.event({ type: 'attempt.launched', workstream: 'a', attempt: 1 })
    expect(adopted).toMatchObject({ pid: (launched as { pid?: number }).pid })
    await repo.go('tool-go')
    expect((await second.ended).exit).toBe(0)
    const { attempts } = await repo.report()
    expect(attempts).toMatchObject([{ workstream: 'a', attempt: 1, outcome: 'ok' }])
    expect(await repo.landed()).toEqual(['a'])
    expect(straysOf(repo.dir)).toEqual([])
  })

  it('a tool that ended while nobody was there is settled from its files', async () => {
    await using repo = await planned({ script: { a: [...held('tool'), WRITE] } })
    const first = repo.start('run')
    await repo.reached('tool-began')
    await first.kill()
    await repo.go('tool-go')
    const exit = join(await repo.attemptFolder('a.1'), 'exit.json')
    expect(await untilExists(exit, { timeoutMs: PATIENCE_MS })).toBe(true)
    const second = repo.start('run')
    expect((await second.ended).exit).toBe(0)
    expect(second.events.map(({ type }) => type)).not.toContain('attempt.adopted')
    expect((await repo.report()).attempts).toMatchObject([{ workstream: 'a', attempt: 1, outcome: 'ok' }])
    expect(await repo.landed()).toEqual(['a'])
  })

  it('a tool that was killed with it is tried again, from the work so far', async () => {
    const first = [{ write: { path: 'a/half.txt', text: 'half\n' } }, ...held('tool')]
    await using repo = await planned({ script: { a: [first, [WRITE]] } })
    const killed = repo.start('run')
    await repo.reached('tool-began')
    await killed.kill()
    endStrays(repo.dir)
    const second = repo.start('run')
    expect((await second.ended).exit).toBe(0)
    expect((await repo.report()).attempts).toMatchObject([{ outcome: 'lost' }, { outcome: 'ok' }])
    expect(await repo.git(['show', 'main:a/half.txt'])).toBe('half')
    expect(await repo.landed()).toEqual(['a'])
    expect(straysOf(repo.dir)).toEqual([])
  })

  it('a landing whose gate was cut off is gated again, and lands once', async () => {
    await using repo = await planned({
      files: { 'gate.sh': heldGate('gate', 'a.txt') },
      config: { gate: ['./gate.sh'] },
    })
    const first = repo.start('run')
    await repo.reached('gate-began')
    await first.kill()
    const second = repo.start('run')
    await second.event({ type: 'check.started', kind: 'gate', workstream: 'a' })
    expect(await repo.landed()).toEqual([])
    await repo.go('gate-go')
    expect((await second.ended).exit).toBe(0)
    const { attempts, landings, fixes } = await repo.report()
    expect(attempts).toMatchObject([{ workstream: 'a', attempt: 1, outcome: 'ok' }])
    expect(landings).toMatchObject([{ workstream: 'a', gate: [{ name: './gate.sh', exit: 0 }] }])
    // The gate of the dead orchestrator was still waiting: it was ended, and that is on record with its proof.
    expect(fixes).toMatchObject([{ code: 'E403' }])
    expect(readFileSync(repo.mark('gate-began'), 'utf8')).toBe('\n\n')
    expect(await repo.landed()).toEqual(['a'])
    expect(straysOf(repo.dir)).toEqual([])
  })
})

describe.concurrent('when everything has landed', () => {
  it('another run ends well and changes nothing', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }] })
    expect((await repo.sluice('run')).exit).toBe(0)
    const before = snapshot(repo.root, ['.sluice'])
    const again = repo.start('run')
    expect((await again.ended).exit).toBe(0)
    expect(snapshot(repo.root, ['.sluice'])).toEqual(before)
    expect(again.events.map(({ type }) => type)).not.toContain('attempt.started')
    expect((await repo.report()).attempts).toHaveLength(2)
  })

  it('only the time at work counts, not what lay between two starts', async () => {
    await using repo = await planned()
    const first = repo.start('run')
    expect((await first.ended).exit).toBe(0)
    const second = repo.start('run')
    expect((await second.ended).exit).toBe(0)
    const began = await first.event({ type: 'run.started' })
    const stopped = await first.event({ type: 'run.ended' })
    const wentOn = await second.event({ type: 'run.resumed' })
    const ended = await second.event({ type: 'run.ended' })
    if (ended.type !== 'run.ended') throw new Error('another event')
    const firstMs = stopped.at - began.at
    expect(ended.makespanMs).toBeGreaterThanOrEqual(firstMs)
    expect(ended.makespanMs).toBeLessThanOrEqual(firstMs + ended.at - wentOn.at)
    const timings = { makespanMs: firstMs + ended.at - wentOn.at, starts: 2 }
    expect((await repo.report()).timings).toMatchObject(timings)
    expect((await repo.status()).timings).toEqual(timings)
  })

  it('that is known from the history of the target, also without .sluice', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }] })
    expect((await repo.sluice('run')).exit).toBe(0)
    const tip = await repo.git(['rev-parse', 'main'])
    await rm(join(repo.root, '.sluice'), { recursive: true })
    await rm(repo.state, { recursive: true })
    expect(existsSync(repo.state)).toBe(false)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['rev-parse', 'main'])).toBe(tip)
    expect((await repo.status()).counts).toMatchObject({ landed: 2 })
    expect((await repo.report()).attempts).toEqual([])
  })
})
