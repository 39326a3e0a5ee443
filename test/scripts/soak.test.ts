/** The parts of the soak: whom it kills, what it works on, and whether it would notice an orchestrator that grows. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { randomNumbers } from '../../scripts/random.ts'
import { flatness } from '../../scripts/soak/flat.ts'
import type { Sample } from '../../scripts/soak/memory.ts'
import { kill, Victims } from '../../scripts/soak/victims.ts'
import { makeWork } from '../../scripts/soak/work.ts'
import { identify, isAlive } from '../../src/process/identity.ts'
import { launch } from '../../src/process/launch.ts'
import { scene } from '../process/scene.ts'

const ATTEMPT = '.sluice/runs/1/attempts/a.1'

describe('the chaos', () => {
  it('kills a tool and its shim, each alone', async () => {
    await using s = await scene()
    const victims = new Victims({ repo: s.dir })
    expect(await victims.living('tool')).toEqual([])
    const running = await launch({ ...s.script(': >up; exec sleep 1000'), dir: s.at(ATTEMPT) })
    // Before that it is a shell of its shim, and carries no nonce.
    await s.reached('up')
    const [shim] = await victims.living('shim')
    expect(shim).toMatchObject({ attempt: 'a.1', identity: running.shim })
    expect(kill(shim!)).toBe(true)
    expect(await running.exited).toBe('lost')
    const [tool] = await victims.living('tool')
    expect(tool).toMatchObject({ identity: running.tree.leader })
    expect(kill(tool!)).toBe(true)
    // A signal takes effect when its process is next on a processor.
    while (isAlive(running.tree.leader)) await new Promise((resolve) => setImmediate(resolve))
    expect([await victims.living('tool'), kill(tool!)]).toEqual([[], false])
  })

  it('kills nobody else whose number a record names', async () => {
    await using s = await scene()
    const running = await launch({ ...s.script(': >up; exec sleep 1000'), dir: s.at(ATTEMPT) })
    await s.reached('up')
    const stranger = spawn('sleep', ['1000'])
    try {
      const theirs = identify(stranger.pid!)!
      const record = { nonce: s.nonce, shim: running.shim, tool: theirs }
      await writeFile(join(s.at(ATTEMPT), 'run.json'), JSON.stringify(record))
      const victims = new Victims({ repo: s.dir })
      expect(await victims.living('tool')).toEqual([])
      expect(kill({ attempt: 'a.1', role: 'tool', identity: theirs, nonce: s.nonce })).toBe(false)
      const older = { ...running.tree.leader, startTicks: running.tree.leader.startTicks - 1 }
      expect(kill({ attempt: 'a.1', role: 'tool', identity: older, nonce: s.nonce })).toBe(false)
      expect([stranger.signalCode, isAlive(running.tree.leader)]).toEqual([null, true])
    } finally {
      stranger.kill('SIGKILL')
      await once(stranger, 'exit')
    }
  })
})

describe('the plan', () => {
  it('is the same for the same seed, and knows what cannot land', () => {
    const [one, again, other] = [1, 1, 2].map((seed) => makeWork(200, randomNumbers(seed)))
    expect(again).toEqual(one)
    expect(other).not.toEqual(one)
    const { workstreams, hopeless } = one!
    expect([...hopeless].filter((id) => /-(never|red)$/.test(id))).toHaveLength(2)
    const waiting = workstreams.filter(({ dependsOn }) => dependsOn.some((id) => hopeless.has(id)))
    expect(waiting.length).toBeGreaterThanOrEqual(2)
    expect(waiting.every(({ id }) => hopeless.has(id))).toBe(true)
  })
})

describe('the memory of an orchestrator', () => {
  it.each([
    ['kept', true],
    ['garbage', false],
  ])('is what it keeps, and no garbage: 50 MB %s', async (_, isKept) => {
    await using s = await scene()
    const script = s.at('run.mjs')
    await writeFile(
      script,
      `import { existsSync, readFileSync } from 'node:fs'
       let made = Array.from({ length: 50 }, (_, i) => new Array(125_000).fill(i + 0.5))
       if (!${isKept}) made = []
       const path = process.env.SOAK_IN_USE + '/' + process.pid
       setInterval(() => {
         if (!existsSync(path)) return
         process.stdout.write(readFileSync(path, 'utf8'))
         process.exit(made.length > 0 === ${isKept} ? 0 : 1)
       }, 10)`,
    )
    const probe = join(import.meta.dirname, '../../scripts/soak/collect.mjs')
    const env = { ...process.env, SOAK_IN_USE: s.dir }
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', probe, script, 'run'], { env })
    expect(Number(stdout) > 50_000_000).toBe(isKept)
  })

  /** Six lives in ten minutes, the last one of four: what is used at a time, in a life of that age. */
  const soak = (inUse: (at: number, age: number) => number, files = (_at: number): number => 30): Sample[] =>
    [0, 70, 140, 210, 280, 360].flatMap((began, life) =>
      Array.from({ length: life === 5 ? 240 : 65 }, (_, age) => {
        const at = began + age
        return { life, at, age, inUse: inUse(at, age), resident: 80 + age / 4, files: files(at) }
      }),
    )
  const missed = (samples: Sample[]): string[] =>
    flatness(samples, 10).flatMap(({ what, ok }) => (ok ? [] : [what.split(',')[0]!]))

  it('is flat when every life fills its heap in the same way', () => {
    expect(missed(soak((_, age) => 80 + 30 * (1 - Math.exp(-age / 20))))).toEqual([])
  })

  it('is not when later lives have more, nor when one goes on growing', () => {
    expect(missed(soak((at) => 80 + at / 20))).toEqual(['memory', 'memory'])
    expect(missed(soak((_, age) => 80 + age / 20))).toEqual(['memory'])
    expect(
      missed(
        soak(
          () => 80,
          (at) => 30 + at / 20,
        ),
      ),
    ).toEqual(['open files', 'open files'])
  })

  it('is not when it resides in twice what it began with', () => {
    const samples = soak(() => 25)
    samples.at(-1)!.resident = 2 * samples[0]!.resident + 1
    expect(missed(samples)).toEqual(['resident memory'])
  })

  it('is not when there is too little to compare', () => {
    expect(flatness([], 10).every(({ ok }) => ok)).toBe(false)
  })
})
