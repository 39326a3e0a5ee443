/**
 * Beginning on top of what is still in the landing queue, with real git, real tools and a gate that waits for a file:
 * until that is there, nothing lands.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attemptDir } from '../../src/coordinator/paths.ts'
import { treeOf } from '../../src/git/ancestry.ts'
import { readRef } from '../../src/git/refs.ts'
import { isAncestor } from '../../src/git/repository.ts'
import type { Attempt } from '../../src/model/attempt.ts'
import type { Config } from '../../src/model/config.ts'
import type { Event } from '../../src/model/event.ts'
import { findByNonce } from '../../src/process/kill.ts'
import type { Store } from '../../src/store/store.ts'
import {
  type Begun,
  check,
  type Desk,
  desk,
  fifo,
  files,
  is,
  outcomes,
  states,
  stream,
  untilEvent,
  WRITE,
} from './room.ts'

const A = stream('a')
const B = stream('b', { dependsOn: ['a'] })
const C = stream('c', { dependsOn: ['b'] })

/** The tool fails without what it depends on, waits at the fifos of its attempt when there are any, and crashes when told to. */
const TOOL = `case $SLUICE_WORKSTREAM in b) test -e a.txt || exit 9;; c) test -e b.txt || exit 9;; esac
up=$DESK/up-$SLUICE_WORKSTREAM-$SLUICE_ATTEMPT; go=$DESK/go-$SLUICE_WORKSTREAM-$SLUICE_ATTEMPT
echo half > half-$SLUICE_WORKSTREAM-$SLUICE_ATTEMPT.txt
if test -e $up; then echo > $up; read x < $go; fi
test ! -e $DESK/crash-$SLUICE_WORKSTREAM-$SLUICE_ATTEMPT || exit 3
${WRITE}`

/** The gate waits for `open`; while there is `red`, the first work of a does not pass. */
async function scene(landing: Partial<Config['landing']> = {}): Promise<Desk> {
  const d = await desk({ script: TOOL })
  Object.assign(d.config.landing, landing)
  const { dir } = d.at
  d.config.gate = [
    check(`while ! test -e ${dir}/open; do sleep 0.02; done; ! grep -q "a 1" a.txt || ! test -e ${dir}/red`),
  ]
  return d
}

const mark = (d: Desk, name: string): Promise<void> => writeFile(join(d.at.dir, name), '')

/** The tool of this attempt has begun, and goes on when it is told. */
function held(d: Desk, attempt: string): { begun: () => Promise<unknown>; goOn: () => Promise<void> } {
  const [up, go] = [fifo(d, `up-${attempt}`), fifo(d, `go-${attempt}`)]
  return { begun: () => readFile(up), goOn: () => writeFile(go, 'go\n') }
}

const isQueued = (id: string) => (event: Event) => event.type === 'landing.queued' && event.workstream === id
const attempt = ({ ledger }: Begun, id: string, number: number): Attempt => ledger.attempt(id, number)

