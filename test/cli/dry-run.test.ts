/** `run --dry-run` shows what a run would do now, and changes nothing, byte for byte: not even by looking. */
import { rm } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import type { Ended } from '../kit/sluice.ts'
import { snapshot } from '../kit/snapshot.ts'
import { straysOf } from '../kit/traces.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

const CHAIN = [{ id: 'a' }, { id: 'b', depends_on: ['a'] }, { id: 'c', depends_on: ['b'] }]

/** Both ways, with everything around them compared: repository, `.git`, `.sluice`, slots, temporary files. */
async function dryRuns(repo: PlannedRepository, ...more: string[]): Promise<{ text: Ended; json: Ended }> {
  const before = snapshot(repo.dir)
  const text = await repo.sluice('run', '--dry-run', ...more)
  const json = await repo.sluice('run', '--dry-run', '--json', ...more)
  expect(snapshot(repo.dir)).toEqual(before)
  expect(straysOf(repo.dir)).toEqual([])
  return { text, json }
}

describe.concurrent('run --dry-run', () => {
  it('before the first run says who would work on what, and makes no .sluice', async () => {
    await using repo = await planned({ workstreams: CHAIN, config: { gate: ['true'] } })
    const { text, json } = await dryRuns(repo)
    expect(text).toMatchObject({ exit: 0, stderr: '' })
    expect(text.stdout).toMatch(/^A new run would begin on main at [0-9a-f]{10}\./)
    expect(text.stdout).toMatch(/^a +1 +demo +/m)
    expect(json).toMatchObject({ exit: 0, stderr: '' })
    const tip = await repo.git(['rev-parse', 'main'])
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'sluice.dry-run/1',
      run: null,
      target: 'main',
      tip,
      would: ['a', 'b', 'c'].map((workstream) => ({ workstream, tool: 'demo' })),
    })
    expect(repo.has('.sluice')).toBe(false)
  })

  it('after an earlier run says what is left, and leaves store, logs and slots as they are', async () => {
    await using repo = await planned({ workstreams: CHAIN, script: { b: [[{ exit: 1 }], [{ exit: 1 }], [WRITE]] } })
    expect((await repo.sluice('run')).exit).toBe(4)
    expect((await repo.sluice('retry', 'b')).exit).toBe(0)
    const { run } = await repo.status()
    const { text, json } = await dryRuns(repo)
    expect(text.stdout).toContain(`Run ${run!.id} would go on`)
    const { would, counts } = JSON.parse(json.stdout) as { would: { workstream: string }[]; counts: object }
    expect(would.map(({ workstream }) => workstream)).toEqual(['b', 'c'])
    expect(counts).toMatchObject({ landed: 1 })
    const only = await dryRuns(repo, '--only', 'b')
    expect((JSON.parse(only.json.stdout) as { would: object[] }).would).toHaveLength(1)
    expect((await repo.sluice('run')).exit).toBe(0)
    const done = await dryRuns(repo)
    expect(done.text.stdout).toContain('Nothing is left to do.')
  })

  it('beside a live run gives out only what is left, in seats that are free', async () => {
    await using repo = await planned({
      workstreams: [
        { id: 'a', estimated_hours: 2 },
        { id: 'b', depends_on: ['a'] },
        { id: 'c', estimated_hours: 1 },
        { id: 'd' },
      ],
      script: { a: [...held('a'), WRITE], c: [...held('c'), WRITE] },
    })
    const run = repo.start('run')
    await Promise.all([repo.reached('a-began'), repo.reached('c-began')])
    const { atWork, would } = JSON.parse((await repo.sluice('run', '--dry-run', '--json')).stdout) as {
      atWork: { id: string; agent: number }[]
      would: { workstream: string; agent: number; startMinute: number }[]
    }
    expect(new Set(atWork.map(({ id }) => id))).toEqual(new Set(['a', 'c']))
    expect(would.map(({ workstream }) => workstream)).toEqual(['d', 'b'])
    expect(would[0]!.agent).toBe(atWork.find(({ id }) => id === 'c')!.agent)
    expect(would[0]!.startMinute).toBeGreaterThan(50)
    expect(would[1]!.startMinute).toBeGreaterThan(100)
    const { stdout } = await repo.sluice('run', '--dry-run')
    expect(stdout).toMatch(/^Run [0-9a-f]{6} is at work on main/)
    expect(stdout).toMatch(/^at work: /m)
    // What a live run does by itself needs no command; another one would only be refused.
    const explained = await repo.sluice('explain', 'd')
    expect(explained.stdout).toContain('as soon as a seat is free')
    expect(explained.stdout).not.toContain('sluice run')
    await Promise.all([repo.go('a-go'), repo.go('c-go')])
    expect((await run.ended).exit).toBe(0)
  })

  it('leaves landings that wait for the checkout as they are', async () => {
    await using repo = await planned()
    await repo.write('a.txt', 'in the way\n')
    expect((await repo.sluice('run')).exit).toBe(3)
    await dryRuns(repo)
    await rm(repo.root + '/a.txt')
    await dryRuns(repo)
  })

  it('refuses what a run would refuse, with the same exit code', async () => {
    await using repo = await planned({ config: { tools: { order: ['ghost'], ghost: { command: ['./ghost'] } } } })
    const { text, json } = await dryRuns(repo)
    expect([text.exit, json.exit]).toEqual([5, 5])
    expect(text.stderr).toMatch(/^E106 /)
  })
})
