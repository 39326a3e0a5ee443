import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { acquireLock, isHeld } from '../../src/process/lock.ts'
import { scene } from './scene.ts'

const me = { pid: process.pid, startedAt: 1_700_000_000_000, command: 'sluice run' }

describe('acquireLock', () => {
  it('refuses a second holder and names the first', async () => {
    await using s = await scene()
    const first = await acquireLock(s.at('lock'), me)
    expect(first.kind).toBe('held')
    expect(await acquireLock(s.at('lock'), { ...me, pid: 2 })).toEqual({ kind: 'taken', by: me })
    if (first.kind === 'held') await first.release()
    const second = await acquireLock(s.at('lock'), me)
    expect(second.kind).toBe('held')
    if (second.kind === 'held') await second[Symbol.asyncDispose]()
    expect(existsSync(s.at('lock.json'))).toBe(false)
  })

  it('is held against other processes, freed by kill -9, and prints no warning', async () => {
    await using s = await scene()
    const module = new URL('../../src/process/lock.ts', import.meta.url).href
    const program = `
      import { acquireLock, isHeld } from ${JSON.stringify(module)}
      const lock = await acquireLock(process.argv[1], { pid: process.pid, startedAt: 1, command: 'other' })
      process.stdout.write(lock.kind)
      setInterval(() => {}, 1000)`
    const other = spawn(process.execPath, ['--input-type=module', '-e', program, s.at('lock')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let warnings = ''
    other.stderr.on('data', (chunk) => (warnings += String(chunk)))
    const died = once(other, 'close')
    expect(String((await once(other.stdout, 'data'))[0])).toBe('held')
    expect(await acquireLock(s.at('lock'), me)).toEqual({
      kind: 'taken',
      by: { pid: other.pid, startedAt: 1, command: 'other' },
    })
    other.kill('SIGKILL')
    await died
    expect(warnings).toBe('')
    const lock = await acquireLock(s.at('lock'), me)
    expect(lock.kind).toBe('held')
    if (lock.kind === 'held') await lock.release()
  })

  it('does not need the note: the lock decides', async () => {
    await using s = await scene()
    await writeFile(s.at('lock.json'), JSON.stringify({ pid: 1, startedAt: 1, command: 'long gone' }))
    const lock = await acquireLock(s.at('lock'), me)
    expect(lock.kind).toBe('held')
    await writeFile(s.at('lock.json'), 'torn')
    expect(await acquireLock(s.at('lock'), me)).toEqual({ kind: 'taken', by: null })
    if (lock.kind === 'held') await lock.release()
  })

  it('says what to do when it cannot lock', async () => {
    await using s = await scene()
    await expect(acquireLock(s.at('nowhere/lock'), me)).rejects.toMatchObject({ failure: { code: 'E105' }, exit: 5 })
  })
})

describe('isHeld', () => {
  it('tells whether somebody holds the lock, and creates nothing', async () => {
    await using s = await scene()
    expect(await isHeld(s.at('lock'))).toBe(false)
    expect(existsSync(s.at('lock'))).toBe(false)
    const lock = await acquireLock(s.at('lock'), me)
    expect(await isHeld(s.at('lock'))).toBe(true)
    if (lock.kind === 'held') await lock.release()
    expect(await isHeld(s.at('lock'))).toBe(false)
    const again = await acquireLock(s.at('lock'), me)
    expect(again.kind).toBe('held')
    if (again.kind === 'held') await again.release()
  })
})
