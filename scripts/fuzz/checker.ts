/**
 * What must hold when a run has come to its end, however often it was killed: read from git, the store's file, the disk and
 * the process table, by none of the code that is under test (but for the rollback, which is tested by it).
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { passed } from '../../src/model/landing.ts'
import { filesBelow, isLeftOver, survivors } from '../aftermath.ts'
import { type Judge, movesOf, redTargets } from '../gate-history.ts'
import { type Ledger, readLedger } from '../ledger.ts'
import { restores } from './rollback.ts'
import { type Id, type Prepared, remoteOf, type Scenario } from './scenarios.ts'
import type { Stage } from './stage.ts'

/** As it was before the run: the user's own things. */
export interface Untouched {
  config: string
  head: string
  /** `git status`, with what is not tracked. */
  status: string
  /** Refs that are not ours to touch: everything but the target, here and as pushed, `ws/*` and `refs/sluice/*`. */
  refs: string
}

export interface Check {
  stage: Stage
  scenario: Scenario
  prepared: Prepared
  untouched: Untouched
  judge: Judge
}

/** A commit of the target's first-parent history. */
interface Entry {
  commit: string
  tree: string
  workstream: string
  landing: string
  /** Landings, and reverts by their commits, that it takes back. */
  reverts: readonly string[]
  /** It stands: no later commit that stands takes it back. */
  stands: boolean
}

/** Every broken promise in words, with its number; none is what is wanted. */
export async function violations(check: Check): Promise<string[]> {
  const { stage, judge, prepared } = check
  const gitDir = join(stage.repo, '.git')
  const people = peopleOf(check)
  const [processes, red, history, now] = await Promise.all([
    survivors(stage),
    redTargets(gitDir, 'main', judge, ({ to }) => !people.has(to)),
    historyOf(stage),
    untouchedOf(stage),
  ])
  const ledger = readLedger(join(stage.repo, '.sluice', 'sluice.db'))
  return [
    ...red.map((one) => `I1 ${one}`),
    ...torn(gitDir),
    ...landedOnce(check, history, ledger),
    ...(await nothingLost(check, history)),
    ...(await pushed(stage)),
    ...changedForUser(check, now),
    ...processes.map((one) => `I5 a process is left: ${one}`),
    ...wrongStates(check, ledger),
    ...(await lostWork(check, ledger)),
    ...(ledger.isSound ? [] : ['I9 the database is damaged']),
    ...(await restores(stage, history, prepared.base)).map((one) => `I14 ${one}`),
    ...leftBehind(stage),
  ]
}

/** Commits that are people's own. */
function peopleOf({ stage, prepared }: Check): ReadonlySet<string> {
  const file = join(stage.dir, 'people')
  const pushed = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return new Set([prepared.base, prepared.person ?? '', ...pushed])
}

export async function untouchedOf(stage: Stage): Promise<Untouched> {
  const refs = await stage.git('for-each-ref', '--format=%(objectname) %(refname)')
  const isOurs = (line: string): boolean =>
    /^\w+ refs\/(heads\/(main$|ws\/)|remotes\/origin\/main$|sluice\/|notes\/sluice$)/.test(line)
  return {
    config: readFileSync(join(stage.repo, '.git', 'config'), 'utf8'),
    head: readFileSync(join(stage.repo, '.git', 'HEAD'), 'utf8'),
    status: await stage.git('status', '--porcelain', '--untracked-files=all'),
    refs: refs
      .split('\n')
      .filter((line) => !isOurs(line))
      .join('\n'),
  }
}

async function historyOf(stage: Stage): Promise<Entry[]> {
  const trailer = (key: string): string => `%(trailers:key=Sluice-${key},valueonly,separator=%x2C)`
  const format = ['%H', '%T', trailer('Workstream'), trailer('Landing'), trailer('Reverts')].join('%x09')
  const lines = (await stage.git('log', '--first-parent', `--format=${format}`, 'refs/heads/main')).split('\n')
  const undone = new Set<string>()
  return lines.map((line) => {
    const [commit, tree, workstream, landing, names] = line.split('\t') as [string, string, string, string, string]
    const reverts = names === '' ? [] : names.split(',')
    const stands = !undone.has(commit) && !undone.has(landing)
    if (stands) for (const name of reverts) undone.add(name)
    return { commit, tree, workstream, landing, reverts, stands }
  })
}

/** The reflog tells every value of the target only when each move begins where the last one ended. */
function torn(gitDir: string): string[] {
  const moves = movesOf(gitDir, 'main')
  return moves.flatMap(({ from }, index) => {
    const before = moves[index - 1]?.to ?? null
    return from === before ? [] : [`I1 the target moved from ${from}, and had been at ${before}`]
  })
}

