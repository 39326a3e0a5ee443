/**
 * Under a Node that is too old the launcher starts Sluice under the right one and stands between it and whoever sends
 * signals. Nobody may notice.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { held, planned, type PlannedRepository } from '../kit/plan.ts'
import { endOf, type Ended, sluice } from '../kit/sluice.ts'

const ROOT = join(import.meta.dirname, '../..')
const OLDER = ['--require', join(ROOT, 'test/kit/older-node.cjs')]

/** In a session of its own, so that a signal to the group reaches the launcher and what it starts, and nobody else. */
function launch(repo: PlannedRepository, ...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [...OLDER, join(ROOT, 'bin/sluice.js'), ...args], {
    ...repo.place,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  return { child, ended: endOf(child, args) }
}

/** Resolves when the launcher has written a line that holds `text`. */
async function said(child: ChildProcess, text: string): Promise<void> {
  let all = ''
  await new Promise<void>((resolve) => {
    child.stderr!.on('data', (part: string) => {
      all += part
      if (all.includes(text)) resolve()
    })
  })
}

describe.concurrent('the launcher', () => {
  it('passes on an interrupt that it alone is sent: once drains, twice stops', async () => {
    await using repo = await planned({ script: { a: held('a') } })
    const { child, ended } = launch(repo, 'run')
    await repo.reached('a-began')
    const drains = said(child, 'nothing new begins')
    child.kill('SIGINT')
    await drains
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ exit: 130 })
    expect((await repo.row('a')).state).toBe('ready')
  })

  it('counts the Ctrl-C of a terminal, which reaches both, once', async () => {
    await using repo = await planned({ script: { a: [...held('a'), { write: { path: 'a.txt', text: 'a\n' } }] } })
    const { child, ended } = launch(repo, 'run')
    await repo.reached('a-began')
    const drains = said(child, 'nothing new begins')
    process.kill(-child.pid!, 'SIGINT')
    await drains
    await repo.go('a-go')
    expect(await ended).toMatchObject({ exit: 0 })
    expect(await repo.landed()).toEqual(['a'])
  })

  it('leaves nothing in the folder for temporary files', async () => {
    await using repo = await planned()
    const { NODE_COMPILE_CACHE: _, ...env } = repo.place.env
    expect((await sluice(['plan'], { ...repo.place, env })).exit).toBe(0)
    expect(readdirSync(repo.tmp)).toEqual([])
  })

  it('gives the exit code of what it started', async () => {
    await using repo = await planned({ workstreams: [{ id: '../x' }] })
    expect(await launch(repo, 'run').ended).toMatchObject({ exit: 2 })
    expect(await launch(repo, '--version').ended).toMatchObject({ exit: 0, stdout: '0.1.0\n' })
  })
})

describe.concurrent('a clone whose dependencies were not installed', () => {
  it.each([
    ['under an older Node', OLDER],
    ['under the right one', []],
  ])('is told so, %s', async (_, before) => {
    await using repo = await planned()
    const clone = join(repo.dir, 'clone')
    for (const part of ['bin', 'src', 'package.json']) {
      mkdirSync(dirname(join(clone, part)), { recursive: true })
      cpSync(join(ROOT, part), join(clone, part), { recursive: true })
    }
    const child = spawn(process.execPath, [...before, join(clone, 'bin/sluice.js'), 'plan'], {
      ...repo.place,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { exit, stderr } = await endOf(child, ['plan'])
    expect(exit).toBe(2)
    expect(stderr).toContain(`npm ci --prefix ${clone}`)
    expect(stderr.split('\n')).toHaveLength(2)
  })
})
