/**
 * The landing queue without git and without a clock of its own: the real `decideLandings` and the real pace in a world
 * where a gate takes one unit of time and a commit is the list of what is in it. Shared by the property test, which
 * looks at every step, and by the throughput bench, which only looks at the end.
 */
import {
  type Candidate,
  decideLandings,
  isFinal,
  type QueueAction,
  type QueueState,
  type Waiting,
} from '../../src/landing/decide.ts'
import type { Config } from '../../src/model/config.ts'
import { afterLanding, afterRefusal, firstPace, partOf, type Pace } from '../../src/landing/pace.ts'

export interface World {
  mode: Config['landing']['mode']
  slots: number
  /** In the order they come; `at`: when its work is done. */
  works: readonly Work[]
  /** Times at which a person pushes to the target; `isRed`: with something that breaks it. */
  pushes?: readonly { at: number; isRed: boolean }[]
  /** Answers for the n-th gate run whether it is red by chance alone. */
  isFlake?: (run: number) => boolean
}

export interface Work {
  id: string
  at: number
  isRed: boolean
  needs: readonly string[]
  /** Ids that it cannot be merged with. */
  conflicts: readonly string[]
}

export interface Outcome {
  landed: string[]
  refused: string[]
  conflicted: string[]
  /** Every commit that the target ever pointed to, the first one excluded. */
  tips: string[]
  /** Gate runs that were begun. */
  gates: number
  /** When the last work was settled. */
  time: number
  isFrozen: boolean
}

interface Running extends Candidate {
  endsAt: number
  gate: Candidate['gate']
  isInDoubt: boolean
}

const STEPS_MAX = 100_000

/** Runs the world to its end. `see` is shown every state, what was decided on it, and what has landed so far. */
export function simulateQueue(
  world: World,
  see: (state: QueueState, actions: readonly QueueAction[], landed: readonly string[]) => void = () => {},
): Outcome {
  const { mode, slots, pushes = [], isFlake = () => false } = world
  const works = new Map(world.works.map((work) => [work.id, work]))
  const out: Outcome = { landed: [], refused: [], conflicted: [], tips: [], gates: 0, time: 0, isFrozen: false }
  const members = (commit: string): string[] => (commit === '' ? [] : commit.split(' '))
  const isRedPush = new Set<string>()
  const isRed = (commit: string): boolean =>
    members(commit).some((id) => (works.get(id)?.isRed ?? false) || isRedPush.has(id))
  let pace: Pace = firstPace(mode, slots)
  let tip = ''
  let base: QueueState['base'] = 'green'
  let train: Running[] = []
  let now = 0
  let pushed = 0
  const behind = new Map<string, string[]>()
  const together = new Map<string, number>()
  const settled = new Set<string>()

  const stateNow = (): QueueState => {
    const inTrain = new Set(train.flatMap(({ workstreams }) => workstreams))
    const waiting = world.works.flatMap((work): Waiting[] => {
      if (work.at > now || settled.has(work.id) || inTrain.has(work.id)) return []
      const needs = work.needs.filter((id) => works.has(id) && !out.landed.includes(id))
      return [
        {
          workstream: work.id,
          queuedAt: work.at,
          priority: 0,
          tail: 0,
          needs,
          behind: behind.get(work.id) ?? [],
          together: together.get(work.id) ?? Number.POSITIVE_INFINITY,
        },
      ]
    })
    return { tip, base, waiting, train, window: pace.window, group: pace.group, slots }
  }

  const apply = (action: QueueAction): void => {
    const at = 'commit' in action ? train.find(({ commit }) => commit === action.commit) : undefined
    switch (action.do) {
      case 'drop':
        train = train.filter((candidate) => candidate !== at)
        return
      case 'gate':
        at!.gate = 'running'
        at!.endsAt = now + 1
        out.gates += 1
        return
      case 'land':
        // Compare and swap: a person was faster, and what was built on the old tip is stale.
        if (train[0]!.onto !== tip) return
        for (const { commit, workstreams } of train.splice(0, train.indexOf(at!) + 1)) {
          tip = commit
          out.tips.push(commit)
          out.landed.push(...workstreams)
          for (const id of workstreams) settled.add(id)
          pace = afterLanding(pace)
        }
        base = 'green'
        return
      case 'refuse':
        out.refused.push(...at!.workstreams)
        // Found: those that were in a red group with it are under suspicion no longer.
        together.clear()
        for (const id of at!.workstreams) settled.add(id)
        train = train.filter((candidate) => candidate !== at)
        pace = afterRefusal(pace)
        return
      case 'split':
        for (const id of at!.workstreams) together.set(id, partOf(at!.workstreams.length, slots))
        train = train.filter((candidate) => candidate !== at)
        return
      case 'ask-base':
        base = isRed(tip) ? 'red' : 'green'
        return
      case 'build': {
        const taken: string[] = []
        for (const id of action.workstreams) {
          const inTheWay = [...members(action.onto), ...taken].filter((one) => works.get(id)!.conflicts.includes(one))
          const isAhead = inTheWay.filter((one) => !out.landed.includes(one))
          if (inTheWay.length === 0) taken.push(id)
          else if (isAhead.length > 0) behind.set(id, isAhead)
          else {
            out.conflicted.push(id)
            settled.add(id)
          }
        }
        if (taken.length === 0) return
        const commit = [...members(action.onto), ...taken].join(' ')
        train.push({ workstreams: taken, onto: action.onto, commit, gate: 'wanted', isInDoubt: false, endsAt: 0 })
      }
    }
  }

  for (let step = 0; step < STEPS_MAX; step++) {
    const state = stateNow()
    const actions = decideLandings(state)
    see(state, actions, out.landed)
    for (const action of actions) apply(action)
    if (actions.length > 0) continue
    const next = Math.min(
      ...train.filter(({ gate }) => gate === 'running').map(({ endsAt }) => endsAt),
      ...world.works.filter(({ at }) => at > now).map(({ at }) => at),
      ...pushes.slice(pushed).map(({ at }) => Math.max(at, now)),
    )
    if (next === Number.POSITIVE_INFINITY) return { ...out, time: now, isFrozen: isRed(tip) && base !== 'green' }
    now = next
    const push = pushes[pushed]
    if (push !== undefined && push.at <= now) {
      pushed += 1
      const id = `push-${pushed}`
      if (push.isRed) isRedPush.add(id)
      tip = [...members(tip), id].join(' ')
      base = 'unknown'
      out.tips.push(tip)
    }
    for (const candidate of train) {
      if (candidate.gate !== 'running' || candidate.endsAt > now) continue
      const red = isRed(candidate.commit) || isFlake(out.gates)
      candidate.gate = !red ? 'green' : isFinal(candidate) ? 'red' : 'wanted'
      candidate.isInDoubt = red
    }
  }
  throw new Error('the queue does not come to an end')
}
