/** Waiting for room on a disk that is full (faults 19 to 21), on a real one that is. */
import { existsSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { GitError } from '../../src/git/git.ts'
import { SluiceError } from '../../src/model/failure.ts'
import { isDiskBroken, isDiskFull, isFromSystem } from '../../src/process/full-disk.ts'
import { readMachine } from '../../src/process/machine.ts'
import { DiskRoom, OutOfRoom, RoomGivenUp, type Tale } from '../../src/process/room.ts'
import { NO_SMALL_DISK, type SmallDisk, smallDisk } from '../kit/small-disk.ts'

interface Told {
  room: DiskRoom
  told: Tale[]
  /** Resolves at the tale of that kind. */
  hears: (kind: Tale['kind']) => Promise<Tale>
}

function roomOn({ path }: SmallDisk): Told {
  const told: Tale[] = []
  const ears = { full: Promise.withResolvers<Tale>(), again: Promise.withResolvers<Tale>() }
  const room = new DiskRoom({
    ballast: join(path, 'ballast'),
    disks: () => readMachine([{ what: 'the test', path }]).disks,
    tell: async (tale) => {
      told.push(tale)
      ears[tale.kind].resolve(tale)
    },
    lookMs: 5,
  })
  return { room, told, hears: (kind) => ears[kind].promise }
}

describe.skipIf(NO_SMALL_DISK !== null)(`room on a disk${NO_SMALL_DISK === null ? '' : ` (${NO_SMALL_DISK})`}`, () => {
  it('does what fails for lack of room again when there is some, and tells each once', async ({ expect }) => {
    using disk = smallDisk()
    const { room, told, hears } = roomOn(disk)
    await using _ = room
    disk.fill()
    const files = ['a', 'b'].map((name) => join(disk.path, name))
    const done = Promise.all(files.map((file) => room.hold(() => writeFile(file, 'text'))))
    expect(await hears('full')).toMatchObject({
      failure: {
        code: 'E302',
        message: `the disk of the test is full: 0 MB left at ${disk.path}, 16 MB have to be free`,
        fix: `free some on the disk of ${disk.path}`,
      },
    })
    disk.free()
    await done
    await hears('again')
    expect(told.map(({ kind }) => kind)).toEqual(['full', 'again'])
    expect(existsSync(join(disk.path, 'ballast'))).toBe(true)
  })

  it('is left without ballast, whole or half made by a run that was killed', async ({ expect }) => {
    using disk = smallDisk()
    const files = ['ballast', 'ballast.new'].map((name) => join(disk.path, name))
    for (const file of files) writeFileSync(file, 'of a run that was killed')
    {
      await using room = roomOn(disk).room
      room.open()
    }
    expect(files.filter((file) => existsSync(file))).toEqual([])
  })

  it('drops what an earlier run has left as ballast, and needs nobody then', async ({ expect }) => {
    using disk = smallDisk()
    const ballast = join(disk.path, 'ballast')
    writeFileSync(ballast, Buffer.alloc(8 * 1024 ** 2))
    const { room, told } = roomOn(disk)
    await using _ = room
    room.open()
    disk.fill()
    await room.hold(() => writeFile(join(disk.path, 'a'), 'text'))
    expect(told.map(({ kind }) => kind)).toEqual(['full'])
    expect(existsSync(ballast)).toBe(false)
  })

  it('takes a complaint that names no reason for one about room while there is none', async ({ expect }) => {
    using disk = smallDisk()
    const { room, hears } = roomOn(disk)
    await using _ = room
    let isDone = false
    const step = async (): Promise<void> => {
      if (!isDone) throw new GitError(['read-tree'], 128, 'fatal: unable to write new index file')
    }
    await expect(room.hold(step)).rejects.toThrow(GitError)
    disk.fill()
    const done = room.hold(step)
    await hears('full')
    isDone = true
    disk.free()
    await done
  })

  it('ends what waits when the run is ended, by the signal or for good', async ({ expect }) => {
    using disk = smallDisk()
    const { room, hears } = roomOn(disk)
    await using _ = room
    disk.fill()
    const waits = room.hold(() => writeFile(join(disk.path, 'a'), 'text'))
    await hears('full')
    room.assertServed()
    room.giveUp()
    await expect(waits).rejects.toThrow(RoomGivenUp)
    await expect(room.hold(() => writeFile(join(disk.path, 'b'), 'text'))).rejects.toThrow(RoomGivenUp)
    expect(() => room.assertServed()).toThrow(/is full/)
  })

  it('ends a wait by its own signal', async ({ expect }) => {
    using disk = smallDisk()
    const { room, hears } = roomOn(disk)
    await using _ = room
    disk.fill()
    const stop = new AbortController()
    const waits = room.hold(() => writeFile(join(disk.path, 'a'), 'text'), stop.signal)
    await hears('full')
    stop.abort(new Error('no longer wanted'))
    await expect(waits).rejects.toThrow('no longer wanted')
  })

  it('names quotas and inodes where the disks themselves have room', async ({ expect }) => {
    using disk = smallDisk()
    const { room, told } = roomOn(disk)
    await using _ = room
    let tries = 0
    await room.hold(async () => {
      if (++tries < 3) throw Object.assign(new Error('EDQUOT: quota exceeded, write'), { code: 'EDQUOT' })
    })
    expect(told[0]).toMatchObject({ failure: { code: 'E302', fix: expect.stringMatching(/quota -s.*df -i/) } })
  })
})

describe('a full disk is known', () => {
  const system = (code: string, syscall: string): Error => Object.assign(new Error(code), { code, syscall })
  const sqlite = (errcode: number): Error => Object.assign(new Error('sqlite'), { code: 'ERR_SQLITE_ERROR', errcode })
  const git = (stderr: string): Error => new GitError(['unpack-objects'], 128, stderr)

  it.for([
    ['the system', system('ENOSPC', 'write'), true],
    ['a quota', system('EDQUOT', 'write'), true],
    ['the watches of the kernel', system('ENOSPC', 'watch'), false],
    ['SQLite', sqlite(13), true],
    ['SQLite, of something else', sqlite(5), false],
    ['git', git('error: unable to write file: No space left on device'), true],
    ['git, of something else', git('fatal: bad object'), false],
    ['an error around it', new Error('a task failed', { cause: system('ENOSPC', 'open') }), true],
    ['what says so itself', new OutOfRoom('red'), false],
  ] as const)('by %s', ([, error, is], { expect }) => {
    expect(isDiskFull(error)).toBe(is)
  })

  it('and told apart from one that is broken, and from bugs of ours', ({ expect }) => {
    expect([system('EIO', 'fsync'), sqlite(1034), sqlite(13)].map(isDiskBroken)).toEqual([true, true, false])
    const setUp = new SluiceError({ code: 'E201', message: 'workspace.setup failed: exit 1' })
    expect([system('EACCES', 'open'), sqlite(10), git('bad'), setUp].map(isFromSystem)).toEqual(Array(4).fill(true))
    expect(isFromSystem(new TypeError('x is not a function'))).toBe(false)
  })
})
