/**
 * A run that is hurt in the middle (faults 44, 49 and 51; 42 and 43 are in `cli/publish`, 45 in `coordinator/ladder`, 48 in
 * `playbooks`, 50 in `regression/004`): what is sound lands, what was killed is tried again, and everything has an end.
 */
import { describe, it } from 'vitest'
import { readRun } from '../../src/process/attempt-folder.ts'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { straysOf } from '../kit/traces.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

async function pidsOf(repo: PlannedRepository, attempt: string): Promise<{ shim: number; tool: number }> {
  const { shim, tool } = (await readRun(await repo.attemptFolder(attempt)))!
  return { shim: shim.pid, tool: tool.pid }
}

describe.concurrent('killed by -9', () => {
  it('fault 44: a gate: it is asked again on the same commit, which then lands', async ({ expect }) => {
    const gate = `#!/bin/sh
[ -e a.txt ] || exit 0
git rev-parse HEAD >>{marks}/gated
[ "$(wc -l <{marks}/gated)" -gt 1 ] || kill -9 $$
`
    await using repo = await planned({ config: { gate: ['./gate.sh'] }, files: { 'gate.sh': gate } })
    expect((await repo.sluice('run')).exit).toBe(0)
    const main = await repo.git(['rev-parse', 'main'])
    expect(await repo.read(repo.mark('gated'))).toBe(`${main}\n${main}\n`)
    const { attempts, landings } = await repo.report()
    expect(attempts).toMatchObject([{ attempt: 1, outcome: 'ok' }])
    expect(landings).toMatchObject([{ workstream: 'a', commit: main, gate: [{ exit: 0 }] }])
    expect(straysOf(repo.dir)).toEqual([])
  })

  it('fault 49: half of the shims: the other half lands, and what died with them lands on its next try', async ({
    expect,
  }) => {
    const ids = ['a', 'b', 'c', 'd']
    const twice = (id: string) => [[{ write: { path: `${id}/half.txt`, text: 'half\n' } }, ...held(id)], [WRITE]]
    await using repo = await planned({
      config: { agents: 4 },
      workstreams: ids.map((id) => ({ id })),
      script: { a: twice('a'), b: twice('b'), c: [...held('c'), WRITE], d: [...held('d'), WRITE] },
    })
    const run = repo.start('run')
    await Promise.all(ids.map((id) => repo.reached(`${id}-began`)))
    for (const id of ['a', 'b']) {
      process.kill((await pidsOf(repo, `${id}.1`)).shim, 'SIGKILL')
    }
    await Promise.all(['c', 'd'].map((id) => repo.go(`${id}-go`)))
    expect(await run.ended).toMatchObject({ exit: 0, stderr: '' })
    expect((await repo.landed()).toSorted()).toEqual(ids)
    const { attempts } = await repo.report()
    const outcomes = ids.map((id) => attempts.filter(({ workstream }) => workstream === id).map((one) => one.outcome))
    expect(outcomes).toEqual([['lost', 'ok'], ['lost', 'ok'], ['ok'], ['ok']])
    for (const id of ['a', 'b']) expect(await repo.git(['show', `main:${id}/half.txt`])).toBe('half')
    expect(straysOf(repo.dir)).toEqual([])
  })

  it('fault 51: a tool, by its user, as often as it begins: each counts as a try, then it has failed, and no more begins', async ({
    expect,
  }) => {
    await using repo = await planned({
      config: { limits: { attempts: 3, timeout_minutes: 1, idle_minutes: 1 } },
      workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }],
      script: {
        a: [
          { append: { path: 'a.txt', text: 'try {attempt}\n' } },
          { signal: 'marks/a{attempt}-began' },
          { hang: 'quiet' },
        ],
      },
    })
    const run = repo.start('run')
    for (const attempt of [1, 2, 3]) {
      await repo.reached(`a${attempt}-began`)
      process.kill((await pidsOf(repo, `a.${attempt}`)).tool, 'SIGKILL')
    }
    expect((await run.ended).exit).toBe(1)
    const crashed = { workstream: 'a', outcome: 'crash', code: 'E201', message: expect.stringMatching(/SIGKILL/) }
    expect((await repo.report()).attempts).toMatchObject([crashed, crashed, crashed])
    expect(await repo.row('a')).toMatchObject({ state: 'failed', attempt: 3, failure: { code: 'E602' } })
    // What it had done is kept, and another run does not begin it again by itself.
    expect(await repo.git(['show', 'ws/a:a.txt'])).toBe('try 1\ntry 2\ntry 3')
    expect((await repo.sluice('run')).exit).toBe(1)
    expect((await repo.report()).attempts).toHaveLength(3)
    expect(straysOf(repo.dir)).toEqual([])
  })
})
