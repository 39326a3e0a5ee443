/** The target itself: red by a person, red after a landing, moved back. Nothing lands on it until there is nothing to ask. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Config } from '../../src/model/config.ts'
import { untilExists } from '../../src/process/appear.ts'
import { type Begun, check, type Desk, desk, is, outcomes, states, stream, untilEvent, WRITE } from './room.ts'

/** Work of these ids in the queue. */
async function queued(ids: string[], config: (d: Desk) => Partial<Config>): Promise<Desk> {
  const d = await desk({ manual: null })
  Object.assign(d.config, config(d))
  await using begun = await d.begin(ids.map((id) => stream(id)))
  for (const id of ids) {
    await d.ask(begun.store, { kind: 'resolve', id, work: await d.work({ [`${id}.txt`]: `${id}\n` }) })
  }
  return d
}

const question = ({ ledger }: Begun): string | undefined => ledger.run.question?.code

describe('a target that a person has made red', () => {
  it('freezes landings, names their commit, and lets landings go on when it has moved', async () => {
    await using d = await queued(['a'], (d) => ({
      gate: [check(`touch ${d.at.dir}/asked; test -e ${d.at.dir}/pushed || sleep 1; ! test -e bad.txt`)],
    }))
    await using begun = await d.begin([stream('a')])
    const done = begun.run()
    await untilExists(`${d.at.dir}/asked`, { timeoutMs: 30_000 })
    const bad = await d.push({ 'bad.txt': 'bad\n' })
    writeFileSync(`${d.at.dir}/pushed`, '')
    expect(await done).toBe(3)
    expect(states(begun.ledger)).toEqual({ a: 'queued' })
    expect(outcomes(begun, 'a')).toEqual([['manual', 'ok']])
    expect(begun.ledger.run.question).toMatchObject({ code: 'E506', details: { commit: bad } })
    expect(await d.tip()).toBe(bad)
    await d.at.git(['update-ref', 'refs/heads/main', await d.work({ 'bad.txt': null }, bad)])
    await using again = await d.begin([stream('a')])
    expect(await again.run()).toBe(0)
    expect(question(again)).toBeUndefined()
    expect(await d.landed()).toEqual(['a'])
  })
})

describe('a target that validation finds red after a landing of ours', () => {
  it('gets that landing taken back, through the gate, and the workstream is tried again with the reason', async () => {
    await using d = await desk(
      {
        tool: `if test $SLUICE_WORKSTREAM = b && grep -q 'taken back' "$SLUICE_PROMPT_FILE"; then echo better > b.txt; else ${WRITE}; fi`,
      },
      { gate: [check('true')], after: [check('! grep -q "^b 1" b.txt')] },
    )
    await using begun = await d.begin([stream('a'), stream('b'), stream('c', { dependsOn: ['b'] })])
    expect(await begun.run()).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'landed', c: 'landed' })
    expect(await d.at.git(['show', 'main:b.txt'])).toBe('better')
    const back = begun.heard.filter(is('rollback.done'))
    expect(back).toMatchObject([{ undone: [{ workstream: 'c' }, { workstream: 'b' }] }])
    expect((await d.landed()).toSorted()).toEqual(['a', 'b', 'b', 'c', 'c'])
  })

  it('is not blamed on anybody when it was red before the run', async () => {
    await using d = await queued(['a'], () => ({ gate: [check('true')], after: [check('false')] }))
    await using begun = await d.begin([stream('a')])
    expect(await begun.run()).toBe(1)
    expect(await d.landed()).toEqual(['a'])
    expect(begun.heard.filter(is('rollback.done'))).toEqual([])
  })
})

describe('a target that was moved back while a run is at work', () => {
  it('is a question (E405) and nothing lands on it, until it is put back', async () => {
    await using d = await queued(['a', 'b'], (d) => ({
      gate: [check(`test -e b.txt && while ! test -e ${d.at.dir}/go; do sleep 0.02; done; true`)],
    }))
    await using begun = await d.begin([stream('a', { priority: 1 }), stream('b')])
    const done = begun.run()
    await untilEvent(begun, is('landing.moved', 'a'))
    const landing = await d.tip()
    await d.at.git(['update-ref', 'refs/heads/main', d.base])
    writeFileSync(`${d.at.dir}/go`, '')
    expect(await done).toBe(3)
    expect(question(begun)).toBe('E405')
    expect(await d.tip()).toBe(d.base)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'queued' })
    await d.at.git(['update-ref', 'refs/heads/main', landing])
    await using again = await d.begin([stream('a', { priority: 1 }), stream('b')])
    expect(await again.run()).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b'])
    expect(existsSync(`${d.at.dir}/go`)).toBe(true)
  })

  it('is noticed at the end too, when nothing else had to land', async () => {
    const held = `test $SLUICE_WORKSTREAM = a || { while ! test -e "$DESK/go"; do sleep 0.02; done; exit 1; }`
    await using d = await desk({ tool: `${held}; ${WRITE}` })
    await using begun = await d.begin([stream('a'), stream('b')], { seats: 2 })
    const done = begun.run()
    await untilEvent(begun, is('landing.moved', 'a'))
    await d.at.git(['update-ref', 'refs/heads/main', d.base])
    writeFileSync(`${d.at.dir}/go`, '')
    expect(await done).toBe(3)
    expect(question(begun)).toBe('E405')
  })
})

describe('a target that somebody holds a lock on', () => {
  it('is a question (E404); the lock is left alone, nothing is lost, and the next run lands it', async () => {
    await using d = await queued(['a'], () => ({ gate: [check('true')] }))
    const lock = `${d.repo.gitDir}/refs/heads/main.lock`
    writeFileSync(lock, '')
    await using begun = await d.begin([stream('a')])
    expect(await begun.run()).toBe(3)
    expect(question(begun)).toBe('E404')
    expect(states(begun.ledger)).toEqual({ a: 'queued' })
    expect(existsSync(lock)).toBe(true)
    rmSync(lock)
    await using again = await d.begin([stream('a')])
    expect(await again.run()).toBe(0)
    expect(await d.landed()).toEqual(['a'])
  })
})

describe('a target that is moved back just before a green candidate moves it', () => {
  it('loses nothing: the guard looks before anything is built on what is left', async () => {
    await using d = await queued(['a', 'b'], (d) => ({
      // The gate of b on top of a moves the target back itself, as its last act.
      gate: [
        check(
          `test -e b.txt || exit 0; while ! git -C ${d.at.root} log -1 --format=%B main | grep -q 'Workstream: a'; do sleep 0.02; done; git -C ${d.at.root} update-ref refs/heads/main ${d.base}`,
        ),
      ],
    }))
    const plan = [stream('a', { priority: 1 }), stream('b')]
    await using begun = await d.begin(plan)
    expect(await begun.run()).toBe(3)
    expect(question(begun)).toBe('E405')
    expect(await d.tip()).toBe(d.base)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'queued' })
  })
})