/** I2: the history, the states and the landings tell the same, once, each with a gate that passed. */
function landedOnce({ scenario }: Check, history: readonly Entry[], ledger: Ledger): string[] {
  const onTarget = history.filter(({ workstream, stands }) => workstream !== '' && stands)
  const wanted = Object.entries(scenario.ends).flatMap(([id, state]) => (state === 'landed' ? [id] : []))
  const names = onTarget.map(({ workstream }) => workstream).sort()
  const found = names.join() === wanted.join() ? [] : [`I2 ${names.join()} landed, and not ${wanted.join()}`]
  const reverts = history.filter((entry) => entry.reverts.length > 0).length
  const toRevert = Object.values(scenario.ends).filter((state) => state === 'reverted').length
  if (reverts !== toRevert) found.push(`I2 there are ${reverts} reverts on the target, and not ${toRevert}`)
  for (const { workstream, commit, landing } of onTarget) {
    const state = ledger.states.get(workstream)
    if (state?.state !== 'landed' || state.commit !== commit || state.landing !== landing || !state.published) {
      found.push(`I2 ${workstream} is on the target as ${landing}, and its state is ${JSON.stringify(state)}`)
    }
    const record = ledger.landings.find(({ id }) => id === landing)
    const isProven = record !== undefined && record.gate.length > 0 && passed(record.gate)
    if (!isProven || record.stage !== 'done' || record.commit !== commit || !record.published) {
      found.push(`I2 nothing proves ${landing}: ${JSON.stringify(record)}`)
    }
  }
  return found
}

/** I3: whatever the target ever had it still has, and what landed is in its files. */
async function nothingLost({ stage, scenario }: Check, history: readonly Entry[]): Promise<string[]> {
  const now = new Set(history.map(({ commit }) => commit))
  const ever = movesOf(join(stage.repo, '.git'), 'main').map(({ to }) => to)
  const lost = ever.filter((commit) => !now.has(commit)).map((commit) => `I3 the target lost ${commit}`)
  const files = new Set((await stage.git('ls-tree', '-r', '--name-only', 'refs/heads/main')).split('\n'))
  for (const [id, state] of Object.entries(scenario.ends)) {
    if ((state === 'landed') !== files.has(`${id}.txt`)) lost.push(`I3 ${id}.txt is not as its end says`)
  }
  return lost
}

/** The remote, where there is one, has what the target has, and whatever it ever had. */
async function pushed(stage: Stage): Promise<string[]> {
  const remote = remoteOf(stage)
  if (!existsSync(remote)) return []
  const [there, here] = await Promise.all([
    stage.git('-C', remote, 'rev-parse', 'refs/heads/main'),
    stage.git('rev-parse', 'refs/heads/main'),
  ])
  const now = new Set((await stage.git('-C', remote, 'rev-list', 'refs/heads/main')).split('\n'))
  const lost = movesOf(remote, 'main').filter(({ to }) => !now.has(to))
  return [
    ...(there === here ? [] : [`I3 the remote is at ${there}, and the target at ${here}`]),
    ...lost.map(({ to }) => `I3 the remote lost ${to}`),
  ]
}

function changedForUser({ untouched }: Check, now: Untouched): string[] {
  return (Object.keys(untouched) as (keyof Untouched)[]).flatMap((what) =>
    now[what] === untouched[what] ? [] : [`I4 ${what} was ${untouched[what]} and is ${now[what]}`],
  )
}

/** I7: every workstream came to the end that it comes to undisturbed. */
function wrongStates({ scenario }: Check, ledger: Ledger): string[] {
  const wrong = Object.entries(scenario.ends).flatMap(([id, wanted]) => {
    const state = ledger.states.get(id)?.state
    return state === wanted ? [] : [`I7 ${id} is ${state}, and not ${wanted}`]
  })
  return [...wrong, ...(ledger.runState === 'ended' ? [] : [`I7 the run is ${ledger.runState}`])]
}

/** I8: what was handed in is pinned, the branch is at it, and nothing of it is missing. */
async function lostWork({ stage, prepared }: Check, ledger: Ledger): Promise<string[]> {
  const pins = (
    await stage.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/sluice/wip', 'refs/heads/ws')
  ).split('\n')
  const wrong = (Object.entries(prepared.works) as [Id, string][]).flatMap(([id, work]) => {
    const number = ledger.attempts.find((attempt) => attempt.workstream === id)?.number
    const wanted = [`refs/sluice/wip/${id}/${number} ${work}`, `refs/heads/ws/${id} ${work}`]
    return wanted.filter((pin) => !pins.includes(pin)).map((pin) => `I8 there is no ${pin}`)
  })
  const damage = await stage
    .git('fsck', '--connectivity-only', '--no-dangling', '--no-progress')
    .catch((error: { stderr: string }) => error.stderr)
  return [...wrong, ...(damage === '' ? [] : [`I8 the repository is damaged: ${damage}`])]
}

/**
 * No lock, journal, half-written file, pin of a candidate or pending tip in the repository, and no mark of a check in a slot. A lock
 * that a stopped git left in a slot is the slot's own affair: it is put back when it is lent again.
 */
function leftBehind(stage: Stage): string[] {
  const files = [join(stage.repo, '.git'), join(stage.repo, '.sluice')].flatMap((folder) => filesBelow(folder))
  const refs = files.filter((path) => /\/refs\/sluice\/(candidate|target|rollback|pull)\//.test(path))
  const marks = filesBelow(stage.state).filter((path) => /\/gates\/[^/]+\/nonce$/.test(path))
  const left = [...files.filter(isLeftOver), ...refs, ...marks, ...filesBelow(stage.tmp)]
  return left.map((path) => `left: ${relative(stage.dir, path)}`)
}
