/** Gathers what the brief of an attempt tells: what its dependencies changed, what was tried and how that ended. */
import { changedPaths } from '../git/merge.ts'
import type { Attempt } from '../model/attempt.ts'
import { type BriefDependency, type BriefRival, type EarlierAttempt, renderBrief } from '../tools/brief.ts'
import type { Context } from './context.ts'
import { conflictForBrief } from './resolving.ts'

export async function briefFor(context: Context, attempt: Attempt, checkpoint: Attempt | null): Promise<string> {
  const { ledger, config, target } = context
  const { definition, restart } = ledger.row(attempt.workstream)
  const dependencies = await Promise.all(definition.dependsOn.map((id) => dependency(context, attempt, id)))
  const earlier = (ledger.attempts.get(attempt.workstream) ?? []).filter((one) => one.number < attempt.number)
  const { resolves } = attempt
  const fromMerge = `The worktree holds the merge of earlier work with ${target}, with conflict markers where both have changed the same lines.`
  const fromCheckpoint = `The worktree holds the work of attempt ${checkpoint?.number ?? 0}, on top of ${target}: go on from it.`
  return renderBrief({
    workstream: definition,
    acceptance: config.acceptance,
    attempt: attempt.number,
    baseNote: resolves !== undefined ? fromMerge : checkpoint === null ? null : fromCheckpoint,
    note: restart.note,
    dependencies: dependencies.filter((one) => one !== null),
    rivals: rivals(context, attempt.workstream),
    earlier: earlier.map(toEarlier),
    checks: (config.gate ?? []).map((check) => check.run),
    conflict: resolves && (await conflictForBrief(context, attempt.workstream, resolves)),
  })
}

async function dependency(
  { ledger, repo }: Context,
  { speculation = [] }: Attempt,
  id: string,
): Promise<BriefDependency | null> {
  const row = ledger.rows.get(id)
  if (row === undefined) return null
  const { title } = row.definition
  const foundation = speculation.find(({ workstream }) => workstream === id)
  if (foundation !== undefined) {
    const { changed } = ledger.attempt(id, foundation.attempt)
    return { id, title, paths: changed, commit: null, isAboutToLand: true }
  }
  if (row.state.state !== 'landed') return { id, title, paths: [], commit: null }
  const { commit } = row.state
  return { id, title, paths: await changedPaths(repo, `${commit}^1`, commit), commit }
}

/** Who would conflict with what this workstream has done so far, as the radar saw it last. */
function rivals({ ledger }: Context, id: string): BriefRival[] {
  return ledger.predictions.flatMap(({ a, b, paths }) => {
    if (a !== id && b !== id) return []
    const other = a === id ? b : a
    return [{ id: other, title: ledger.rows.get(other)?.definition.title ?? '', paths }]
  })
}

function toEarlier({ number, tool, outcome, changed, strays = [], parked }: Attempt): EarlierAttempt {
  const ending = outcome?.message ?? 'it was cut off'
  const evidence = outcome?.evidence ?? null
  return { attempt: number, tool, ending, evidence, changed, strays, parked: parked?.paths ?? [] }
}
