/**
 * A full disk in the middle of a run: what cannot be done now is done again when there is room, and nothing is lost.
 *
 * Steps that may be repeated are done through `hold`. When one fails for lack of room, a reserve that lies ready (the
 * ballast) is dropped, which is enough for the store and for a merge; it is told, once; and where that does not help,
 * the step waits. Every few seconds somebody looks at the disks, and when they have room again, what waits is tried
 * again. It is over when the ballast could be made anew; where the disks never looked full (quotas, inodes), when nothing
 * waits any more either.
 *
 * A system that opens no more files (E305) is waited for in the same way; only a ballast does not help there.
 */
import { randomFillSync } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { type Failure, messageOf } from '../model/failure.ts'
import type { DiskFacts } from '../model/machine.ts'
import { isDiskFull, isFromSystem, isOutOfFiles } from './full-disk.ts'
import { openFilesMax } from './machine.ts'

const MIB = 1024 ** 2

/** Enough for thousands of records, or for the merges of a few dozen landings. */
const BALLAST_BYTES = 8 * MIB

/** With less than this a disk is full: the ballast is to be made again, and something has to be left then. */
export const ROOM_BYTES_MIN = 2 * BALLAST_BYTES

/** How often the disks are looked at while something waits. */
const LOOK_MS = 2_000

/** A run that is over sooner needs no ballast, and is not to be held up by the disk's writing it. */
const BALLAST_AFTER_MS = 10_000

export interface DiskRoomOptions {
  /** Where the ballast lies; its folder exists. */
  ballast: string
  /** What the disks have left now. */
  disks: () => readonly DiskFacts[]
  /** Tells that it is full, or that there is room again; may neither throw nor wait for room. */
  tell: (tale: Tale) => Promise<void>
  lookMs?: number
}

export type Tale = { kind: 'full'; failure: Failure } | { kind: 'again'; ms: number }

/** What came out says nothing, because the disk was full meanwhile. */
export class OutOfRoom extends Error {}

/** The run was ended while something waited for room. No `SluiceError`: those mean that a step has an answer. */
export class RoomGivenUp extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.name = 'RoomGivenUp'
    this.failure = failure
  }
}

export class DiskRoom implements AsyncDisposable {
  readonly #options: DiskRoomOptions
  /** null: there is room. `wasSeen`: by how much the disks had left. */
  #full: { since: number; failure: Failure; wasSeen: boolean } | null = null
  /** Wakes who waits, to try again. */
  readonly #waiting = new Set<() => void>()
  /** A step has found no room since the last look. */
  #isRefused = false
  #hasBallast = false
  /** How many times ballast was dropped. */
  #drops = 0
  #making: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | null = null
  #isGivenUp = false
  #isOff = false
  #isUnserved = false

  constructor(options: DiskRoomOptions) {
    this.#options = options
  }

