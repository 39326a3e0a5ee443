/** What the target's history must be: I1, I2, I3 and I14. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { linesOf } from '../../aftermath.ts'
import { movesOf, redTargets } from '../../gate-history.ts'
import { peopleFile, PERSON_FILE, remoteOf } from '../scenario.ts'
import type { Stage } from '../stage.ts'
import type { Evidence } from './evidence.ts'

/**
 * The target only ever points to gate-passed or human commits. Reads the target's reflog (each move begins where the last one
 * ended, or something moved it unseen), gates every commit in it once more, and holds each landing against its record. It fails
 * when a move comes before the verdict, or on another commit than was gated.
 */
export async function I1({ gitDir, judge, moves, history, rows, stage, prepared }: Evidence): Promise<string[]> {
  const people = new Set([prepared.base, prepared.person ?? '', ...linesOf(peopleFile(stage))])
  const red = await redTargets(gitDir, 'main', judge, ({ to }) => !people.has(to))
  const torn = moves.flatMap(({ from }, index) => {
    const before = moves[index - 1]?.to ?? null
    return from === before ? [] : [`the target moved from ${from}, and had been at ${before}`]
  })
  const unproven = history.flatMap(({ landing, commit }) => {
    if (landing === '') return []
    const record = rows.landings.find(({ id }) => id === landing)
    const isProven =
      record !== undefined &&
      record.gate.length > 0 &&
      record.gate.every(({ exit }) => exit === 0) &&
      record.commit === commit
    return isProven ? [] : [`nothing proves ${landing} at ${commit}: ${JSON.stringify(record)}`]
  })
  return [...red, ...torn, ...unproven]
}

/**
 * One landing per landed workstream. Reads the trailers of the target's first-parent history, the states and the landings: the
 * three tell the same, once. It fails when work lands twice, is recorded without being there, or is taken back twice.
 */
export function I2({ scenario, history, rows, moves, prepared }: Evidence): string[] {
  const onTarget = history.filter(({ workstream, stands }) => workstream !== '' && stands)
  const wanted = Object.entries(scenario.ends).flatMap(([id, state]) => (state === 'landed' ? [id] : []))
  const names = onTarget.map(({ workstream }) => workstream).sort()
  const found = names.join() === wanted.join() ? [] : [`${names.join()} landed, and not ${wanted.join()}`]
  const reverts = history.filter((entry) => entry.reverts.length > 0).length
  if (reverts !== scenario.reverts)
    found.push(`there are ${reverts} reverts on the target, and not ${scenario.reverts}`)
  for (const { workstream, commit, landing } of onTarget) {
    const state = rows.states.get(workstream)
    if (
      state?.state !== 'landed' ||
      state['commit'] !== commit ||
      state['landing'] !== landing ||
      !state['published']
    ) {
      found.push(`${workstream} is on the target as ${landing}, and its state is ${JSON.stringify(state)}`)
    }
    const record = rows.landings.find(({ id }) => id === landing)
    if (record?.stage !== 'done' || !record.published)
      found.push(`${landing} is on the target, and on record as ${record?.stage}`)
  }
  if (!history.some(({ commit }) => commit === prepared.base))
    found.push(`the target left its first commit: ${moves.length} moves`)
  return found
}

/**
 * No landed work lost. Reads the reflog of the target and of the remote (whatever either ever had it still has) and the files
 * of the target. It fails when a branch is moved from where it is not, or a person's push is overwritten.
 */
export async function I3({ stage, scenario, history, moves }: Evidence): Promise<string[]> {
  const now = new Set(history.map(({ commit }) => commit))
  const lost = moves.filter(({ to }) => !now.has(to)).map(({ to }) => `the target lost ${to}`)
  const files = new Set((await stage.git('ls-tree', '-r', '--name-only', 'refs/heads/main')).split('\n'))
  for (const [id, state] of Object.entries(scenario.ends)) {
    if ((state === 'landed') !== files.has(`${id}.txt`)) lost.push(`${id}.txt is not as its end says`)
  }
  return [...lost, ...(await lostOnRemote(stage))]
}

async function lostOnRemote(stage: Stage): Promise<string[]> {
  const remote = remoteOf(stage)
  if (!existsSync(remote)) return []
  const [there, here] = await Promise.all([
    stage.git('-C', remote, 'rev-parse', 'refs/heads/main'),
    stage.git('rev-parse', 'refs/heads/main'),
  ])
  const now = new Set((await stage.git('-C', remote, 'rev-list', 'refs/heads/main')).split('\n'))
  const lost = movesOf(remote, 'main').filter(({ to }) => !now.has(to))
  return [
    ...(there === here ? [] : [`the remote is at ${there}, and the target at ${here}`]),
    ...lost.map(({ to }) => `the remote lost ${to}`),
  ]
}

/**
 * Rollback restores exactly. For every revert on the target the patch of what it names is applied backwards to its parent, by
 * `git apply` in an index of its own: that is its tree. It fails when a revert takes more or less, or brings back what it took.
 */
export async function I14({ stage, history }: Evidence): Promise<string[]> {
  const wrong: string[] = []
  for (const { commit, tree, reverts } of history) {
    for (const name of reverts) {
      const taken = history.find((entry) => entry.commit === name || entry.landing === name)
      if (taken === undefined) wrong.push(`${commit} takes ${name} back, which is not on the target`)
      else if ((await without(stage, taken.commit, `${commit}^1`)) !== tree)
        wrong.push(`${commit} is not ${name} backwards`)
    }
  }
  return wrong
}

/** The tree of `onto` with the change of `commit` taken out. */
async function without(stage: Stage, commit: string, onto: string): Promise<string> {
  const [index, patch] = [join(stage.dir, 'checker.index'), join(stage.dir, 'checker.patch')]
  try {
    await stage.git('diff-tree', '-p', '--binary', '--full-index', `--output=${patch}`, commit, `${commit}^1`)
    await stage.gitWith(index, 'read-tree', onto)
    await stage.gitWith(index, 'apply', '--cached', '--allow-empty', patch)
    return await stage.gitWith(index, 'write-tree')
  } finally {
    for (const file of [index, patch]) rmSync(file, { force: true })
  }
}

/** The same of a rollback of everything, when it has been done (`rollback --run`): what is left is of people. */
export async function takenBack(stage: Stage, base: string, isOfPeople: boolean): Promise<string[]> {
  const left = await stage.git('diff-tree', '-r', '--name-status', base, 'refs/heads/main')
  return left === (isOfPeople ? `A\t${PERSON_FILE}` : '')
    ? []
    : [`I14 taken back, the target still differs by:\n${left}`]
}
