/** Who works on what, and when: failures stop only what needs them, and the run can be narrowed and widened. */
import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/model/event.ts'
import { held, planned } from '../kit/plan.ts'

const WRITE = { write: { path: '{workstream}.txt', text: 'by {workstream}\n' } }

/** Workstreams in the order in which they were given out, with their agents. */
function started(events: readonly Event[]): [string, number][] {
  return events.flatMap((event): [string, number][] =>
    event.type === 'attempt.started' ? [[event.workstream!, event.agent]] : [],
  )
}

describe.concurrent('a failed workstream', () => {
  it('blocks what depends on it, with the reason, and the rest goes on: exit 4', async () => {
    await using repo = await planned({
      workstreams: [{ id: 'a' }, { id: 'b', depends_on: ['a'] }, { id: 'c', depends_on: ['b'] }, { id: 'd' }],
      script: { a: [{ say: 'Error: no idea' }, { exit: 1 }] },
    })
    const { exit, stderr } = await repo.sluice('run')
    expect(exit).toBe(4)
    expect(stderr).toMatch(/\bd\b.*landed|landed.*\bd\b/)
    expect(await repo.landed()).toEqual(['d'])
    expect(await repo.row('a')).toMatchObject({
      state: 'failed',
      attempt: 2,
      failure: { code: 'E602', message: expect.stringContaining('2 of 2') },
    })
    expect(await repo.row('b')).toMatchObject({ state: 'blocked', blockedBy: ['a'] })
    expect(await repo.row('c')).toMatchObject({ state: 'blocked', blockedBy: ['b'] })
    const { failures } = await repo.report()
    expect(failures).toMatchObject([
      { workstream: 'a' },
      { workstream: 'b', message: 'waits for a' },
      { workstream: 'c', message: 'waits for b' },
    ])
    const explained = await repo.sluice('explain', 'c')
    expect(explained.exit).toBe(0)
    expect(explained.stdout).toMatch(/blocked/)
    expect(explained.stdout).toMatch(/\bb\b/)
  })

  it('is exit 1 when nothing has landed', async () => {
    await using repo = await planned({ script: { a: [{ exit: 1 }] } })
    expect((await repo.sluice('run')).exit).toBe(1)
  })

  it('is one that changed nothing too, unless that is allowed', async () => {
    await using repo = await planned({
      workstreams: [{ id: 'a' }, { id: 'b', allow_empty: true }],
      script: { '*': [{ say: 'nothing to do' }] },
    })
    expect((await repo.sluice('run')).exit).toBe(4)
    expect((await repo.report()).attempts.filter(({ workstream }) => workstream === 'a')).toMatchObject([
      { code: 'E205' },
      { code: 'E205' },
    ])
    expect(await repo.landed()).toEqual(['b'])
    expect(await repo.git(['diff', '--name-only', 'main^1', 'main'])).toBe('')
  })

  it('is one whose acceptance tests fail; the second try has read why', async () => {
    await using repo = await planned({
      workstreams: [
        {
          id: 'a',
          acceptance_tests: [{ name: 'says yes', run: 'grep -q yes a.txt || { echo the answer is no; exit 1; }' }],
        },
      ],
      script: { a: [[WRITE], [{ run: 'cp "$SLUICE_PROMPT_FILE" a.txt; echo yes >>a.txt' }]] },
    })
    expect((await repo.sluice('run')).exit).toBe(0)
    expect((await repo.report()).attempts).toMatchObject([{ outcome: 'acceptance', code: 'E502' }, { outcome: 'ok' }])
    expect(await repo.git(['show', 'main:a.txt'])).toContain('the answer is no')
  })
})

describe.concurrent('run --only', () => {
  const workstreams = [{ id: 'a' }, { id: 'b', depends_on: ['a'] }, { id: 'c' }]

  it('starts nothing else; what is named and waits for something else is refused', async () => {
    await using repo = await planned({ workstreams })
    const refused = await repo.sluice('run', '--only', 'b')
    expect(refused).toMatchObject({ exit: 2, stderr: expect.stringMatching(/^E103 b needs a[^]*--only \+b/m) })
    expect((await repo.sluice('run', '--only', 'a')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a'])
    expect((await repo.sluice('run', '--only', 'b')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b'])
    expect((await repo.row('c')).state).toBe('ready')
  })

  it('takes +ID with all that it needs', async () => {
    await using repo = await planned({ workstreams })
    expect((await repo.sluice('run', '--only', '+b')).exit).toBe(0)
    expect(await repo.landed()).toEqual(['a', 'b'])
  })
})

describe.concurrent('seats', () => {
  const workstreams = ['a', 'b', 'c', 'd'].map((id) => ({ id }))

  it('are as many as --agents says, and each is filled again as soon as it is free', async () => {
    const script = Object.fromEntries(workstreams.map(({ id }) => [id, [...held(id), WRITE]]))
    await using repo = await planned({ workstreams, script, config: { agents: 1 } })
    const run = repo.start('run', '--agents', '3')
    await Promise.all(['a', 'b', 'c'].map((id) => repo.reached(`${id}-began`)))
    expect(started(run.events)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    await repo.go('b-go')
    await repo.reached('d-began')
    expect(started(run.events).at(-1)).toEqual(['d', 2])
    await Promise.all(['a', 'c', 'd'].map((id) => repo.go(`${id}-go`)))
    expect((await run.ended).exit).toBe(0)
    expect((await repo.landed()).sort()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('take the critical path first, then priority above it', async () => {
    await using repo = await planned({
      config: { agents: 1 },
      workstreams: [{ id: 'a' }, { id: 'long' }, { id: 'behind', depends_on: ['long'] }, { id: 'urgent', priority: 5 }],
    })
    const run = repo.start('run')
    expect((await run.ended).exit).toBe(0)
    expect(
      started(run.events)
        .map(([id]) => id)
        .slice(0, 2),
    ).toEqual(['urgent', 'long'])
  })

  it('stay on their track among equals', async () => {
    const tracks = [
      { id: 'a', track: 'red' },
      { id: 'b', track: 'blue' },
      { id: 'c', track: 'blue' },
      { id: 'd', track: 'red' },
    ]
    const script = { a: [...held('a'), WRITE], b: [...held('b'), WRITE] }
    await using repo = await planned({ workstreams: tracks, script })
    const run = repo.start('run')
    await Promise.all(['a-began', 'b-began'].map((name) => repo.reached(name)))
    await repo.go('a-go')
    await run.event({ type: 'attempt.started', workstream: 'd', agent: 1 })
    await run.event({ type: 'attempt.started', workstream: 'c', agent: 1 })
    await repo.go('b-go')
    expect((await run.ended).exit).toBe(0)
    expect(started(run.events)).toEqual([
      ['a', 1],
      ['b', 2],
      ['d', 1],
      ['c', 1],
    ])
  })
})
