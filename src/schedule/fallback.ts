/**
 * Which tool tries next, and when: the fallback policy, pure.
 *
 * The history of tries is walked through once, and each outcome moves along the workstream's order of tools (or does
 * not). Nothing is remembered between calls, so a restart decides the same.
 *
 * What each outcome does is in `decision-tree.ts`.
 */
import { isSpent, type Outcome } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'
import type { ToolChoice } from '../model/run.ts'
import { PASSING, waitMs } from './backoff.ts'
import { type Breaker, openBreaker } from './breaker.ts'
import { branchOf } from './decision-tree.ts'
import { chosen, NO_CHOICE } from './tool-choice.ts'

/** The tool that is a person: it takes no seat and no time-out. */
export const MANUAL = 'manual'

/** Tries in a row that cost nothing before we stop believing that the next one will be different. */
export const UNSPENT_MAX = 5

export interface Try {
  number: number
  tool: string
  outcome: Outcome
  /** Missing: not known. */
  startedAt?: number
  endedAt: number
  /** The error that it ended with, without what differs from try to try; null or missing: none is known. */
  signature?: string | null
  /** What it left made of the files; the same digest is the same content. null or missing: it left nothing. */
  digest?: string | null
  /** It met a network that was gone for all: see `circuit.ts`. */
  isShared?: boolean
}

export interface Policy {
  /** Whose tries these are, for the commands in a failure. */
  workstream: string
  /** Tools that may be used for this workstream and are present, in order; never empty. */
  tools: readonly string[]
  attemptsMax: number
  /** A person's choice for the first try of the history, or null. */
  forced: string | null
  /** When going round in circles ends it; missing: as by default. */
  breaker?: Breaker
  /** Of the run, for the jitter of its waits; missing: none. */
  seed?: string
}

export type NextTry = { kind: 'try'; tool: string; notBefore: number } | { kind: 'exhausted'; failure: Failure }

/** `tries` are those that count (since a person's retry), oldest first, all of them settled. */
export function nextTry(tries: readonly Try[], policy: Policy): NextTry {
  const { tool, notBefore, spent, unspentInARow, end } = walk(tries, policy)
  if (end !== null) return end
  const latest = tries.at(-1)?.outcome
  const { errorRepeatsMax = null, oscillationsMax = null } = policy.breaker ?? {}
  const circle = openBreaker(policy.workstream, tries, { errorRepeatsMax, oscillationsMax })
  if (circle !== null) return { kind: 'exhausted', failure: circle }
  if (latest !== undefined && spent >= policy.attemptsMax) {
    return exhausted(policy, latest, usedUp(tries, spent, policy.attemptsMax))
  }
  if (latest !== undefined && unspentInARow >= UNSPENT_MAX) {
    return exhausted(policy, latest, `it happened ${unspentInARow} times in a row`)
  }
  return { kind: 'try', tool, notBefore }
}

/** Tools that may stand in for the one that `nextTry` names, in order: programs behind it that have not been given up. */
export function standInsFor(tries: readonly Try[], policy: Policy): string[] {
  const { tool, left } = walk(tries, policy)
  return left.filter((one) => one !== tool && one !== MANUAL)
}

interface Walked {
  /** The first that has not been given up; when all are, the last. */
  tool: string
  notBefore: number
  spent: number
  unspentInARow: number
  /** Tools that have not been given up. */
  left: string[]
  /** No tool is left that could be let in. */
  end: NextTry | null
}

function walk(tries: readonly Try[], policy: Policy): Walked {
  const from = policy.forced === null ? 0 : Math.max(0, policy.tools.indexOf(policy.forced))
  const order = policy.tools.slice(from)
  const last = order.at(-1)!
  let left = [...order]
  let spent = 0
  let unspentInARow = 0
  let notBefore = 0
  // Which tools have had their second chance for already.
  const red = new Set<string>()
  const unreachable = new Set<string>()
  const giveUp = (tool: string): void => {
    left = left.filter((one) => one !== tool)
    // The last one repeats, with all its chances.
    red.delete(tool)
    unreachable.delete(tool)
  }
  for (const { number, tool, outcome, endedAt, isShared = false } of tries) {
    const isOnly = left.every((one) => one === tool)
    if (isSpent(outcome.kind)) {
      spent += 1
      unspentInARow = 0
      unreachable.delete(tool)
    } else if (outcome.kind !== 'cancelled' && outcome.kind !== 'thrown-back' && !isShared) {
      // A person who stops a tool, other work that fails, and a network that is gone for all are no sign that the next
      // try will fail too.
      unspentInARow += 1
    }
    notBefore = 0
    // It is not to be had any more, whatever it did.
    if (!order.includes(tool)) continue
    switch (branchOf(outcome.kind).move) {
      case 'stay':
        break
      case 'once-more':
        if (red.has(tool)) giveUp(tool)
        else red.add(tool)
        break
      case 'wait': {
        const next = left.find((one) => one !== tool) ?? MANUAL
        if (isShared) {
          // When it may be begun again is the network's affair, and a person could not reach it either.
          if (unreachable.has(tool) && next !== MANUAL) giveUp(tool)
          else unreachable.add(tool)
          break
        }
        if (!unreachable.has(tool) || isOnly) {
          const waiter = { seed: policy.seed, workstream: policy.workstream, attempt: number }
          notBefore = endedAt + waitMs(unspentInARow, PASSING, waiter, outcome.retryAfterMs)
        }
        if (unreachable.has(tool)) giveUp(tool)
        else unreachable.add(tool)
        break
      }
      case 'pass':
        if (isOnly) return { tool, notBefore, spent, unspentInARow, left, end: exhausted(policy, outcome, NONE_LEFT) }
        giveUp(tool)
        break
      case 'give-up':
        giveUp(tool)
    }
  }
  return { tool: left[0] ?? last, notBefore, spent, unspentInARow, left, end: null }
}

const NONE_LEFT = 'no other tool is left'

function exhausted({ workstream }: Policy, outcome: Outcome, why: string): NextTry {
  const failure: Failure = {
    code: 'E602',
    message: `${why}; the last one: ${outcome.message}`,
    fix: `read \`sluice logs ${workstream}\`, then \`sluice retry ${workstream} --note "..."\` (or --tool T)`,
    details: { last: outcome.kind, lastCode: outcome.code },
  }
  return { kind: 'exhausted', failure }
}

/** Numbers of attempts only grow, so it is said from where they are counted and that some did not count. */
function usedUp(tries: readonly Try[], spent: number, attemptsMax: number): string {
  const since = tries[0]!.number > 1 ? ' since the retry' : ''
  const free = tries.length - spent
  const besides = free === 0 ? '' : ` (${free} more did not count)`
  if (attemptsMax === 1) return `the only attempt${since} is used up${besides}`
  return `${spent} of ${attemptsMax} attempts${since} are used up${besides}`
}

/**
 * The order of tools for one workstream: its own tool, its fallbacks, then the rest of the run's order, as far as a
 * person's `choice` allows them. The run's order is the allow-list: `ignored` are the workstream's names that are not in it.
 */
export function toolOrder(
  workstream: { tool: string | null; fallback: readonly string[] },
  order: readonly string[],
  choice: ToolChoice = NO_CHOICE,
): { tools: string[]; ignored: string[] } {
  const wanted = [...(workstream.tool === null ? [] : [workstream.tool]), ...workstream.fallback]
  const tools = new Set([...wanted.filter((tool) => order.includes(tool)), ...order])
  return { tools: chosen([...tools], choice), ignored: [...new Set(wanted)].filter((tool) => !order.includes(tool)) }
}
