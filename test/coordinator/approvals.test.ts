/** Work that somebody has to agree to: it waits, nothing else does, and what is approved is that work and no other. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attemptDir } from '../../src/coordinator/paths.ts'
import { readRef } from '../../src/git/refs.ts'
import type { RequestBody } from '../../src/model/run.ts'
import type { WorkstreamState } from '../../src/model/state.ts'
import { type Begun, check, type Desk, desk, files, is, outcomes, states, stream, untilEvent, WRITE } from './room.ts'

type Waiting = Extract<WorkstreamState, { for: 'approval' }>

const binding = async (approve: string[], script = WRITE): Promise<Desk> => {
  const d = await desk({ script })
  d.config.landing.approve.push(...approve)
  return d
}

function waiting({ ledger }: Begun, id: string): Waiting {
  const state = ledger.state(id)
  if (state.state !== 'waiting' || state.for !== 'approval') throw new Error(`${id} is ${state.state}`)
  return state
}

const review = (kind: 'approve' | 'reject', works: Record<string, string>, comment: string | null): RequestBody => ({
  kind,
  ids: Object.keys(works),
  works,
  comment,
  by: 'ada',
})

/** Asks beside a run that is at work, and gives the answer. */
async function answer(d: Desk, begun: Begun, body: RequestBody): Promise<string | null> {
  const id = await d.ask(begun.store, body)
  begun.context.bell.ring()
  await untilEvent(begun, (event) => event.type === 'request.applied' && event.request.kind === body.kind)
  return (await begun.store.request(id))!.answer
}

const isWaiting = (id: string) => (event: Begun['heard'][number]) =>
  event.type === 'workstream.state' && event.workstream === id && event.to.state === 'waiting'

describe('work that needs approval', () => {
  it('waits, while everything that does not depend on it lands; then the run ends with 3', async () => {
    await using d = await binding(['gate>=3'])
    const plan = [stream('a', { gate: 3, priority: 9 }), stream('b', { dependsOn: ['a'] }), stream('c', { gate: 2 })]
    await using begun = await d.begin(plan)
    expect(await begun.run()).toBe(3)
    expect(states(begun.ledger)).toEqual({ a: 'waiting', b: 'blocked', c: 'landed' })
    const { attempt, work, rule } = waiting(begun, 'a')
    expect({ attempt, rule }).toEqual({ attempt: 1, rule: 'gate>=3' })
    expect(await readRef(d.repo, 'refs/sluice/wip/a/1')).toBe(work)
    expect(await files(d)).toEqual(['c.txt'])
    expect(begun.heard.filter(is('landing.queued')).map((event) => event.workstream)).toEqual(['c'])
  })

  it('lands when it is approved beside a live run, with who agreed on record, and lets go on what depends on it', async () => {
    await using d = await binding(['a'])
    await using begun = await d.begin([stream('a'), stream('b', { dependsOn: ['a'] })], { staysForPeople: true })
    const end = begun.run()
    await untilEvent(begun, isWaiting('a'))
    const { work } = waiting(begun, 'a')
    expect(await answer(d, begun, review('approve', { a: work }, 'go'))).toContain('is approved')
    expect(await end).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b'])
    const { approvals } = begun.ledger.attempt('a', 1)
    expect(approvals).toEqual([{ by: 'ada', at: expect.any(Number), comment: 'go' }])
    expect(await begun.store.attempts(begun.ledger.run.id)).toMatchObject([{ approvals }, { workstream: 'b' }])
  })

  it('is asked about once its own tests have passed, and still has to pass the gate', async () => {
    await using d = await binding(['a'], `${WRITE}; [ $SLUICE_ATTEMPT = 1 ] || touch good.txt`)
    Object.assign(d.config, { gate: [check('test ! -e a.txt -o -e good.txt')] })
    const acceptance = [{ name: 'there', run: 'test -e a.txt' }]
    await using begun = await d.begin([stream('a', { acceptance })], { staysForPeople: true })
    const end = begun.run()
    await untilEvent(begun, isWaiting('a'))
    expect(begun.heard.filter(is('check.ended')).map((event) => event.attempt)).toEqual([1])
    await answer(d, begun, review('approve', { a: waiting(begun, 'a').work }, null))
    // Red on the merged tree: the next attempt has other work, which nobody has agreed to.
    await untilEvent(begun, (event) => isWaiting('a')(event) && event.attempt === 2)
    expect(outcomes(begun, 'a')).toEqual([
      ['script', 'red'],
      ['script', 'ok'],
    ])
    await d.ask(begun.store, review('approve', { a: waiting(begun, 'a').work }, null))
    begun.context.bell.ring()
    expect(await end).toBe(0)
    expect(await files(d)).toEqual(['a.txt', 'good.txt'])
  })

  it('by a path is told from what was really changed', async () => {
    await using d = await binding(['path:b.*'])
    await using begun = await d.begin([stream('a'), stream('b')])
    expect(await begun.run()).toBe(3)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'waiting' })
  })

  it('goes on waiting after a crash and with a changed definition, and lands when it is approved', async () => {
    await using d = await binding(['gate>=3'])
    let work = ''
    {
      await using first = await d.begin([stream('a', { gate: 3 })])
      expect(await first.run()).toBe(3)
      work = waiting(first, 'a').work
      // As a kill leaves it: nobody has ended the run.
      await first.ledger.record({ runs: [{ ...first.ledger.run, state: 'running', endedAt: null, exit: null }] })
    }
    const plan = [stream('a', { gate: 1, digest: 'another' })]
    {
      await using second = await d.begin(plan)
      expect(second.opening).toContainEqual(expect.objectContaining({ type: 'workstream.changed', workstream: 'a' }))
      expect(await second.run()).toBe(3)
      expect(waiting(second, 'a').work).toBe(work)
      expect(outcomes(second, 'a')).toHaveLength(1)
      await d.ask(second.store, review('approve', { a: work }, null))
    }
    await using third = await d.begin(plan)
    expect(await third.run()).toBe(0)
    expect(await d.landed()).toEqual(['a'])
  })

  it('includes what was queued before landing.approve named it', async () => {
    await using d = await binding([])
    const work = await d.work({ 'a.txt': 'by hand\n' })
    {
      await using first = await d.begin([stream('a')])
      await d.ask(first.store, { kind: 'resolve', id: 'a', work })
      first.coordinator.stop()
      await first.run()
      expect(states(first.ledger)).toEqual({ a: 'queued' })
    }
    d.config.landing.approve.push('a')
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(3)
    expect(waiting(second, 'a').work).toBe(work)
  })
})

