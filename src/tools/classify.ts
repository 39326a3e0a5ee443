/** What the end of any program meant: exit code, last words, and whether there is work, in order of trust. */
import type { Outcome } from '../model/attempt.ts'
import type { ProcessExit } from '../process/attempt-folder.ts'
import { isRefusal, signatureIn } from './signatures.ts'

/** setsid(1) starts the tool and says this when there is nothing to start; an inner "not found" does not count. */
const NOT_STARTED = /^setsid: failed to execute (.*)$/m

/** 128 and SIGABRT, as a shell tells it: how Node ends when its heap is full. Its stack comes after the words. */
const ABORTED = 134
const HEAP_FULL = /^FATAL ERROR: .*heap/m

/**
 * Success is a success code *and* a difference: then nothing that was printed on the way matters. Without success
 * the last words are looked at, for many agents exit with 0, or with 1, for everything.
 */
export function classifyExit(
  { code, signal }: ProcessExit,
  tail: string,
  hasDifference: boolean,
  successCodes: readonly number[],
): Outcome {
  const succeeded = code !== null && successCodes.includes(code)
  if (succeeded && hasDifference) return { kind: 'ok', code: null, message: 'ended well' }
  const missing = notStarted({ code, signal }, tail)
  if (missing !== null) return missing
  const how = signal === null ? `exit ${code}` : signal
  const known = signatureIn(tail)
  if (known !== null) return { ...known, message: `${known.message} (${how})` }
  if ((code === ABORTED || signal === 'SIGABRT') && HEAP_FULL.test(tail)) {
    return { kind: 'out-of-memory', code: 'E301', message: `its heap is full (${how})` }
  }
  if (!hasDifference && isRefusal(tail)) return { kind: 'refusal', code: 'E204', message: `declined to do it (${how})` }
  if (succeeded) return { kind: 'no-change', code: 'E205', message: 'ended well and changed nothing' }
  if (signal !== null) return { kind: 'crash', code: 'E201', message: `killed by ${signal}${hintOf(signal)}` }
  return { kind: 'crash', code: 'E201', message: `ended with exit code ${code}` }
}

/** That there was nothing to start, or null. */
export function notStarted({ code }: ProcessExit, tail: string): Outcome | null {
  const what = code === 126 || code === 127 ? NOT_STARTED.exec(tail)?.[1] : undefined
  return what === undefined ? null : { kind: 'missing', code: 'E106', message: `cannot be started: ${what}` }
}

function hintOf(signal: string): string {
  return signal === 'SIGKILL' ? ', which nobody of ours sent: often the system was out of memory' : ''
}
