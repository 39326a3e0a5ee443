import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listRefs } from '../../../src/git/refs.ts'
import { slotAt } from '../../../src/git/slot.ts'
import { markFile } from '../../../src/landing/checks.ts'
import { type Automatic, type AutomaticOrder, resolveAutomatically } from '../../../src/landing/resolve/automatic.ts'
import type { RunOnTree } from '../../../src/landing/resolve/regenerate.ts'
import { regenerateIn } from '../../../src/landing/resolve/regenerate-in.ts'
import { learnFrom } from '../../../src/landing/resolve/rerere.ts'
import { AUTOMATIC_RUNGS } from '../../../src/model/rung.ts'
import { findByNonce } from '../../../src/process/kill.ts'
import { assertKind } from '../../git/room.ts'
import { type Conflicted, type Forge, forge, NOT_PLAIN, NOT_PLAIN_FILES } from './room.ts'

const never: RunOnTree = () => Promise.reject(new Error('nothing is to be run'))

function settle(f: Forge, conflict: Conflicted, more: Partial<AutomaticOrder> = {}): Promise<Automatic> {
  const config = { regenerate: [], drivers: {} }
  const { onto, work } = conflict
  return resolveAutomatically({
    repo: f.repo,
    onto,
    work,
    conflict,
    rungs: AUTOMATIC_RUNGS,
    config,
    run: never,
    ...more,
  })
}

/** Runs commands in a gate slot of the forge. */
function gate(f: Forge, more: { timeoutMs?: number } = {}): { run: RunOnTree; nonce: string; slotDir: string } {
  const slot = slotAt(join(f.at.dir, 'work'), 'gates', 1)
  const nonce = randomUUID()
  const workspace = { setup: 'exit 1', inputs: [], copy: [], keep: [] }
  const logFile = join(f.at.dir, 'regenerate.log')
  const run = regenerateIn({ repo: f.repo, slot, target: 'main', workspace, sandbox: 'off', logFile, nonce, ...more })
  return { run, nonce, slotDir: slot.dir }
}

/** A manifest that merges by itself, and a lockfile made from it that does not. */
const LOCK = { paths: ['lock', 'locks/*'], run: 'cat manifest > lock' }
const manifest = (a: string, b: string): string => `a ${a}\n1\n2\n3\n4\nb ${b}\n`

async function locked(f: Forge): Promise<Conflicted> {
  const ours = { manifest: manifest('2', '1'), lock: 'a2b1\n' }
  return await f.fork(ours, { manifest: manifest('1', '2'), lock: 'a1b2\n' })
}

const LOCKED = { manifest: manifest('1', '1'), lock: 'a1b1\n' }

describe('what is made from other files', () => {
  it('is made again on the merged tree, from the version of the target', async () => {
    await using f = await forge(LOCKED)
    const conflict = await locked(f)
    const { run, nonce, slotDir } = gate(f)
    const command = `cat lock >&2; ${LOCK.run}`
    const result = await settle(f, conflict, { config: { regenerate: [{ ...LOCK, run: command }], drivers: {} }, run })
    assertKind(result, 'resolved')
    expect(result.by).toEqual([{ rung: 'regenerate', path: 'lock', command }])
    expect(await f.show(result.tree, 'lock')).toBe(manifest('2', '2'))
    expect(await f.show(result.tree, 'manifest')).toBe(manifest('2', '2'))
    expect(await readFile(join(f.at.dir, 'regenerate.log'), 'utf8')).toBe('a2b1\n')
    expect(findByNonce(nonce)).toEqual([])
    expect(existsSync(markFile(slotDir))).toBe(false)
    expect(await listRefs(f.repo, 'refs/sluice')).toEqual([])
  })

  it('may come with other declared paths, new ones too', async () => {
    await using f = await forge({ ...LOCKED, 'locks/old': 'x\n' })
    const conflict = await locked(f)
    const command = 'cat manifest | tee lock > locks/new && rm locks/old'
    const config = { regenerate: [{ ...LOCK, run: command }], drivers: {} }
    const result = await settle(f, conflict, { config, run: gate(f).run })
    assertKind(result, 'resolved')
    expect(await f.names(result.tree)).toEqual(['lock', 'locks/new', 'manifest'])
  })

  it.each([
    ['exit 3', 'ended with exit code 3'],
    ['cat manifest > lock; echo x > manifest', 'also changed manifest'],
    ['cat manifest > lock; touch left', 'also changed left'],
    ['rm lock', 'removed lock'],
    ['ln -sf manifest lock', 'removed lock or made something else of it'],
    ['chmod +x lock', 'removed lock or made something else of it'],
    ['kill -9 $$', 'was killed'],
  ])('is left alone when the command is %s', async (command, why) => {
    await using f = await forge(LOCKED)
    const conflict = await locked(f)
    const config = { regenerate: [{ ...LOCK, run: command }], drivers: {} }
    const result = await settle(f, conflict, { config, run: gate(f).run, rungs: ['regenerate'] })
    assertKind(result, 'left')
    expect(result.tried).toEqual([{ rung: 'regenerate', how: expect.stringContaining(why) }])
    expect(result.tree).toBe(conflict.tree)
  })

  it('is left alone when the command takes too long', async () => {
    await using f = await forge(LOCKED)
    const conflict = await locked(f)
    const { run, nonce } = gate(f, { timeoutMs: 50 })
    const config = { regenerate: [{ ...LOCK, run: 'sleep 1000' }], drivers: {} }
    const result = await settle(f, conflict, { config, run, rungs: ['regenerate'] })
    expect(result).toMatchObject({ tried: [{ how: '`sleep 1000` took longer than 0.05 s (lock)' }] })
    expect(findByNonce(nonce)).toEqual([])
  })

  it('is read without obeying what the command has planted in the slot', async () => {
    await using f = await forge(LOCKED)
    const conflict = await locked(f)
    const planted = join(f.at.dir, 'planted')
    const plant = `cat manifest > lock && git config core.fsmonitor 'touch ${planted}' && git config filter.x.clean 'touch ${planted}' && mkdir -p ../hub.git/info && echo '* filter=x' > ../hub.git/info/attributes`
    const config = { regenerate: [{ ...LOCK, run: plant }], drivers: {} }
    assertKind(await settle(f, conflict, { config, run: gate(f).run }), 'resolved')
    expect(existsSync(planted)).toBe(false)
  })

  it('waits until what it is made from is settled, whatever the order says', async () => {
    await using f = await forge({ ...LOCKED, notes: 'n\n' })
    const conflict = await f.fork({ notes: 'ours\n', lock: 'ours\n' }, { notes: 'work\n', lock: 'work\n' })
    const regenerate = [{ paths: ['lock'], run: 'cat notes > lock' }]
    const drivers = { notes: 'union' as const }
    const result = await settle(f, conflict, { config: { regenerate, drivers }, run: gate(f).run })
    assertKind(result, 'resolved')
    expect(await f.show(result.tree, 'lock')).toBe('ours\nwork\n')
    const left = await settle(f, conflict, { config: { regenerate, drivers: {} } })
    assertKind(left, 'left')
    expect(left.tried).toContainEqual({
      rung: 'regenerate',
      how: 'no command is declared (notes); waits for the other files (lock)',
    })
  })

  it('goes on to the next rung when its command fails', async () => {
    await using f = await forge(LOCKED)
    const conflict = await locked(f)
    const result = await settle(f, conflict, {
      config: { regenerate: [{ ...LOCK, run: 'false' }], drivers: { lock: 'union' } },
      run: gate(f).run,
    })
    assertKind(result, 'resolved')
    expect(result.by).toEqual([{ rung: 'drivers', path: 'lock', driver: 'union' }])
  })
})