describe('declined work', () => {
  it('opens the workstream again: the same tool goes on from it, and has the comment in its brief', async () => {
    const again = 'cp "$SLUICE_PROMPT_FILE" "$DESK/brief"'
    const script = `${WRITE}; if [ $SLUICE_ATTEMPT = 1 ]; then touch first.txt; else ${again}; fi`
    await using d = await binding(['a'], script)
    await using begun = await d.begin([stream('a')], { staysForPeople: true })
    const end = begun.run()
    await untilEvent(begun, isWaiting('a'))
    const first = waiting(begun, 'a').work
    const comment = 'Use the other API.\nSee docs/api.md.'
    expect(await answer(d, begun, review('reject', { a: first }, comment))).toContain('is declined')
    await untilEvent(begun, (event) => isWaiting('a')(event) && event.attempt === 2)
    const second = waiting(begun, 'a').work
    expect(begun.ledger.attempt('a', 1)).toMatchObject({
      work: first,
      outcome: { kind: 'declined', code: 'E603', message: 'declined by ada: Use the other API. See docs/api.md.' },
    })
    const brief = await readFile(join(d.at.dir, 'brief'), 'utf8')
    expect(brief).toContain(comment)
    expect(await readFile(join(attemptDir(d.paths, begun.ledger.run.id, 'a', 2), 'brief.md'), 'utf8')).toBe(brief)
    await d.ask(begun.store, review('approve', { a: second }, null))
    begun.context.bell.ring()
    expect(await end).toBe(0)
    expect(await files(d)).toEqual(['a.txt', 'first.txt'])
  })

  it('is a try that was spent', async () => {
    await using d = await binding(['a'])
    Object.assign(d.config, { limits: { ...d.config.limits, attempts: 1 } })
    await using begun = await d.begin([stream('a')], { staysForPeople: true })
    const end = begun.run()
    await untilEvent(begun, isWaiting('a'))
    await answer(d, begun, review('reject', { a: waiting(begun, 'a').work }, null))
    expect(await end).toBe(1)
    expect(begun.ledger.state('a')).toMatchObject({
      state: 'failed',
      failure: { code: 'E602', message: expect.stringContaining('declined by ada') },
    })
  })
})

describe("a person's own work", () => {
  it('waits too, under a number of its own, and what waited before stays pinned', async () => {
    await using d = await binding(['a'])
    let before = ''
    const work = await d.work({ 'a.txt': 'by hand\n' })
    {
      await using first = await d.begin([stream('a')])
      expect(await first.run()).toBe(3)
      before = waiting(first, 'a').work
      await d.ask(first.store, { kind: 'submit', id: 'a', work })
    }
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(3)
    expect(waiting(second, 'a')).toMatchObject({ attempt: 2, work })
    expect(await readRef(d.repo, 'refs/sluice/wip/a/1')).toBe(before)
  })

  it('is not asked about again when exactly that work was approved', async () => {
    await using d = await binding(['a'])
    Object.assign(d.config, { limits: { ...d.config.limits, attempts: 1 } })
    let amended = ''
    {
      await using first = await d.begin([stream('a')])
      expect(await first.run()).toBe(3)
      const { work } = waiting(first, 'a')
      // The same change under another message is the same work.
      const [base, tree] = [await d.at.git(['rev-parse', `${work}^`]), await d.at.git(['rev-parse', `${work}^{tree}`])]
      amended = await d.at.git(['commit-tree', tree, '-p', base, '-m', 'a better message'])
      await d.ask(first.store, review('approve', { a: work }, 'fine'))
    }
    d.config.gate = [check('false')]
    {
      await using second = await d.begin([stream('a')])
      expect(await second.run()).toBe(1)
      expect(outcomes(second, 'a')).toEqual([['script', 'red']])
      await d.ask(second.store, { kind: 'resolve', id: 'a', work: amended })
    }
    d.config.gate = []
    await using third = await d.begin([stream('a')])
    expect(await third.run()).toBe(0)
    expect(third.ledger.attempt('a', 2)).toMatchObject({ work: amended, approvals: [{ by: 'ada', comment: 'fine' }] })
  })
})
