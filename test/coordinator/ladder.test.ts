/**
 * Conflicts that are settled on the way: real merges, real tools, real gates. The tools are shell scripts that know from
 * their brief whether they are to do the work or to settle a conflict.
 */
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { attemptDir } from '../../src/coordinator/paths.ts'
import { listRefs, readRef } from '../../src/git/refs.ts'
import { learnFrom } from '../../src/landing/resolve/rerere.ts'
import type { Config, LandingSettings } from '../../src/model/config.ts'
import { RUNGS } from '../../src/model/rung.ts'
import type { Workstream } from '../../src/model/workstream.ts'
import type { Store } from '../../src/store/store.ts'
import { type Begun, check, type Desk, desk, fifo, is, outcomes, states, stream, untilEvent } from './room.ts'

/** Does `work` on what the attempt began with and waits for the test; told of a conflict, it does `settle`. */
const tool = (work: string, settle = 'exit 9'): string =>
  `if grep -q '^## Settle a merge conflict' "$SLUICE_PROMPT_FILE"
then ${settle}
else ${work}; while ! test -e "$DESK/go"; do sleep 0.02; done
fi`

/** Drops the marker lines and keeps everything between them: a union, as a careful tool might make it. */
const BOTH = `sed -i -E '/^(<<<<<<<|=======|>>>>>>>)/d' notes.txt`
/** Takes its own side: the target's lines are gone. */
const OWN = `sed -i -E '/^<<<<<<</,/^=======/d; /^>>>>>>>/d' notes.txt`

const WORK = 'sed -i "s/^two$/two by $SLUICE_WORKSTREAM/" notes.txt'
const NOTES = 'one\ntwo\nthree\n'
const SETTLED = 'one\ntwo by a person\ntwo by a\nthree'
const MINE = 'one\ntwo by a\nthree\n'

async function field(
  tools: Record<string, string | null>,
  landing: Partial<LandingSettings> = {},
  more: Partial<Config> = {},
): Promise<Desk> {
  const d = await desk(tools, { gate: [check('! grep -rq "^<<<<<<<" *.txt')], ...more })
  Object.assign(d.config.landing, { resolve: RUNGS, ...landing })
  await d.push({ 'notes.txt': NOTES })
  return d
}

const go = (d: Desk): Promise<void> => writeFile(join(d.at.dir, 'go'), '')
const onMain = (d: Desk, path: string): Promise<string> => d.at.git(['show', `main:${path}`])

/** Begins, lets a person push these files while the tool is at work, and lets it come to its end. */
async function meeting(d: Desk, begun: Begun, files: Record<string, string>): Promise<number> {
  const done = begun.run()
  await untilEvent(begun, is('attempt.launched', 'a'))
  await d.push(files)
  await go(d)
  return await done
}

const PUSHED = { 'notes.txt': 'one\ntwo by a person\nthree\n' }

/** Runs until its process dies, at the `step`th change after the conflict was found; false when it ended before that. */
async function untilKilled(d: Desk, plan: readonly Workstream[], step: number): Promise<boolean> {
  let steps = 0
  let real: Store | null = null
  let coordinator: Begun['coordinator'] | null = null
  const mortal = (store: Store): Store => {
    real = store
    return new Proxy(store, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (key !== 'record') return typeof value === 'function' ? value.bind(target) : value
        return async (change: Parameters<Store['record']>[0]) => {
          if (steps > 0 || (change.conflicts ?? []).length > 0) steps += 1
          if (steps > step) {
            // Who is killed ends no tool, neither as a whole nor for a record that cannot be written.
            coordinator?.detach()
            if (change.events?.some(({ type }) => type === 'attempt.launched')) return []
            throw new Error('killed')
          }
          return await target.record(change)
        }
      },
    })
  }
  try {
    await using begun = await d.begin(plan, { store: mortal })
    coordinator = begun.coordinator
    await begun.run()
  } catch (error) {
    if (!String(error).includes('killed')) throw error
  } finally {
    await (real as Store | null)?.close()
  }
  return steps > step
}

