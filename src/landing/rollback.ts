/**
 * What a rollback means, pure: which commits are reverted and in which order, what forbids it, and whether it can be as
 * if they had never been there.
 *
 * Newest first: each revert then meets the target as its commit left it, as far as nothing that stays came between. So
 * undoing everything always works, and gives exactly the tree from before.
 */
import type { Landed } from '../git/history.ts'
import type { Failure } from '../model/failure.ts'
import { didYouMean } from '../model/id.ts'
import type { Kept, RollbackMethod, RollbackPlan, RollbackRequest, Undo } from '../model/rollback.ts'
import type { Workstream } from '../model/workstream.ts'
import { RollbackTarget } from './rollback-target.ts'
import { nameOf } from './standing.ts'

export interface RollbackInput {
  /** The whole first-parent history of the tip that the rollback is built on, newest first. */
  history: readonly Landed[]
  /** Commits of it that the branch itself does not have yet. */
  unpublished: ReadonlySet<string>
  /** Known workstreams. What landed and is none of them has no known dependencies. */
  workstreams: readonly Pick<Workstream, 'id' | 'title' | 'dependsOn'>[]
  request: RollbackRequest
  /** Undo as well what cannot be without what is undone. */
  cascade: boolean
}

export function planRollback({ history, unpublished, workstreams, request, cascade }: RollbackInput): RollbackPlan {
  const target = new RollbackTarget(history, workstreams)
  const { ids, problems } = asked(target, request)
  const turned = new Set(ids)
  if (cascade) for (const id of ids) for (const other of obstacles(target, turned, id)) turned.add(other)
  const titles = new Map(workstreams.map(({ id, title }) => [id, title]))
  const undo = [...turned]
    .map((id): Undo => {
      const landing = target.landings.get(id)!
      const entry = target.newestOf(landing)
      const common = {
        workstream: id,
        title: titles.get(id) ?? '',
        landing: landing.landing!,
        commit: entry.commit,
        reverts: nameOf(entry),
        at: entry.committedAt,
        published: !unpublished.has(entry.commit),
        asked: ids.includes(id),
      }
      return target.isLanded(id)
        ? { action: 'take-back', dependents: target.landedDependents(id), ...common }
        : { action: 'bring-back', needs: target.missingDependencies(id), ...common }
    })
    .sort((a, b) => target.place(a.commit) - target.place(b.commit))
  for (const id of turned) problems.push(...unsound(target, turned, id))
  return { undo, method: methodOf(history, unpublished, undo), kept: keptOf(target, undo), problems }
}

/** The workstreams that a request means, and what is wrong with it. Anything wrong: nothing of it is to be done. */
function asked(target: RollbackTarget, request: RollbackRequest): { ids: string[]; problems: Failure[] } {
  if ('ids' in request) {
    const ids = [...new Set(request.ids)]
    const problems = ids.filter((id) => !target.landings.has(id)).map((id) => neverLanded(target, id))
    return { ids: ids.filter((id) => target.landings.has(id)), problems }
  }
  if ('to' in request) return askedTo(target, request.to)
  const ofRun = [...target.landings].filter(([, { landing }]) => runOf(landing!) === request.run)
  const ids = ofRun.map(([id]) => id).filter((id) => target.isLanded(id))
  if (ids.length > 0) return { ids, problems: [] }
  return refusal(
    ofRun.length === 0
      ? `nothing on the target was landed by run ${request.run}`
      : `everything that run ${request.run} landed is taken back already`,
    'see `git log --first-parent` for what has landed',
  )
}