describe('a dependent of what is in the landing queue', () => {
  it('begins on top of it while its gate runs, and both land as they are', async () => {
    await using d = await scene()
    const b = held(d, 'b-1')
    await using begun = await d.begin([A, B])
    const end = begun.run()
    await b.begun()
    expect(['queued', 'landing']).toContain(begun.ledger.state('a').state)
    expect(states(begun.ledger).b).toBe('running')
    const ground = { workstream: 'a', attempt: 1, work: attempt(begun, 'a', 1).work }
    const { base, speculation } = attempt(begun, 'b', 1)
    expect(speculation).toEqual([ground])
    expect((await d.at.git(['rev-parse', `${base}^1`, `${base}^2`])).split('\n')).toEqual([d.base, ground.work])
    expect(begun.heard.find(is('attempt.started', 'b'))).toMatchObject({ base, buildsOn: ['a'] })
    const brief = await readFile(join(attemptDir(d.paths, begun.ledger.run.id, 'b', 1), 'brief.md'), 'utf8')
    expect(brief).toContain('about to land: its work is in your worktree. It changed `a.txt`, `half-a-1.txt`')
    await mark(d, 'open')
    await untilEvent(begun, is('landing.moved', 'a'))
    await b.goOn()
    expect(await end).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b'])
    expect(outcomes(begun, 'b')).toEqual([['script', 'ok']])
    // Its work is its own only, and what landed is what it had in its worktree.
    const { work, changed } = attempt(begun, 'b', 1)
    expect(changed).toEqual(['b.txt', 'half-b-1.txt'])
    expect(await treeOf(d.repo, 'main')).toBe(await treeOf(d.repo, work!))
  })

  it('waits in the queue behind it, a chain of them as well, also in groups', async () => {
    for (const mode of ['single', 'groups'] as const) {
      await using d = await scene({ mode })
      await using begun = await d.begin([A, B, C])
      const end = begun.run()
      await untilEvent(begun, isQueued('c'))
      expect(await d.landed()).toEqual([])
      await mark(d, 'open')
      expect(await end).toBe(0)
      expect(await d.landed()).toEqual(['a', 'b', 'c'])
      expect([...begun.ledger.attempts.values()].flat()).toHaveLength(3)
    }
  })

  it('merges onto what a person has pushed meanwhile', async () => {
    await using d = await scene()
    await using begun = await d.begin([A, B])
    const end = begun.run()
    await untilEvent(begun, isQueued('b'))
    await d.push({ 'human.txt': 'h\n' })
    await mark(d, 'open')
    expect(await end).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b'])
    expect(await files(d)).toEqual(['a.txt', 'b.txt', 'half-a-1.txt', 'half-b-1.txt', 'human.txt'])
    expect(outcomes(begun, 'b')).toEqual([['script', 'ok']])
  })

  it('waits for it to land when that is not wanted', async () => {
    await using d = await scene({ speculate: false })
    await using begun = await d.begin([A, B], { seats: 2 })
    await mark(d, 'open')
    expect(await begun.run()).toBe(0)
    const state = begun.ledger.state('a')
    expect(attempt(begun, 'b', 1)).toMatchObject({ base: state.state === 'landed' ? state.commit : '' })
    expect(attempt(begun, 'b', 1).speculation).toBe(undefined)
  })

  it('waits when the queued works do not merge with each other', async () => {
    await using d = await scene()
    d.config.tools.settings['script']!.command = ['sh', '-c', 'echo $SLUICE_WORKSTREAM > README.md']
    await using begun = await d.begin([A, stream('x'), stream('b', { dependsOn: ['a', 'x'] })], { seats: 3 })
    const end = begun.run()
    await Promise.all([untilEvent(begun, isQueued('a')), untilEvent(begun, isQueued('x'))])
    await mark(d, 'open')
    expect(await end).toBe(3)
    expect(Object.values(states(begun.ledger)).toSorted()).toEqual(['blocked', 'conflict', 'landed'])
    expect(begun.ledger.attempts.get('b')).toBe(undefined)
  })

  it('waits after a try that failed on top of it, and then goes on from that', async () => {
    await using d = await scene()
    await mark(d, 'crash-b-1')
    await using begun = await d.begin([A, B])
    const end = begun.run()
    await untilEvent(begun, is('attempt.ended', 'b'))
    await mark(d, 'open')
    expect(await end).toBe(0)
    expect(outcomes(begun, 'b').map(([, kind]) => kind)).toEqual(['crash', 'ok'])
    expect(attempt(begun, 'b', 1).speculation).toHaveLength(1)
    expect(attempt(begun, 'b', 2).speculation).toBe(undefined)
    expect(await files(d)).toContain('half-b-1.txt')
  })
})

/** What must hold when a's first work was red and its second one landed. */
async function expectThrownBack(d: Desk, begun: Begun, id: string): Promise<void> {
  const first = attempt(begun, id, 1)
  expect(outcomes(begun, id)).toEqual([
    ['script', 'thrown-back'],
    ['script', 'ok'],
  ])
  expect(first.outcome!.message).toContain('built on the work of')
  expect(findByNonce(first.nonce)).toEqual([])
  expect(await readRef(d.repo, `refs/sluice/wip/${id}/1`)).toBe(first.work)
  expect(await isAncestor(d.repo, first.work!, 'main')).toBe(false)
  const brief = await readFile(join(attemptDir(d.paths, begun.ledger.run.id, id, 2), 'brief.md'), 'utf8')
  expect(brief).toContain(`kept as ${first.work!.slice(0, 12)} (refs/sluice/wip/${id}/1)`)
  expect(brief).not.toContain('go on from it')
  expect(await files(d)).not.toContain(`half-${id}-1.txt`)
  expect(await d.at.git(['show', `main:${id}.txt`])).toBe(`${id} 2`)
}

