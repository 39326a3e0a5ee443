/** Whole runs in this process: real tools, real gates, real landings. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attemptDir } from '../../src/coordinator/paths.ts'
import { readRef } from '../../src/git/refs.ts'
import { slotAt } from '../../src/git/slot.ts'
import { findByNonce } from '../../src/process/kill.ts'
import { check, desk, files, is, outcomes, states, stream, WRITE } from './room.ts'

describe('a run', () => {
  it('lands everything, dependencies first, each from a base that holds what it depends on', async () => {
    await using d = await desk(
      { script: `cat a.txt 2>/dev/null >&2; test $SLUICE_WORKSTREAM = a -o -e a.txt || exit 9; ${WRITE}` },
      { gate: [check('test -e a.txt')] },
    )
    await using begun = await d.begin(
      [stream('b', { dependsOn: ['a'] }), stream('a'), stream('c', { dependsOn: ['a'] })],
      { seats: 2 },
    )
    expect(await begun.run()).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'landed', c: 'landed' })
    expect(await files(d)).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect((await d.landed())[0]).toBe('a')
    expect(begun.ledger.run).toMatchObject({ state: 'ended', exit: 0 })
    expect(begun.heard.at(-1)).toMatchObject({ type: 'run.ended', exit: 0, counts: { landed: 3 } })
    expect(await d.at.git(['status', '--porcelain'])).toBe('')
    expect(await d.at.git(['worktree', 'list', '--porcelain'])).not.toContain('agent')
    for (const attempt of [...begun.ledger.attempts.values()].flat()) expect(findByNonce(attempt.nonce)).toEqual([])
  })

  it('falls back to the next tool, which is told what was tried, and says so', async () => {
    await using d = await desk({ one: 'echo half > half.txt; echo it broke; exit 7', two: WRITE })
    await using begun = await d.begin([stream('a')])
    expect(await begun.run()).toBe(0)
    expect(outcomes(begun, 'a')).toEqual([
      ['one', 'crash'],
      ['two', 'ok'],
    ])
    expect(await files(d)).toEqual(['a.txt', 'half.txt'])
    const told = begun.heard.find(is('tool.fallback'))
    expect(told).toMatchObject({
      from: 'one',
      to: 'two',
      code: 'E201',
      why: 'ended with exit code 7',
      workstream: 'a',
      attempt: 2,
    })
    const brief = await readFile(join(attemptDir(d.paths, begun.ledger.run.id, 'a', 2), 'brief.md'), 'utf8')
    expect(brief).toContain('it broke')
  })

  it('goes on from what was committed when the rest cannot be accepted, and tells the next tool what was kept where', async () => {
    const config = 'git config user.name A; git config user.email a@b'
    const merge = 'git switch -q -c other main; echo o > a.txt; git add -A; git commit -qm other; git switch -q ws/a'
    await using d = await desk({
      first: `${config}; echo a > a.txt; git add -A; git commit -qm mine; ${merge}; git merge -q other; exit 0`,
      second: 'test "$(cat a.txt)" = a && cp "$SLUICE_PROMPT_FILE" brief.txt',
    })
    await using begun = await d.begin([stream('a')])
    expect(await begun.run()).toBe(0)
    const [first, second] = begun.ledger.attempts.get('a')!
    expect(first).toMatchObject({ outcome: { kind: 'rejected', code: 'E204' }, changed: ['a.txt'] })
    expect(await d.at.git(['log', '-1', '--format=%s', first!.work!])).toBe('mine')
    expect(second!.changed).toEqual(['a.txt', 'brief.txt'])
    const brief = await d.at.git(['show', 'main:brief.txt'])
    expect(brief).toContain('The worktree holds the work of attempt 1')
    for (const { ref, commit } of first!.strays!) {
      expect(await readRef(d.repo, ref)).toBe(commit)
      expect(brief).toContain(ref)
    }
    expect(first!.strays!.length).toBeGreaterThan(0)
  })

  it('gives a red gate back to the same tool once, with the evidence', async () => {
    const script =
      'if [ $SLUICE_ATTEMPT = 1 ]; then echo bad > a.txt; else grep -q "3 tests failed" "$SLUICE_PROMPT_FILE" && grep -q bad a.txt && echo good > a.txt; fi'
    await using d = await desk(
      { one: script, two: 'exit 1' },
      { gate: [check('grep -q good a.txt || { echo 3 tests failed; exit 1; }')] },
    )
    await using begun = await d.begin([stream('a')])
    expect(await begun.run()).toBe(0)
    expect(outcomes(begun, 'a')).toEqual([
      ['one', 'red'],
      ['one', 'ok'],
    ])
    expect(begun.ledger.attempt('a', 1).outcome).toMatchObject({
      code: 'E501',
      evidence: expect.stringContaining('3 tests failed'),
    })
    expect(await d.landed()).toEqual(['a'])
    expect(await readRef(d.repo, 'refs/sluice/wip/a/1')).not.toBe(null)
  })

  it('runs acceptance tests on the work itself before it is queued', async () => {
    await using d = await desk({ script: `${WRITE}; [ $SLUICE_ATTEMPT = 1 ] || touch accepted.txt` })
    const acceptance = [
      { name: 'accepted', run: 'test -e accepted.txt' },
      { name: 'prose', run: null },
    ]
    await using begun = await d.begin([stream('a', { acceptance })])
    expect(await begun.run()).toBe(0)
    expect(outcomes(begun, 'a')).toEqual([
      ['script', 'acceptance'],
      ['script', 'ok'],
    ])
    const checks = begun.heard.flatMap((event) =>
      event.type === 'check.ended' ? [[event.kind, event.results.map(({ exit }) => exit)]] : [],
    )
    expect(checks).toEqual([
      ['acceptance', [1]],
      ['acceptance', [0]],
    ])
  })

  it('shows acceptance tests and does not run them when that is wanted, also for the work of a person', async () => {
    await using d = await desk({ script: WRITE, manual: null }, { acceptance: 'show' })
    const acceptance = [{ name: 'never', run: 'exit 1' }]
    const plan = [stream('a', { acceptance }), stream('b', { acceptance, tool: 'manual' })]
    await using begun = await d.begin(plan)
    await d.ask(begun.store, { kind: 'submit', id: 'b', work: await d.work({ 'b.txt': 'b\n' }) })
    expect(await begun.run()).toBe(0)
    expect(await files(d)).toEqual(['a.txt', 'b.txt'])
  })

  it('goes on with the rest when one has used up its attempts', async () => {
    await using d = await desk({ script: `[ $SLUICE_WORKSTREAM != a ] || exit 1; ${WRITE}` })
    await using begun = await d.begin([stream('a'), stream('b', { dependsOn: ['a'] }), stream('c')])
    expect(await begun.run()).toBe(4)
    expect(states(begun.ledger)).toEqual({ a: 'failed', b: 'blocked', c: 'landed' })
    expect(outcomes(begun, 'a')).toHaveLength(3)
    expect(begun.ledger.state('a')).toMatchObject({ failure: { code: 'E602' } })
  })

  it('fails what no tool can do', async () => {
    await using d = await desk({})
    await using begun = await d.begin([stream('a', { tool: 'codex' }), stream('b', { fallback: ['codex'] })])
    expect(await begun.run()).toBe(1)
    expect(begun.ledger.state('a')).toMatchObject({ state: 'failed', failure: { code: 'E106' } })
  })

  it('does only what was selected', async () => {
    await using d = await desk({ script: WRITE })
    await using begun = await d.begin([stream('a'), stream('b')], { only: new Set(['a']) })
    expect(await begun.run()).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'ready' })
  })

  it('removes the slots of seats that it no longer has', async () => {
    await using d = await desk({ script: WRITE })
    const slots = (): boolean[] => [1, 2].map((number) => existsSync(slotAt(d.paths.work, 'agents', number).dir))
    {
      await using first = await d.begin([stream('a'), stream('b')], { seats: 2 })
      await first.run()
      expect(slots()).toEqual([true, true])
    }
    await using second = await d.begin([stream('a'), stream('b')])
    expect(await second.run()).toBe(0)
    expect(slots()).toEqual([true, false])
  })

  it('validates what it has made, once, at the end', async () => {
    await using d = await desk(
      { script: WRITE },
      { after: [check('test -e a.txt -a -e b.txt'), check('exit 1'), check('true')] },
    )
    await using begun = await d.begin([stream('a'), stream('b')])
    expect(await begun.run()).toBe(1)
    const checks = begun.heard.flatMap((event) =>
      event.type === 'check.ended' && event.kind === 'after' ? [[event.kind, event.results[0]!.exit]] : [],
    )
    expect(checks).toEqual([
      ['after', 0],
      ['after', 1],
      ['after', 0],
    ])
  })
})
