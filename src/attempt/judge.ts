/**
 * How an attempt ended, from what the watch saw, what the tool's own classifier says and what is in the worktree.
 * Order matters: that we ended it outweighs what it printed, and only a real difference can be *ok*.
 */
import type { Outcome } from '../model/attempt.ts'
import { retryAfterIn } from '../tools/retry-after.ts'
import { isQuestion, lastLine } from '../tools/signatures.ts'
import { type Trouble, troubleOutcome } from '../tools/trouble.ts'
import type { Watched } from './watch.ts'

/** What the next tool and a person get to see of a log. */
const EVIDENCE_CHARACTERS_MAX = 2000

/** The end of a question is what says what is wanted. */
const QUESTION_CHARACTERS_MAX = 200

const MINUTE_MS = 60_000

export interface Evidence {
  watched: Exclude<Watched, { kind: 'detached' }>
  /** The end of what the tool printed. */
  tail: string
  /** How the work differs from the base; `same`: from the checkpoint it began with, when that had been refused. */
  difference: 'work' | 'none' | 'same' | { refused: string }
  allowEmpty: boolean
  limits: { timeoutMinutes: number; idleMinutes: number }
  /** What its model last failed with, when nothing has come after it; else null. */
  trouble: Trouble | null
  /** The tool's classifier, for a tool that ended by itself. */
  classify: (exit: { code: number | null; signal: string | null }, hasDifference: boolean) => Outcome
}

export function judge(evidence: Evidence): Outcome {
  const outcome = withRetryAfter(judgeEnd(evidence), evidence.tail)
  const tail = evidence.tail.slice(-EVIDENCE_CHARACTERS_MAX).trim()
  return outcome.kind === 'ok' || outcome.kind === 'empty' || tail === '' ? outcome : { evidence: tail, ...outcome }
}

/** A service that refuses for now often says for how long, whichever tool passes it on. */
function withRetryAfter(outcome: Outcome, tail: string): Outcome {
  const isForNow = outcome.kind === 'rate' || outcome.kind === 'overloaded'
  const retryAfterMs = isForNow && outcome.retryAfterMs === undefined ? retryAfterIn(tail) : null
  return retryAfterMs === null ? outcome : { ...outcome, retryAfterMs }
}

function judgeEnd({ watched, tail, difference, allowEmpty, limits, trouble, classify }: Evidence): Outcome {
  switch (watched.kind) {
    case 'timeout':
      return { kind: 'timeout', code: 'E203', message: `out of time after ${lengthText(limits.timeoutMinutes)}` }
    case 'silent': {
      const length = lengthText(watched.ms / MINUTE_MS)
      if (isQuestion(tail)) {
        const question = lastLine(tail).slice(-QUESTION_CHARACTERS_MAX)
        return { kind: 'waiting-for-input', code: 'E206', message: `it waited ${length} for an answer to: ${question}` }
      }
      // Trying again and again, and getting nowhere, is as good as silence, and says why.
      if (trouble !== null) return troubleOutcome(trouble)
      return { kind: 'hang', code: 'E202', message: `no output, no CPU, no file change for ${length}` }
    }
    case 'ended':
      return { kind: 'cancelled', code: null, message: 'ended by a person' }
    case 'lost':
      return { kind: 'lost', code: 'E201', message: 'its end was not recorded: the supervision was killed' }
    case 'exited': {
      const hasDifference = difference === 'work'
      const outcome = classify(watched.exit, hasDifference)
      if (outcome.kind !== 'ok' && outcome.kind !== 'no-change') return outcome
      if (typeof difference === 'object') {
        return { kind: 'rejected', code: 'E204', message: `what it left cannot be accepted: ${difference.refused}` }
      }
      if (difference === 'same') {
        return { kind: 'no-change', code: 'E205', message: 'it left the work as it was when it was refused' }
      }
      if (difference === 'work') return outcome
      if (allowEmpty) return { kind: 'empty', code: null, message: 'nothing to change, as allowed' }
      return { kind: 'no-change', code: 'E205', message: 'it ended well and changed nothing' }
    }
  }
}

/** Limits may be fractions of a minute. */
function lengthText(minutes: number): string {
  if (minutes < 1) return `${Math.max(1, Math.round(minutes * 60))} s`
  const rounded = Math.round(minutes * 10) / 10
  return rounded === 1 ? '1 minute' : `${rounded} minutes`
}
