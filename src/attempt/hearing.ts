/**
 * Listens to a tool that prints events: what it says goes to the logs, its session and its usage to the record, and a try
 * of its own that fails again does not count as a sign of life. Everything is in `out.log`, so whoever takes an attempt up
 * again reads it from the beginning and tells what was not told.
 *
 * A secret in it goes no further: what is told is put on record, and cut to a length, after which half a secret is left that
 * nobody knows as one.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Hearsay, Usage } from '../model/attempt.ts'
import { attemptFolder } from '../process/attempt-folder.ts'
import { NewLines } from '../process/new-lines.ts'
import { OUTPUT_BYTES_MAX } from '../process/output-cap.ts'
import type { Redactor } from '../process/redact.ts'
import { redactorOf } from '../process/secrets.ts'
import { hear, type Heard, NOTHING_HEARD, resumableSession } from '../tools/heard.ts'
import { priced } from '../tools/prices.ts'
import type { ProcessTool, ToolEvent } from '../tools/tool.ts'
import type { Job } from './attempt.ts'
import { stateFolderOf } from './state-folder.ts'

/** A record costs a sync of the disk, and nobody reads faster. */
const TELL_MS = 5_000

/** Told at once: the newest. All of it is in the tool's own log. */
const LINES_MAX = 5

/** Told of one attempt. */
const LINES_OF_ATTEMPT_MAX = 1_000

const LINE_CHARACTERS_MAX = 300

/** What the next tool and a person get to see of how it ended. */
const TEXT_LINES_MAX = 20

/** What the output of a tool has said so far. */
export class Hearing {
  readonly #lines: NewLines
  readonly #parse: (line: string) => ToolEvent[]
  readonly #redactor: Redactor
  #heard = NOTHING_HEARD
  #signs = 0

  constructor({ dir, tool, config }: Pick<Job, 'dir' | 'tool' | 'config'>) {
    this.#redactor = redactorOf(config)
    this.#lines = new NewLines(attemptFolder(dir).out, OUTPUT_BYTES_MAX)
    this.#parse = tool.parser?.() ?? (() => [])
  }

  /** Reads on, at most to byte `end`, and gives what is worth a line for people. */
  read(end?: number): string[] {
    return this.#lines.next(end).flatMap((line) => {
      const events = this.#parse(line).map((event) => withoutSecretsIn(event, this.#redactor))
      for (const event of events) this.#heard = hear(this.#heard, event)
      if (events.length === 0 || events.some(({ type }) => type !== 'failed')) this.#signs += 1
      return events.flatMap(lineOf)
    })
  }

  get heard(): Heard {
    return this.#heard
  }

  /** Lines that were more than another failure. */
  get signs(): number {
    return this.#signs
  }

  /** Bytes of the output that were read. */
  get offset(): number {
    return this.#lines.offset
  }
}

/** All that a tool has said, at its end, and what it has written down besides; `lines` are those that were not told yet, `text` the end of all of them. */
export function heardOf(job: Job): { heard: Heard; lines: string[]; text: string } {
  const { tool, slot, workstream, attempt } = job
  const hearing = new Hearing(job)
  const told = hearing.read(attempt.heard?.bytes ?? 0)
  const rest = hearing.read()
  const besides = tool.leftBehind?.(stateFolderOf(slot, workstream.id, attempt.number)) ?? []
  const text = [...told, ...rest].slice(-TEXT_LINES_MAX).join('\n')
  return { heard: besides.reduce(hear, hearing.heard), lines: rest.slice(-LINES_MAX), text }
}

export interface Listening extends AsyncDisposable {
  /** Grows with every sign of life; null: the output is not understood, and all of it is one. */
  signs(): number | null
}

/** Listens until it is disposed, and tells what is new every few seconds; what comes last is told with the end. */
export function listen(job: Job): Listening {
  const { tool, attempt } = job
  if (tool.parser === undefined) return { signs: () => null, [Symbol.asyncDispose]: () => Promise.resolve() }
  const hearing = new Hearing(job)
  const stop = new AbortController()
  const pending: string[] = []
  let left = LINES_OF_ATTEMPT_MAX
  hearing.read(attempt.heard?.bytes ?? 0)
  const read = (): void => void pending.push(...hearing.read())

  const tell = async (): Promise<void> => {
    read()
    const session = resumableSession(hearing.heard)
    const usage = usageIn(job, hearing.heard)
    const before: Partial<Hearsay> = job.attempt.heard ?? { session: null, usage: null }
    const { asks } = hearing.heard
    const isSame =
      before.session === session && before.usage?.tokensOut === usage?.tokensOut && before.asks?.id === asks?.id
    const lines = pending.splice(0).slice(-LINES_MAX).slice(0, left)
    if (lines.length === 0 && isSame) return
    const asked = asks === null ? {} : { asks }
    const heard: Hearsay = { session, usage, ...asked, bytes: hearing.offset }
    try {
      await job.heard(heard, lines)
    } catch (error) {
      pending.unshift(...lines)
      throw error
    }
    left -= lines.length
    job.attempt = { ...job.attempt, heard }
  }

  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await delay(TELL_MS, undefined, { signal: stop.signal }).catch(() => {})
      // What cannot be put on record now is told with the end: no tool is to suffer from that.
      if (!stop.signal.aborted) await tell().catch(() => {})
    }
  }

  const done = loop()
  return {
    signs() {
      read()
      return hearing.signs
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done
    },
  }
}

/** What a line of a tool's output says to people: itself, or what its events tell; events that tell nothing are no line. */
export function wordsOf(tool: ProcessTool): (line: string) => string[] {
  const parse = tool.printsEvents === true ? tool.parser?.() : undefined
  if (parse === undefined) return (line) => [line]
  return (line) => {
    const events = parse(line)
    return line.startsWith('{') ? events.flatMap(lineOf) : [line]
  }
}

/** With what it costs, as far as that is known. */
export function usageIn({ config, tool }: Job, { usage, model }: Heard): Usage | null {
  const { model: chosen = null, price = null } = config.tools.settings[tool.id] ?? {}
  // What is read from a cache is seldom dearer, and an own price does not say.
  const own = price === null ? null : { ...price, cached: price.input }
  return usage === null ? null : priced(usage, chosen ?? model, own)
}

function withoutSecretsIn(event: ToolEvent, redactor: Redactor): ToolEvent {
  const without = (text: string): string =>
    text
      .split('\n')
      .map((line) => redactor.line(line))
      .join('\n')
  switch (event.type) {
    case 'said':
      return { ...event, text: without(event.text) }
    case 'called':
      return { ...event, name: without(event.name) }
    case 'asked':
    case 'denied':
      return { ...event, what: without(event.what) }
    case 'failed':
      return { ...event, trouble: { ...event.trouble, message: without(event.trouble.message) } }
    default:
      return event
  }
}

function lineOf(event: ToolEvent): string[] {
  switch (event.type) {
    case 'said':
      return [bounded(event.text)]
    case 'called':
      return [bounded([event.name, ...event.paths].join(' '))]
    case 'edited':
      return [bounded(`edited ${event.path}`)]
    case 'asked':
      return [`${bounded(`asks: ${event.what}`)} - may it?`]
    case 'denied':
      return [bounded(`was not allowed: ${event.what}`)]
    case 'failed':
      return [bounded(`its model failed: ${event.trouble.message}`)]
    default:
      return []
  }
}

function bounded(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > LINE_CHARACTERS_MAX ? `${line.slice(0, LINE_CHARACTERS_MAX)}…` : line
}
