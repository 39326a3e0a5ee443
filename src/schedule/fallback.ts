/**
 * Which tool tries next, and when: the fallback policy, pure.
 *
 * The history of tries is walked through once, and each outcome moves along the workstream's order of tools (or does
 * not). Nothing is remembered between calls, so a restart decides the same.
 *
 * | outcome | tries spent | then |
 * | --- | --- | --- |
 * | failed acceptance, red gate, declined | 1 | the same tool once more with the reason in its brief, then the next |
 * | crash, time-out, hang, no change, refusal, rejected ... | 1 | the next tool; the last one repeats |
 * | missing, no such model, auth, quota | 0 | the next tool |
 * | rate limit, overload, network | 0 | after a wait the same tool once, then the next |
 * | lost, cancelled, thrown back, out of memory, disk | 0 | the same tool |
 */
import { isSpent, type Outcome } from '../model/attempt.ts'
import type { Failure } from '../model/failure.ts'
import { type Breaker, openBreaker } from './breaker.ts'

/** Tries in a row that cost nothing before we stop believing that the next one will be different. */
export const UNSPENT_MAX = 5

/** First wait after a rate limit, an overload or a network failure; doubled each time in a row. */
const WAIT_MS_FIRST = 30_000
const WAIT_MS_MAX = 15 * 60_000

export interface Try {
  number: number
  tool: string
  outcome: Outcome
  endedAt: number
  /** The error that it ended with, without what differs from try to try; null or missing: none is known. */
  signature?: string | null
  /** What it left made of the files; the same digest is the same content. null or missing: it left nothing. */
  digest?: string | null
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
}

export type NextTry = { kind: 'try'; tool: string; notBefore: number } | { kind: 'exhausted'; failure: Failure }

/** `tries` are those that count (since a person's retry), oldest first, all of them settled. */
export function nextTry(tries: readonly Try[], policy: Policy): NextTry {
  const last = policy.tools.length - 1
  let index = policy.forced === null ? 0 : Math.max(0, policy.tools.indexOf(policy.forced))
  let spent = 0
  let unspentInARow = 0
  // What the tool of this moment has had its second chance for already.
  let wasRed = false
  let wasUnreachable = false
  const nextTool = (): void => {
    index = Math.min(index + 1, last)
    wasRed = false
    wasUnreachable = false
  }
  let notBefore = 0
  for (const { outcome, endedAt } of tries) {
    if (isSpent(outcome.kind)) {
      spent += 1
      unspentInARow = 0
      wasUnreachable = false
    } else if (outcome.kind !== 'cancelled' && outcome.kind !== 'thrown-back') {
      // A person who stops a tool, or other work that fails, is no sign that the next try will fail too.
      unspentInARow += 1
    }
    notBefore = 0
    switch (outcome.kind) {
      case 'lost':
      case 'cancelled':
      case 'thrown-back':
      case 'out-of-memory':
      case 'disk':
      case 'conflict':
      case 'ok':
      case 'empty':
        break
      case 'acceptance':
      case 'red':
      case 'declined':
        if (wasRed) nextTool()
        else wasRed = true
        break
      case 'rate':
      case 'overloaded':
      case 'network':
        if (!wasUnreachable || index === last) notBefore = endedAt + waitMs(unspentInARow)
        if (wasUnreachable) nextTool()
        else wasUnreachable = true
        break
      case 'missing':
      case 'model':
      case 'auth':
      case 'quota':
        if (index === last) return exhausted(policy, outcome, 'no other tool is left')
        nextTool()
        break
      default:
        nextTool()
    }
  }
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
  return { kind: 'try', tool: policy.tools[index]!, notBefore }
}

function waitMs(inARow: number): number {
  return Math.min(WAIT_MS_MAX, WAIT_MS_FIRST * 2 ** (inARow - 1))
}

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
 * The order of tools for one workstream: its own tool, its fallbacks, then the rest of the run's order. The run's
 * order is the allow-list: `ignored` are the workstream's names that are not in it.
 */
export function toolOrder(
  workstream: { tool: string | null; fallback: readonly string[] },
  order: readonly string[],
): { tools: string[]; ignored: string[] } {
  const wanted = [...(workstream.tool === null ? [] : [workstream.tool]), ...workstream.fallback]
  const tools = new Set([...wanted.filter((tool) => order.includes(tool)), ...order])
  return { tools: [...tools], ignored: [...new Set(wanted)].filter((tool) => !order.includes(tool)) }
}
