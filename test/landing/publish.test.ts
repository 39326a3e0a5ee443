import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { publish, recoverPublish } from '../../src/landing/publish.ts'
import { OutOfRoom } from '../../src/process/room.ts'
import { NO_SMALL_DISK, smallDisk } from '../kit/small-disk.ts'
import { yard } from './room.ts'

describe('publishing', () => {
  it('moves a free branch without a journal', async () => {
    await using y = await yard()
    const after = await y.work({ 'a.txt': 'a\n' })
    expect(await publish(y.repo, 'main', y.base, after, y.journalFile)).toMatchObject({ kind: 'moved' })
    expect(await y.tip()).toBe(after)
    expect(existsSync(y.journalFile)).toBe(false)
    expect(await recoverPublish(y.repo, y.journalFile)).toBe(null)
  })

  it('journals the move of a checkout before the first file changes, and forgets it afterwards', async () => {
    await using y = await yard({ isFree: false })
    const after = await y.work({ 'a.txt': 'a\n' })
    const nowhere = `${y.at.dir}/no such folder/publish.json`
    await expect(publish(y.repo, 'main', y.base, after, nowhere)).rejects.toThrow('ENOENT')
    expect(y.at.has('a.txt')).toBe(false)
    expect(await y.tip()).toBe(y.base)
    expect(await publish(y.repo, 'main', y.base, after, y.journalFile)).toMatchObject({ kind: 'moved' })
    expect(await y.at.read('a.txt')).toBe('a\n')
    expect(existsSync(y.journalFile)).toBe(false)
  })

  it('waits when files of the user are in the way, and leaves no journal', async () => {
    await using y = await yard({ isFree: false })
    await y.at.write('a.txt', 'mine\n')
    const after = await y.work({ 'a.txt': 'landed\n' })
    expect(await publish(y.repo, 'main', y.base, after, y.journalFile)).toMatchObject({
      kind: 'pending',
      paths: ['a.txt'],
    })
    expect(await y.at.read('a.txt')).toBe('mine\n')
    expect(existsSync(y.journalFile)).toBe(false)
  })

  it('makes one move at a time: who asks meanwhile finds the target moved, and the checkout whole', async () => {
    await using y = await yard({ isFree: false })
    const after = await y.work({ 'a.txt': 'a\n' })
    const other = await y.work({ 'b.txt': 'b\n' })
    const moves = [after, other].map((to) => publish(y.repo, 'main', y.base, to, y.journalFile))
    expect(await Promise.all(moves)).toMatchObject([{ kind: 'moved' }, { kind: 'raced' }])
    expect(await y.at.git(['status', '--porcelain'])).toBe('')
    expect(existsSync(y.journalFile)).toBe(false)
  })

  it('says when somebody was faster', async () => {
    await using y = await yard()
    const after = await y.work({ 'a.txt': 'a\n' })
    await y.push({ 'b.txt': 'b\n' })
    expect(await publish(y.repo, 'main', y.base, after, y.journalFile)).toEqual({ kind: 'raced' })
  })
})

describe('a move that was cut off', () => {
  /** As a kill leaves it: the journal, the lock, one of two files. */
  async function torn(text: string): Promise<Awaited<ReturnType<typeof yard>> & { after: string }> {
    const y = await yard({ isFree: false })
    const after = await y.work({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
    const plan = { before: y.base, after, path: y.at.root, gitDir: `${y.at.root}/.git`, absent: [] }
    await y.at.write(y.journalFile, JSON.stringify({ target: 'main', plan }))
    await y.at.write('.git/index.lock', '')
    await y.at.write('a.txt', text)
    return { ...y, after }
  }

  it('is completed from the journal', async () => {
    await using y = await torn('a\n')
    expect(await recoverPublish(y.repo, y.journalFile)).toEqual({ kind: 'completed', paths: 2 })
    expect(await y.tip()).toBe(y.after)
    expect(await y.at.git(['status', '--porcelain'])).toBe('')
    expect(existsSync(y.journalFile)).toBe(false)
  })

  it('asks when somebody has changed a file since, and keeps the journal', async () => {
    await using y = await torn('something else\n')
    expect(await recoverPublish(y.repo, y.journalFile)).toMatchObject({ kind: 'ask', paths: ['a.txt'] })
    expect(JSON.parse(readFileSync(y.journalFile, 'utf8'))).toHaveProperty('plan.after', y.after)
    expect(await y.tip()).toBe(y.base)
  })

  it('had not begun when its journal is not whole', async () => {
    await using y = await yard({ isFree: false })
    await y.at.write(y.journalFile, '{"target":"ma')
    expect(await recoverPublish(y.repo, y.journalFile)).toBe(null)
    expect(await y.tip()).toBe(y.base)
  })

  const title = 'completes what a full disk has cut off in the middle, when there is room (fault 21)'
  it.skipIf(NO_SMALL_DISK !== null)(`${title}${NO_SMALL_DISK === null ? '' : `: ${NO_SMALL_DISK}`}`, async () => {
    using disk = smallDisk()
    await using y = await yard({ isFree: false, within: disk.path })
    const large = randomBytes(2 * 1024 ** 2).toString('hex')
    const after = await y.work({ 'a.txt': 'a\n', 'b.txt': large, 'README.md': 'changed\n' })
    disk.fill(1024 ** 2)
    const move = (): Promise<unknown> => publish(y.repo, 'main', y.base, after, y.journalFile)
    await expect(move()).rejects.toThrow(OutOfRoom)
    expect(await y.tip()).toBe(y.base)
    expect(existsSync(y.journalFile)).toBe(true)
    disk.free()
    expect(await move()).toMatchObject({ kind: 'moved' })
    expect(await y.tip()).toBe(after)
    expect(await y.at.git(['status', '--porcelain'])).toBe('')
    expect(await y.at.read('b.txt')).toBe(large)
    expect(existsSync(y.journalFile)).toBe(false)
  })
})
