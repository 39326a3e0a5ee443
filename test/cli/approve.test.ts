/** `approve`: finished work that somebody has to agree to is shown with what speaks for it, and lands or is tried again. */
import { describe, expect, it } from 'vitest'
import { held, planned, type PlanOptions } from '../kit/plan.ts'

const bound: PlanOptions = {
  config: { landing: { approve: ['gate>=3'] }, gate: ['true'] },
  workstreams: [
    {
      id: 'a',
      gate: 3,
      title: 'Turn the key',
      acceptance_tests: [{ run: 'test -e a.txt' }, 'The key is really turned.'],
    },
    { id: 'b', depends_on: ['a'] },
    { id: 'c' },
  ],
}

describe.concurrent('approve', () => {
  it('is asked for everywhere, shows diff and evidence, and lets the work land', async () => {
    await using repo = await planned(bound)
    const run = await repo.sluice('run')
    expect(run).toMatchObject({
      exit: 3,
      stderr: expect.stringMatching(/E603 \w+ waits for your approval: landing\.approve: gate>=3/),
    })
    expect(await repo.landed()).toEqual(['c'])
    const { needsYou } = await repo.status()
    expect(needsYou).toMatchObject([
      {
        workstream: 'a',
        code: 'E603',
        question: 'may this land: Turn the key (1 file by demo)? (landing.approve: gate>=3)',
        commands: ['sluice approve a --show', 'sluice approve a', 'sluice approve a --reject --comment "why"'],
      },
    ])
    expect((await repo.sluice('explain', 'a')).stdout).toMatch(/E603 attempt 1 is done.*gate>=3[^]*sluice approve a/)
    expect((await repo.report()).approvals).toMatchObject([{ workstream: 'a', rule: 'gate>=3', attempt: 1 }])
    expect((await repo.sluice('report')).stdout).toContain('Needs you: approvals')

    const shown = await repo.sluice('approve', 'a', '--show')
    expect(shown).toMatchObject({ exit: 0, stderr: '' })
    expect(shown.stdout).toMatch(/made by {3}demo: attempt 1 is done/)
    expect(shown.stdout).toMatch(
      /tests {5}exit 0 in .* test -e a\.txt\n {2}to check {2}\[ \] The key is really turned\./,
    )
    expect(shown.stdout).toMatch(/blocks {4}b\n {2}files {5}1 file, \+1 -0\n/)
    expect(shown.stdout).toContain('\n+by a\n')
    expect((await repo.row('a')).state).toBe('waiting')

    const answered = await repo.sluice('approve', 'a', '--comment', 'looks right')
    expect(answered).toMatchObject({ exit: 0, stdout: expect.stringMatching(/\+by a\n[^]*a: \w+ is approved/) })
    expect(await repo.status()).toMatchObject({ needsYou: [], counts: { queued: 1, pending: 1 } })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['c', 'a', 'b'])
    const { attempts, landings } = await repo.report()
    const approvals = [{ by: expect.any(String), at: expect.any(Number), comment: 'looks right' }]
    expect(attempts.find(({ workstream }) => workstream === 'a')).toMatchObject({ outcome: 'ok', approvals })
    const receipts = landings.map(({ workstream, receipt }) => [workstream, receipt?.approvals])
    expect(receipts).toMatchObject([
      ['c', []],
      ['a', approvals],
      ['b', []],
    ])
    const again = await repo.sluice('approve', 'a')
    expect(again).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('a is landed: it does not wait for approval'),
    })
  })

  it('--reject has it tried again, with the comment in the brief; by the name that git knows', async () => {
    await using repo = await planned({
      config: {
        landing: { approve: 'a' },
        tools: { order: ['copy'], copy: { command: ['cp', '{prompt_file}', 'a.txt'] } },
      },
    })
    await repo.git(['config', 'user.name', 'Ada'])
    expect((await repo.sluice('run')).exit).toBe(3)
    const answered = await repo.sluice('approve', 'a', '--reject', '--comment', 'Mind the gap.', '--json')
    expect(answered.exit).toBe(0)
    expect(JSON.parse(answered.stdout)).toMatchObject({
      schema: 'sluice.request/1',
      request: { state: 'done' },
      approvals: [{ workstream: 'a', attempt: 1, change: { files: [{ path: 'a.txt' }] } }],
    })
    expect(await repo.row('a')).toMatchObject({ state: 'ready', attempt: 1 })
    expect((await repo.sluice('run')).exit).toBe(3)
    const show = JSON.parse((await repo.sluice('approve', 'a', '--show', '--json')).stdout)
    expect(show).toMatchObject({ schema: 'sluice.approvals/1', approvals: [{ workstream: 'a', attempt: 2 }] })
    expect((await repo.sluice('approve', 'state:waiting')).exit).toBe(0)
    expect((await repo.sluice('run')).exit).toBe(0)
    expect(await repo.git(['show', 'main:a.txt'])).toContain('declined by Ada: Mind the gap.')
  })

  it('beside a live run is applied by it, while others are at work', async () => {
    const write = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }
    await using repo = await planned({
      config: { landing: { approve: ['path:*.txt', 'b'] } },
      workstreams: [{ id: 'a' }, { id: 'b' }, { id: 'c', files_scope: ['c/'] }],
      script: { b: [...held('b'), write], c: [{ write: { path: 'c/x.md', text: 'x\n' } }] },
    })
    const run = repo.start('run')
    await repo.reached('b-began')
    await run.event({ type: 'workstream.state', workstream: 'a', to: { state: 'waiting', for: 'approval' } })
    await run.event({ type: 'landing.moved', workstream: 'c' })
    const early = await repo.sluice('approve', 'b')
    expect(early).toMatchObject({ exit: 1, stderr: expect.stringContaining('b is running') })
    expect((await repo.sluice('approve', 'a')).exit).toBe(0)
    await run.event({ type: 'landing.moved', workstream: 'a' })
    await repo.go('b-go')
    expect((await run.ended).exit).toBe(3)
    expect((await repo.status()).needsYou).toMatchObject([{ workstream: 'b', code: 'E603' }])
  })

  it('entries that mean nothing are refused before anything is begun', async () => {
    await using repo = await planned({ config: { landing: { approve: ['gates>=3'] } } })
    const bad = await repo.sluice('run')
    expect(bad).toMatchObject({
      exit: 2,
      stderr: expect.stringMatching(/sluice\.yaml:\d+:\d+ E103 .*gates>=3[^]*did you mean `gate>=3`/),
    })
    await repo.write('sluice.yaml', (await repo.read('sluice.yaml')).replace('gates>=3', 'ab'))
    const unknown = await repo.sluice('run')
    expect(unknown).toMatchObject({ exit: 2, stderr: expect.stringContaining('`landing.approve` names ab') })
    expect(repo.has('.sluice')).toBe(false)
  })
})
