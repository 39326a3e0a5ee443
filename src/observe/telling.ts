/** The shape of an event told in words, and the phrases that all of them share. */
import type { Failure } from '../model/failure.ts'
import { neutraliseLines, oneLine } from './neutralise.ts'

export type Level = 'info' | 'warning' | 'error'

export interface Telling {
  level: Level
  /** A workstream, a slot, or `run`. */
  subject: string
  /** One line, complete by itself. */
  text: string
  /** What a person wants to see at once and a log does not need: the end of a failed check, the next command. */
  detail: string[]
  /** false: too small for a screen; a log has it all the same. */
  loud: boolean
  /** The workstream has landed: `COMPLETE` in the logs. */
  complete: boolean
}

/** What the teller of one kind of event says; what it leaves out is filled in. */
export type Words = Partial<Telling> & { text: string }

/** What earlier events said and later ones need. */
export interface Memory {
  target: string
  /** Commits whose gate was not run, because a verdict on the same tree was known. */
  known: Set<string>
  /** What a landing's gate took, in words, until that landing has moved. */
  gates: Map<string, string>
  /** When this start of the run began, and whether it went on with an earlier one. */
  begin: { at: number; resumed: boolean } | null
}

/** Of a check that was not run again. */
export const KNOWN = 'known from the same tree'

/** Longest message of a tool or a check inside a sentence. */
export const MESSAGE_MAX = 300

/** Last lines shown of a failed check. */
const TAIL_LINES = 5

export function tellFailure(failure: Failure, prefix: string): Words {
  const detail = failure.fix === undefined ? [] : [`next    ${oneLine(failure.fix, MESSAGE_MAX)}`]
  return { text: `${prefix}${failure.code} ${oneLine(failure.message, MESSAGE_MAX)}`, detail }
}

/** The end of what a tool or a check printed. */
export function tailLines(tail: string): string[] {
  const lines = neutraliseLines(tail).filter((line) => line.trim() !== '')
  return lines.slice(-TAIL_LINES).map((line) => `| ${line.slice(0, MESSAGE_MAX)}`)
}
