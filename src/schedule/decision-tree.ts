/**
 * The decision tree of the fallback policy, as data: how a try ended, and what comes then. `fallback.ts` goes by it,
 * `explain ID` prints it with the branches that were taken, and the guide to fallbacks shows it, so that the three agree.
 *
 * What counts is which tool has tried: one that stood in while another was not to be had (`offer.ts`) is given up like any,
 * and the other one is come back to.
 */
import { isSpent, type OutcomeKind } from '../model/attempt.ts'

/**
 * | move | the tool that tried |
 * | --- | --- |
 * | stay | keeps its turn |
 * | once-more | keeps it once, and is then given up |
 * | wait | the same, after a wait; a network that is gone for all (`circuit.ts`) is waited for and never ends at a person |
 * | pass | is given up; the last one cannot be, so that is the end |
 * | give-up | is given up; the last one repeats |
 */
export type Move = 'stay' | 'once-more' | 'wait' | 'pass' | 'give-up'

export interface Branch {
  move: Move
  /** How a try ended. Every kind is in exactly one branch. */
  kinds: readonly OutcomeKind[]
  /** The same for people. */
  end: string
  leadsTo: string
}

export const BRANCHES: readonly Branch[] = [
  {
    move: 'stay',
    kinds: ['ok', 'empty', 'conflict'],
    end: 'done',
    leadsTo: 'its own tests, then the queue; a conflict there is settled by landing.resolve',
  },
  {
    move: 'once-more',
    kinds: ['acceptance', 'red', 'declined'],
    end: 'its tests or the gate failed, or a person declined it',
    leadsTo: 'the same tool once more, told why; then the next',
  },
  {
    move: 'wait',
    kinds: ['rate', 'overloaded', 'network'],
    end: 'rate limit, overload, network',
    leadsTo: 'a wait, the same tool once more; then the next',
  },
  {
    move: 'pass',
    kinds: ['missing', 'model', 'auth', 'quota'],
    end: 'missing, no such model, key refused, quota used up',
    leadsTo: 'the next tool at once; no other left: the end',
  },
  {
    move: 'give-up',
    kinds: [
      'crash',
      'timeout',
      'hang',
      'no-change',
      'waiting-for-input',
      'refusal',
      'out-of-scope',
      'rejected',
      'denied',
      'overflow',
      'protocol',
    ],
    end: 'crash, time-out, silence, no change, question, refusal, unfit work',
    leadsTo: 'the next tool; the last one repeats',
  },
  {
    move: 'stay',
    kinds: ['lost', 'cancelled', 'thrown-back', 'out-of-memory', 'disk'],
    end: 'lost with us, stopped by a person, thrown back, short of memory or disk',
    leadsTo: 'the same tool again',
  },
]

const BY_KIND = new Map(BRANCHES.flatMap((branch) => branch.kinds.map((kind) => [kind, branch] as const)))

/** The branch that a try with this end takes. */
export function branchOf(kind: OutcomeKind): Branch {
  const branch = BY_KIND.get(kind)
  if (branch === undefined) throw new Error(`no branch for ${kind}`)
  return branch
}

/** Whether tries that take it count against `limits.attempts`: all of them do, or none. */
export function isSpentBy({ kinds }: Branch): boolean {
  return isSpent(kinds[0]!)
}

export interface TakenBranch {
  branch: Branch
  /** Those that ended so, oldest first. */
  tries: { number: number; tool: string }[]
}

/** The whole tree, with the tries of a workstream at the branches that they took. */
export function taken(
  tries: readonly { number: number; tool: string; outcome: { kind: OutcomeKind } }[],
): TakenBranch[] {
  return BRANCHES.map((branch) => ({
    branch,
    tries: tries
      .filter(({ outcome }) => branch.kinds.includes(outcome.kind))
      .map(({ number, tool }) => ({ number, tool })),
  }))
}

/** How many of them count against `limits.attempts`. */
export function spentTries(tries: readonly { outcome: { kind: OutcomeKind } }[]): number {
  return tries.filter(({ outcome }) => isSpent(outcome.kind)).length
}
