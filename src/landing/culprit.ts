/**
 * The search for the commit that made the target red, pure: which commits of its first-parent line to test next, or the
 * answer. Asked again whenever all of its questions have been answered.
 *
 * ```
 * known good ─ . ─ . ─ . ─ . ─ . ─ . ─ known bad        2 gate slots: three parts at once
 *                    ▲       ▲
 *            green ──┘       └── red                     goes on between the two
 * ```
 * One wrong verdict (a flake, a verdict of last week) must not name an innocent commit. So a commit is named only when
 * it was seen red twice and the one before it green twice, and one of the two was now. A commit that gave both verdicts
 * is not believed at all; a remembered verdict that does not hold makes all remembered ones worthless, because then it
 * is the world that has changed.
 */

/** `flaky`: failed and passed. `unknown`: the gate could not be run. */
export type Verdict = 'green' | 'red' | 'flaky' | 'unknown'

export interface Evidence {
  /** What is remembered from another time. */
  remembered: 'green' | 'red' | null
  /** What was seen in this search, in order. */
  seen: readonly Verdict[]
}

export interface CulpritState {
  /** First-parent commits, oldest first: from the last known good to the bad one. */
  tips: readonly string[]
  evidence: ReadonlyMap<string, Evidence>
  /** Gate slots that are free, at least 1. */
  slots: number
}

export type CulpritStep =
  /** At most `slots`, oldest first. */
  | { kind: 'test'; tips: string[] }
  /** `before` is green, `culprit` red, and both hold. */
  | { kind: 'culprit'; culprit: string; before: string }
  /** An end does not hold: the bad one passes, the good one fails, or one of them does both. No commit is to blame. */
  | { kind: 'flaky'; tips: string[] }
  /** It is one of these, oldest first: those between cannot be told apart. */
  | { kind: 'unknown'; suspects: string[] }

/** Verdicts that say the same before one is built upon. */
const CONFIRMATIONS = 2

/** Tests of one commit in one search: the bound of everything. */
const TESTS_MAX = 3

type Standing = 'green' | 'red' | 'untested' | 'unclear'

interface Tip {
  commit: string
  standing: Standing
  /** Gave both verdicts. */
  isContradictory: boolean
  isConfirmed: boolean
  mayBeTested: boolean
}

export function findCulprit({ tips: commits, evidence, slots }: CulpritState): CulpritStep {
  const tips = judge(commits, evidence)
  const last = tips.length - 1
  if (last < 1) return { kind: 'unknown', suspects: [] }
  const ends = [tips[0]!, tips[last]!]
  const broken = ends.filter(
    ({ standing, isContradictory }, end) => isContradictory || standing === (end === 0 ? 'red' : 'green'),
  )
  if (broken.length > 0) return { kind: 'flaky', tips: broken.map(({ commit }) => commit) }
  if (ends.some(({ standing }) => standing === 'unclear')) return unknown(tips, 0, last)

  // The last change from green to red: an earlier one was mended since. Ends not tested yet are taken at their word.
  const good = Math.max(
    0,
    tips.findLastIndex(({ standing }, at) => standing === 'green' && at < last),
  )
  const bad = tips.findIndex(({ standing }, at) => at > good && (standing === 'red' || at === last))
  const between = tips.slice(good + 1, bad).filter(({ standing }) => standing === 'untested')
  const open = ends.filter(({ standing }) => standing === 'untested').slice(0, slots)
  const tests = [...open, ...spread(between, slots - open.length)]
  if (tests.length > 0) return test(tips, tests)

  const edge = [tips[good]!, tips[bad]!]
  const unsure = edge.filter(({ isConfirmed }) => !isConfirmed)
  const again = unsure.filter(({ mayBeTested }) => mayBeTested)
  if (again.length > 0) return test(tips, again.slice(0, slots))
  if (unsure.length > 0 || bad - good > 1) return unknown(tips, good, bad)
  return { kind: 'culprit', culprit: tips[bad]!.commit, before: tips[good]!.commit }
}

function judge(commits: readonly string[], evidence: ReadonlyMap<string, Evidence>): Tip[] {
  const of = (commit: string): Evidence => evidence.get(commit) ?? { remembered: null, seen: [] }
  const isRefuted = ({ remembered, seen }: Evidence): boolean =>
    remembered !== null && seen.some((verdict) => verdict !== 'unknown' && verdict !== remembered)
  const areWorthless = commits.some((commit) => isRefuted(of(commit)))
  return commits.map((commit) => {
    const { remembered, seen } = of(commit)
    const told = seen.filter((verdict) => verdict !== 'unknown')
    const [first, ...rest] = remembered === null || areWorthless ? told : [remembered, ...told]
    const mayBeTested = seen.length < TESTS_MAX
    const bare = { commit, isContradictory: false, isConfirmed: false, mayBeTested }
    if (first === undefined) return { ...bare, standing: mayBeTested ? 'untested' : 'unclear' }
    if (first === 'flaky' || rest.some((verdict) => verdict !== first)) {
      return { ...bare, standing: 'unclear', isContradictory: true }
    }
    return { ...bare, standing: first, isConfirmed: rest.length + 1 >= CONFIRMATIONS }
  })
}

/** `most` of them, so that what lies between is split into parts of the same size. */
function spread(among: readonly Tip[], most: number): Tip[] {
  const n = Math.min(most, among.length)
  return Array.from({ length: n }, (_, i) => among[Math.floor(((i + 1) * among.length) / (n + 1))]!)
}

function test(tips: readonly Tip[], chosen: readonly Tip[]): CulpritStep {
  const wanted = new Set(chosen)
  return { kind: 'test', tips: tips.filter((tip) => wanted.has(tip)).map(({ commit }) => commit) }
}

function unknown(tips: readonly Tip[], good: number, bad: number): CulpritStep {
  return { kind: 'unknown', suspects: tips.slice(good + 1, bad + 1).map(({ commit }) => commit) }
}
