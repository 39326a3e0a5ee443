/** Faults 2, 4, 5, 6 and 7: nobody survives, whatever it does, where there is a process namespace or a control group. */
import { mkdirSync, readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { adopt } from '../../src/process/adopt.ts'
import { cgroupBase, groupMembers, makeGroup } from '../../src/process/cgroup.ts'
import { killTree } from '../../src/process/kill.ts'
import { launch, type Running } from '../../src/process/launch.ts'
import { runShell } from '../../src/process/run.ts'
import type { Enclosure } from '../../src/process/sandbox.ts'
import { SANDBOX, UNBOXED } from '../kit/sandbox.ts'
import { allOf, NAMES, newMark, survivors } from './adversaries.ts'
import { PATH, PATIENCE_MS, scene, type Scene } from './scene.ts'

const LOOK_MS = 10

function enclose(s: Scene): Enclosure {
  return { program: SANDBOX.program, network: true, areas: [], rules: [[s.dir, 'writable']] }
}

/** All of them, up. */
async function unleash(s: Scene, mark: string, enclosure: Enclosure | null = enclose(s)): Promise<Running> {
  mkdirSync(s.at('den'))
  const running = await launch(s.script(allOf(s.at('den'), mark), { enclosure }))
  await areUp(s)
  return running
}

async function areUp(s: Scene): Promise<void> {
  for (const at of NAMES.keys()) await s.reached(`den/up-${at}`)
}

/** Waits until none is left: nobody of ours sends the signal, so there is nothing to await. */
async function untilNone(mark: string, except: readonly number[]): Promise<string[]> {
  const end = performance.now() + PATIENCE_MS
  let left = survivors(mark, except)
  while (left.length > 0 && performance.now() < end) {
    await delay(LOOK_MS)
    left = survivors(mark, except)
  }
  return left
}

describe.skipIf(UNBOXED !== null)(
  `of eight descendants that do not want to be ended none survives${UNBOXED ?? ''}`,
  () => {
    it('a kill of the tree', async () => {
      await using s = await scene()
      using marked = newMark()
      const mark = marked.text
      const running = await unleash(s, mark)
      expect(survivors(mark, [running.shim.pid]).length).toBeGreaterThanOrEqual(NAMES.length)
      expect((await killTree(running.tree, { graceMs: 0 })).survivors).toBe(0)
      expect(survivors(mark, [running.shim.pid])).toEqual([])
      expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' })
    })

    // When the tool itself ends, its box does: so here it is one that waits for its children.
    it('a kill with grace, which those get that want it', async () => {
      await using s = await scene()
      using marked = newMark()
      const mark = marked.text
      mkdirSync(s.at('den'))
      const polite = `sh -c 'trap ": >asked; exit 0" TERM; : >polite; while :; do sleep 0.01; done' &`
      const running = await launch(
        s.script(`trap : TERM\n${polite}\n${allOf(s.at('den'), mark)}`, { enclosure: enclose(s) }),
      )
      await areUp(s)
      await s.reached('polite')
      expect((await killTree(running.tree, { graceMs: 500 })).survivors).toBe(0)
      await s.reached('asked')
      expect(await untilNone(mark, [])).toEqual([])
    })

    it('the end of their shim, by kill -9: the attempt is lost then, and nothing of it lives', async () => {
      await using s = await scene()
      using marked = newMark()
      const mark = marked.text
      const running = await unleash(s, mark)
      process.kill(running.shim.pid, 'SIGKILL')
      expect(await running.exited).toBe('lost')
      expect(await untilNone(mark, [])).toEqual([])
      expect((await adopt(s.at('attempt'))).kind).toBe('lost')
    })

    it('the end of the tool by itself', async () => {
      await using s = await scene()
      using marked = newMark()
      const mark = marked.text
      mkdirSync(s.at('den'))
      const ups = NAMES.map((_, at) => `[ -e den/up-${at} ]`).join(' && ')
      const script = allOf(s.at('den'), mark).replace(/wait; exec.*$/, `until ${ups}; do sleep 0.01; done; exit 3`)
      const running = await launch(s.script(script, { enclosure: enclose(s) }))
      expect(await running.exited).toEqual({ code: 3, signal: null })
      expect(await untilNone(mark, [running.shim.pid])).toEqual([])
    })

    it('the time-out of a check', async () => {
      await using s = await scene()
      using marked = newMark()
      const mark = marked.text
      mkdirSync(s.at('den'))
      const stop = new AbortController()
      const command = allOf(s.at('den'), mark)
      const rest = { cwd: s.dir, env: { PATH }, logFile: s.at('log'), nonce: s.nonce, enclosure: enclose(s) }
      const running = runShell({ command, ...rest, timeoutMs: PATIENCE_MS, signal: stop.signal })
      await areUp(s)
      stop.abort(new Error('enough'))
      await expect(running).rejects.toThrow('enough')
      expect(survivors(mark, [])).toEqual([])
    })
  },
)

const base = cgroupBase()
const UNGROUPED =
  base === null ? ' (skipped: this user may make no control group, which takes root or a delegated one)' : ''

describe.skipIf(base === null)(`without a box, in a control group${UNGROUPED}, none survives`, () => {
  const groups = (): string[] => readdirSync(base!.folder).filter((name) => name.startsWith('sluice-'))

  it('a kill of the tree, and the group goes with it', async () => {
    await using s = await scene()
    using marked = newMark()
    const running = await unleash(s, marked.text, null)
    expect(groups()).toContain(`sluice-${s.nonce}`)
    expect((await killTree(running.tree, { graceMs: 0 })).survivors).toBe(0)
    expect(survivors(marked.text, [running.shim.pid])).toEqual([])
    expect(groups()).not.toContain(`sluice-${s.nonce}`)
  })

  it('a kill by who comes after the shim was killed, and knows the nonce only', async () => {
    await using s = await scene()
    using marked = newMark()
    const running = await unleash(s, marked.text, null)
    process.kill(running.shim.pid, 'SIGKILL')
    expect(await running.exited).toBe('lost')
    expect((await killTree({ nonce: s.nonce, leader: null }, { graceMs: 0 })).survivors).toBe(0)
    expect(survivors(marked.text, [])).toEqual([])
  })

  it('the end of a check', async () => {
    await using s = await scene()
    using marked = newMark()
    mkdirSync(s.at('den'))
    const ups = NAMES.map((_, at) => `[ -e den/up-${at} ]`).join(' && ')
    const command = allOf(s.at('den'), marked.text).replace(/wait; exec.*$/, `until ${ups}; do sleep 0.01; done`)
    const rest = { cwd: s.dir, env: { PATH }, logFile: s.at('log'), nonce: s.nonce, enclosure: null }
    const { exit, survivorsKilled } = await runShell({ command, ...rest, timeoutMs: PATIENCE_MS })
    expect(exit).toBe(0)
    expect(survivorsKilled).toBeGreaterThan(NAMES.length)
    expect(survivors(marked.text, [])).toEqual([])
    expect(groups()).not.toContain(`sluice-${s.nonce}`)
  })
})

describe('a nonce that is a path', () => {
  it('leads to no control group', async () => {
    expect(await makeGroup('../of-somebody-else', null)).toBeNull()
    expect(groupMembers('../of-somebody-else')).toEqual([])
  })
})