function askedTo(target: RollbackTarget, name: string): { ids: string[]; problems: Failure[] } {
  const kept = target.standing.find(({ landing }) => landing === name)
  if (kept === undefined) {
    const known = target.standing.flatMap(({ landing }) => landing ?? [])
    const meant = target.landings.get(name)?.landing ?? didYouMean(name, known)
    const fix =
      meant === null ? 'it is the value of `Sluice-Landing` in a commit of the target' : `did you mean ${meant}?`
    return refusal(`there is no landing ${name} on the target`, fix)
  }
  if (kept.undoneBy !== null) {
    return refusal(`landing ${name} was taken back, so it cannot be kept`, `sluice rollback ${kept.workstream}`)
  }
  const place = target.place(kept.commit)
  const later = [...target.landings].filter(([, entry]) => target.place(entry.commit) < place)
  const ids = later.map(([id]) => id).filter((id) => target.isLanded(id))
  return ids.length > 0 ? { ids, problems: [] } : refusal(`nothing has landed after ${name}`, 'sluice status')
}

function refusal(message: string, fix: string): { ids: string[]; problems: Failure[] } {
  return { ids: [], problems: [{ code: 'E103', message, fix }] }
}

function neverLanded(target: RollbackTarget, id: string): Failure {
  if (target.nodes.some((node) => node.id === id)) {
    return { code: 'E103', message: `${id} has not landed: there is nothing to undo`, fix: `sluice explain ${id}` }
  }
  const meant = didYouMean(id, [...target.nodes.map((node) => node.id), ...target.landings.keys()])
  const fix = meant === null ? 'sluice status' : `did you mean ${meant}?`
  return { code: 'E103', message: `there is no workstream ${id}`, fix }
}

/** Landings are called `<run>-<n>`. */
function runOf(landing: string): string {
  return landing.slice(0, Math.max(0, landing.lastIndexOf('-')))
}

/** What would stand on the target without a thing that it depends on, when `turned` are turned round. */
function obstacles(target: RollbackTarget, turned: ReadonlySet<string>, id: string): string[] {
  const standsThen = (other: string): boolean => target.isLanded(other) !== turned.has(other)
  return target.isLanded(id)
    ? target.nodesBehind(id).filter((other) => target.landings.has(other) && standsThen(other))
    : target.nodesBefore(id).filter((other) => target.landings.has(other) && !standsThen(other))
}

function unsound(target: RollbackTarget, turned: ReadonlySet<string>, id: string): Failure[] {
  const others = obstacles(target, turned, id)
  if (others.length === 0) return []
  const isLanded = target.isLanded(id)
  const message = isLanded
    ? `${id} cannot be taken back alone, these depend on it: ${others.join(', ')}`
    : `${id} cannot be brought back alone, it depends on what was taken back: ${others.join(', ')}`
  // One that is turned round itself, the other way: no cascade can mend that.
  const isContradiction = others.some((other) => turned.has(other))
  const fix = isContradiction ? 'ask for one of them only' : 'name these too, or add --cascade'
  return [{ code: 'E103', message, fix, details: { workstream: id, [isLanded ? 'dependents' : 'needs']: others } }]
}

/** As if it had never been, only when all that is newer goes too and nobody can have seen or used any of it. */
function methodOf(history: readonly Landed[], unpublished: ReadonlySet<string>, undo: readonly Undo[]): RollbackMethod {
  const undone = new Set(undo.map(({ commit }) => commit))
  const newest = history.slice(0, undone.size)
  const isLast = newest.every(({ commit }) => undone.has(commit) && unpublished.has(commit))
  const to = newest.at(-1)?.parents[0]
  return isLast && to !== undefined ? { kind: 'reset', to } : { kind: 'revert' }
}

function keptOf(target: RollbackTarget, undo: readonly Undo[]): Kept[] {
  const undone = new Set(undo.map(({ commit }) => commit))
  const oldest = undo.at(-1)
  if (oldest === undefined) return []
  return target.standing
    .slice(0, target.place(oldest.commit))
    .filter(({ commit }) => !undone.has(commit))
    .map(({ commit, workstream, landing, reverts }) => {
      if (reverts.length > 0) return { commit, kind: 'revert', workstream: null, landing: null }
      return { commit, kind: landing === null ? 'person' : 'landing', workstream, landing }
    })
}
