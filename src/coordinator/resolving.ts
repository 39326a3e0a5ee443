/**
 * An attempt that is there to settle a conflict: what it starts from, what its brief says besides, and what its end means.
 * What the tool made of the merge is held against both sides; when nothing is lost, it becomes the tree of a merge commit
 * of the work and what it met, so that no commit with markers in it ever reaches the target.
 */
import { treeOf } from '../git/ancestry.ts'
import { messagesSince } from '../git/history.ts'
import { changedPaths, mergeInMemory } from '../git/merge.ts'
import type { ConflictFile } from '../git/conflict.ts'
import type { Settled } from '../attempt/settle.ts'
import { describeForBrief } from '../landing/resolve/describe.ts'
import { reasonsIn } from '../landing/resolve/dropped.ts'
import { type Finding, verifyResolution } from '../landing/resolve/verify.ts'
import { type Attempt, isSpent, type Resolves } from '../model/attempt.ts'
import type { SettledBy, Tried } from '../model/rung.ts'
import type { BriefConflict } from '../tools/brief-conflict.ts'
import { type Laddered, laddered } from './conflict-steps.ts'
import type { Context } from './context.ts'
import type { Ledger } from './ledger.ts'
import { commitResolution, moveBranch, pinWork, startOf } from './resolution.ts'

/** Findings that one line names; the evidence has all. */
const FINDINGS_SHOWN = 3

/** A conflict that the next attempt, or the one under way, is there to settle; null when it is for something else. */
export function askedConflict(ledger: Ledger, id: string): AskedConflict | null {
  const conflict = laddered(ledger, id)
  if (conflict === null || conflict.ladder.step.at !== 'asked') return null
  return { conflict, rung: conflict.ladder.step.rung }
}

interface AskedConflict {
  conflict: Laddered
  rung: 'tool' | 'another-tool'
}

/** What the next attempt of a workstream has to settle, ready to begin; null for an ordinary one. */
export async function resolvesOf({ ledger, repo }: Context, id: string): Promise<Resolves | null> {
  const asked = askedConflict(ledger, id)
  if (asked === null) return null
  const { onto, work } = asked.conflict
  const { commit, paths } = await startOf(repo, asked.conflict)
  return { onto, work, start: commit, paths }
}

/** For its brief: both sides, what they wanted, and where they meet. */
export async function conflictForBrief(
  { ledger, repo }: Context,
  id: string,
  resolves: Resolves,
): Promise<BriefConflict> {
  const files = await filesOf(repo, resolves)
  const merge = { tree: await treeOf(repo, resolves.start), files }
  const met = ledger.conflicts.get(id)?.files.flatMap(({ other }) => other?.workstream ?? []) ?? []
  const others = [...new Set(met)].flatMap((other) => {
    const definition = ledger.rows.get(other)?.definition
    return definition === undefined ? [] : [{ id: other, title: definition.title, tasks: definition.tasks }]
  })
  return { others, ...(await describeForBrief(repo, resolves, merge)) }
}

/** The end of such an attempt, judged. May be repeated after a kill. */
export async function judgeResolution(
  context: Context,
  { workstream: id, number, resolves }: Attempt & { resolves: Resolves },
  settled: Settled,
): Promise<Settled> {
  const { repo, ledger } = context
  const asked = askedConflict(ledger, id)
  const isDone = settled.outcome.kind === 'ok' || settled.outcome.kind === 'empty'
  if (asked === null || !isDone || settled.work === null) return await failed(context, id, resolves, settled)
  const { start, onto, work } = resolves
  const resolvedTree = await treeOf(repo, settled.work)
  const merge = { tree: await treeOf(repo, start), files: await filesOf(repo, resolves) }
  const message = await messagesSince(repo, settled.work, start)
  const findings = await verifyResolution(repo, { merge, resolved: resolvedTree, message })
  if (findings.length > 0) return await failed(context, id, resolves, { ...settled, ...refusal(findings) })
  const { tool } = ledger.attempt(id, number)
  const by = settledBy(asked, resolves, tool)
  const resolved = { tree: resolvedTree, by, reasons: reasonsIn(message) }
  const commit = await commitResolution(context, { workstream: id, work, onto }, resolved)
  await pinWork(repo, id, number, commit)
  const outcome = { kind: 'ok', code: null, message: 'it settled the conflict' } as const
  return { ...settled, outcome, work: commit, changed: await changedPaths(repo, onto, commit) }
}

/** All that settled it: what needed nobody, and the tool for the rest. */
export function settledBy({ conflict, rung }: AskedConflict, { paths }: Resolves, tool: string): SettledBy[] {
  return [...conflict.ladder.by, ...paths.map((path) => ({ rung, path, tool }))]
}

/** As a rung that was climbed in vain. */
export function triedBy({ rung }: AskedConflict, tool: string, { outcome }: Settled): Tried {
  return { rung, tool, how: outcome.message, cutOff: !isSpent(outcome.kind) }
}

/** What it left stays pinned as its own; the workstream's work is what it was. */
async function failed({ repo }: Context, id: string, { work }: Resolves, settled: Settled): Promise<Settled> {
  if (settled.work !== null) await moveBranch(repo, id, work)
  return { ...settled, work: null, changed: [] }
}

function refusal(findings: readonly Finding[]): Pick<Settled, 'outcome'> {
  const texts = findings.map(({ path, message }) => `${path}: ${message}`)
  const more = texts.length > FINDINGS_SHOWN ? `; and ${texts.length - FINDINGS_SHOWN} more` : ''
  const message = `what it made of the conflict is refused: ${texts.slice(0, FINDINGS_SHOWN).join('; ')}${more}`
  const evidence = findings.flatMap((finding) => {
    const lines = 'lines' in finding ? finding.lines : []
    return [`${finding.path}: ${finding.message}`, ...lines.map((line) => `  ${line}`)]
  })
  return { outcome: { kind: 'rejected', code: 'E204', message, evidence: evidence.join('\n') } }
}

async function filesOf(repo: Context['repo'], { onto, work, paths }: Resolves): Promise<ConflictFile[]> {
  const merge = await mergeInMemory(repo, onto, work)
  return merge.kind === 'clean' ? [] : merge.files.filter(({ path }) => paths.includes(path))
}
