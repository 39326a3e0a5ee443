/**
 * What is told of tools and the machine while a run goes on, and what is not believed (faults 11, 13 and 18; 12 is in
 * `cli/stop`, 14 in `coordinator/vitals`, 15 in `process/sampler`, 16 and 17 in `attempt/memory`). Thresholds are set so low that nobody has to wait.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { held, planned } from '../kit/plan.ts'
import { straysOf } from '../kit/traces.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

const DAY_MS = 24 * 3600_000

/** Loaded into the orchestrator before itself: its wall clock is off by what the file says, from one moment to the next. */
const CLOCK = `import { readFileSync } from 'node:fs'
const real = Date.now
Date.now = () => {
  try {
    return real() + Number(readFileSync(process.env.CLOCK_FILE, 'utf8'))
  } catch {
    return real()
  }
}
`

describe.concurrent('a wall clock that is set under a run', () => {
  it('fault 11: by a day, back and forth: a hang ends at its time-out, and who is at work goes on', async ({
    expect,
  }) => {
    await using repo = await planned({
      workstreams: [{ id: 'a' }, { id: 'b', timeout_minutes: 0.05 }],
      script: { a: [...held('a'), WRITE], b: [{ hang: 'busy' }] },
    })
    const [clock, file] = [join(repo.dir, 'clock.mjs'), join(repo.dir, 'clock')]
    await writeFile(clock, CLOCK)
    Object.assign(repo.place.env, { NODE_OPTIONS: `--import=${clock}`, CLOCK_FILE: file })
    const run = repo.start('run')
    await repo.reached('a-began')
    await run.event({ type: 'attempt.launched', workstream: 'b', attempt: 1 })
    const set = (ms: number) => writeFile(file, `${ms}`)
    await set(-DAY_MS)
    const first = await run.event({ type: 'attempt.ended', workstream: 'b', attempt: 1 })
    expect(first).toMatchObject({ outcome: { kind: 'timeout', code: 'E203' } })
    await run.event({ type: 'attempt.launched', workstream: 'b', attempt: 2 })
    await set(DAY_MS)
    const second = await run.event({ type: 'attempt.ended', workstream: 'b', attempt: 2 })
    expect(second).toMatchObject({ outcome: { kind: 'timeout', code: 'E203' } })
    // The clock was really another one.
    expect(second.at - first.at).toBeGreaterThan(DAY_MS)
    await repo.go('a-go')
    expect(await run.ended).toMatchObject({ exit: 4 })
    const { attempts } = await repo.report()
    expect(attempts.filter(({ workstream }) => workstream === 'a')).toMatchObject([{ attempt: 1, outcome: 'ok' }])
    expect(await repo.landed()).toEqual(['a'])
    expect(straysOf(repo.dir)).toEqual([])
  })
})

describe.concurrent('a tool that is watched', () => {
  const crossings = (events: readonly { type: string }[]) =>
    events.filter(({ type }) => type === 'threshold.crossed') as unknown as { code: string; to: string }[]

  it('fault 13: spinning: a warning, then critical; it is not ended for that', async ({ expect }) => {
    // A percent of a core, because this machine may be busy with others; the second one a look later.
    const cpu = { warn: [1, '0s'], critical: [1, '3s'] }
    await using repo = await planned({
      config: { watch: { cpu } },
      script: { a: [{ run: './spin.sh' }, WRITE] },
      files: { 'spin.sh': '#!/bin/sh\nuntil [ -e {marks}/a-go ]; do :; done\n' },
    })
    const run = repo.start('run')
    await run.event({ type: 'threshold.crossed', metric: 'cpu', to: 'critical', workstream: 'a' })
    await repo.go('a-go')
    expect((await run.ended).exit).toBe(0)
    const told = crossings(run.events).filter(({ code }) => code === 'W201')
    expect(told.slice(0, 2).map(({ to }) => to)).toEqual(['warning', 'critical'])
    expect((await repo.report()).attempts).toMatchObject([{ attempt: 1, outcome: 'ok' }])
  })
})

describe.concurrent('a machine without memory to spare', () => {
  it('fault 18: nobody begins, it is told with who waits, and the next run goes on', async ({ expect }) => {
    const memory = { warn: [0.0005, '0s'], critical: [0.001, '0s'] }
    await using repo = await planned({ config: { watch: { memory } }, workstreams: [{ id: 'a' }, { id: 'b' }] })
    const run = repo.start('run')
    const short = await run.event({ type: 'room.short' })
    expect(short).toMatchObject({ waiting: ['a', 'b'], reasons: [{ code: 'W202' }] })
    run.signal('SIGTERM')
    expect((await run.ended).exit).toBe(130)
    expect(run.events.map(({ type }) => type)).not.toContain('attempt.started')
    await repo.write('sluice.yaml', (await repo.read('sluice.yaml')).replaceAll(/0\.000?[15]/g, '100'))
    expect((await repo.sluice('run')).exit).toBe(0)
    expect((await repo.landed()).toSorted()).toEqual(['a', 'b'])
  })
})
