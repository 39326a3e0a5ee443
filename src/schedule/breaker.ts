/**
 * Tries that go round in circles, purely: the same error again and again, or work that goes back and forth between two
 * states. Another try would cost as much and end the same, whichever tool makes it.
 */
import { isSpent } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'
import type { Try } from './fallback.ts'

/** As many as the tries that a workstream has by default, so that it only shows where somebody allowed more. */
const ERROR_REPEATS_MAX = 3

/** The first return says enough: between it and what was refused before there is no difference at all. */
const OSCILLATIONS_MAX = 1

export interface Breaker {
  /** The same error in a row; null: 3. */
  errorRepeatsMax: number | null
  /** Returns to the work of two tries before; null: 1. */
  oscillationsMax: number | null
}

/** Why no further try is worth it, or null. `tries` are those that count, oldest first. */
export function openBreaker(workstream: string, tries: readonly Try[], breaker: Breaker): Failure | null {
  // What was lost, stopped or kept from working says nothing about the tool's progress.
  const spent = tries.filter(({ outcome }) => isSpent(outcome.kind))
  return oscillation(workstream, spent, breaker) ?? repetition(workstream, spent, breaker)
}

function oscillation(workstream: string, spent: readonly Try[], { oscillationsMax }: Breaker): Failure | null {
  const works = spent.filter(({ digest }) => digest !== null && digest !== undefined)
  const returns = works.filter((one, i) => {
    const [before, first] = [works[i - 1], works[i - 2]]
    return first !== undefined && one.digest === first.digest && one.digest !== before!.digest
  })
  const last = works.at(-1)
  if (returns.length < (oscillationsMax ?? OSCILLATIONS_MAX) || returns.at(-1) !== last) return null
  const [first, between] = works.slice(-3)
  return {
    code: 'E207',
    message: `it goes back and forth: attempt ${last!.number} left the same as attempt ${first!.number}, and attempt ${between!.number} something else; the last one: ${last!.outcome.message}`,
    fix: fixFor(workstream),
    details: { attempts: [first!.number, between!.number, last!.number], returns: returns.length },
  }
}

function repetition(workstream: string, spent: readonly Try[], { errorRepeatsMax }: Breaker): Failure | null {
  const signature = spent.at(-1)?.signature ?? null
  if (signature === null) return null
  const different = spent.findLastIndex((one) => one.signature !== signature)
  const repeats = spent.length - 1 - different
  if (repeats < (errorRepeatsMax ?? ERROR_REPEATS_MAX)) return null
  return {
    code: 'E602',
    message: `the same error ${repeats} times in a row: ${signature}`,
    fix: fixFor(workstream),
    details: { signature, attempts: spent.slice(different + 1).map(({ number }) => number) },
  }
}

function fixFor(workstream: string): string {
  return `read \`sluice logs ${workstream}\`, then \`sluice retry ${workstream} --note "what to do differently"\` (or --fresh)`
}
