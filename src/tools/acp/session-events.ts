/**
 * What an agent tells while it works, as our events. What it says comes in pieces: a line is made of them when it does
 * something else, and of a long speech now and then. A call is told when it is under way, for then it has its arguments.
 */
import { sep } from 'node:path'
import type { SessionUpdate, ToolCall, ToolCallUpdate } from '@agentclientprotocol/sdk/unstable'
import { fieldsOf } from '../../process/files.ts'
import { said } from '../json-lines.ts'
import type { ToolEvent } from '../tool.ts'

/** Of a speech, before it becomes a line. */
const SAYING_CHARACTERS_MAX = 4_000

/** Calls of a turn that are remembered, for what comes about them later. */
const CALLS_MAX = 1_000

/** Copilot says so what its model did not say, in a piece of its own. */
const OWN_WORDS = /^(?:Info|Warning|Error): /

interface Call {
  title: string
  isTold: boolean
}

export class SessionEvents {
  #saying = ''
  /** The last whole speech. */
  #lastSaid = ''
  readonly #calls = new Map<string, Call>()
  /** Until the prompt an agent that takes a session up again repeats what was. */
  #isListening = false

  /** The prompt is sent: what comes now is new. */
  begin(): void {
    this.#isListening = true
  }

  update(update: SessionUpdate): ToolEvent[] {
    if (!this.#isListening) return []
    switch (update.sessionUpdate) {
      case 'agent_message_chunk': {
        const text = update.content.type === 'text' ? update.content.text : ''
        const before = OWN_WORDS.test(text) ? this.flush() : []
        this.#saying += text
        return this.#saying.length > SAYING_CHARACTERS_MAX ? [...before, ...this.flush()] : before
      }
      case 'tool_call':
      case 'tool_call_update':
        return [...this.flush(), ...this.#called(update)]
      default:
        return []
    }
  }

  /** What was said and not told yet. */
  flush(): ToolEvent[] {
    const events = said(this.#saying)
    if (events.length > 0) this.#lastSaid = this.#saying.trim()
    this.#saying = ''
    return events
  }

  /** The last that it said; `flush` first. */
  get lastSaid(): string {
    return this.#lastSaid
  }

  /** What the call is that a question is about, in words: its title, which may be a bare path, and what that does not say. */
  describe({ toolCallId, title, kind, rawInput, locations }: ToolCallUpdate): string {
    const known = title ?? this.#calls.get(toolCallId)?.title ?? 'use a tool'
    const name = kind && !known.includes(' ') ? `${kind} ${known}` : known
    const { command } = fieldsOf(rawInput)
    const more = [...(typeof command === 'string' ? [command] : []), ...pathsOf(locations)]
    const shown = fromHere(name)
    return [shown, ...new Set(more.filter((text) => !shown.includes(text)))].join(' ')
  }

  #called({ toolCallId, title, status, locations, content }: ToolCall | ToolCallUpdate): ToolEvent[] {
    const before = this.#calls.get(toolCallId)
    const call = before ?? { title: '', isTold: false }
    call.title = title ?? call.title
    if (before === undefined && this.#calls.size < CALLS_MAX) this.#calls.set(toolCallId, call)
    const isUnderWay = status === 'in_progress' || status === 'completed' || status === 'failed'
    const events: ToolEvent[] = []
    if (isUnderWay && !call.isTold) {
      call.isTold = true
      events.push({ type: 'called', name: call.title, paths: pathsOf(locations) })
    }
    if (status === 'completed') {
      const paths = (content ?? []).flatMap((part) => (part.type === 'diff' ? [fromHere(part.path)] : []))
      events.push(...[...new Set(paths)].map((path): ToolEvent => ({ type: 'edited', path })))
    }
    return events
  }
}

/** Paths in the worktree, which is where the client works too, as a person knows them. */
function fromHere(text: string): string {
  return text.replaceAll(`${process.cwd()}${sep}`, '')
}

function pathsOf(locations: ToolCall['locations'] | null): string[] {
  return (locations ?? []).map(({ path }) => fromHere(path))
}
