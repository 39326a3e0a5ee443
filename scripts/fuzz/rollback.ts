/** I14: taking everything back that has landed gives exactly what is there without it. The same history is asked once. */
import { firstParentTrailers, type Landed } from '../../src/git/history.ts'
import { openRepository } from '../../src/git/repository.ts'
import { planRollback } from '../../src/landing/rollback.ts'
import { undoLandings } from '../../src/landing/undo.ts'
import { PERSON_FILE } from './scenarios.ts'
import type { Stage } from './stage.ts'

const PERSON = { name: 'Person', email: 'person@example.org' }

const known = new Map<string, Promise<string[]>>()

/** What is wrong with a rollback of everything, in words. `base`: the target's commit before anything landed. */
export async function restores(
  stage: Stage,
  history: readonly { tree: string; workstream: string; landing: string; stands: boolean }[],
  base: string,
): Promise<string[]> {
  const key = [base, ...history.map(({ tree, landing, stands }) => `${tree} ${landing !== ''} ${stands}`)].join()
  const ids = history.flatMap(({ workstream, stands }) => (workstream !== '' && stands ? [workstream] : []))
  const answer = known.get(key) ?? takeAllBack(stage, base, ids)
  known.set(key, answer)
  return await answer
}

async function takeAllBack(stage: Stage, base: string, ids: string[]): Promise<string[]> {
  const repo = await openRepository(stage.repo)
  const tip = await stage.git('rev-parse', 'refs/heads/main')
  const history = await firstParentTrailers(repo, tip)
  const asked = { history, unpublished: new Set<string>(), workstreams: [], request: { ids }, cascade: false }
  const { undo, problems } = planRollback(asked)
  if (problems.length > 0) return problems.map(({ message }) => message)
  const undone = await undoLandings(repo, { tip, undo, why: '', identity: PERSON, dateSeconds: 1_800_000_000 })
  if (undone.kind === 'conflict') return [`taking ${undone.item.workstream} back conflicts`]
  const left = await stage.git('diff-tree', '-r', '--name-status', base, undone.tip)
  const isOfPeople = ({ landing, reverts, commit }: Landed): boolean =>
    landing === null && reverts.length === 0 && commit !== base
  const wanted = history.some(isOfPeople) ? `A\t${PERSON_FILE}` : ''
  return left === wanted ? [] : [`what is left differs from the first commit by:\n${left}`]
}
