/**
 * The target is red by itself: which commit made it so, and what to do about that.
 *
 * A landing of ours is taken back by a revert that passes the gate itself, and its workstream is open again with the reason
 * in its brief. A person's commit is named and left alone: undoing it is theirs to decide.
 */
import { firstParentTrailers, type Landed } from '../git/history.ts'
import { type CulpritStep, type Evidence, findCulprit, type Verdict } from '../landing/culprit.ts'
import type { Check } from '../model/config.ts'
import type { NewEvent } from '../model/event.ts'
import type { Failure } from '../model/failure.ts'
import { passed } from '../model/landing.ts'
import type { WorkstreamRow } from '../store/store.ts'
import type { Context } from './context.ts'
import { ask, redEvidence, rememberedVerdict } from './gating.ts'
import { rollBack } from './rollback.ts'

export type Searched =
  /** What made it red was a landing of ours, and is taken back. */
  | { kind: 'mended' }
  /** The red did not hold when it was asked again. */
  | { kind: 'flaky' }
  /** Only a person can lead on. */
  | { kind: 'question'; failure: Failure }

export interface RedTarget {
  /** The commit that is red. */
  commit: string
  checks: readonly Check[]
  /** What was red, in words. */
  what: string
}

export async function mendTarget(context: Context, red: RedTarget, signal: AbortSignal): Promise<Searched> {
  const { ledger, repo, target } = context
  const history = await firstParentTrailers(repo, red.commit, ledger.run.base)
  const found = await search(context, red, history, signal)
  const { step } = found
  if (step.kind === 'flaky') {
    if (found.baseIsRed) return { kind: 'question', failure: wasRed(target, red) }
    await warnOfFlake(context, red)
    return { kind: 'flaky' }
  }
  if (step.kind !== 'culprit') {
    const suspects = step.kind === 'unknown' ? step.suspects.map((commit) => commit.slice(0, 10)) : []
    const message = `${target} is red (${red.what}), and what made it so could not be found`
    const fix = `look at these, oldest first: ${suspects.join(', ') || red.commit.slice(0, 10)}; when it is green again, \`sluice run\``
    return { kind: 'question', failure: { code: 'E506', message, fix } }
  }
  const culprit = history.find(({ commit }) => commit === step.culprit)
  const id = culprit?.workstream ?? null
  if (id === null || !ledger.rows.has(id)) return { kind: 'question', failure: ofPerson(target, step.culprit, red) }
  const evidence = found.evidence.get(step.culprit) ?? red.what
  const why = `${target} is red since it landed: ${red.what}`
  const journal = async (): Promise<void> => {}
  const order = { request: { ids: [id] }, cascade: true, why, begun: null, journal }
  const undone = await rollBack(context, order, signal)
  if (undone.kind === 'refused') {
    const { message, fix = '' } = undone.failure
    const failure: Failure = { code: 'E506', message: `${target} is red since ${id} landed, and ${message}`, fix }
    return { kind: 'question', failure }
  }
  await reopen(
    context,
    id,
    undone.undo.map(({ workstream }) => workstream),
    why,
    evidence,
  )
  return { kind: 'mended' }
}

/** Verdicts from other times count, but both ends are tested again before anybody is named. */
async function search(
  context: Context,
  red: RedTarget,
  history: readonly Landed[],
  signal: AbortSignal,
): Promise<{ step: CulpritStep; evidence: Map<string, string>; baseIsRed: boolean }> {
  const { ledger, gates } = context
  const tips = [ledger.run.base, ...history.map(({ commit }) => commit).toReversed()]
  const trees = new Map(history.map(({ commit, tree }) => [commit, tree]))
  const known = new Map<string, Evidence>()
  for (const commit of tips) {
    const tree = trees.get(commit)
    const isGreen = tree !== undefined && (await rememberedVerdict(context, tree, red.checks))
    known.set(commit, { remembered: isGreen ? 'green' : null, seen: [] })
  }
  const evidence = new Map<string, string>()
  for (;;) {
    const step = findCulprit({ tips, evidence: known, slots: gates.size })
    if (step.kind !== 'test') {
      const seen = known.get(tips[0]!)!.seen
      return { step, evidence, baseIsRed: seen.includes('red') && !seen.includes('green') }
    }
    await Promise.all(
      step.tips.map(async (commit) => {
        const verdict = await test(context, red, commit, signal)
        if (verdict.seen === 'red') evidence.set(commit, verdict.evidence)
        const before = known.get(commit)!
        known.set(commit, { ...before, seen: [...before.seen, verdict.seen] })
      }),
    )
  }
}

async function test(
  context: Context,
  { checks }: RedTarget,
  commit: string,
  signal: AbortSignal,
): Promise<{ seen: Verdict; evidence: string }> {
  const log = `culprit.${commit.slice(0, 12)}`
  const asked = { kind: 'base', commit, tree: null, onto: null, checks, workstream: null, attempt: null, log } as const
  const { results } = await ask(context, { ...asked, isFresh: true }, signal)
  const { message, evidence } = redEvidence(results)
  return { seen: passed(results) ? 'green' : 'red', evidence: `${message}\n${evidence}` }
}

/** The one to blame counts it as a try; what depended on it went with it and is innocent. Both begin anew. */
async function reopen(
  { ledger }: Context,
  culprit: string,
  undone: readonly string[],
  why: string,
  evidence: string,
): Promise<void> {
  const workstreams: WorkstreamRow[] = []
  const events: NewEvent[] = []
  for (const id of undone) {
    const row = ledger.row(id)
    if (row.state.state !== 'reverted') continue
    const note =
      id === culprit
        ? `This had landed and was taken back, because ${why}.\n\n${evidence}`
        : `This had landed and was taken back together with ${culprit}, on which it depends, because ${why}.`
    const restart = { after: ledger.nextNumber(id) - 1, tool: null, note, fresh: true }
    workstreams.push({ ...row, restart, state: { state: 'open' } })
    events.push({ type: 'workstream.state', from: 'reverted', to: { state: 'open' }, why, workstream: id })
  }
  await ledger.record({ workstreams, events })
}

async function warnOfFlake({ ledger, target }: Context, { what }: RedTarget): Promise<void> {
  const failure = {
    code: 'E504',
    message: `${target} was red (${what}), and passed when it was asked again`,
    fix: 'a check depends on something else than the tree: sluice explain E504',
  } as const
  await ledger.record({ events: [{ type: 'warning', failure }] })
}

function wasRed(target: string, { what }: RedTarget): Failure {
  return {
    code: 'E506',
    message: `${target} was red before this run landed anything (${what})`,
    fix: 'mend it, then `sluice run`',
  }
}

function ofPerson(target: string, commit: string, { what }: RedTarget): Failure {
  const short = commit.slice(0, 10)
  return {
    code: 'E506',
    message: `${target} is red since ${short}, which is no landing of this run (${what})`,
    fix: `mend it, or take it back with \`git revert ${short}\`; landings go on by themselves when ${target} has moved`,
    details: { commit, commands: [`git revert ${short}`, 'sluice run'] },
  }
}
