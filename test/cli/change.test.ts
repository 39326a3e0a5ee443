/** Between two runs the world may change: the plan, the target, what a person did. The next run finds out. */
import { describe, expect, it } from 'vitest'
import { planned, type PlannedRepository } from '../kit/plan.ts'

async function rewrite(repo: PlannedRepository, workstreams: readonly Record<string, unknown>[]): Promise<void> {
  await repo.write('workstreams/plan.json', JSON.stringify(workstreams))
  await repo.commit('another plan')
}

const FAIL = [{ exit: 1 }]
const TASK = { tasks: ['Write it'] }

describe.concurrent('a plan that was changed between two runs', () => {
  it('is read again for what has not landed; what has is reported and left alone (E607)', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b' }], script: { b: FAIL } })
    expect((await repo.sluice('run')).exit).toBe(4)
    await rewrite(repo, [
      { id: 'a', tasks: ['Something else'] },
      { id: 'b', tasks: ['Turn left'], tool: 'copy' },
    ])
    const config = JSON.parse(await repo.read('sluice.yaml')) as { tools: Record<string, unknown> }
    config.tools = {
      ...config.tools,
      order: ['demo', 'copy'],
      copy: { command: ['cp', '{prompt_file}', 'b.txt'] },
    }
    await repo.write('sluice.yaml', JSON.stringify(config))
    await repo.commit('another tool')
    expect((await repo.sluice('retry', 'b')).exit).toBe(0)
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(0)
    await run.event({ type: 'workstream.changed', workstream: 'b' })
    await run.event({ type: 'warning', workstream: 'a', failure: { code: 'E607' } })
    expect(await repo.git(['show', 'main:b.txt'])).toContain('Turn left')
    expect(await repo.landed()).toEqual(['a', 'b'])
  })

  it('gains workstreams that the run goes on with, and loses those that nobody wants any more', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b' }], script: { b: FAIL } })
    expect((await repo.sluice('run')).exit).toBe(4)
    await rewrite(repo, [
      { id: 'a', ...TASK, files_scope: ['a.txt', 'a'] },
      { id: 'c', ...TASK, depends_on: ['a'] },
    ])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'c'])
    expect((await repo.status()).counts).toMatchObject({ landed: 2, discarded: 1 })
  })

  it('may begin anew when all has landed', async () => {
    await using repo = await planned()
    expect((await repo.sluice('run')).exit).toBe(0)
    const first = (await repo.status()).run!.id
    await rewrite(repo, [{ id: 'z', ...TASK }])
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'z'])
    expect((await repo.status()).run!.id).not.toBe(first)
  })
})

describe.concurrent('a target that was moved back', () => {
  it('is not guessed about: E405 names the landing that is missing, exit 3, nothing changed', async () => {
    await using repo = await planned({ workstreams: [{ id: 'a' }, { id: 'b' }], script: { b: FAIL } })
    expect((await repo.sluice('run')).exit).toBe(4)
    const landing = await repo.git(['rev-parse', 'main'])
    await repo.git(['reset', '-q', '--hard', 'main~1'])
    const refs = await repo.git(['for-each-ref'])
    const { exit, stderr } = await repo.sluice('run')
    expect(exit).toBe(3)
    expect(stderr).toMatch(new RegExp(`^E405 main was moved back.* a .${landing.slice(0, 10)}`, 'm'))
    expect(stderr).toContain(`git merge --ff-only ${landing.slice(0, 10)}`)
    expect(await repo.git(['for-each-ref'])).toBe(refs)
    await repo.git(['merge', '-q', '--ff-only', landing.slice(0, 10)])
    expect((await repo.sluice('run')).exit).toBe(4)
  })
})

describe.concurrent('after:', () => {
  it('runs once the queue has drained, on what was landed; red makes a good run end with 1', async () => {
    const after = [
      { name: 'there', run: 'test -e a.txt' },
      { name: 'never', run: 'echo it is not there; test -e never.txt' },
      { name: 'last', run: 'true' },
    ]
    await using repo = await planned({ config: { after } })
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(1)
    expect((await repo.report()).after).toMatchObject([
      { name: 'there', exit: 0 },
      { name: 'never', exit: 1 },
      { name: 'last', exit: 0 },
    ])
    expect(await repo.landed()).toEqual(['a'])
  })
})