describe('what needs nobody', () => {
  it('a file with a declared driver is settled, gated and landed, and the repair is on record', async () => {
    await using d = await field({ script: tool(WORK) }, { drivers: { 'notes.txt': 'union' } })
    await using begun = await d.begin([stream('a')])
    expect(await meeting(d, begun, PUSHED)).toBe(0)
    expect(await onMain(d, 'notes.txt')).toBe(SETTLED)
    expect(outcomes(begun, 'a')).toEqual([['script', 'ok']])
    expect(begun.ledger.conflicts.size).toBe(0)
    const commit = await d.tip()
    const fix = { code: 'E402', problem: 'merge conflict in notes.txt', action: 'settled by union notes.txt' }
    expect(await begun.store.fixes(begun.ledger.run.id)).toMatchObject([
      { ...fix, workstream: 'a', proof: `the gate passed on ${commit}` },
    ])
    // The work lands as a merge of both sides; what the tool had done is its first parent.
    const work = await readRef(d.repo, 'refs/sluice/wip/a/1')
    expect(await d.at.git(['rev-parse', `${commit}^2`])).toBe(work)
    expect(await readRef(d.repo, 'refs/heads/ws/a')).toBe(work)
    expect(await d.at.git(['show', `${work}^1:notes.txt`])).toBe('one\ntwo by a\nthree')
    expect(await d.at.git(['log', '-1', '--format=%s', work!])).toBe('Settle a with main: union notes.txt')
  })

  it('a file that a command makes is made again, on the merged tree', async () => {
    const regenerate = [{ paths: ['notes.lock'], run: 'cksum < list.txt > notes.lock' }]
    await using d = await field({ script: tool('echo z >> list.txt; cksum < list.txt > notes.lock') }, { regenerate })
    await d.push({ 'list.txt': 'b\nc\nd\ne\n', 'notes.lock': 'old\n' })
    await using begun = await d.begin([stream('a')])
    expect(await meeting(d, begun, { 'list.txt': 'a\nb\nc\nd\ne\n', 'notes.lock': 'new\n' })).toBe(0)
    expect(await onMain(d, 'list.txt')).toBe('a\nb\nc\nd\ne\nz')
    expect((await onMain(d, 'notes.lock')).split(' ')[1]).toBe('12')
  })

  it('what a tool has settled once, and a gate has passed, is settled the same way again', async () => {
    const work = 'sed -i "s/^two$/two by a tool/" $SLUICE_WORKSTREAM.txt'
    const settle = `echo asked >> $DESK/diary; sed -i -E '/^(<<<<<<<|=======|>>>>>>>)/d' $SLUICE_WORKSTREAM.txt`
    await using d = await field({ script: tool(`${work}; test $SLUICE_WORKSTREAM != b || cat $DESK/pipe`, settle) })
    await d.push({ 'a.txt': NOTES, 'b.txt': NOTES })
    const pipe = fifo(d, 'pipe')
    await using begun = await d.begin([stream('a'), stream('b')], { seats: 2 })
    const done = begun.run()
    await untilEvent(begun, is('attempt.launched', 'a'))
    await untilEvent(begun, is('attempt.launched', 'b'))
    const pushed = PUSHED['notes.txt']
    await d.push({ 'a.txt': pushed, 'b.txt': pushed })
    await go(d)
    await untilEvent(begun, is('landing.moved', 'a'))
    await writeFile(pipe, 'go on\n')
    expect(await done).toBe(0)
    expect(await d.lines()).toEqual(['asked'])
    expect(await onMain(d, 'b.txt')).toBe(await onMain(d, 'a.txt'))
    const settled = begun.heard.filter(is('conflict.settled', 'b'))
    expect(settled).toMatchObject([{ by: [{ rung: 'rerere', path: 'b.txt' }] }])
  })
})

