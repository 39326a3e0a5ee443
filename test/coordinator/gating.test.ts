import { randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { baseGate } from '../../src/coordinator/base-gate.ts'
import { ask, type Asked, redEvidence, sweepGates } from '../../src/coordinator/gating.ts'
import type { Config } from '../../src/model/config.ts'
import type { Store } from '../../src/store/store.ts'
import { sampleCheck } from '../store/sample.ts'
import { check, desk, type Desk, stream } from './room.ts'

const NEVER = new AbortController().signal

function asked(commit: string, more: Partial<Asked> = {}): Asked {
  return { kind: 'gate', commit, tree: null, onto: null, checks: [], workstream: 'a', attempt: 1, log: 'r-1', ...more }
}

describe('a verdict', () => {
  it('is asked once for the same tree under the same gate, and what ran is on record', async () => {
    await using d = await desk()
    await using begun = await d.begin([stream('a')])
    const checks = [check(`echo ran >> ${d.diary}`)]
    const first = await ask(begun.context, asked(d.base, { checks }), NEVER)
    expect(first.results).toMatchObject([{ exit: 0 }])
    // Another commit, the same tree.
    const tree = await d.at.git(['rev-parse', 'main^{tree}'])
    const twin = await d.at.git(['commit-tree', tree, '-p', d.base, '-m', 'twin'])
    const second = await ask(begun.context, asked(twin, { checks }), NEVER)
    expect(second.results).toEqual(first.results)
    expect(await d.lines()).toEqual(['ran'])
    await ask(begun.context, asked(d.base, { checks: [check(`echo other >> ${d.diary}`)] }), NEVER)
    expect(await d.lines()).toEqual(['ran', 'other'])
    const told = begun.heard.flatMap((event) => (event.type === 'check.ended' ? [[event.commit, event.cached]] : []))
    expect(told).toEqual([
      [d.base, false],
      [twin, true],
      [d.base, false],
    ])
    expect(existsSync(join(d.paths.state, 'runs', begun.ledger.run.id, 'gates', 'r-1.log'))).toBe(true)
  })

  it('that was red is asked again', async () => {
    await using d = await desk()
    await using begun = await d.begin([stream('a')])
    const checks = [check(`echo ran >> ${d.diary}; exit 1`)]
    for (let i = 0; i < 2; i++)
      expect((await ask(begun.context, asked(d.base, { checks }), NEVER)).results).toMatchObject([{ exit: 1 }])
    expect(await d.lines()).toEqual(['ran', 'ran'])
  })

  it('of filtered checks counts only for the step that they were filtered by', async () => {
    await using d = await desk()
    await using begun = await d.begin([stream('a')])
    const checks = [{ ...check(`echo docs >> ${d.diary}`), paths: ['docs'] }]
    const commit = await d.work({ 'docs/a': 'a\n', 'src/a': 'a\n' })
    const between = await d.work({ 'docs/a': 'a\n' })
    expect((await ask(begun.context, asked(commit, { checks, onto: between }), NEVER)).results).toEqual([])
    expect((await ask(begun.context, asked(commit, { checks, onto: d.base }), NEVER)).results).toHaveLength(1)
    expect(await d.lines()).toEqual(['docs'])
  })

  it('without checks needs no slot, and leaves no word', async () => {
    await using d = await desk()
    await using begun = await d.begin([stream('a')])
    const before = begun.heard.length
    expect(await ask(begun.context, asked(d.base), NEVER)).toEqual({ results: [], outsideMs: 0 })
    expect(begun.heard).toHaveLength(before)
    expect(existsSync(join(d.paths.work, 'gates'))).toBe(false)
  })

  it('that nobody wants any more is not begun', async () => {
    await using d = await desk()
    await using begun = await d.begin([stream('a')])
    await expect(ask(begun.context, asked(d.base, { checks: [check('true')] }), AbortSignal.abort('end'))).rejects.toBe(
      'end',
    )
    expect(existsSync(join(d.paths.work, 'gates', 'gate-1', 'worktree'))).toBe(false)
  })
})

describe('checks that outlived their orchestrator', () => {
  it('are found by the mark in their slot, and ended', async () => {
    await using d = await desk()
    const nonce = randomUUID()
    const dir = join(d.paths.work, 'gates', 'gate-1')
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'nonce'), nonce)
    const child = spawn('sleep', ['1000'], { env: { ...d.at.env, SLUICE_NONCE: nonce }, stdio: 'ignore' })
    const end = once(child, 'exit')
    await once(child, 'spawn')
    expect(await sweepGates(d.paths.work)).toBe(1)
    expect((await end)[1]).toBe('SIGKILL')
    expect(await sweepGates(d.paths.work)).toBe(0)
    expect(await sweepGates(join(d.paths.work, 'nowhere'))).toBe(0)
  })
})

describe('the evidence of red checks', () => {
  it.each([
    [{ exit: 1 }, 'npm test: exit 1'],
    [{ exit: null, timedOut: true }, 'npm test: ran out of time'],
    [{ exit: null }, 'npm test: was killed'],
  ])('%j is %s', (fields, message) => {
    expect(redEvidence([sampleCheck(), sampleCheck({ ...fields, tail: 'the end' })])).toEqual({
      message,
      evidence: 'the end',
    })
  })
})

describe('the gate on the untouched target', () => {
  const order = (d: Desk, gate: Config['gate'], store: Store | null): Parameters<typeof baseGate>[0] => ({
    repo: d.repo,
    config: { ...d.config, gate },
    target: 'main',
    paths: d.paths,
    tip: d.base,
    store,
    signal: NEVER,
    begins: (names) => begun.push(names),
  })
  let begun: string[][] = []
  beforeEach(() => {
    begun = []
  })

  it('gives its verdict when it is green, and is not run again on what is known', async () => {
    await using d = await desk()
    await using later = await d.begin([stream('a')])
    const gate = [check(`echo ran >> ${d.diary}`)]
    const verdict = await baseGate(order(d, gate, later.store))
    expect(verdict?.results).toMatchObject([{ exit: 0 }])
    await later.ledger.record({ verdicts: [verdict!] })
    expect(await baseGate(order(d, gate, later.store))).toBe(null)
    expect(await baseGate(order(d, [], null))).toBe(null)
    expect(await d.lines()).toEqual(['ran'])
    expect(begun).toEqual([gate.map(({ name }) => name)])
  })

  it('refuses a red base (E506, exit 5), and leaves no slot', async () => {
    await using d = await desk()
    await expect(baseGate(order(d, [check('echo two tests failed; exit 1')], null))).rejects.toMatchObject({
      exit: 5,
      failure: {
        code: 'E506',
        fix: expect.stringContaining('--allow-red-base'),
        details: { what: ['two tests failed'] },
      },
    })
    expect(existsSync(join(d.paths.work, 'gates', 'gate-1'))).toBe(false)
    expect(await d.at.git(['for-each-ref', 'refs/sluice'])).toBe('')
  })
})
