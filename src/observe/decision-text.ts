/** The decision tree of the fallback policy in words, with the branches that a workstream's tries have taken. */
import type { WorkstreamState } from '../model/state.ts'
import { type Branch, isSpentBy, type TakenBranch } from '../schedule/decision-tree.ts'
import { MANUAL, type NextTry } from '../schedule/fallback.ts'
import { oneLine } from './neutralise.ts'
import { MESSAGE_MAX } from './telling.ts'
import { clockText } from './units.ts'

export interface DecisionTold {
  /** In order; those that are not there are told apart. */
  tools: readonly string[]
  absent: readonly string[]
  forbidden: readonly string[]
  forced: string | null
  spent: number
  attemptsMax: number
  branches: readonly TakenBranch[]
  next: NextTry | null
}

/** What comes after a try that takes it. */
export function branchText(branch: Branch): string {
  const counts = isSpentBy(branch) || branch.kinds.includes('ok')
  return `${branch.end} → ${branch.leadsTo}${counts ? '' : '; it does not count'}`
}

/** Lines for `explain ID`; the tree is there once a try has ended in another way than well, and nothing where all went well. */
export function decisionText(
  decision: DecisionTold,
  state: WorkstreamState,
  nextAttempt: number,
  now: number,
): string[] {
  const { tools, absent, forbidden, forced, spent, attemptsMax, branches, next } = decision
  const missing = absent.length === 0 ? '' : `; not to be had: ${absent.join(', ')} (sluice tools)`
  const kept = forbidden.length === 0 ? '' : `; forbidden: ${forbidden.join(', ')}`
  const order = `${tools.join(', then ') || 'none'}; ${spent} of ${attemptsMax} attempts spent${missing}${kept}`
  const lines = [forced === null ? order : `${order}; a person chose ${forced}`]
  const [, ...troubles] = branches
  if (troubles.every(({ tries }) => tries.length === 0)) return isOver(state) ? [] : lines
  const end = endText(state, next, nextAttempt, now)
  const tree = branches.map(({ branch, tries }, index) => {
    const isLast = end === null && index === branches.length - 1
    const by = tries.map(({ number, tool }) => `${number} ${tool}`).join(', ')
    return `${isLast ? '└' : '├'}${by === '' ? '─' : '▶'} ${branchText(branch)}${by === '' ? '' : `   ◀ ${by}`}`
  })
  return [...lines, ...tree, ...(end === null ? [] : [`└▶ so ${end}`])]
}

/** Which tools it may take is of no interest any more. */
function isOver({ state }: WorkstreamState): boolean {
  return state === 'landed' || state === 'discarded' || state === 'queued' || state === 'landing'
}

/** Where that has led; null: it is no longer a matter of tools. */
function endText(state: WorkstreamState, next: NextTry | null, nextAttempt: number, now: number): string | null {
  switch (state.state) {
    case 'running':
      return `attempt ${state.attempt} is under way`
    case 'waiting':
      return state.for === 'manual' ? 'a person is asked' : null
    case 'failed':
      return `nobody goes on: ${state.failure.code}`
    case 'open':
      break
    default:
      return null
  }
  if (next === null) return 'nobody can go on: no tool of the order is there'
  if (next.kind === 'exhausted')
    return `nobody goes on: ${next.failure.code} ${oneLine(next.failure.message, MESSAGE_MAX)}`
  if (next.tool === MANUAL) return 'a person is asked next'
  const wait = next.notBefore > now ? ` at ${clockText(next.notBefore)}` : ''
  return `attempt ${nextAttempt} is for ${next.tool}${wait}`
}
