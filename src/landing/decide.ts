/**
 * The landing queue's judgement, pure: strict prefix speculation.
 *
 * ```
 * target ◀─ A ◀─ A+B ◀─ A+B+C ◀─ ...        each is a real merge commit, all are gated at once,
 *           head                            they land in order, each as exactly the commit that was gated
 * ```
 * A candidate is built on those ahead of it as if they were all going to land. Green at the head lands. Red is asked
 * once more on the same commit; while it is in doubt the ones behind are built around it. Nobody is refused before all
 * that is ahead of it has landed: only then is the red its own. What stands on a candidate that was refused or is in
 * doubt is hopeless: its gate is cancelled and it is built again.
 *
 * In group mode a candidate holds several landings behind each other and only the last commit is gated. A red group is
 * split in halves until the red one is alone.
 */

export interface Waiting {
  workstream: string
  queuedAt: number
  priority: number
  /** Longest remaining chain behind it: landing it early lets the most work begin. */
  tail: number
  /** Not on the target yet, and has to be ahead of it: what its work was begun on. */
  needs: readonly string[]
  /** It conflicts with these, as far as is known: it stands back while they are candidates. */
  behind: readonly string[]
  /** At most this many in one candidate: it was in a group that was red. */
  together: number
}

/** `red`: twice on the same commit. A single red is `wanted` or `running` again, with `isInDoubt`. */
export type Gate = 'wanted' | 'running' | 'green' | 'red'

export interface Candidate {
  /** In landing order. */
  workstreams: readonly string[]
  onto: string
  commit: string
  gate: Gate
  /** Red once: it is asked again on the same commit. */
  isInDoubt: boolean
}

export interface QueueState {
  /** Where landings go now. */
  tip: string
  /** What is known of the tip itself: a red candidate is only to blame when the target was green without it. */
  base: 'green' | 'unknown' | 'running' | 'red'
  waiting: readonly Waiting[]
  /** In landing order. */
  train: readonly Candidate[]
  /** Candidates without a verdict that are gated on the guess that they land, at most; see `pace.ts`. */
  window: number
  /** Landings in one candidate, at most; 1 without groups. */
  group: number
  /** Gates that run at once, at most. */
  slots: number
}

export type QueueAction =
  | { do: 'drop'; commit: string }
  | { do: 'gate'; commit: string }
  /** It and all that is ahead of it, by one move: each of them has passed, and the target is moved once. */
  | { do: 'land'; commit: string }
  | { do: 'refuse'; commit: string }
  | { do: 'split'; commit: string }
  /** Find out whether the tip is red by itself. */
  | { do: 'ask-base' }
  /** `ahead`: what is thought to land before it and is not on the tip yet. */
  | { do: 'build'; onto: string; ahead: string[]; workstreams: string[] }

/**
 * Candidates that are built beyond the window: a gate slot that becomes free has something to do at once. None where one
 * is gated after the other, by wish or because much has been red.
 */
const BUILT_AHEAD = 1

/** What to do now, in this order. Deciding again after all of it is done leads on. */
export function decideLandings(state: QueueState): QueueAction[] {
  const { expected, ahead, end } = chainOf(state)
  const stale = state.train.filter((candidate) => candidate.onto !== expected.get(candidate.commit))
  if (stale.length > 0) return stale.map(({ commit }) => ({ do: 'drop', commit }))
  // Whatever is built on a red target is red as well: nothing lands until it has moved on.
  if (state.base === 'red') return []
  const settled = settlement(state)
  // The parts of a red group come next, and they are not waiting yet.
  const isSplit = settled.some((action) => action.do === 'split')
  return [...gates(state), ...settled, ...(isSplit ? [] : build(state, ahead, end))]
}

/** Commits that each candidate should stand on, who is thought to land before the next one, and what that is built on. */
function chainOf({ tip, train }: QueueState): { expected: Map<string, string>; ahead: Set<string>; end: string } {
  const expected = new Map<string, string>()
  const ahead = new Set<string>()
  let end = tip
  for (const candidate of train) {
    expected.set(candidate.commit, end)
    if (candidate.onto !== end || isSuspect(candidate)) continue
    end = candidate.commit
    for (const id of candidate.workstreams) ahead.add(id)
  }
  return { expected, ahead, end }
}

/** Whether a red that comes now is its last word: a single one is asked again, a group is split and its parts are. */
export function isFinal({ isInDoubt, workstreams }: Pick<Candidate, 'isInDoubt' | 'workstreams'>): boolean {
  return isInDoubt || workstreams.length > 1
}

function isSuspect({ gate, isInDoubt }: Candidate): boolean {
  return gate === 'red' || (isInDoubt && gate !== 'green')
}

/** Those that are thought to land, behind the green ones at the head, which are as good as landed. */
function guesses({ train }: QueueState): Candidate[] {
  const first = train.findIndex(({ gate }) => gate !== 'green')
  return first === -1 ? [] : train.slice(first).filter((candidate) => !isSuspect(candidate))
}

function gates(state: QueueState): QueueAction[] {
  const { train, slots, window } = state
  const running = train.filter(({ gate }) => gate === 'running').length
  const beyond = new Set(guesses(state).slice(window))
  const wanted = train.filter((candidate) => candidate.gate === 'wanted' && !beyond.has(candidate))
  return wanted.slice(0, Math.max(0, slots - running)).map(({ commit }) => ({ do: 'gate', commit }))
}

/** The last of those at the head of the train that are green. */
function lastGreen(train: readonly Candidate[]): Candidate {
  const first = train.findIndex(({ gate }) => gate !== 'green')
  return train.at(first === -1 ? -1 : first - 1)!
}

/** Nothing is ahead of the head, so its verdict is final. */
function settlement({ train, base }: QueueState): QueueAction[] {
  const [head] = train
  if (head === undefined) return []
  const { commit, gate, workstreams } = head
  if (gate === 'green') return [{ do: 'land', commit: lastGreen(train).commit }]
  if (gate !== 'red' || base === 'running') return []
  if (base === 'unknown') return [{ do: 'ask-base' }]
  return [workstreams.length > 1 ? { do: 'split', commit } : { do: 'refuse', commit }]
}

function build(state: QueueState, ahead: ReadonlySet<string>, onto: string): QueueAction[] {
  const guessed = guesses(state).length
  if (guessed >= state.window + (state.window > 1 ? BUILT_AHEAD : 0)) return []
  const before = new Set(ahead)
  const workstreams: string[] = []
  let limit = state.group
  for (const waiting of state.waiting.toSorted(byUrgency)) {
    const { workstream, needs, behind, together } = waiting
    if (Math.min(limit, together) <= workstreams.length) continue
    // What it needs must be built already: in the same candidate it could turn out not to merge.
    if (!needs.every((id) => ahead.has(id)) || behind.some((id) => before.has(id))) continue
    workstreams.push(workstream)
    before.add(workstream)
    limit = Math.min(limit, together)
  }
  // Whoever comes before its turn may join a group that has room.
  const isEarly = guessed >= state.window && workstreams.length < state.group
  return workstreams.length === 0 || isEarly ? [] : [{ do: 'build', onto, ahead: [...ahead], workstreams }]
}

/**
 * Priority, then the longest chain behind it, then who conflicts with the fewest (whoever lands first spoils it for the
 * others), then first come, then the id: total, whatever order it is given in.
 */
function byUrgency(a: Waiting, b: Waiting): number {
  return (
    b.priority - a.priority ||
    b.tail - a.tail ||
    a.behind.length - b.behind.length ||
    a.queuedAt - b.queuedAt ||
    (a.workstream < b.workstream ? -1 : 1)
  )
}
