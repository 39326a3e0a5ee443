/**
 * How an agent's try ended, by what it has said of itself and what is there. Exit codes alone say nothing: some end with 0
 * after an interrupt, some with 0 on a missing permission, one with the status of HTTP. A good end is an event and a difference.
 */
import type { Outcome } from '../model/attempt.ts'
import type { ProcessExit } from '../process/attempt-folder.ts'
import { classifyExit, notStarted } from './classify.ts'
import type { Heard } from './heard.ts'
import { isRefusal } from './signatures.ts'
import { troubleOutcome } from './trouble.ts'

export interface AgentEnding {
  exit: ProcessExit
  /** The end of its output. */
  tail: string
  hasDifference: boolean
  heard: Heard
  /** It prints no event at its end: exit code 0 is all it says. */
  endsByExit: boolean
}

export function agentOutcome({ exit, tail, hasDifference, heard, endsByExit }: AgentEnding): Outcome {
  const missing = notStarted(exit, tail)
  if (missing !== null) return missing
  const { trouble, denied, said, hasWorked } = heard
  const endedWell = endsByExit ? exit.code === 0 : heard.ended === 'well'
  if (trouble !== null) return troubleOutcome(trouble)
  if (endedWell && hasDifference) return { kind: 'ok', code: null, message: 'ended well' }
  if (endedWell) {
    const [what] = denied
    if (what !== undefined) return troubleOutcome({ kind: 'denied', status: null, message: what })
    if (isRefusal(said)) return troubleOutcome({ kind: 'refusal', status: null, message: said })
    if (endsByExit) return classifyExit(exit, tail, false, [0])
    return { kind: 'no-change', code: 'E205', message: 'ended well and changed nothing' }
  }
  // Without a last word from it what is left are the exit and the end of the log, and 0 is no success.
  const told = classifyExit(exit, tail, hasDifference, [])
  if (told.kind !== 'crash' || exit.code !== 0) return told
  const message = hasWorked ? 'stopped in the middle (exit 0)' : 'ended without a word that is understood (exit 0)'
  return hasWorked ? { ...told, message } : { kind: 'protocol', code: 'E204', message }
}