  /** Has a ballast made a little later, unless a run that was killed has left one. Returns at once: no start waits for it. */
  open(): void {
    this.#hasBallast = existsSync(this.#options.ballast)
    if (!this.#hasBallast) this.#timer = setTimeout(() => void this.#makeBallast(), BALLAST_AFTER_MS).unref()
  }

  /**
   * Does a step that may be repeated, as often as it takes. Throws what it throws, unless that is for lack of room; the
   * reason of `signal`; RoomGivenUp when it still waits at `giveUp`.
   */
  async hold<T>(step: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (;;) {
      const drops = this.#drops
      try {
        return await step()
      } catch (error) {
        if (this.#isOff || error instanceof RoomGivenUp || !this.#isForLackOfRoom(error)) throw error
        // What was dropped meanwhile for somebody else may do for this one too.
        if (drops === this.#drops) await this.#makeRoom(error, signal)
        signal?.throwIfAborted()
      }
    }
  }

  /** A disk is full now, or was and it is not over. */
  isShort(): boolean {
    return this.#full !== null || this.#shortDisks().length > 0
  }

  /** From now on nothing waits in here, and nothing is told: what finds no room fails at once, as it would without. */
  off(): void {
    this.#isOff = true
  }

  /** What waits ends with RoomGivenUp, and what would wait from now on. */
  giveUp(): void {
    this.#isGivenUp = true
    this.#wake()
  }

  /** Throws when something was left undone: the next run takes it up. */
  assertServed(): void {
    if (this.#isUnserved) throw this.#givenUp()
  }

  /** The run has ended. The ballast goes: between runs nobody would drop it, nor what a killed run had made of one. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp()
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    await this.#making
    const { ballast } = this.#options
    for (const file of [ballast, asideOf(ballast)]) await rm(file, { force: true })
  }

  /** Said in so many words, or a complaint of the system while a disk has nothing left: git often leaves the reason out. */
  #isForLackOfRoom(error: unknown): boolean {
    if (error instanceof OutOfRoom || isDiskFull(error) || isOutOfFiles(error)) return true
    return isFromSystem(error) && this.#shortDisks().length > 0
  }

  #shortDisks(): DiskFacts[] {
    return this.#options.disks().filter(({ freeBytes }) => freeBytes < ROOM_BYTES_MIN)
  }

  /** Resolves when it is worth trying again. */
  async #makeRoom(error: unknown, signal?: AbortSignal): Promise<void> {
    this.#isRefused = true
    const isNew = this.#full === null
    const wasSeen = this.#shortDisks().length > 0
    this.#full ??= { since: performance.now(), failure: this.#failure(error), wasSeen }
    const isDropped = !isOutOfFiles(error) && this.#dropBallast()
    if (isNew) {
      await this.#options.tell({ kind: 'full', failure: this.#full.failure })
      this.#lookLater()
    }
    if (isDropped) return
    if (!this.#isGivenUp && signal?.aborted !== true) await this.#nextTry(signal)
    if (!this.#isGivenUp || signal?.aborted === true) return
    this.#isUnserved = true
    throw this.#givenUp()
  }

  async #nextTry(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    signal?.addEventListener('abort', () => resolve(), { once: true })
    await promise
    this.#waiting.delete(resolve)
  }

  #lookLater(): void {
    if (this.#isGivenUp) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), this.#options.lookMs ?? LOOK_MS)
  }

  async #look(): Promise<void> {
    const full = this.#full
    if (full === null || this.#isGivenUp) return
    const isQuiet = this.#waiting.size === 0 && !this.#isRefused
    this.#isRefused = false
    if (this.#shortDisks().length === 0) {
      // Of quotas and inodes nobody knows before the steps have gone through.
      if ((isQuiet || full.wasSeen) && (await this.#makeBallast())) {
        this.#full = null
        await this.#options.tell({ kind: 'again', ms: Math.round(performance.now() - full.since) })
        this.#wake()
        return
      }
      this.#wake()
    }
    this.#lookLater()
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  #dropBallast(): boolean {
    if (!this.#hasBallast) return false
    this.#hasBallast = false
    this.#drops += 1
    rmSync(this.#options.ballast, { force: true })
    return true
  }

  /**
   * Really allocated: random bytes can be neither compressed nor left out. It is nobody's state, so no boundary of
   * `boundary.ts`, and it may be missing. False: there is no room for it.
   */
  async #makeBallast(): Promise<boolean> {
    const { ballast } = this.#options
    const aside = asideOf(ballast)
    const write = async (): Promise<void> => {
      await using file = await open(aside, 'w')
      for (let bytes = 0; bytes < BALLAST_BYTES; bytes += MIB) await file.write(randomFillSync(Buffer.alloc(MIB)))
      await file.datasync()
      await rename(aside, ballast)
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#making = promise
    try {
      await write()
      this.#hasBallast = true
    } catch {
      await rm(aside, { force: true }).catch(() => {})
    }
    resolve()
    return this.#hasBallast
  }

  #failure(error: unknown): Failure {
    if (isOutOfFiles(error)) return tooManyFiles(error)
    const [disk] = this.#shortDisks().toSorted((a, b) => a.freeBytes - b.freeBytes)
    const needed = `${megabytes(ROOM_BYTES_MIN)} have to be free`
    if (disk !== undefined) {
      const { what, path, freeBytes } = disk
      return {
        code: 'E302',
        message: `the disk of ${what} is full: ${megabytes(freeBytes)} left at ${path}, ${needed}`,
        fix: `free some on the disk of ${path}`,
        details: { path, freeBytes, neededBytes: ROOM_BYTES_MIN },
      }
    }
    const why = messageOf(error).split('\n')[0]!
    return {
      code: 'E302',
      message: `the system gives no more room, though the disks are not full: ${why}`,
      fix: 'look for a quota (`quota -s`) or spent inodes (`df -i`)',
      details: { neededBytes: ROOM_BYTES_MIN },
    }
  }

  #givenUp(): RoomGivenUp {
    const failure = this.#full?.failure ?? this.#failure(null)
    const fix = `${failure.fix}, then \`sluice run\`: nothing is lost, it takes up what waits`
    return new RoomGivenUp({ ...failure, fix })
  }
}

/** What is to become the ballast, as long as it is being made. */
function asideOf(ballast: string): string {
  return `${ballast}.new`
}

function tooManyFiles(error: unknown): Failure {
  const limit = openFilesMax()
  const most = limit === null ? '' : `, at most ${limit} in this process`
  return {
    code: 'E305',
    message: `the system opens no more files${most}: ${messageOf(error).split('\n')[0]!}`,
    fix: 'end programs that hold many files, or begin the run after `ulimit -n 4096`',
    details: { openFilesMax: limit },
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / MIB)} MB`
}
