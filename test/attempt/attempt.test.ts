/** Attempts from lease to settled, with real tools, real git and real kills. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Ended, resumeAttempt, runAttempt } from '../../src/attempt/attempt.ts'
import type { Settled } from '../../src/attempt/settle.ts'
import { DETACH, END } from '../../src/attempt/watch.ts'
import { readRef } from '../../src/git/refs.ts'
import { readClock } from '../../src/process/clock.ts'
import { bootId, isAlive } from '../../src/process/identity.ts'
import { readRun } from '../../src/process/attempt-folder.ts'
import { findByNonce } from '../../src/process/kill.ts'
import { commandTool } from '../../src/tools/command.ts'
import { assertKind } from '../git/room.ts'
import { sampleWorkstream } from '../store/sample.ts'
import { settings } from '../tools/stage.ts'
import { go, heard, type Workshop, workshop } from './room.ts'

const NEVER = new AbortController().signal
const untold = (): Promise<void> => Promise.reject(new Error('nothing was adopted'))

async function settled(ended: Promise<Ended>): Promise<Settled> {
  const end = await ended
  assertKind(end, 'settled')
  return end
}

const run = (w: Workshop, ...job: Parameters<Workshop['job']>): Promise<Settled> =>
  settled(runAttempt(w.job(...job), NEVER))

describe('an attempt', () => {
  it('pins what the tool committed and what it did not, below the base of the record', async () => {
    await using w = await workshop()
    const { outcome, work, changed } = await run(
      w,
      'echo one > one && git add one && git commit -qm one && echo two > two',
    )
    expect(outcome).toMatchObject({ kind: 'ok', code: null })
    expect(changed).toEqual(['one', 'two'])
    expect(await readRef(w.repo, 'refs/sluice/wip/a/1')).toBe(work)
    expect(await readRef(w.repo, 'refs/heads/ws/a')).toBe(work)
    expect([await w.show(work!, 'one'), await w.show(work!, 'two')]).toEqual(['one', 'two'])
    expect(await w.at.git(['rev-list', '--count', `${w.base}..${work}`])).toBe('2')
    expect(w.told).toEqual(['prepared', 'launched'])
    expect(await w.at.git(['status', '--porcelain'])).toBe('')
  })

  it('gives the tool its brief, its number and a home of its own', async () => {
    await using w = await workshop()
    const script = 'cp "$1" brief && echo "$SLUICE_ATTEMPT" > number && test "$HOME" = "$(cd ../home && pwd)"'
    const tool = commandTool('script', settings({ command: ['sh', '-c', script, 'sh', '{prompt_file}'] }))
    const { outcome, work } = await run(w, '', { tool }, { number: 7 })
    expect(outcome.kind).toBe('ok')
    expect([await w.show(work!, 'brief'), await w.show(work!, 'number')]).toEqual(['# The brief', '7'])
    expect(await readRef(w.repo, 'refs/sluice/wip/a/7')).toBe(work)
  })

  it('that changed nothing is no work, unless that is allowed', async () => {
    await using w = await workshop()
    expect(await run(w, 'echo all done')).toMatchObject({
      outcome: { kind: 'no-change', code: 'E205' },
      work: null,
      changed: [],
    })
    const workstream = sampleWorkstream('a', { allowEmpty: true })
    expect(await run(w, 'true', { workstream }, { number: 2 })).toMatchObject({
      outcome: { kind: 'empty' },
      work: w.base,
    })
  })

  it('that crashed keeps its work, and the end of its output', async () => {
    await using w = await workshop()
    const { outcome, work } = await run(w, 'echo half > half; echo it broke >&2; exit 3')
    expect(outcome).toMatchObject({ kind: 'crash', code: 'E201', evidence: 'it broke' })
    expect(await w.show(work!, 'half')).toBe('half')
  })

  it('that prints a secret of ours passes it on to nobody', async () => {
    await using w = await workshop()
    process.env['SLUICE_TEST_KEY'] = 'a-long-secret'
    try {
      const { outcome } = await run(w, 'echo "a-long-secret is refused" >&2; exit 3')
      expect(outcome).toMatchObject({ evidence: '[redacted SLUICE_TEST_KEY] is refused' })
    } finally {
      delete process.env['SLUICE_TEST_KEY']
    }
  })

  it('whose tool does not exist is missing', async () => {
    await using w = await workshop()
    const tool = commandTool('script', settings({ command: ['no-such-agent'] }))
    expect(await run(w, '', { tool })).toMatchObject({ outcome: { kind: 'missing', code: 'E106' }, work: null })
  })

  it('that is out of time is ended, and keeps its work', async () => {
    await using w = await workshop()
    const begun = w.fifo('begun')
    const job = w.job(`echo half > half; echo > ${begun}; exec sleep 1000`, {
      workstream: sampleWorkstream('a', { filesScope: [], timeoutMinutes: 30 }),
    })
    // The clock of the record: what was spent before counts, also by another orchestrator.
    const spent = {
      ...job,
      attempt: { ...job.attempt, startedAt: Date.now() - 31 * 60_000 },
      launched: () => heard(begun),
    }
    const { outcome, work } = await settled(runAttempt(spent, NEVER))
    expect(outcome).toMatchObject({ kind: 'timeout', code: 'E203', message: 'out of time after 30 minutes' })
    expect(await w.show(work!, 'half')).toBe('half')
    expect(findByNonce(job.attempt.nonce)).toEqual([])
  })

  it('that left conflict markers is rejected, and its work is kept', async () => {
    await using w = await workshop()
    const { outcome, work } = await run(w, "printf '<<<<<<< ours\\na\\n=======\\nb\\n>>>>>>> theirs\\n' > README.md")
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'E204', message: expect.stringContaining('README.md') })
    expect(work).not.toBe(null)
  })

  it('whose set-up failed is a crash before the tool', async () => {
    await using w = await workshop()
    const { config } = w.job('')
    const workspace = { ...config.workspace, setup: 'exit 9' }
    expect(await run(w, 'echo never > never', { config: { ...config, workspace } })).toMatchObject({
      outcome: { kind: 'crash', message: expect.stringContaining('workspace.setup failed: exit 9') },
      work: null,
    })
    expect(w.told).toEqual([])
  })

  it('is cut off before the tool when it is told to end', async () => {
    await using w = await workshop()
    expect(await runAttempt(w.job('echo never > never'), AbortSignal.abort(END))).toMatchObject({
      outcome: { kind: 'cancelled', message: 'ended before the tool was started' },
      work: null,
    })
    expect(w.told).not.toContain('launched')
  })

  it('is ended in the middle by a person, and keeps its work', async () => {
    await using w = await workshop()
    const begun = w.fifo('begun')
    const controller = new AbortController()
    const job = w.job(`echo half > half; echo > ${begun}; exec sleep 1000`)
    const end = settled(runAttempt(job, controller.signal))
    await heard(begun)
    controller.abort(END)
    const { outcome, work } = await end
    expect(outcome.kind).toBe('cancelled')
    expect(await w.show(work!, 'half')).toBe('half')
    expect(findByNonce(job.attempt.nonce)).toEqual([])
  })
})

describe('the scope', () => {
  const workstream = sampleWorkstream('a', { filesScope: ['src'], filesCreate: ['notes/*.md'] })
  const SCRIPT = 'mkdir -p src notes; echo in > src/in; echo in > notes/in.md; echo out > out.txt'

  it('parks what lies outside: it does not land, and is kept as a patch', async () => {
    await using w = await workshop()
    const { outcome, work, changed, parked } = await run(w, SCRIPT, { workstream })
    expect(outcome.kind).toBe('ok')
    expect(changed).toEqual(['notes/in.md', 'src/in'])
    expect(await w.at.git(['diff', '--name-only', w.base, work!])).toBe('notes/in.md\nsrc/in')
    expect(parked!.paths).toEqual(['out.txt'])
    expect(readFileSync(parked!.patch, 'utf8')).toContain('+out')
    expect(await readRef(w.repo, 'refs/sluice/wip/a/1')).toBe(work)
  })

  it('blocks or allows it, as the configuration says', async () => {
    await using w = await workshop()
    const { config } = w.job('')
    expect(await run(w, SCRIPT, { workstream, config: { ...config, scope: 'block' } })).toMatchObject({
      outcome: { kind: 'out-of-scope', code: 'E503', message: expect.stringContaining('out.txt') },
      parked: null,
    })
    const all = ['notes/in.md', 'out.txt', 'src/in']
    expect(await run(w, SCRIPT, { workstream, config: { ...config, scope: 'allow' } }, { number: 2 })).toMatchObject({
      outcome: { kind: 'ok' },
      changed: all,
    })
  })

  it('refuses work of which nothing lies inside', async () => {
    await using w = await workshop()
    expect(await run(w, 'echo out > out.txt', { workstream })).toMatchObject({ outcome: { kind: 'out-of-scope' } })
  })
})

describe('an attempt from a checkpoint', () => {
  it('finds all that the last one left, committed or not', async () => {
    await using w = await workshop()
    const first = await run(w, 'echo one > one && git add one && git commit -qm one && echo two > two; exit 1')
    const checkpoint = { commit: first.work!, wasRefused: false }
    const script = 'test -e one && test -e two && git log --format=%s | grep -qx one && git status --porcelain > seen'
    const second = await run(w, script, { checkpoint }, { number: 2 })
    expect(second.outcome.kind).toBe('ok')
    expect(await w.show(second.work!, 'seen')).toContain('?? two')
    expect(second.changed).toEqual(['one', 'seen', 'two'])
    expect(await readRef(w.repo, 'refs/sluice/wip/a/1')).toBe(first.work)
  })

  it('that had been refused and is left as it was is no progress; otherwise it is the work', async () => {
    await using w = await workshop()
    const first = await run(w, 'echo one > one')
    const from = (wasRefused: boolean): { checkpoint: { commit: string; wasRefused: boolean } } => ({
      checkpoint: { commit: first.work!, wasRefused },
    })
    expect(await run(w, 'true', from(true), { number: 2 })).toMatchObject({
      outcome: { kind: 'no-change', code: 'E205' },
    })
    expect(await run(w, 'true', from(false), { number: 3 })).toMatchObject({
      outcome: { kind: 'ok' },
      changed: ['one'],
    })
    expect(await run(w, 'echo 2 > one', from(true), { number: 4 })).toMatchObject({ outcome: { kind: 'ok' } })
  })

  it('stands on the newer base when the two go together, and on its own when they conflict', async () => {
    await using w = await workshop()
    const { work } = await run(w, 'echo mine > README.md')
    await w.at.write('other', 'other\n')
    const newer = await w.at.commit('other')
    const checkpoint = { commit: work!, wasRefused: false }
    const bases: string[] = []
    const prepared = async ({ base }: { base: string }): Promise<void> => void bases.push(base)
    const merged = await run(
      w,
      'test -e other && echo more > more',
      { checkpoint, prepared },
      { number: 2, base: newer },
    )
    expect(merged).toMatchObject({ outcome: { kind: 'ok' }, changed: ['README.md', 'more'] })
    await w.at.write('README.md', 'theirs\n')
    const against = await w.at.commit('against')
    const behind = await run(
      w,
      'grep -q mine README.md && echo more > more',
      { checkpoint, prepared },
      { number: 3, base: against },
    )
    expect(behind).toMatchObject({ outcome: { kind: 'ok' }, changed: ['README.md', 'more'] })
    expect(bases).toEqual([newer, w.base])
  })
})

describe('an attempt that another orchestrator began', () => {
  it('is followed to its end when it still runs', async () => {
    await using w = await workshop()
    const [begun, more] = [w.fifo('begun'), w.fifo('more')]
    const controller = new AbortController()
    const job = w.job(`echo half > half; echo > ${begun}; read x < ${more}; echo whole > half`)
    const first = runAttempt(job, controller.signal)
    await heard(begun)
    controller.abort(DETACH)
    expect(await first).toEqual({ kind: 'detached' })
    const pids: number[] = []
    // It goes on when it was found again, not before.
    const adopted = async (pid: number): Promise<void> => {
      pids.push(pid)
      await go(more)
    }
    const again = settled(resumeAttempt({ ...job, attempt: { ...job.attempt, phase: 'running' } }, NEVER, adopted))
    const { outcome, work } = await again
    expect(outcome.kind).toBe('ok')
    expect(await w.show(work!, 'half')).toBe('whole')
    expect(pids).toEqual([(await readRun(job.dir))!.tool.pid])
  })

  it('that is found again after hours of sleep has the time left that it had, and none that it used up', async () => {
    await using w = await workshop()
    const minute = 60_000
    const monotonicMs = readClock().monotonicMs
    for (const [spentMs, kind] of [
      [minute, 'ok'],
      [31 * minute, 'timeout'],
    ] as const) {
      const [up, more] = [w.fifo(`up-${kind}`), w.fifo(`more-${kind}`)]
      const controller = new AbortController()
      const number = kind === 'ok' ? 1 : 2
      const job = w.job(`echo ${kind} > ${kind}; echo > ${up}; read x < ${more}`, {}, { number })
      const first = runAttempt(job, controller.signal)
      await heard(up)
      controller.abort(DETACH)
      await first
      // The wall clock says nine hours of both.
      const startedAt = Date.now() - 9 * 60 * minute
      const begun = { bootId: bootId(), monotonicMs: monotonicMs - spentMs }
      const attempt = { ...job.attempt, phase: 'running', startedAt, begun } as const
      const adopted = async (): Promise<void> => (kind === 'ok' ? await go(more) : undefined)
      const { outcome } = await settled(resumeAttempt({ ...job, attempt }, NEVER, adopted))
      expect(outcome.kind).toBe(kind)
    }
  })

  it('is settled from its files when it has ended meanwhile', async () => {
    await using w = await workshop()
    const [begun, more] = [w.fifo('begun'), w.fifo('more')]
    const controller = new AbortController()
    const job = w.job(`echo done > done; echo > ${begun}; read x < ${more}; exit 4`)
    const first = runAttempt(job, controller.signal)
    await heard(begun)
    controller.abort(DETACH)
    await first
    await go(more)
    // Gone when its shim is, which writes down the end first.
    while (findByNonce(job.attempt.nonce).length > 0 || !existsSync(join(job.dir, 'exit.json'))) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    const phase = { attempt: { ...job.attempt, phase: 'running' as const } }
    const { outcome, work } = await settled(resumeAttempt({ ...job, ...phase }, NEVER, untold))
    expect(outcome).toMatchObject({ kind: 'crash', message: 'ended with exit code 4' })
    expect(await w.show(work!, 'done')).toBe('done')
  })

  it('is lost with its shim; the tool is ended and its work pinned', async () => {
    await using w = await workshop()
    const begun = w.fifo('begun')
    const controller = new AbortController()
    const job = w.job(`echo half > half; echo > ${begun}; exec sleep 1000`)
    const first = runAttempt(job, controller.signal)
    await heard(begun)
    controller.abort(DETACH)
    await first
    const { shim } = (await readRun(job.dir))!
    process.kill(shim.pid, 'SIGKILL')
    // A signal takes effect when its process is next on a processor.
    while (isAlive(shim)) await new Promise((resolve) => setImmediate(resolve))
    const phase = { attempt: { ...job.attempt, phase: 'running' as const } }
    const { outcome, work } = await settled(resumeAttempt({ ...job, ...phase }, NEVER, untold))
    expect(outcome.kind).toBe('lost')
    expect(await w.show(work!, 'half')).toBe('half')
    expect(findByNonce(job.attempt.nonce)).toEqual([])
    expect(readdirSync(job.dir).filter((name) => name.endsWith('.new'))).toEqual([])
  })

  it('that had not come to its tool takes nothing over from a slot that is not its own', async () => {
    await using w = await workshop()
    const first = await run(w, 'echo other > other')
    const job = w.job('true', {}, { number: 2 })
    await mkdir(job.dir, { recursive: true })
    expect(await settled(resumeAttempt(job, NEVER, untold))).toMatchObject({ outcome: { kind: 'lost' }, work: null })
    expect(await readRef(w.repo, 'refs/sluice/wip/a/2')).toBe(null)
    expect(await readRef(w.repo, 'refs/sluice/wip/a/1')).toBe(first.work)
  })
})
