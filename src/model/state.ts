/**
 * Where a workstream stands. A union that carries its data, never flags.
 *
 * ```
 * open ─▶ running ─▶ checking ─▶ queued ─▶ landing ─▶ landed ─▶ reverted ─▶ open
 *  ▲         │ crash, time-out, red, no change            │
 *  └─────────┴──────────────◀─────────────────────────────┘
 * aside: held, waiting (for a human's work, or for approval), conflict, failed, discarded, cancelled
 * ```
 * Only what cannot be derived is stored. `pending`, `ready` and `blocked` are views of `open`: they follow from the
 * graph and the states of the dependencies, so they can never disagree with them.
 */
import type { Failure } from './failure.ts'

export type WorkstreamState =
  | { state: 'open' }
  | { state: 'running'; attempt: number; agent: number; startedAt: number }
  | { state: 'checking'; attempt: number; work: string }
  | { state: 'queued'; attempt: number; work: string; queuedAt: number }
  | { state: 'landing'; attempt: number; work: string; queuedAt: number; landing: string }
  | { state: 'landed'; attempt: number; landing: string; commit: string; at: number; published: boolean }
  /** `reminded`: reminders that were told, missing: none. `isOverdue`: their time is over, and that was told. */
  | { state: 'waiting'; for: 'manual'; attempt: number; since: number; reminded?: number; isOverdue?: true }
  /** Finished work; `rule` is the entry of `landing.approve` that asks for a person. */
  | { state: 'waiting'; for: 'approval'; attempt: number; work: string; rule: string; since: number }
  | { state: 'conflict'; attempt: number; work: string; failure: Failure; since: number }
  | { state: 'failed'; failure: Failure }
  | { state: 'discarded'; satisfied: boolean }
  | { state: 'cancelled' }
  | { state: 'held' }
  | { state: 'reverted'; landing: string }

export type StateName = WorkstreamState['state'] | 'pending' | 'ready' | 'blocked'

/** The order of a summary: what is done, what is going on, what waits, what needs somebody. */
export const STATE_NAMES: readonly StateName[] = [
  'landed',
  'landing',
  'queued',
  'checking',
  'running',
  'ready',
  'pending',
  'held',
  'waiting',
  'conflict',
  'blocked',
  'failed',
  'discarded',
  'cancelled',
  'reverted',
]

/** A dependent may start on what this state has brought to the target (or was told to do without). */
export function satisfies(state: WorkstreamState): boolean {
  return state.state === 'landed' || (state.state === 'discarded' && state.satisfied)
}

/** Nothing that Sluice does by itself will lead out of this state: dependents are blocked, not pending. */
export function isStuck(state: WorkstreamState): boolean {
  switch (state.state) {
    case 'failed':
    case 'conflict':
    case 'waiting':
    case 'cancelled':
    case 'held':
    case 'reverted':
      return true
    case 'discarded':
      return !state.satisfied
    default:
      return false
  }
}

export interface View {
  name: StateName
  /** Unsatisfied dependencies: for `blocked` those that cannot land by themselves, else those still to come. */
  blockedBy: string[]
}

interface Node {
  id: string
  dependsOn: readonly string[]
}

/**
 * What every workstream shows as, in plan order: one pass over the graph, so that a chain of thousands is cheap.
 * `stateOf` answers for every id of `nodes`. A dependency that is not in `nodes` counts as satisfied: the plan was
 * checked before, so it can only be one that an earlier plan landed.
 */
export function viewsOf(nodes: readonly Node[], stateOf: (id: string) => WorkstreamState): Map<string, View> {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const views = new Map<string, View>()
  const visit = (start: Node): void => {
    const stack: Node[] = [start]
    while (stack.length > 0) {
      const node = stack.at(-1)!
      if (views.has(node.id)) {
        stack.pop()
        continue
      }
      const missing = node.dependsOn.filter((id) => byId.has(id) && !satisfies(stateOf(id)))
      const unseen = missing.filter((id) => !views.has(id))
      if (unseen.length > 0) {
        for (const id of unseen) stack.push(byId.get(id)!)
        continue
      }
      views.set(node.id, viewOf(stateOf(node.id), missing, stateOf, views))
      stack.pop()
    }
  }
  for (const node of nodes) visit(node)
  return views
}

function viewOf(
  state: WorkstreamState,
  missing: string[],
  stateOf: (id: string) => WorkstreamState,
  views: Map<string, View>,
): View {
  if (state.state !== 'open') return { name: state.state, blockedBy: [] }
  if (missing.length === 0) return { name: 'ready', blockedBy: [] }
  const stuck = missing.filter((id) => isStuck(stateOf(id)) || views.get(id)?.name === 'blocked')
  return stuck.length > 0 ? { name: 'blocked', blockedBy: stuck } : { name: 'pending', blockedBy: missing }
}