describe('a tool that is asked', () => {
  it('is told both sides, and what it makes of them lands without a trace of the markers', async () => {
    await using d = await field({ script: tool(WORK, BOTH) })
    await using begun = await d.begin([stream('a')])
    expect(await meeting(d, begun, PUSHED)).toBe(0)
    expect(await onMain(d, 'notes.txt')).toBe(SETTLED)
    expect(outcomes(begun, 'a')).toEqual([
      ['script', 'conflict'],
      ['script', 'ok'],
    ])
    const brief = await readFile(join(attemptDir(d.paths, begun.ledger.run.id, 'a', 2), 'brief.md'), 'utf8')
    for (const text of ['two by a person', '+two by a', 'conflict markers where both', 'Drop'])
      expect(brief).toContain(text)
    expect(await d.at.git(['log', '-1', '--format=%s', 'main^2'])).toBe('Settle a with main: script notes.txt')
    expect(await d.at.git(['log', '--format=%s', '-G^<<<<<<<', 'main'])).toBe('')
    expect((await begun.store.fixes(begun.ledger.run.id))[0]).toMatchObject({ action: 'settled by script notes.txt' })
    // The pin of what it started from goes when the next run looks for such.
    await using next = await d.begin([stream('a')])
    expect(await next.run()).toBe(0)
    expect(await listRefs(d.repo, 'refs/sluice/conflict')).toEqual([])
  })

  it('is refused when it loses what the other side wrote, and the next one is told why', async () => {
    const second = `grep -q 'lines that one side added are gone' "$SLUICE_PROMPT_FILE" && ${BOTH}`
    await using d = await field({ one: tool(WORK, OWN), two: tool(WORK, second) })
    await using begun = await d.begin([stream('a')])
    expect(await meeting(d, begun, PUSHED)).toBe(0)
    expect(outcomes(begun, 'a')).toEqual([
      ['one', 'conflict'],
      ['one', 'rejected'],
      ['two', 'ok'],
    ])
    expect(begun.ledger.attempt('a', 2).outcome).toMatchObject({
      code: 'E204',
      evidence: expect.stringContaining('two by a person'),
    })
    expect(await onMain(d, 'notes.txt')).toBe(SETTLED)
  })

  it('fault 45: and cannot: the conflict waits for a person with all that was tried, and the work is what it was', async () => {
    await using d = await field({ one: tool(WORK, 'true'), two: tool(WORK, 'exit 7') })
    {
      await using begun = await d.begin([stream('a'), stream('b', { dependsOn: ['a'] })])
      expect(await meeting(d, begun, PUSHED)).toBe(3)
      expect(states(begun.ledger)).toEqual({ a: 'conflict', b: 'blocked' })
      const conflict = begun.ledger.conflicts.get('a')!
      const tried = [
        { rung: 'regenerate', how: 'no command is declared (notes.txt)' },
        { rung: 'drivers', how: 'no driver is declared (notes.txt)' },
        { rung: 'rerere', how: 'not resolved before (notes.txt)' },
        { rung: 'tool', tool: 'one', how: expect.stringContaining('conflict markers') },
        { rung: 'another-tool', tool: 'two', how: 'ended with exit code 7' },
      ]
      expect(conflict.tried).toMatchObject(tried)
      expect(begun.heard.filter(is('conflict.tried'))).toHaveLength(5)
      expect(begun.heard.filter(is('conflict.left'))).toMatchObject([{ conflict: { tried } }])
      expect(begun.ledger.checkpoint('a')?.work).toBe(conflict.work)
      expect(await readRef(d.repo, 'refs/heads/ws/a')).toBe(conflict.work)
      expect(await readRef(d.repo, conflict.ref)).toBe(conflict.work)
    }
    // A person has one of them try again, who finds a way this time.
    Object.assign(d.config.tools.settings['two']!, { command: ['sh', '-c', `${BOTH}; echo b > b.txt`] })
    await using next = await d.begin([stream('a')])
    const request = await d.ask(next.store, { kind: 'settle', id: 'a', tool: 'two' })
    expect(await next.run()).toBe(3)
    expect((await next.store.request(request))?.answer).toBe('a: two is asked to settle its conflict')
    expect(next.ledger.conflicts.get('a')?.tried?.at(-1)).toMatchObject({
      tool: 'two',
      how: expect.stringContaining('b.txt: it was added, and had no conflict'),
    })
  })

  it('works beside the queue: others land meanwhile, and what it made is merged onto them', async () => {
    const settle = `while ! test -e "$DESK/landed"; do sleep 0.02; done; ${BOTH}`
    const script = tool(WORK, settle)
    await using d = await field({ script: `if test $SLUICE_WORKSTREAM = b; then echo b > b.txt; exit; fi; ${script}` })
    await using begun = await d.begin([stream('a'), stream('b', { dependsOn: [] })])
    const done = begun.run()
    await untilEvent(begun, is('attempt.launched', 'a'))
    await d.push(PUSHED)
    await go(d)
    await untilEvent(begun, is('conflict.found', 'a'))
    await untilEvent(begun, (event) => is('attempt.launched', 'a')(event) && event.attempt === 2)
    const other = await d.work({ 'other.txt': 'o\n' }, await d.tip())
    await d.land('other', other)
    await writeFile(join(d.at.dir, 'landed'), '')
    expect(await done).toBe(0)
    expect(states(begun.ledger)).toEqual({ a: 'landed', b: 'landed' })
    expect(await onMain(d, 'other.txt')).toBe('o')
    expect(await onMain(d, 'notes.txt')).toBe(SETTLED)
  })

  it.each(['detach', 'stop'] as const)('goes on after a %s in the middle of it', async (how) => {
    const settle = `echo asked >> $DESK/diary; while ! test -e "$DESK/again"; do sleep 0.02; done; ${BOTH}`
    await using d = await field({ script: tool(WORK, settle) })
    {
      await using first = await d.begin([stream('a')])
      const done = meeting(d, first, PUSHED)
      await untilEvent(first, (event) => is('attempt.launched', 'a')(event) && event.attempt === 2)
      first.coordinator[how]()
      await done
      expect(states(first.ledger)).toEqual({ a: how === 'detach' ? 'running' : 'conflict' })
    }
    await writeFile(join(d.at.dir, 'again'), '')
    await using second = await d.begin([stream('a')])
    expect(await second.run()).toBe(0)
    expect(await onMain(d, 'notes.txt')).toBe(SETTLED)
    expect(outcomes(second, 'a').map(([, outcome]) => outcome)).toEqual(
      how === 'detach' ? ['conflict', 'ok'] : ['conflict', 'cancelled', 'ok'],
    )
  })
})