describe('the automatic rungs together', () => {
  const union = { regenerate: [], drivers: { log: 'union' as const } }

  it('settle each file by the first that fits, in the order of the configuration', async () => {
    await using f = await forge({ a: 'one\nbase\ntwo\n', log: 'l\n' })
    const ours = { a: 'one\nours\ntwo\n', log: 'l\nours\n' }
    const conflict = await f.fork(ours, { a: 'one\nwork\ntwo\n', log: 'l\nwork\n' })
    const merge = await f.commit([conflict.work, conflict.onto], { a: 'one\nboth\ntwo\n', log: 'l\nmine\n' })
    const learned = await learnFrom(f.repo, { tip: merge, base: f.base })
    expect(learned.map(({ path }) => path)).toEqual(['a', 'log'])
    const first = await settle(f, conflict, { config: union })
    assertKind(first, 'resolved')
    expect(first.by).toEqual([
      { rung: 'rerere', path: 'a', id: learned[0]!.id },
      { rung: 'drivers', path: 'log', driver: 'union' },
    ])
    expect(await f.show(first.tree, 'a')).toBe('one\nboth\ntwo\n')
    expect(await f.show(first.tree, 'log')).toBe('l\nours\nwork\n')
    const second = await settle(f, conflict, { config: union, rungs: ['rerere', 'drivers'] })
    assertKind(second, 'resolved')
    expect(await f.show(second.tree, 'log')).toBe('l\nmine\n')
  })

  it('leave the whole to others when one file is left, but what they settled stays settled', async () => {
    await using f = await forge({ a: '1\n', log: 'l\n' })
    const conflict = await f.fork({ a: 'ours\n', log: 'l\nours\n' }, { a: 'work\n', log: 'l\nwork\n' })
    const result = await settle(f, conflict, { config: union })
    assertKind(result, 'left')
    expect(result.files.map(({ path }) => path)).toEqual(['a'])
    expect(result.by).toEqual([{ rung: 'drivers', path: 'log', driver: 'union' }])
    expect(result.tried).toEqual([
      { rung: 'regenerate', how: 'no command is declared (a, log)' },
      { rung: 'drivers', how: 'no driver is declared (a)' },
      { rung: 'rerere', how: 'not resolved before (a)' },
    ])
    expect(await f.show(result.tree, 'log')).toBe('l\nours\nwork\n')
    expect(await f.show(result.tree, 'a')).toContain('<<<<<<<')
  })

  it('do nothing that the configuration leaves out', async () => {
    await using f = await forge({ log: 'l\n' })
    const conflict = await f.fork({ log: 'l\nours\n' }, { log: 'l\nwork\n' })
    expect(await settle(f, conflict, { config: union, rungs: [] })).toMatchObject({ kind: 'left', tried: [] })
  })

  it.each(NOT_PLAIN)('leave $name alone, even where everything is declared', async ({ ours, theirs }) => {
    await using f = await forge(NOT_PLAIN_FILES)
    const conflict = await f.fork(ours, theirs)
    const config = { regenerate: [{ paths: ['**'], run: 'false' }], drivers: { '**': 'union' as const } }
    const result = await settle(f, conflict, { config })
    assertKind(result, 'left')
    expect(result.files.length).toBeGreaterThan(0)
    expect(result.by).toEqual([])
    expect(result.tree).toBe(conflict.tree)
    expect(result.tried.map(({ rung }) => rung)).toEqual([...AUTOMATIC_RUNGS])
  })
})
