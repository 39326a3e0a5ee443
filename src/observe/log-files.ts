/**
 * Writes the five log files, so that a crash neither loses an event nor writes one twice.
 *
 * The files themselves are the journal: every line ends in the mark of its event, `#RUN:SEQ`. To write means to read
 * on in the store from the last mark, so there is one way to write, after a crash and otherwise, and a full disk only
 * makes the logs late. `orchestrator.log` gets every event and gets it last; hence no other file is ever more than one
 * event ahead of it, and an event that such a file already ends in is left out there.
 *
 * A file that has grown to its bound becomes `NAME.1` (`.2` ...), the oldest goes: the logs of a run that never ends take a
 * bounded part of the disk. The mark of an empty file is looked for in its predecessor.
 *
 * Safe against `kill -9` and a full disk (a torn last line is cut off). Not against power cuts: appends are not
 * fsynced, and what a log may lose then is still in the store.
 */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Event } from '../model/event.ts'
import { effectNow } from '../process/boundary.ts'
import { makeFolder } from '../process/files.ts'
import type { Store } from '../store/store.ts'
import { LOG_FILES, logLines, ORCHESTRATOR_LOG } from './log-lines.ts'
import { createRedactor, type Redactor } from '../process/redact.ts'
import { createTeller } from './tell.ts'

/** Longer than the longest line: times, ids and bounded messages. */
const TAIL_BYTES = 64 * 1024

/** Some 80,000 lines: what an editor still opens, and more than a night writes. */
export const LOG_BYTES_MAX = 8 * 1024 * 1024

/** Files that were set aside, of each log; with the one that is written, 40 MB a log at most. */
export const LOGS_ASIDE_MAX = 4

const MARK = / #([A-Za-z0-9._-]+):(\d+)$/

interface Position {
  run: string
  seq: number
}

export interface LogFiles {
  /**
   * Brings the files up to the store's newest event of `run`. Calls while one is at work share one more round.
   * Throws what the file system throws; the next call goes on where this one stopped.
   */
  advance(run: string): Promise<void>
}

export interface LogOptions {
  /** Takes secrets out of every line. Default: what looks like one. */
  redactor?: Redactor
  /** Above this a file is set aside. */
  bytesMax?: number
}

/** `folder` is created by the first `advance`. */
export function openLogFiles(
  folder: string,
  store: Pick<Store, 'events' | 'attempts'>,
  { redactor = createRedactor(), bytesMax = LOG_BYTES_MAX }: LogOptions = {},
): LogFiles {
  const writer = new LogWriter(folder, store, redactor, bytesMax)
  let last: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | null = null
  return {
    advance(run) {
      if (waiting !== null) return waiting
      waiting = last
        .catch(() => undefined)
        .then(() => {
          waiting = null
          return writer.advance(run)
        })
      last = waiting
      return waiting
    },
  }
}

class LogWriter {
  readonly #folder: string
  readonly #store: Pick<Store, 'events' | 'attempts'>
  readonly #tell = createTeller()
  /** Last mark of every file that was opened; a file in doubt is not in here and is read again. */
  readonly #marks = new Map<string, Position | null>()
  /** Seat by `workstream.attempt`, of one run. */
  #seats: { run: string; agents: Map<string, number> } = { run: '', agents: new Map() }

  readonly #redactor: Redactor
  readonly #bytesMax: number

  constructor(folder: string, store: Pick<Store, 'events' | 'attempts'>, redactor: Redactor, bytesMax: number) {
    this.#folder = folder
    this.#store = store
    this.#redactor = redactor
    this.#bytesMax = bytesMax
  }

  async advance(run: string): Promise<void> {
    makeFolder(this.#folder)
    for (const file of LOG_FILES) appendFileSync(join(this.#folder, file), '')
    const last = this.#markOf(ORCHESTRATOR_LOG)
    // An earlier run that was killed right after its last change is brought to its end first.
    if (last !== null && last.run !== run) await this.#follow(last.run, last.seq)
    await this.#follow(run, last !== null && last.run === run ? last.seq : 0)
  }

  async #follow(run: string, after: number): Promise<void> {
    for (let seq = after; ;) {
      const events = await this.#store.events(run, seq)
      if (events.length === 0) return
      for (const event of events) await this.#write(event)
      seq = events.at(-1)!.seq
    }
  }

  async #write(event: Event): Promise<void> {
    const agent = await this.#seatOf(event)
    for (const { file, text } of logLines(event, this.#tell(event), agent)) {
      const mark = this.#markOf(file)
      if (mark !== null && mark.run === event.run && mark.seq >= event.seq) continue
      this.#marks.delete(file)
      const path = join(this.#folder, file)
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= this.#bytesMax) setAside(path)
      const line = `${this.#redactor.line(text)} #${event.run}:${event.seq}\n`
      effectNow(`append to ${file}`, () => appendFileSync(path, line))
      this.#marks.set(file, { run: event.run, seq: event.seq })
    }
  }

  /** Seats never change once an attempt exists, so the store need be asked only for attempts not seen begin. */
  async #seatOf(event: Event): Promise<number | null> {
    if (event.workstream === null || event.attempt === null) return null
    if (this.#seats.run !== event.run) this.#seats = { run: event.run, agents: new Map() }
    const { agents } = this.#seats
    const key = `${event.workstream}.${event.attempt}`
    if (event.type === 'attempt.started') agents.set(key, event.agent)
    if (!agents.has(key)) {
      agents.set(key, 0)
      for (const { workstream, number, agent } of await this.#store.attempts(event.run)) {
        agents.set(`${workstream}.${number}`, agent)
      }
    }
    return agents.get(key) ?? null
  }

  #markOf(file: string): Position | null {
    const known = this.#marks.get(file)
    if (known !== undefined) return known
    const path = join(this.#folder, file)
    const mark = repairedMark(path) ?? repairedMark(`${path}.1`)
    this.#marks.set(file, mark)
    return mark
  }
}

/** The last mark of a log as it is written, ` #RUN:SEQ` without the blank; null when there is none. */
export function lastMark(path: string): string | null {
  const mark = repairedMark(path) ?? repairedMark(`${path}.1`)
  return mark === null ? null : `#${mark.run}:${mark.seq}`
}

/** `NAME` becomes `NAME.1`, that `NAME.2`, and the oldest goes. A kill in the middle leaves a gap, and no line is lost. */
function setAside(path: string): void {
  rmSync(`${path}.${LOGS_ASIDE_MAX}`, { force: true })
  for (let number = LOGS_ASIDE_MAX - 1; number > 0; number--) {
    if (existsSync(`${path}.${number}`)) renameSync(`${path}.${number}`, `${path}.${number + 1}`)
  }
  renameSync(path, `${path}.1`)
}

/** The last mark in a log file, after cutting off a last line that a full disk left half written. */
function repairedMark(path: string): Position | null {
  if (!existsSync(path)) return null
  const file = openSync(path, 'r+')
  try {
    const { size } = fstatSync(file)
    const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES))
    readSync(file, bytes, 0, bytes.length, size - bytes.length)
    const whole = bytes.lastIndexOf(0x0a) + 1
    if (whole < bytes.length) ftruncateSync(file, size - bytes.length + whole)
    const lines = bytes.toString('utf8', 0, whole).trimEnd().split('\n')
    for (const line of lines.toReversed()) {
      const match = MARK.exec(line)
      if (match !== null) return { run: match[1]!, seq: Number(match[2]) }
    }
    return null
  } finally {
    closeSync(file)
  }
}