describe('when what it was begun on does not land', () => {
  it('its tool is ended, its work stays pinned, and it begins anew on what lands instead', async () => {
    await using d = await scene()
    const b = held(d, 'b-1')
    await using begun = await d.begin([A, B])
    const end = begun.run()
    await b.begun()
    await mark(d, 'red')
    await mark(d, 'open')
    expect(await end).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b'])
    expect(outcomes(begun, 'a').map(([, kind]) => kind)).toEqual(['red', 'ok'])
    await expectThrownBack(d, begun, 'b')
  })

  it('leaves the queue with all that was built on itself in turn', async () => {
    await using d = await scene()
    const c = held(d, 'c-1')
    await using begun = await d.begin([A, B, C])
    const end = begun.run()
    await c.begun()
    expect(['queued', 'landing']).toContain(begun.ledger.state('b').state)
    await mark(d, 'red')
    await mark(d, 'open')
    expect(await end).toBe(0)
    expect(await d.landed()).toEqual(['a', 'b', 'c'])
    await expectThrownBack(d, begun, 'b')
    await expectThrownBack(d, begun, 'c')
    expect(begun.heard.filter(is('landing.refused', 'b'))).toEqual([])
    const landings = [...begun.ledger.landings.values()].filter(({ workstream }) => workstream === 'b')
    expect(landings.map(({ attempt: number, stage }) => [number, stage])).toEqual([
      [1, 'refused'],
      [2, 'done'],
    ])
  })

  it('is blocked by it when it is given up', async () => {
    await using d = await scene()
    d.config.limits.attempts = 1
    const b = held(d, 'b-1')
    await using begun = await d.begin([A, B])
    const end = begun.run()
    await b.begun()
    await mark(d, 'red')
    await mark(d, 'open')
    expect(await end).toBe(1)
    expect(states(begun.ledger)).toEqual({ a: 'failed', b: 'blocked' })
    expect(outcomes(begun, 'b')).toEqual([['script', 'thrown-back']])
    expect(await d.tip()).toBe(d.base)
  })

  it('forgets the tries that failed on top of it, and does not go on from their work', async () => {
    await using d = await scene()
    d.config.limits.attempts = 2
    await mark(d, 'crash-b-1')
    await using begun = await d.begin([A, B])
    const end = begun.run()
    await untilEvent(begun, is('attempt.ended', 'b'))
    await mark(d, 'crash-b-2')
    await mark(d, 'red')
    await mark(d, 'open')
    expect(await end).toBe(0)
    expect(outcomes(begun, 'b').map(([, kind]) => kind)).toEqual(['crash', 'crash', 'ok'])
    expect(await files(d)).not.toContain('half-b-1.txt')
    expect(await d.landed()).toEqual(['a', 'b'])
  })

  it('is thrown back by the next run, when the first one let go of it', async () => {
    await using d = await scene()
    const b = held(d, 'b-1')
    {
      await using first = await d.begin([A, B])
      const end = first.run()
      await b.begun()
      first.coordinator.detach()
      expect(await end).toBe(130)
      expect(states(first.ledger)).toEqual({ a: 'queued', b: 'running' })
    }
    await mark(d, 'red')
    await mark(d, 'open')
    await using second = await d.begin([A, B])
    expect(await second.run()).toBe(0)
    expect(second.heard.some(is('attempt.adopted', 'b'))).toBe(true)
    await expectThrownBack(d, second, 'b')
  })

  it('is thrown back by the next run, when the first one died of the news', async () => {
    for (const isDone of [false, true]) {
      await using d = await scene()
      {
        await using first = await d.begin([A, B], { store: (store) => dying(store, isDone) })
        const end = first.run()
        await untilEvent(first, isQueued('b'))
        await mark(d, 'red')
        await mark(d, 'open')
        await expect(end).rejects.toThrow('killed')
      }
      await using second = await d.begin([A, B])
      expect(await second.run()).toBe(0)
      expect(await d.landed()).toEqual(['a', 'b'])
      await expectThrownBack(d, second, 'b')
    }
  })
})

/** A store whose process dies when the refusal of a landing is written: it is on disk or not, and nothing comes after it. */
function dying(store: Store, isDone: boolean): Store {
  let isDead = false
  return new Proxy(store, {
    get(target, key) {
      if (key !== 'record') {
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      }
      return async (change: Parameters<Store['record']>[0]) => {
        const isIt = (change.events ?? []).some(({ type }) => type === 'landing.refused')
        if (isDead || (isIt && !isDone)) {
          isDead = true
          throw new Error('killed')
        }
        const events = await target.record(change)
        if (!isIt) return events
        isDead = true
        throw new Error('killed')
      }
    },
  })
}