describe('the ladder', () => {
  it('has only the rungs that are configured', async () => {
    await using d = await field({ script: tool(WORK, BOTH) }, { resolve: ['human'], drivers: { 'notes.txt': 'union' } })
    await using begun = await d.begin([stream('a')])
    expect(await meeting(d, begun, PUSHED)).toBe(3)
    expect(begun.ledger.conflicts.get('a')).toMatchObject({ tried: [], ladder: { step: { at: 'human' } } })
    expect(begun.heard.some(is('conflict.left'))).toBe(false)
  })

  it('forgets what it gave again when the gate finds it wrong, and the tool goes on from there', async () => {
    const mend = 'sed -i "s/bad/good/" notes.txt'
    const work = `if test $SLUICE_ATTEMPT = 1; then ${WORK}; else ${mend}; fi`
    await using d = await field({ script: tool(work) }, { resolve: ['rerere', 'human'] })
    const [ours, theirs] = [await d.work(PUSHED, await d.tip()), await d.work({ 'notes.txt': MINE }, await d.tip())]
    const bad = await d.work({ 'notes.txt': 'one\nbad\nthree\n' })
    const parents = ['-p', ours, '-p', theirs]
    const merged = await d.at.git(['commit-tree', `${bad}^{tree}`, ...parents, '-m', 'badly settled before'])
    expect(await learnFrom(d.repo, { tip: merged, base: ours })).toMatchObject([{ path: 'notes.txt' }])
    d.config.gate = [check('! grep -q bad notes.txt')]
    await using begun = await d.begin([stream('a')])
    expect(await meeting(d, begun, PUSHED)).toBe(0)
    expect(await onMain(d, 'notes.txt')).toBe('one\ngood\nthree')
    expect(outcomes(begun, 'a')).toEqual([
      ['script', 'red'],
      ['script', 'ok'],
    ])
    expect(await listRefs(d.repo, 'refs/sluice/rerere')).toEqual([])
    // The red gate was made good by the next try; the conflict is not said to have been settled by what was wrong.
    expect((await begun.store.fixes(begun.ledger.run.id)).map(({ code }) => code)).toEqual(['E501'])
  })

  it('comes to the same end whatever step of it is the last one before a kill', { timeout: 180_000 }, async () => {
    const plan = [stream('a')]
    for (let step = 1; ; step++) {
      await using d = await field({ script: tool(WORK, BOTH) })
      await go(d)
      const work = await d.work({ 'notes.txt': MINE }, await d.tip())
      await d.push(PUSHED)
      {
        await using begun = await d.begin(plan)
        await d.ask(begun.store, { kind: 'resolve', id: 'a', work })
      }
      const isKilled = await untilKilled(d, plan, step)
      await using begun = await d.begin(plan)
      expect(await begun.run()).toBe(0)
      expect(await onMain(d, 'notes.txt')).toBe(SETTLED)
      expect(await d.landed()).toEqual(['a'])
      expect(begun.ledger.conflicts.size).toBe(0)
      const fixes = await begun.store.fixes(begun.ledger.run.id)
      expect(fixes.filter(({ code }) => code === 'E402')).toHaveLength(1)
      if (!isKilled) break
    }
  })

  it('ends at a person when others are faster three times over', async () => {
    await using d = await field({ script: tool(WORK) }, { drivers: { 'notes.txt': 'union' } })
    // Each gate waits until somebody has pushed the next conflict.
    const rounds = Array.from({ length: 3 }, (_, index) => fifo(d, `gate-${index + 1}`))
    d.config.gate = [check(`echo gate >> ${d.diary}; cat ${d.at.dir}/gate-$(wc -l < ${d.diary})`)]
    await using begun = await d.begin([stream('a')])
    const done = meeting(d, begun, PUSHED)
    for (const [index, pipe] of rounds.entries()) {
      const gate = await open(pipe, 'w')
      await d.push({ 'notes.txt': `one\ntwo by a person, ${index}\nthree\n` })
      await gate.close()
    }
    expect(await done).toBe(3)
    expect(begun.ledger.conflicts.get('a')).toMatchObject({ ladder: { round: 4, step: { at: 'human' } } })
    expect(begun.heard.filter(is('conflict.settled'))).toHaveLength(3)
  })
})
